"""Places in a picture, as shares of its width and height, so that they survive a change of resolution."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """An upright rectangle in shares of the picture, 0..1, origin at the top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle point (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Share of the picture covered."""
        return self.width * self.height

    def to_pixels(self, width_px: int, height_px: int) -> tuple[int, int, int, int]:
        """Return [x, y, w, h] in whole pixels, clipped to the picture, at least one pixel each way."""
        left = min(max(round(self.x * width_px), 0), width_px - 1)
        top = min(max(round(self.y * height_px), 0), height_px - 1)
        right = min(max(round((self.x + self.width) * width_px), left + 1), width_px)
        bottom = min(max(round((self.y + self.height) * height_px), top + 1), height_px)
        return left, top, right - left, bottom - top

    def intersection_over_union(self, other: "Box") -> float:
        """Return the overlap, 0..1 (Jaccard index)."""
        overlap_x = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        overlap_y = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if overlap_x <= 0 or overlap_y <= 0:
            return 0.0
        overlap = overlap_x * overlap_y
        return overlap / (self.area + other.area - overlap)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A simple polygon in shares of the picture.

    Attributes:
        points: At least three (x, y) corners; the last joins the first.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3:  # noqa: PLR2004 - a polygon has three corners
            raise ValueError("a polygon needs at least three points")

    @classmethod
    def whole_picture(cls) -> "Polygon":
        """Return the polygon that covers everything."""
        return cls(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))

    @classmethod
    def from_points(cls, points: Sequence[Sequence[float]]) -> "Polygon":
        """Build from any sequence of pairs, as YAML gives them."""
        return cls(tuple((float(x), float(y)) for x, y in points))

    @property
    def area(self) -> float:
        """Share of the picture covered (shoelace formula)."""
        total = 0.0
        for (x1, y1), (x2, y2) in zip(self.points, self.points[1:] + self.points[:1], strict=True):
            total += x1 * y2 - x2 * y1
        return abs(total) / 2

    @property
    def bounds(self) -> Box:
        """The smallest upright box around it."""
        xs = [x for x, _ in self.points]
        ys = [y for _, y in self.points]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point lies inside (even-odd rule)."""
        inside = False
        for (x1, y1), (x2, y2) in zip(self.points, self.points[1:] + self.points[:1], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside
