"""The median picture of each second, from which rain, noise and insects are gone."""

import numpy as np

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small
from vision.ranks import rank

MOST_PICTURES = 5
"""More pictures of a second add nothing to their median but cost."""


class Seconds:
    """Gathers small pictures and gives one a second. Allocates once."""

    def __init__(self) -> None:
        self._told, *self._pictures = np.zeros((1 + MOST_PICTURES, SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        self._kept = 0
        self._second: int | None = None
        self._taken_s = -1.0

    def offer(self, small: Small, t_s: float) -> Small | None:
        """Take in a picture and return the median of the second before it, when this one begins another.

        Args:
            small: uint8, (180, 320); copied.
            t_s: Its time on a clock that only runs forward.

        Returns:
            uint8, (180, 320), valid until the next call; None while the second lasts. Where at most one picture
            comes a second, the picture itself.
        """
        second = int(t_s)
        gap_s, self._taken_s = t_s - self._taken_s, t_s
        if self._second is None or second != self._second:
            done = self._median() if gap_s < 1.0 and self._kept > 1 else None
            first, self._second = self._second is None, second
            self._kept = 0
            self._keep(small)
            if done is not None:
                return done
            return None if first or gap_s < 1.0 else small
        self._keep(small)
        return None

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
