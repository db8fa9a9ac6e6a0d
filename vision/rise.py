"""Tells a line that climbs, over seconds or over hours, from one that jumps or wanders."""

from collections import deque
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import numpy.typing as npt

SCALE_FACTOR = 6
SCALES = 5
"""Looks of 1, 6, 36, 216 and 1296 s: windows of one minute to 21 hours."""
WINDOW = 60
STEADY = 5
"""The median of so many looks is one value: whoever crosses in less than half of them leaves no trace."""
STEADY_S = 4.0

STEP_MOST = 0.6
"""A single step may make up this share of a climb. A lorry that stops makes all of it, water at most a part."""
DIRECT_LEAST = 0.6
"""Share that a climb must be of the whole way the line went meanwhile."""
LEVELS_LEAST = 4
BEFORE_QUANTILE = 0.2
"""The line must climb above where it was for a fifth of the time before: what goes to and fro is no rise."""
BEFORE_LEAST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """A climb of the line.

    Attributes:
        base: Row from which it climbed.
        top: Row it has reached.
        levels: How many different rows it held on the way, both ends included.
    """

    base: float
    top: float
    levels: int

    @property
    def rows(self) -> float:
        """How far it climbed."""
        return self.base - self.top


class Climbs:
    """The history of one line at several paces, each six times coarser than the one before.

    A rise of any duration from seconds to a day shows as a gradual climb at one of them.

    Attributes:
        row: Where the line is now, median of the last looks; None before any.
    """

    def __init__(self) -> None:
        self._latest: deque[tuple[float, float]] = deque(maxlen=STEADY)
        self.row: float | None = None
        self._scales = [_Scale(SCALE_FACTOR**power) for power in range(SCALES)]

    def add(self, row: float, t_s: float) -> Climb | None:
        """Take in where the line is and return the greatest gradual climb that lasts until now.

        Args:
            row: Row of the line, smaller is higher.
            t_s: Its time.
        """
        while self._latest and t_s - self._latest[0][0] > STEADY * STEADY_S:
            self._latest.popleft()
        self._latest.append((t_s, row))
        steady = sorted(row for _, row in self._latest)[len(self._latest) // 2]
        self.row = steady
        climbs = [scale.add(steady, t_s) for scale in self._scales]
        # A coarse pace hears late that the line has fallen again.
        lasting = [replace(climb, top=max(climb.top, steady)) for climb in climbs if climb is not None]
        return max((climb for climb in lasting if climb.rows > 0), key=lambda climb: climb.rows, default=None)


class _Scale:
    """The line at one pace: the median of each step of time."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._rows: deque[float] = deque(maxlen=WINDOW)
        self._gathered: list[float] = []
        self._begun_s: float | None = None
        self._climb: Climb | None = None

    def add(self, row: float, t_s: float) -> Climb | None:
        if self._begun_s is None:
            self._begun_s = t_s
        self._gathered.append(row)
        if t_s - self._begun_s >= self._step_s - 0.5:
            self._rows.append(median(self._gathered))
            self._gathered.clear()
            self._begun_s = t_s
            self._climb = self._greatest()
        return self._climb

    def _greatest(self) -> Climb | None:
        now = self._rows[-1]
        if max(self._rows) - now < 1.0:
            return None
        rows = np.array(self._rows)
        steps = np.abs(np.diff(rows))
        way = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
        largest = np.append(np.maximum.accumulate(steps[::-1])[::-1], 0.0)
        climbed = rows - now
        gradual = (climbed >= 1.0) & (largest <= STEP_MOST * climbed) & (climbed >= DIRECT_LEAST * way)
        starts = np.flatnonzero(gradual)
        for start in starts[np.argsort(-climbed[starts], kind="stable")].tolist():
            if self._is_new(rows[:start], float(rows[start])):
                return Climb(
                    base=float(rows[start]),
                    top=now,
                    levels=len(set(rows[start:].tolist())),
                )
        return None

    @staticmethod
    def _is_new(before: npt.NDArray[np.float64], base: float) -> bool:
        """Tell whether the line was not above the base before for long."""
        return len(before) < BEFORE_LEAST or float(np.quantile(before, BEFORE_QUANTILE)) >= base - 1.0
