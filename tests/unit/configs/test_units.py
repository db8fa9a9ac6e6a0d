import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.units import can_convert, convert, convertible_to

UNITS = sorted(
    {
        unit
        for base in ("Cel", "hPa", "m/s", "m", "%", "ug/m3", "V", "A", "W", "W.h", "s")
        for unit in convertible_to(base)
    }
)


@pytest.mark.parametrize(
    ("value", "sent", "wanted", "expected"),
    [
        (68, "[degF]", "Cel", 20),
        (20, "Cel", "[degF]", 68),
        (273.15, "K", "Cel", 0),
        (760, "mm[Hg]", "hPa", 1013.2472),
        (36, "km/h", "m/s", 10),
        (1, "[kn_i]", "km/h", 1.852),
        (1.83, "m", "cm", 183),
        (0.5, "1", "%", 50),
        (0.035, "mg/m3", "ug/m3", 35),
        (3604, "mV", "V", 3.604),
        (1.5, "kW.h", "W.h", 1500),
        (7, "furlong", "furlong", 7),
    ],
)
def test_values_are_converted(value: float, sent: str, wanted: str, expected: float) -> None:
    assert can_convert(sent, wanted)
    assert convert(value, sent, wanted) == pytest.approx(expected)


@pytest.mark.parametrize(("sent", "wanted"), [("Cel", "%"), ("ug/m3", "[ppm]"), ("furlong", "m"), ("dB[A]", "dB[mW]")])
def test_different_quantities_do_not_convert(sent: str, wanted: str) -> None:
    assert not can_convert(sent, wanted)


@given(st.sampled_from(UNITS), st.data(), st.floats(-1e6, 1e6))
def test_there_and_back_is_the_same_value(sent: str, data: st.DataObject, value: float) -> None:
    wanted = data.draw(st.sampled_from(convertible_to(sent)))
    assert convert(convert(value, sent, wanted), wanted, sent) == pytest.approx(value, rel=1e-9, abs=1e-6)
