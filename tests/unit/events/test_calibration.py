"""Curves: straight, piecewise, dated."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calibration import (
    Calibration,
    Curve,
    Linear,
    Piecewise,
    Point,
    calibrated,
    curve_as_json,
    curve_of_json,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

numbers = st.integers(-10_000, 10_000).map(lambda n: n / 8)
steps = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=1, max_size=8)


@st.composite
def piecewise(draw: st.DrawFn) -> Piecewise:
    raw, value = draw(numbers), draw(numbers)
    sign = draw(st.sampled_from([-1, 1]))
    points: list[Point] = [(raw, value)]
    for right, up in draw(steps):
        points.append((points[-1][0] + right / 8, points[-1][1] + sign * up / 8))
    return Piecewise(tuple(points))


curves = st.one_of(st.builds(Linear, numbers.filter(bool), numbers), piecewise())


@given(piecewise(), numbers, numbers)
def test_what_is_more_in_truth_stays_on_its_side(curve: Piecewise, one: float, other: float) -> None:
    rising = curve.points[0][1] < curve.points[1][1]
    low, high = sorted((one, other))
    assert curve.of(low) <= curve.of(high) if rising else curve.of(low) >= curve.of(high)


@given(piecewise())
def test_a_point_maps_to_its_value(curve: Piecewise) -> None:
    assert [curve.of(raw) for raw, _ in curve.points] == pytest.approx([value for _, value in curve.points])


@given(piecewise(), numbers)
def test_the_points_turned_round_lead_back(curve: Piecewise, raw: float) -> None:
    back = Piecewise(tuple(sorted((value, at) for at, value in curve.points)))
    assert back.of(curve.of(raw)) == pytest.approx(raw, rel=1e-6, abs=1e-6)


@given(curves)
def test_a_curve_is_stored_and_read_as_it_was(curve: Curve) -> None:
    assert curve_of_json(json.loads(json.dumps(curve_as_json(curve)))) == curve


@pytest.mark.parametrize(
    "points",
    [
        ((0, 0),),
        ((0, 0), (0, 1)),
        ((1, 0), (0, 1)),
        ((0, 0), (1, 0)),
        ((0, 0), (1, 1), (2, 0)),
        ((0, 0), (1, math.inf)),
    ],
)
def test_points_that_make_no_curve_are_refused(points: tuple[Point, ...]) -> None:
    with pytest.raises(ValueError, match=r"want|must"):
        Piecewise(points)


@pytest.mark.parametrize(("gain", "offset"), [(0, 1), (math.nan, 0), (1, math.inf), (1e13, 0)])
def test_lines_that_are_none_are_refused(gain: float, offset: float) -> None:
    with pytest.raises(ValueError, match="want finite"):
        Linear(gain, offset)


@pytest.mark.parametrize("stored", [{}, {"gain": "1", "offset": 0}, {"points": [[0, 0]]}])
def test_what_is_no_curve_is_not_read(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"calibration|points"):
        curve_of_json(stored)


def test_each_calibration_holds_until_the_next() -> None:
    hour = timedelta(hours=1)
    dated = [
        Calibration(valid_from=NOON, curve=Linear(2, 0)),
        Calibration(valid_from=NOON + hour, curve=Linear(1, 100)),
    ]
    values = [calibrated(dated, 5, NOON + n * hour / 2) for n in range(-1, 4)]
    assert values == [5, 10, 10, 105, 105]


@given(raw=st.floats(allow_nan=False, allow_infinity=False))
@pytest.mark.parametrize(
    "curve", [Linear(1e12, -1e12), Linear(-1e12, 0), Piecewise(((0, 0), (1, 1e12))), Piecewise(((0, 0), (5e-324, 1)))]
)
def test_a_finite_raw_value_gives_a_finite_one(curve: Curve, raw: float) -> None:
    assert math.isfinite(curve.of(raw))
    assert math.isfinite(curve.of(0.0))
    assert math.isfinite(curve.of(1.7e308))
    assert math.isfinite(curve.of(-1.7e308))
