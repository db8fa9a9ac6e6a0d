"""How alike two pictures are in structure, whatever the light."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small

Floats = npt.NDArray[np.float32]

_SHAPE = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
_HALF = (SMALL_HEIGHT_PX // 2, SMALL_WIDTH_PX // 2)

WINDOW_PX = (5, 5)
"""On the halved picture: structure is compared within 10x10 pixels of the small one."""
CONTRAST_FLOOR = 40.0
"""Variance below which structure is noise at a brightness of 100: 6.3 grey levels of deviation."""
DARKEST_FLOOR = 0.3
SIMILAR_FROM = 0.8


class Similarity:
    """Whether two pictures have the same structure, whatever the light. Works at half size, allocates once.

    Structure within ten pixels, (2 cov + c) / (var + var + c), after evening out local brightness (the contrast and
    structure terms of SSIM, Wang et al. 2004, joined): a shadow scales a place and leaves it similar; an object brings
    edges of its own, or takes those of the ground away.
    """

    def __init__(self) -> None:
        self._now: Small = np.zeros(_HALF, np.uint8)
        self._before: Small = np.zeros(_HALF, np.uint8)
        self._alike: Mask = np.zeros(_SHAPE, np.uint8)

    def alike(self, now: Small, before: Small) -> Mask:
        """Return where the two are similar: uint8, (180, 320), 0 or 255, overwritten by the next call."""
        similarity = self.measure(now, before)
        half = cv2.compare(similarity, SIMILAR_FROM, cv2.CMP_GE)  # type: ignore[call-overload] # OpenCV takes a scalar here
        cv2.resize(half, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), dst=self._alike, interpolation=cv2.INTER_NEAREST)
        return self._alike

    def measure(self, now: Small, before: Small) -> Floats:
        """Return the similarity, -1..1, float32, (90, 160)."""
        cv2.resize(now, (_HALF[1], _HALF[0]), dst=self._now, interpolation=cv2.INTER_AREA)
        cv2.resize(before, (_HALF[1], _HALF[0]), dst=self._before, interpolation=cv2.INTER_AREA)
        return similarity(self._now, self._before, WINDOW_PX)


def similarity(now: Small, before: Small, window_px: tuple[int, int]) -> Floats:
    """Return the similarity of structure at each pixel, -1..1, float32."""
    mean_now = cv2.boxFilter(now, cv2.CV_32F, window_px, borderType=cv2.BORDER_REFLECT)
    mean_before = cv2.boxFilter(before, cv2.CV_32F, window_px, borderType=cv2.BORDER_REFLECT)
    square_now = cv2.sqrBoxFilter(now, cv2.CV_32F, window_px, borderType=cv2.BORDER_REFLECT)
    square_before = cv2.sqrBoxFilter(before, cv2.CV_32F, window_px, borderType=cv2.BORDER_REFLECT)
    product = cv2.multiply(now, before, dtype=cv2.CV_32F)
    both = cv2.boxFilter(product, cv2.CV_32F, window_px, borderType=cv2.BORDER_REFLECT)
    even = np.clip((mean_before + np.float32(4.0)) / (mean_now + np.float32(4.0)), np.float32(0.33), np.float32(3.0))
    covariance = (both - mean_now * mean_before) * even
    variances = (square_now - mean_now * mean_now) * even * even + square_before - mean_before * mean_before
    # In the dark everything has less contrast, noise in the median hardly less.
    floor = np.float32(CONTRAST_FLOOR) * np.clip(
        mean_before * np.float32(0.01), np.float32(DARKEST_FLOOR), np.float32(1)
    )
    return np.asarray((2 * covariance + floor) / (variances + floor), np.float32)
