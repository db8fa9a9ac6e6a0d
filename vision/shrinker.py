"""The small picture every detector works on, made from the decoded one at little cost."""

import cv2
import numpy as np
import numpy.typing as npt

from events.frame import Luma
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

ROWS_KEPT = 2
"""Rows of the large picture that make one row of the small one."""


class Shrinker:
    """Makes the small picture into memory of its own, anew only when the size of pictures changes.

    Reading the large picture is what costs, so of a tall one only every n-th row is read (a view, nothing is copied):
    two rows of it for each small row, evenly spaced. Then it is halved by area averaging, OpenCV's fast case, while it
    is at least twice too large in both directions; what is left of the width is averaged, and the rest, less than one
    halving, interpolated. Where exactly three columns are left for one, as of 1080p, OpenCV weighs them as it does the
    colours of a pixel (.11, .59, .30) in a third of the time of an even mean: noise grows by a sixth, and the picture
    stands a sixteenth of a pixel aside, always. Right after a 1080p picture was decoded that takes 0.10 ms instead of
    0.15, half of them for fetching it.
    """

    def __init__(self) -> None:
        self._small: Small = np.empty((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        self._shape = (0, 0)
        self._step = 1
        self._halves: list[Luma] = []
        self._across = 1
        self._averaged: Luma = self._small
        self._triples: npt.NDArray[np.uint8] | None = None

    def shrink(self, luma: Luma) -> Small:
        """Return the picture as uint8, (180, 320); overwritten by the next call."""
        if luma.shape != self._shape:
            self._prepare(*luma.shape)
        # The rows in the middle of each stretch, so that nothing moves up or down.
        luma = luma[self._step // 2 :: self._step]
        for half in self._halves:
            height_px, width_px = half.shape
            cv2.resize(
                luma[: 2 * height_px, : 2 * width_px], (width_px, height_px), dst=half, interpolation=cv2.INTER_AREA
            )
            luma = half
        if luma.shape == self._small.shape:
            return luma
        if self._triples is not None:
            cv2.cvtColor(self._triples, cv2.COLOR_BGR2GRAY, dst=self._small)
            return self._small
        if self._across > 1:
            luma = np.asarray(cv2.blur(luma, (self._across, 1), dst=self._averaged), np.uint8)
        cv2.resize(luma, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), dst=self._small, interpolation=cv2.INTER_LINEAR)
        return self._small

    def _prepare(self, height_px: int, width_px: int) -> None:
        self._shape = (height_px, width_px)
        self._step = max(height_px // (ROWS_KEPT * SMALL_HEIGHT_PX), 1)
        rows = len(range(self._step // 2, height_px, self._step))
        self._halves = _halves(rows, width_px)
        rows, columns = self._halves[-1].shape if self._halves else (rows, width_px)
        # Interpolation reads two neighbours, so up to one halving it leaves nothing out.
        self._across = round(columns / SMALL_WIDTH_PX) if columns > 2 * SMALL_WIDTH_PX else 1
        if self._across > 1:
            # In place where the memory is ours: what was not touched since the last picture is dear to touch.
            self._averaged = self._halves[-1] if self._halves else np.empty((rows, columns), np.uint8)
        self._triples = None
        if self._halves and (rows, columns) == (SMALL_HEIGHT_PX, 3 * SMALL_WIDTH_PX):
            self._triples = self._halves[-1].reshape(SMALL_HEIGHT_PX, SMALL_WIDTH_PX, 3)


def _halves(height_px: int, width_px: int) -> list[Luma]:
    halves: list[Luma] = []
    while height_px >= 2 * SMALL_HEIGHT_PX and width_px >= 2 * SMALL_WIDTH_PX:
        height_px, width_px = height_px // 2, width_px // 2
        halves.append(np.empty((height_px, width_px), np.uint8))
    return halves
