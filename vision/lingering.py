"""What was known to lie somewhere is still there while nobody can tell."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Mask

SURE_TIMES = 3
"""What was judged so three times running is known; noise flickers."""


class Lingering:
    """Keeps what was judged to cover a place through moments in which light could explain it, or nothing is judged.

    Under broken clouds a bag is now unlike anything light does there, and now as dark as the shade beside it. That it
    might be shade does not take it away; only a place that looks clean is clean. Kept for so long and no longer: wet
    ground goes on looking unlike clean ground, and what the light did to it explains it for hours.
    """

    def __init__(self, keep_s: float) -> None:
        """Keep for some seconds; 0 keeps nothing."""
        self._keep_s = keep_s
        self._sure_s: npt.NDArray[np.float64] | None = None
        self._times: npt.NDArray[np.uint8] = np.zeros(0, np.uint8)

    def see(self, covered: Mask, t_s: float) -> None:
        """Take in a judgement.

        Args:
            covered: What surely covers the place, 0 or 255.
            t_s: Now, on a clock that only runs forward.
        """
        if self._sure_s is None:
            if not covered.any():
                return
            self._sure_s = np.full(covered.shape, -np.inf)
            self._times = np.zeros(covered.shape, np.uint8)
        # What the judgement before said has held until now.
        self._sure_s[self._times >= SURE_TIMES] = t_s
        cv2.add(self._times, 1, dst=self._times)  # type: ignore[call-overload] # OpenCV takes a scalar here
        self._times[covered == 0] = 0

    def of(self, doubtful: Mask, t_s: float) -> Mask:
        """Return what of a doubtful part, 0 or 255, is still there, of the same shape."""
        if self._sure_s is None:
            return np.zeros_like(doubtful)
        return (self._sure_s > t_s - self._keep_s).astype(np.uint8) * doubtful

    def forget(self) -> None:
        """Forget what was there."""
        self._sure_s = None
