"""Where along an operator's gauge which centimetre lies, and the strip of the picture along it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

Floats = npt.NDArray[np.float32]

PITCH_PX = 1.0
"""The strip along the gauge is sampled once a pixel of the small picture; the edge is placed between rows."""
BEYOND = 0.25
"""Water may stand beyond the marks: by up to a quarter of their distance it is still measured."""
COLUMNS = 16
HALF_WIDTH_SHARE, HALF_WIDTH_LEAST_PX = 0.12, 6.0
"""The strip reaches past the staff on both sides, where the water's edge goes on and figures and ticks do not."""


class Mark(NamedTuple):
    """A mark: where it is seen, in shares of the picture, and what it says."""

    x: float
    y: float
    cm: float


class Scale:
    """Where along the gauge which centimetre lies: a straight line, evenly divided between the marks.

    A gauge seen at a slant is not evenly divided; two marks near the levels that matter keep the error small.
    """

    def __init__(self, marks: Sequence[Mark]) -> None:
        """Lay the strip.

        Args:
            marks: Two marks of different places and centimetres.

        Raises:
            ValueError: the marks coincide.
        """
        self._high, self._low = sorted(marks, key=lambda mark: -mark.cm)
        high = np.array((self._high.x * SMALL_WIDTH_PX, self._high.y * SMALL_HEIGHT_PX)) - 0.5
        low = np.array((self._low.x * SMALL_WIDTH_PX, self._low.y * SMALL_HEIGHT_PX)) - 0.5
        length_px = float(np.hypot(*(low - high)))
        if length_px == 0.0 or self._high.cm == self._low.cm:
            raise ValueError("the marks of a gauge must differ in place and in centimetres")
        self.high_cm, self.low_cm = self._high.cm, self._low.cm
        self.cm_per_row = PITCH_PX * (self._high.cm - self._low.cm) / length_px
        along = (low - high) / length_px
        start, end = _inside(high, along, -BEYOND * length_px, (1.0 + BEYOND) * length_px)
        self.rows = max(math.floor((end - start) / PITCH_PX), 1)
        self._first_row = start / PITCH_PX
        middle = high + np.outer(start + PITCH_PX * np.arange(self.rows), along)
        # Still water is level, so its edge runs along the picture's rows, however the staff leans.
        across = np.array((1.0, 0.0)) if abs(along[1]) >= abs(along[0]) else np.array((0.0, 1.0))
        half_px = max(HALF_WIDTH_SHARE * length_px, HALF_WIDTH_LEAST_PX)
        aside = np.outer(np.linspace(-half_px, half_px, COLUMNS), across)
        places = (middle[:, None, :] + aside[None, :, :]).astype(np.float32)
        self._x, self._y = np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])

    def strip(self, small: Small) -> Floats:
        """Return the strip, float32, (rows, 16), highest centimetre first."""
        return cv2.remap(
            small, self._x, self._y, interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)

    def cm(self, row: float) -> float:
        """Return what the gauge says at a row."""
        return self._high.cm - (self._first_row + row) * self.cm_per_row

    def row(self, cm: float) -> float:
        """Return the row of a level; the inverse of `cm`."""
        return (self._high.cm - cm) / self.cm_per_row - self._first_row

    def point(self, row: float) -> tuple[float, float]:
        """Return where a row is seen, in shares of the picture."""
        share = (self._high.cm - self.cm(row)) / (self._high.cm - self._low.cm)
        return (
            self._high.x + share * (self._low.x - self._high.x),
            self._high.y + share * (self._low.y - self._high.y),
        )

    def paint(self, strip: Floats) -> Small:
        """Return a small picture that holds the strip, and nothing else; `strip` of it gives about the same again."""
        small: Small = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        y = np.clip(np.rint(self._y), 0, SMALL_HEIGHT_PX - 1).astype(np.intp)
        x = np.clip(np.rint(self._x), 0, SMALL_WIDTH_PX - 1).astype(np.intp)
        small[y, x] = np.clip(strip, 0, 255).astype(np.uint8)
        return small

    def painted(self, small: Small) -> Floats:
        """Return the strip of a picture made by `paint`."""
        return cv2.remap(
            small, self._x, self._y, interpolation=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)


def _inside(
    origin: npt.NDArray[np.float64], along: npt.NDArray[np.float64], start: float, end: float
) -> tuple[float, float]:
    """Cut a stretch of a line to the small picture."""
    for axis, size in ((0, SMALL_WIDTH_PX), (1, SMALL_HEIGHT_PX)):
        if along[axis]:
            one, other = -origin[axis] / along[axis], (size - 1 - origin[axis]) / along[axis]
            start, end = max(start, min(one, other)), min(end, max(one, other))
    return start, end
