"""The median picture of each second, from which rain, noise and insects are gone."""

import numpy as np

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small
from vision.ranks import rank

MOST_PICTURES = 5
"""More pictures of a second add nothing to their median but cost."""


class Seconds:
    """Gathers small pictures, and tells once a second that another has begun. Allocates once.

    Attributes:
        median: The median of the second just over, uint8, (180, 320), valid until the next picture. None unless
            another second began with the last picture, and at the first. Where at most one picture comes a second, the
            last picture itself.
    """

    def __init__(self) -> None:
        self.median: Small | None = None
        self._told, *self._pictures = np.zeros((1 + MOST_PICTURES, SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        self._kept = 0
        self._second: int | None = None
        self._taken_s = -1.0

    def begins(self, small: Small, t_s: float) -> bool:
        """Take in a picture and tell whether another second begins with it, as with the first.

        Args:
            small: uint8, (180, 320); copied.
            t_s: Its time on a clock that only runs forward.
        """
        second = int(t_s)
        gap_s, self._taken_s = t_s - self._taken_s, t_s
        self.median = None
        if second == self._second:
            self._keep(small)
            return False
        if self._second is not None:
            self.median = small if gap_s >= 1.0 else self._median() if self._kept > 1 else None
        self._second = second
        self._kept = 0
        self._keep(small)
        return True

    def _keep(self, small: Small) -> None:
        if self._kept < MOST_PICTURES:
            np.copyto(self._pictures[self._kept], small)
            self._kept += 1

    def _median(self) -> Small:
        """Return the median of what was kept, in memory that the next second is not gathered in."""
        kept, middle = self._pictures[: self._kept], self._kept // 2
        (median,), spare = rank(kept, (middle,), self._told)
        kept[middle] = spare
        self._pictures[: self._kept] = kept
        self._told = median
        return median
