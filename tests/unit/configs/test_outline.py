"""Which corners make a zone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.outline import outline_fault
from events.geometry import Polygon

Corners = list[tuple[float, float]]

shares = st.integers(0, 100).map(lambda n: n / 100)


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)], "meets"),
        ([(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)], "no area"),
        ([(0.1, 0.1), (0.1, 0.1), (0.3, 0.3)], "twice"),
        ([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.1)], "repeats"),
        ([(0.5, 0.5), (0.501, 0.5), (0.5, 0.501)], "no area"),
        # A spike that runs back over itself.
        ([(0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9)], "meets"),
        # A corner that lies on another edge.
        ([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.0, 1.0)], "meets"),
    ],
)
def test_corners_that_enclose_nothing_clear_are_told(corners: Corners, words: str) -> None:
    fault = outline_fault(corners)
    assert fault is not None
    assert words in fault[0]


@pytest.mark.parametrize(
    "corners",
    [
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)],
        [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)],
        [(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.9, 0.9)],  # a corner on a straight line is harmless
        [(0.0, 0.0), (0.5, 0.4), (1.0, 0.0), (0.5, 1.0)],
    ],
)
def test_simple_outlines_are_good(corners: Corners) -> None:
    assert outline_fault(corners) is None


@given(st.lists(st.floats(0, 2 * math.pi, allow_nan=False), min_size=3, max_size=9), st.floats(0.1, 0.5))
def test_corners_in_order_around_a_point_are_good(angles: list[float], radius: float) -> None:
    around = sorted({round(angle, 2) for angle in angles if angle < 6.2})
    gaps = [b - a for a, b in zip(around, [*around[1:], around[0] + 2 * math.pi], strict=True)] if around else []
    corners = [(0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)) for angle in around]
    if len(corners) >= 3 and max(gaps) < math.pi - 0.1 and Polygon(tuple(corners)).area > 0.001:
        assert outline_fault(corners) is None


@given(st.lists(st.tuples(shares, shares), min_size=3, max_size=8))
def test_the_verdict_does_not_depend_on_where_the_outline_starts_or_which_way_it_runs(corners: Corners) -> None:
    is_good = outline_fault(corners) is None
    assert (outline_fault(corners[::-1]) is None) == is_good
    assert (outline_fault(corners[1:] + corners[:1]) is None) == is_good
