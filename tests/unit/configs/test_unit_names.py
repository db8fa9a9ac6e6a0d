import pytest

from configs.unit_names import ucum_of_displayed, ucum_of_senml, ucum_of_sum
from configs.units import can_convert


@pytest.mark.parametrize(
    ("written", "ucum"),
    [
        ("°C", "Cel"),
        ("µg/m³", "ug/m3"),
        ("μg/m³", "ug/m3"),
        (" % ", "%"),
        ("kWh", "kW.h"),
        ("dBm", "dB[mW]"),
        ("inHg", "[in_i'Hg]"),
        ("", "1"),
        ("furlong", None),
    ],
)
def test_displayed_units_have_one_ucum_name(written: str, ucum: str | None) -> None:
    assert ucum_of_displayed(written) == ucum


@pytest.mark.parametrize(
    ("senml", "ucum"),
    [
        ("Cel", "Cel"),
        ("%RH", "%"),
        ("/", "1"),
        ("l/s", "L/s"),
        ("lat", "deg"),
        ("dBW", "dB[W]"),
        ("count", "1"),
        ("m3", "m3"),
    ],
)
def test_senml_units_become_ucums_and_those_it_shares_stay(senml: str, ucum: str) -> None:
    assert ucum_of_senml(senml) == ucum


@pytest.mark.parametrize(("unit", "summed"), [("W", "J"), ("L/s", "L"), ("Cel", "Cel.s")])
def test_a_sum_is_in_seconds_times_the_unit(unit: str, summed: str) -> None:
    assert ucum_of_sum(unit) == summed


def test_the_energy_of_a_sum_converts() -> None:
    assert can_convert(ucum_of_sum("W"), "kW.h")
