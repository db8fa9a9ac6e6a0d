"""What makes a value of a raw one, and since when."""

import math
import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from events.ids import SourceId

LARGEST = 1e12
"""No gain, offset or point is larger."""

HIGHEST = sys.float_info.max
"""A finite raw value gives a finite one: what would be larger is this."""

Point = tuple[float, float]
"""Raw value, true value."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight line.

    Attributes:
        gain: What the raw value is multiplied by, not 0.
        offset: What is added then, in the metric's unit.

    Raises:
        ValueError: it is no calibration.
    """

    gain: float
    offset: float

    def __post_init__(self) -> None:
        if not (0 < abs(self.gain) <= LARGEST and abs(self.offset) <= LARGEST):
            raise ValueError(
                f"gain {self.gain:g}, offset {self.offset:g}: want finite numbers, and a gain other than 0"
            )

    def of(self, raw: float) -> float:
        """Return the calibrated value."""
        value = self.gain * raw + self.offset
        return value if -HIGHEST <= value <= HIGHEST else math.copysign(HIGHEST, value)


@dataclass(frozen=True, slots=True)
class Piecewise:
    """Straight lines from point to point; the first and the last one go on beyond the points.

    Attributes:
        points: At least two; raw values rise, true ones rise or fall throughout.

    Raises:
        ValueError: they are no calibration.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 2:  # noqa: PLR2004 - a line has two points
            raise ValueError("want at least two points")
        if not all(abs(number) <= LARGEST for point in self.points for number in point):
            raise ValueError("want finite points")
        if not all(left[0] < right[0] for left, right in pairwise(self.points)):
            raise ValueError("the raw values of the points must rise")
        signs = {math.copysign(1, right[1] - left[1]) for left, right in pairwise(self.points)}
        if len(signs) > 1 or any(left[1] == right[1] for left, right in pairwise(self.points)):
            raise ValueError("the true values of the points must rise or fall throughout")

    def of(self, raw: float) -> float:
        """Return the calibrated value."""
        place = bisect_right(self.points, raw, key=_raw_of)
        (left, low), (right, high) = self.points[min(max(place, 1), len(self.points) - 1) - 1 :][:2]
        value = low + (raw - left) * ((high - low) / (right - left))
        if -HIGHEST <= value <= HIGHEST:
            return value
        return low if raw == left else math.copysign(HIGHEST, value)


Curve = Linear | Piecewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A curve, and from when on it holds.

    Attributes:
        valid_from: Device time of the first reading it holds for, aware UTC.
        curve: The curve.
    """

    valid_from: datetime
    curve: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A calibration with who made it.

    Attributes:
        source: Whose.
        metric: Of what.
        calibration: Since when, and the curve.
        note: Why, None where nobody said.
        actor: By whom.
        at: When.
    """

    source: SourceId
    metric: str
    calibration: Calibration
    note: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalculation:
    """The past of a series, to be computed again after its calibration changed.

    Attributes:
        id: Number of the job.
        metric: Of what.
        begin: From the readings of this device time on.
        end: Up to this one, None where there is no end.
        actor: Who asked for it.
        asked_at: When.
        readings: How many were looked at so far.
        done_until: Device time of the last one of these, None before the first step.
        finished_at: When nothing was left, None before.
    """

    id: int
    metric: str
    begin: datetime
    end: datetime | None
    actor: str
    asked_at: datetime
    readings: int = 0
    done_until: datetime | None = None
    finished_at: datetime | None = None


def calibrated(calibrations: Sequence[Calibration], raw: float, ts: datetime) -> float:
    """Return the value of a raw one.

    Args:
        calibrations: Those of the series, oldest first.
        raw: As measured.
        ts: When, aware.
    """
    newest = calibrations[-1] if calibrations else None
    if newest is None or ts >= newest.valid_from:
        return raw if newest is None else newest.curve.of(raw)
    place = bisect_right(calibrations, ts, key=attrgetter("valid_from"))
    return calibrations[place - 1].curve.of(raw) if place else raw


def curve_as_json(curve: Curve) -> dict[str, object]:
    """Return a curve as it is stored."""
    if isinstance(curve, Linear):
        return {"gain": curve.gain, "offset": curve.offset}
    return {"points": [list(point) for point in curve.points]}


def curve_of_json(stored: dict[str, object]) -> Curve:
    """Return a stored curve.

    Raises:
        ValueError: it is none.
    """
    match stored:
        case {"gain": int() | float() as gain, "offset": int() | float() as offset}:
            return Linear(float(gain), float(offset))
        case {"points": list() as points}:
            return Piecewise(tuple((float(raw), float(value)) for raw, value in points))
    raise ValueError(f"{stored!r} is no calibration")


def _raw_of(point: Point) -> float:
    return point[0]
