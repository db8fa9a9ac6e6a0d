"""How fast something grows."""

import math
from collections import deque

import numpy as np

EVERY_S = 10.0
LEAST_S = 60.0
MEMORY = 360
"""An hour, a value every ten seconds."""


class Growth:
    """How fast a coverage grows: the slope of a straight line through the last hour (least squares)."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self._added_s = -math.inf

    def add(self, coverage: float, t_s: float) -> None:
        """Take in a value; more than one in ten seconds is not needed."""
        if t_s - self._added_s >= EVERY_S:
            self._values.append((t_s, coverage))
            self._added_s = t_s

    def per_h(self) -> float | None:
        """Return the growth per hour in shares of the zone, None before a minute has been seen."""
        if not self._values or self._values[-1][0] - self._values[0][0] < LEAST_S:
            return None
        times_s, values = np.array(self._values).T
        times_s = times_s - times_s.mean()
        return float((times_s * (values - values.mean())).sum() / np.square(times_s).sum()) * 3600.0
