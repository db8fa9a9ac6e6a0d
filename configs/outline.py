"""Whether the corners of a zone make a polygon that encloses something."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from events.geometry import Polygon

SMALLEST_AREA = 1e-4
"""Share of the picture below which a zone holds nothing to look at: about six pixels of 320 x 180."""

_NO_AREA = ("the zone has no area worth looking at", "write corners that enclose a part of the picture")

_Corner = tuple[Fraction, Fraction]


def outline_fault(points: Sequence[tuple[float, float]]) -> tuple[str, str] | None:
    """Tell what is wrong with an outline, as problem and remedy; None for a simple polygon with an area.

    Args:
        points: Three or more corners (x, y), in shares; the last joins the first.
    """
    if points[0] == points[-1]:
        return "the last corner repeats the first", "leave it out: the outline closes by itself"
    if any(one == other for one, other in pairwise(points)):
        return "a corner stands twice in a row", "leave one of them out"
    corners = [_exactly(point) for point in points]
    edges = list(pairwise([*corners, corners[0]]))
    if not any(_turn(corners[0], one, other) for one, other in edges):
        return _NO_AREA
    for (i, one), (j, other) in combinations(enumerate(edges), 2):
        # Neighbours share a corner. One that runs back over the other brings a third edge to touch one of them.
        neighbours = j - i == 1 or (i == 0 and j == len(edges) - 1)
        if not neighbours and _touch(one, other):
            return (
                f"the edge after corner {i + 1} meets the edge after corner {j + 1}",
                "write the corners in the order in which they lie around the zone",
            )
    return _NO_AREA if Polygon(tuple(points)).area < SMALLEST_AREA else None


def _exactly(point: tuple[float, float]) -> _Corner:
    # As the decimal fractions that were written: only so are three corners in a row exactly in a row.
    return Fraction(repr(point[0])), Fraction(repr(point[1]))


def _turn(a: _Corner, b: _Corner, c: _Corner) -> int:
    """Return 1, -1 or 0: whether c lies left of, right of, or on the line from a through b (cross product)."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (area > 0) - (area < 0)


def _between(a: _Corner, b: _Corner, point: _Corner) -> bool:
    """Tell whether a point of the line through a and b lies between them."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])


def _touch(one: tuple[_Corner, _Corner], other: tuple[_Corner, _Corner]) -> bool:
    """Tell whether two segments share a point (orientation test: Cormen et al., Introduction to Algorithms, 33.1)."""
    a, b = one
    c, d = other
    turns = (_turn(c, d, a), _turn(c, d, b), _turn(a, b, c), _turn(a, b, d))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((c, d, a), (c, d, b), (a, b, c), (a, b, d))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))
