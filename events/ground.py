"""The flat ground as a camera sees it: from places in the picture to metres, and back to areas."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from events.geometry import Polygon

Pair = tuple[float, float]

LINE_SHARE = 0.005
"""Three places whose triangle covers less of the square of its longest side lie on one line, as far as a hand that
marks them in a picture can tell: half a degree of it."""
MARKS = 4


class GroundError(ValueError):
    """What is marked cannot be flat ground, or what is asked for does not lie on it; the text says why."""


class Ground:
    """A plane in the world seen in perspective: the homography through four marked places.

    Direct linear transformation with exactly four points (Hartley and Zisserman, Multiple View Geometry, 4.1), solved
    with the last element set to one, which only fails where the picture's own corner lies on the horizon; the marks
    are therefore shifted to their middle first.
    """

    def __init__(self, at: Sequence[Pair], metres: Sequence[Pair]) -> None:
        """Fit the ground to four marks.

        Args:
            at: Where each is seen, shares of the picture's width and height.
            metres: Where each lies, metres east and north of any corner.

        Raises:
            GroundError: there are not four, three lie on one line, or no camera can see such ground.
        """
        if len(at) != MARKS or len(metres) != MARKS:
            raise GroundError("the ground is fixed by four places")
        for what, places in (("in the picture", at), ("on the ground", metres)):
            line = _on_one_line(places)
            if line is not None:
                first, second, third = (number + 1 for number in line)
                raise GroundError(f"places {first}, {second} and {third} lie on one line {what}")
        self._middle = _mean(at)
        self._matrix = _homography([_minus(place, self._middle) for place in at], metres)
        # Each mark fixes on which side of the horizon it is seen; one camera sees its ground on one side only.
        sides = [self._depth(place) for place in at]
        if min(sides) * max(sides) <= 0:
            raise GroundError("no camera sees ground like this; two of the four places are probably exchanged")
        if sides[0] < 0:
            self._matrix = -self._matrix

    def sees(self, x: float, y: float) -> bool:
        """Tell whether a place in the picture is ground: below the horizon, not on or above it."""
        return self._depth((x, y)) > 0

    def metres(self, x: float, y: float) -> Pair:
        """Return where on the ground a place in the picture lies, in metres.

        Raises:
            GroundError: it lies on or above the horizon.
        """
        if not self.sees(x, y):
            raise GroundError(f"({x:.3g}, {y:.3g}) lies above the horizon of the ground that was marked")
        u, v = _minus((x, y), self._middle)
        east, north, depth = (float(value) for value in self._matrix @ np.array([u, v, 1.0]))
        return east / depth, north / depth

    def area_m2(self, polygon: Polygon) -> float:
        """Return the ground area under a zone, square metres.

        Straight lines stay straight in perspective, so the corners are enough.

        Raises:
            GroundError: a corner lies on or above the horizon.
        """
        corners = [self.metres(x, y) for x, y in polygon.points]
        total = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True))
        return abs(total) / 2

    def width_m(self, x: float, y: float) -> float:
        """Return how many metres of ground one whole width of the picture would span at a place.

        Raises:
            GroundError: the place lies on or above the horizon.
        """
        step = 1e-4
        (east, north), (east_on, north_on) = self.metres(x, y), self.metres(x + step, y)
        return math.hypot(east_on - east, north_on - north) / step

    def horizon_y(self, x: float = 0.5) -> float | None:
        """Return where the horizon crosses a column of the picture, None where the camera looks straight down."""
        across, down, last = (float(value) for value in self._matrix[2])
        if abs(down) < 1e-9 * max(abs(last), 1e-12):
            return None
        u = x - self._middle[0]
        return -(across * u + last) / down + self._middle[1]

    def _depth(self, place: Pair) -> float:
        u, v = _minus(place, self._middle)
        return float(self._matrix[2] @ np.array([u, v, 1.0]))


def _homography(at: Sequence[Pair], metres: Sequence[Pair]) -> npt.NDArray[np.float64]:
    rows: list[list[float]] = []
    values: list[float] = []
    for (u, v), (east, north) in zip(at, metres, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * east, -v * east], [0, 0, 0, u, v, 1, -u * north, -v * north]]
        values += [east, north]
    try:
        solved = np.linalg.solve(np.array(rows), np.array(values))
    except np.linalg.LinAlgError as error:
        raise GroundError("the four places do not fix a plane") from error
    return np.append(solved, 1.0).reshape(3, 3)


def _on_one_line(places: Sequence[Pair]) -> tuple[int, int, int] | None:
    for left_out in reversed(range(MARKS)):
        chosen = [number for number in range(MARKS) if number != left_out]
        a, b, c = (places[number] for number in chosen)
        doubled = abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))
        longest = max(math.dist(a, b), math.dist(b, c), math.dist(a, c))
        if doubled <= 2 * LINE_SHARE * longest**2:
            return chosen[0], chosen[1], chosen[2]
    return None


def _mean(places: Sequence[Pair]) -> Pair:
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)


def _minus(place: Pair, origin: Pair) -> Pair:
    return place[0] - origin[0], place[1] - origin[1]
