"""What was known to lie somewhere is still there while nobody can tell."""

import numpy as np
import numpy.typing as npt

from vision.detector import Mask


class Lingering:
    """Keeps what was judged to cover a place through moments in which light could explain it, or nothing is judged.

    Under broken clouds a bag is now unlike anything light does there, and now as dark as the shade beside it. That it
    might be shade does not take it away; only a place that looks clean is clean. Kept for so long and no longer: wet
    ground goes on looking unlike clean ground, and what the light did to it explains it for hours.
    """

    def __init__(self, keep_s: float, *, known_after_s: float) -> None:
        """Remember nothing yet.

        Args:
            keep_s: How long what is known is kept; 0 keeps nothing.
            known_after_s: How long something must have been judged to lie there without a break to be known. In a
                median below clouds with people in it something lies now here, now there; when all its pictures are
                others, what still lies there does.
        """
        self._keep_s = keep_s
        self._known_after_s = known_after_s
        self._sure_s: npt.NDArray[np.float64] | None = None
        self._since_s: npt.NDArray[np.float64] = np.zeros(0)

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
            self._since_s = np.full(covered.shape, np.inf)
        # What the judgement before said has held until now.
        self._sure_s[self._since_s <= t_s - self._known_after_s] = t_s
        self._since_s[covered == 0] = np.inf
        np.minimum(self._since_s, t_s, out=self._since_s, where=covered > 0)

    def of(self, doubtful: Mask, t_s: float) -> Mask:
        """Return what of a doubtful part, 0 or 255, is still there, of the same shape."""
        if self._sure_s is None:
            return np.zeros_like(doubtful)
        return (self._sure_s > t_s - self._keep_s).astype(np.uint8) * doubtful

    def forget(self) -> None:
        """Forget what was there."""
        self._sure_s = None
