"""Takes a place's steady picture, from the moment on when somebody asked for it."""

import numpy as np

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.steady import LEAST_SAMPLES, SteadyPicture

TAKE_S = 5.0
"""Who walks through in that time leaves no trace in the median, and who asked still waits."""
TAKE_LEAST = 3
TAKE_MOST_S = 30.0
RESTLESS_ABOVE = 28
"""Distance between quartiles, in grey levels, beyond which something moves there."""
STEADY_SHARE = 0.03
"""Share of the place that may move: a twig, a rag."""


class Taking:
    """Gathers pictures of a place until it was seen steady. Made anew for each taking."""

    def __init__(self, mask: Mask, t_s: float, *, insist: bool) -> None:
        """Begin.

        Args:
            mask: The place, uint8, (180, 320), 0 or 255.
            t_s: Now, on the view's clock.
            insist: Whether the place must be steady; else the median of the first five seconds is taken as it is.
        """
        self._place = mask > 0
        self._size_px = max(int(np.count_nonzero(self._place)), 1)
        least = TAKE_LEAST if insist else LEAST_SAMPLES
        self._steady = SteadyPicture((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), window_s=TAKE_S, least=least)
        self._since_s = t_s
        self._insist = insist

    def offer(self, small: Small, t_s: float) -> Small | None:
        """Take in a picture; return the steady one, uint8, (180, 320), the caller's own, once there is one."""
        self._steady.offer(small, t_s)
        if t_s - self._since_s < TAKE_S or not self._steady.ready:
            return None
        middle, restless = self._steady.settle()
        moving_px = int(np.count_nonzero(restless[self._place] > RESTLESS_ABOVE))
        if self._insist and moving_px > STEADY_SHARE * self._size_px:
            return None
        return np.array(middle, np.uint8)

    def too_long(self, t_s: float) -> bool:
        """Tell whether it has been waited for in vain."""
        return t_s - self._since_s > TAKE_MOST_S
