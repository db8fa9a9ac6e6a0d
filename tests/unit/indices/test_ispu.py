from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indices.ispu import BREAKPOINTS, COLOURS, Category, Coverage, category, dominant, judged, rounded, sub_index

FULL = Coverage(received=1440, expected=1440, span=timedelta(hours=24), longest_gap=timedelta(minutes=1))

pollutants = st.sampled_from(sorted(BREAKPOINTS))


@pytest.mark.parametrize(
    ("pollutant", "concentration", "index"),
    [
        ("pm25", 15.5, 50),
        ("pm25", 35, 74),
        ("pm25", 55.4, 100),
        ("pm25", 100, 147),
        ("pm25", 200, 250),
        ("pm25", 400, 420),
        ("pm10", 75, 63),
        ("pm10", 300, 175),
        ("so2", 100, 69),
        ("co", 6000, 75),
        ("co", 20000, 233),
        ("o3", 150, 63),
        ("o3", 900, 400),
        ("no2", 500, 132),
        ("hc", 300, 239),
    ],
)
def test_the_worked_vectors_come_out(pollutant: str, concentration: float, index: int) -> None:
    assert rounded(sub_index(pollutant, concentration)) == index


@pytest.mark.parametrize(
    ("concentration", "portal"), [(94.01, 142), (42.14, 84), (19.71, 56), (46.37, 89), (94.27, 142)]
)
def test_the_ministrys_own_readings_come_out_within_one(concentration: float, portal: int) -> None:
    for stepped in (False, True):
        assert abs(rounded(sub_index("pm25", concentration, stepped=stepped)) - portal) <= 1


def test_the_stepped_form_is_the_nearer_one_to_the_portal() -> None:
    found = [sub_index("pm25", c, stepped=True) for c in (94.01, 42.14, 19.71, 46.37, 94.27)]
    assert found == pytest.approx([141.2, 83.7, 56.1, 88.9, 141.4], abs=0.05)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (0, Category.BAIK),
        (50, Category.BAIK),
        (51, Category.SEDANG),
        (100, Category.SEDANG),
        (101, Category.TIDAK_SEHAT),
        (200, Category.TIDAK_SEHAT),
        (300, Category.SANGAT_TIDAK_SEHAT),
        (301, Category.BERBAHAYA),
    ],
)
def test_categories_begin_where_the_regulation_says(value: int, meaning: Category) -> None:
    assert category(value) is meaning
    assert meaning in COLOURS


def test_above_the_scale_it_stays_at_500_and_says_so() -> None:
    found = judged("pm25", 809.0, FULL)
    assert (found.value, found.beyond, found.category) == (500, True, Category.BERBAHAYA)
    assert found.concentration == 809.0


@pytest.mark.parametrize(
    "coverage",
    [
        Coverage(received=1295, expected=1440, span=timedelta(hours=24), longest_gap=timedelta(minutes=1)),
        Coverage(received=1440, expected=1440, span=timedelta(hours=23), longest_gap=timedelta(minutes=1)),
        Coverage(received=1440, expected=1440, span=timedelta(hours=24), longest_gap=timedelta(minutes=16)),
    ],
)
def test_too_little_makes_it_provisional(coverage: Coverage) -> None:
    assert judged("pm25", 35, coverage).provisional
    assert not judged("pm25", 35, FULL).provisional


def test_the_greatest_sub_index_dominates() -> None:
    found = {name: judged(name, value, FULL) for name, value in (("pm10", 60.0), ("pm25", 60.0), ("co", 100.0))}
    worst = dominant(found)
    assert worst is not None
    assert worst.pollutant == "pm25"
    assert dominant({}) is None


@pytest.mark.parametrize(("pollutant", "concentration"), [("dust", 1.0), ("pm25", -0.1), ("pm25", float("nan"))])
def test_what_is_no_concentration_is_refused(pollutant: str, concentration: float) -> None:
    with pytest.raises(ValueError, match=r"ISPU|no concentration"):
        sub_index(pollutant, concentration)


@given(pollutant=pollutants, one=st.floats(0, 1e5), other=st.floats(0, 1e5), stepped=st.booleans())
def test_more_in_the_air_is_never_a_lower_index(pollutant: str, one: float, other: float, *, stepped: bool) -> None:
    low, high = sorted((one, other))
    assert 0 <= sub_index(pollutant, low, stepped=stepped) <= sub_index(pollutant, high, stepped=stepped) <= 500


@given(pollutants, st.integers(1, 5))
def test_joined_lines_meet_at_the_breakpoints(pollutant: str, step: int) -> None:
    point = BREAKPOINTS[pollutant][step]
    assert sub_index(pollutant, point) == pytest.approx((50, 100, 200, 300, 500)[step - 1])
    assert sub_index(pollutant, point * (1 + 1e-9)) == pytest.approx(sub_index(pollutant, point), abs=1e-3)
