"""Finds the usual view again in a picture that was shifted, turned or zoomed."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision.blocks import HEIGHT_PX, WIDTH_PX, Floats

TURNS_DEG = (0.0, -4.0, 4.0, -8.0, 8.0, -13.0, 13.0, -19.0, 19.0)
ZOOMS = (0.87, 1.15)
"""A view turned by two degrees or zoomed by a fifteenth still correlates at this size: steps lie twice that apart."""
RESPONSE_LEAST = 0.04
"""Below this peak, phase correlation of two pictures says nothing."""
AGREES = 0.4
"""Correlation of gradients over what both pictures show; different pictures reach 0.15."""
OVERLAP_LEAST = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement:
    """How the usual view lies in the present picture.

    Attributes:
        across_px: Shift to the right, in pixels of 160x90.
        down_px: Shift downwards.
        turned_deg: Turn, anticlockwise.
        zoom: Enlargement.
        agreement: Correlation of gradients once this is undone, -1..1.
    """

    across_px: float
    down_px: float
    turned_deg: float = 0.0
    zoom: float = 1.0
    agreement: float

    @property
    def shift_px(self) -> float:
        """Length of the shift in pixels of 160x90."""
        return math.hypot(self.across_px, self.down_px)


class Realigner:
    """Phase correlation of gradient magnitudes (Kuglin and Hines 1975), for a few turns and zooms.

    One try costs half a millisecond, all of them five: ask only when much is lost.
    """

    def __init__(self) -> None:
        self._window: Floats = np.asarray(cv2.createHanningWindow((WIDTH_PX, HEIGHT_PX), cv2.CV_32F), np.float32)

    def shift(self, now: Floats, usual: Floats) -> Displacement | None:
        """Return the shift between two pictures, float32, (90, 160), None where there is none to be found."""
        return self._try(now, _magnitude(usual), usual, 0.0, 1.0)

    def search(self, now: Floats, usual: Floats) -> Displacement | None:
        """Return the shift, turn and zoom that explain the present picture, None where none does."""
        magnitude = _magnitude(usual)
        tries = [(turn, 1.0) for turn in TURNS_DEG] + [(0.0, zoom) for zoom in ZOOMS]
        found = [self._try(now, magnitude, usual, turn, zoom) for turn, zoom in tries]
        agreeing = [one for one in found if one is not None and one.agreement >= AGREES]
        return max(agreeing, key=lambda one: one.agreement, default=None)

    def _try(
        self, now: Floats, usual_magnitude: Floats, usual: Floats, turn_deg: float, zoom: float
    ) -> Displacement | None:
        inside = np.ones(now.shape, np.float32)
        if turn_deg or zoom != 1.0:
            undo = cv2.getRotationMatrix2D(((WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2), -turn_deg, 1.0 / zoom)
            now, inside = _warped(now, undo), _warped(inside, undo, cv2.BORDER_CONSTANT)
        (across, down), response = cv2.phaseCorrelate(usual_magnitude, _magnitude(now), self._window)
        if response < RESPONSE_LEAST:
            return None
        back = np.array([[1, 0, -across], [0, 1, -down]], np.float64)
        moved, inside = _warped(now, back), _warped(inside, back, cv2.BORDER_CONSTANT)
        agreement = _agreement(moved, usual, inside > 0.99)  # noqa: PLR2004 - not a pixel of the border
        return Displacement(
            across_px=across, down_px=down, turned_deg=turn_deg, zoom=zoom, agreement=agreement
        )


def _warped(picture: Floats, matrix: np.ndarray, border: int = cv2.BORDER_REPLICATE) -> Floats:
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH_PX, HEIGHT_PX), borderMode=border), np.float32)


def _magnitude(picture: Floats) -> Floats:
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.sqrt(cv2.magnitude(across, down)), np.float32)


def _agreement(now: Floats, usual: Floats, inside: np.ndarray) -> float:
    """Return the correlation of the gradients of both pictures where both show the scene."""
    if np.count_nonzero(inside) < OVERLAP_LEAST * inside.size:
        return -1.0
    inside = cv2.erode(inside.astype(np.uint8), None, iterations=2, borderValue=0) > 0
    common = present = known = 0.0
    for dx, dy in ((1, 0), (0, 1)):
        a, b = cv2.Sobel(now, cv2.CV_32F, dx, dy)[inside], cv2.Sobel(usual, cv2.CV_32F, dx, dy)[inside]
        common, present, known = common + float(a @ b), present + float(a @ a), known + float(b @ b)
    return common / math.sqrt(present * known + 1.0)
