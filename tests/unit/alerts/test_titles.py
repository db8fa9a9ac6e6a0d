import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import titles


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.04, "m", "1,04 m"),
        (1.0, "m", "1 m"),
        (14.0, "{people}", "14 orang"),
        (11.6, "{people}", "12 orang"),
        (1250.4, "{people}", "1.250 orang"),
        (61.25, "ug/m3", "61,2 µg/m³"),
        (1250.0, "mm/h", "1.250 mm/jam"),
        (0.153, "1", "0,15"),
        (-0.001, "m", "0 m"),
        (33.4, "Cel", "33,4 °C"),
        (7.0, "{bins}", "7 bins"),
        (2.43, "{people}/m2", "2,43 orang/m²"),
        (2.0, "{objects}", "2 barang"),
        (5.0, None, "5"),
    ],
)
def test_a_figure_reads_as_people_write_it(value: float, unit: str | None, shown: str) -> None:
    assert titles.figure(value, unit) == shown


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_a_number_never_ends_in_a_mark_and_reads_back_close(value: float) -> None:
    text = titles.number(value)
    assert text[-1].isdigit()
    back = float(text.replace(".", "").replace(",", "."))
    assert back == pytest.approx(value, rel=0.05, abs=0.006)


def test_a_rule_with_words_of_its_own_shows_them_with_the_figure() -> None:
    assert titles.of_threshold("Pasang rob", "Muka laut", above=True, value=1.04, unit="m") == "Pasang rob 1,04 m"


@pytest.mark.parametrize(("above", "shown"), [(True, "Muka laut tinggi 1,04 m"), (False, "Muka laut rendah 1,04 m")])
def test_a_rule_without_words_is_named_after_its_metric(*, above: bool, shown: str) -> None:
    assert titles.of_threshold(None, "Muka laut", above=above, value=1.04, unit="m") == shown


@pytest.mark.parametrize(
    ("kind", "klass", "count", "shown"),
    [
        ("crowding", None, 14.0, "Kerumunan 14 orang"),
        ("waste_pile", None, None, "Tumpukan sampah"),
        ("abandoned_object", None, None, "Barang tertinggal"),
        ("water_level", None, None, "Muka air naik"),
        ("tamper", "covered", None, "Kamera tertutup"),
        ("tamper", "frozen", None, "Kamera beku"),
        ("tamper", "dark", None, "Kamera gelap"),
        ("tamper", "<script>", None, "Kamera terganggu"),
        ("smoke_plume", None, None, "Smoke plume"),
    ],
)
def test_a_thing_seen_is_named_by_kind_and_known_class(
    kind: str, klass: str | None, count: float | None, shown: str
) -> None:
    assert titles.of_observation(None, kind, klass, count) == shown


def test_a_rule_with_words_of_its_own_still_says_what_ails_the_camera() -> None:
    assert titles.of_observation("CCTV terganggu", "tamper", "dark", None) == "CCTV terganggu: gelap"
    assert titles.of_observation("CCTV terganggu", "tamper", "<script>", None) == "CCTV terganggu"
    assert titles.of_observation("Ramai", "crowding", "dark", 11.6) == "Ramai 12 orang"
    assert titles.TAMPERED.keys() == titles.TAMPERED_HOW.keys()


def test_silence_tells_a_camera_from_a_sensor() -> None:
    assert titles.of_absence(None, camera=True) == "Kamera diam"
    assert titles.of_absence(None, camera=False) == "Sensor diam"
    assert titles.of_absence("Pos pasang hilang", camera=False) == "Pos pasang hilang"
