"""How long nothing at all has changed at a place: people fidget, things do not."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small

HALF = (SMALL_WIDTH_PX // 2, SMALL_HEIGHT_PX // 2)
CELLS = (SMALL_WIDTH_PX // 4, SMALL_HEIGHT_PX // 4)
FIDGET_LEVEL = 5
"""Grey levels by which the mean of 4x4 pixels changes when somebody shifts; noise of 3 levels changes it by 1.1."""
FIDGET_NOISE, FIDGET_MOST = 4.5, 13.0
"""In a noisy night it must change by so many standard deviations of what noise alone does to it; what changes more
than noise of 8 levels would is leaves, water or light, not noise."""
QUIETER_HALF = 0.32
"""Mean of the smaller half of the absolute values of Gaussian noise of standard deviation 1."""
SAMPLED = 3
STILL_S = 30.0
"""Nobody stands without moving a hand or a head for so long, but a bag, a heap and a parked car do."""
_AROUND = np.ones((3, 3), np.uint8)


class Fidgets:
    """Remembers for each cell of 4x4 pixels when it last changed. Allocates once."""

    def __init__(self) -> None:
        shape = CELLS[1], CELLS[0]
        self._last: Small = np.zeros(shape, np.uint8)
        self._now: Small = np.zeros(shape, np.uint8)
        self._changed: Mask = np.zeros(shape, np.uint8)
        self._since_s: npt.NDArray[np.float32] | None = None
        self._moved: Mask = np.zeros(shape, np.uint8)
        self._half: Small = np.zeros(HALF[::-1], np.uint8)
        self._wide: Mask = np.zeros((CELLS[1], SMALL_WIDTH_PX), np.uint8)
        self._large: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)

    def without_still(self, foreground: Mask, small: Small, t_s: float) -> Mask:
        """Take in a picture and return its foreground without what has stood still for long.

        Call it about twice a second, or at each picture where fewer come.

        Args:
            foreground: uint8, (180, 320), 0 or 255.
            small: The picture, uint8, (180, 320).
            t_s: Its time on a clock that only runs forward.

        Returns:
            uint8, (180, 320), overwritten by the next call; the foreground itself where nothing has stood still.
        """
        # Halved twice, which OpenCV does many times quicker than averaging by four.
        cv2.resize(small, HALF, dst=self._half, interpolation=cv2.INTER_AREA)
        cv2.resize(self._half, CELLS, dst=self._now, interpolation=cv2.INTER_AREA)
        if self._since_s is None:
            self._since_s = np.full(self._now.shape, t_s, np.float32)
        else:
            cv2.absdiff(self._now, self._last, dst=self._changed)
            level = min(max(FIDGET_LEVEL, FIDGET_NOISE * self._noise()), FIDGET_MOST)
            cv2.threshold(self._changed, level, 255, cv2.THRESH_BINARY, dst=self._changed)
            cv2.dilate(self._changed, _AROUND, dst=self._changed)
            self._since_s[self._changed > 0] = t_s
        self._now, self._last = self._last, self._now
        cv2.compare(self._since_s, t_s - STILL_S, cv2.CMP_GT, dst=self._moved)  # type: ignore[call-overload] # OpenCV takes a scalar here
        if cv2.countNonZero(self._moved) == self._moved.size:
            return foreground
        # Widened, then each row written four times.
        cv2.resize(self._moved, (SMALL_WIDTH_PX, CELLS[1]), dst=self._wide, interpolation=cv2.INTER_NEAREST)
        np.copyto(self._large.reshape(CELLS[1], 4, SMALL_WIDTH_PX), self._wide[:, None])
        cv2.bitwise_and(self._large, foreground, dst=self._large)
        return self._large

    def _noise(self) -> float:
        """Return the standard deviation of what noise changes cells by, from the quieter half of some of them."""
        some = self._changed[::SAMPLED, ::SAMPLED].ravel()
        half = some.size // 2
        some.partition(half)
        return int(some[:half].sum()) / half / QUIETER_HALF
