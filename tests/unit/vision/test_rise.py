"""A line that climbs, told from one that jumps or wanders."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vision.waters import linear
from vision.rise import LEVELS_LEAST, Climb, Climbs


def greatest(course: Callable[[float], float], *, until_s: float, every_s: float = 1.0) -> Climb | None:
    """Return the greatest climb told while a line runs its course."""
    climbs = Climbs()
    told = [climbs.add(course(n * every_s), n * every_s) for n in range(int(until_s / every_s))]
    return max((climb for climb in told if climb is not None), key=lambda climb: climb.rows, default=None)


@pytest.mark.parametrize(("lasts_s", "every_s"), [(20, 1), (120, 1), (900, 2), (7200, 5), (43200, 10)])
def test_a_climb_of_any_duration_is_seen_in_full(lasts_s: float, every_s: float) -> None:
    course = linear(60, 60 + lasts_s, 30, 12)
    climb = greatest(lambda t_s: float(round(course(t_s))), until_s=1.5 * lasts_s + 120, every_s=every_s)
    assert climb is not None
    assert climb.rows >= 15
    assert climb.levels >= LEVELS_LEAST


def test_a_climb_is_told_from_its_base_to_its_top() -> None:
    course = linear(60, 100, 30, 10)
    climb = greatest(lambda t_s: float(round(course(t_s))), until_s=110)
    assert climb is not None
    assert (climb.base, climb.top) == (30, 10)


@pytest.mark.parametrize("lasts_s", [20, 900, 7200])
def test_a_line_that_falls_never_climbs(lasts_s: float) -> None:
    course = linear(60, 60 + lasts_s, 10, 30)
    assert greatest(lambda t_s: float(round(course(t_s))), until_s=1.5 * lasts_s + 120) is None


def test_a_jump_is_no_climb() -> None:
    """A lorry that stops makes all of its way in one step."""
    assert greatest(lambda t_s: 30.0 if t_s < 60 else 12.0, until_s=400) is None


def test_a_single_odd_look_leaves_no_trace() -> None:
    assert greatest(lambda t_s: 5.0 if t_s % 10 == 3 else 30.0, until_s=400) is None


def test_a_line_that_goes_to_and_fro_is_no_rise() -> None:
    """Waves on a beach: the line is up again and again, never above where it has been."""
    climbs, told = Climbs(), list[float]()
    for t_s in range(1800):
        climb = climbs.add(float(round(20 + 6 * math.sin(t_s / 8))), float(t_s))
        if climb is not None and t_s > 120:
            told.append(climb.rows)
    assert max(told, default=0) <= 3, "of 12 rows up and down"


def test_a_climb_that_is_lost_again_is_told_as_far_as_it_lasts() -> None:
    climbs = Climbs()
    course = linear(60, 100, 30, 10)
    for t_s in range(300):
        row = course(t_s) if t_s < 150 else 27.0
        climb = climbs.add(float(round(row)), float(t_s))
    assert climb is None or climb.rows <= 3


def test_the_line_itself_is_a_median_of_the_last_looks() -> None:
    climbs = Climbs()
    assert climbs.row is None
    for t_s, row in enumerate([20.0, 20.0, 3.0, 20.0, 20.0]):
        climbs.add(row, float(t_s))
    assert climbs.row == 20.0


@given(st.lists(st.integers(0, 32), min_size=1, max_size=150))
def test_no_climb_claims_more_than_the_line_went(rows: list[int]) -> None:
    climbs = Climbs()
    for t_s, row in enumerate(rows):
        climb = climbs.add(float(row), float(t_s))
        if climb is not None:
            assert min(rows) <= climb.top < climb.base <= max(rows)
