"""Finds the usual view again in a picture that was shifted, turned or zoomed."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision.blocks import HEIGHT_PX, WIDTH_PX, Floats
from vision.detector import Small

TURNS_DEG = (0.0, -4.0, 4.0, -8.0, 8.0, -13.0, 13.0, -19.0, 19.0)
ZOOMS = (0.75, 0.81, 0.87, 0.93, 1.07, 1.15, 1.24, 1.33)
TRIES = [(turn, 1.0) for turn in TURNS_DEG] + [(0.0, zoom) for zoom in ZOOMS]
"""A view turned by two degrees or zoomed by a thirtieth still correlates at this size: steps lie twice that apart."""
RESPONSE_LEAST = 0.04
"""Below this peak, phase correlation of two pictures says nothing."""
AGREES = 0.4
"""Correlation of gradients over what both pictures show; different pictures reach 0.15."""
EXPLAINS_MORE = 0.1
OVERLAP_LEAST = 0.3
SHIFT_LEAST_PX = 1.5
_INNER = np.ones((3, 3), np.uint8)
SAME_WAY = 0.7
"""Cosine of the angle between two shifts of the same way."""


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

    @property
    def elsewhere(self) -> bool:
        """Whether the camera is displaced rather than shaken."""
        return self.shift_px >= SHIFT_LEAST_PX or self.turned_deg != 0.0 or self.zoom != 1.0

    def confirms(self, other: "Displacement") -> bool:
        """Tell whether both say the same: a camera on a swaying pole is now here, now there."""
        if (self.turned_deg, self.zoom) != (0.0, 1.0) or (other.turned_deg, other.zoom) != (0.0, 1.0):
            return self.turned_deg * other.turned_deg > 0 or (self.zoom - 1.0) * (other.zoom - 1.0) > 0
        along = self.across_px * other.across_px + self.down_px * other.down_px
        return along > SAME_WAY * self.shift_px * other.shift_px


class Realigner:
    """Phase correlation of gradient magnitudes (Kuglin and Hines 1975), for a few turns and zooms.

    One try costs half a millisecond, all of them nine: ask only when much is lost.
    """

    def __init__(self) -> None:
        self._window: Floats = np.asarray(cv2.createHanningWindow((WIDTH_PX, HEIGHT_PX), cv2.CV_32F), np.float32)

    def detail(self, half: Small, usual: Floats) -> float:
        """Return how strongly the usual picture's finest detail shows in a picture once their shift is undone.

        Args:
            half: One picture, not a mean: uint8, (90, 160).
            usual: float32, (90, 160).

        Returns:
            1 as usual, 0 not at all (the slope of a straight line through their Laplacians).
        """
        now = half.astype(np.float32)
        (across, down), _ = cv2.phaseCorrelate(_magnitude(usual), _magnitude(now), self._window)
        back = np.array([[1, 0, -across], [0, 1, -down]], np.float64)
        now = _warped(now, back, interpolation=cv2.INTER_CUBIC)
        fine, known = cv2.Laplacian(now, cv2.CV_32F), cv2.Laplacian(usual, cv2.CV_32F)
        return float(np.vdot(fine, known)) / max(float(np.vdot(known, known)), 1.0)

    def search(self, half: Small, usual: Floats) -> Displacement | None:
        """Return the shift, turn and zoom that explain a picture, None where none does.

        A displacement must explain more than none at all would.

        Args:
            half: One picture, not a mean, in which the usual view would glow for a while: uint8, (90, 160).
            usual: float32, (90, 160).
        """
        now = np.asarray(cv2.GaussianBlur(half, (3, 3), 0), np.float32)
        usual = np.asarray(cv2.GaussianBlur(usual, (3, 3), 0), np.float32)
        magnitude = _magnitude(usual)
        everywhere = np.ones(now.shape, np.bool_)
        unmoved = Displacement(across_px=0.0, down_px=0.0, agreement=_agreement(now, usual, everywhere))
        found = [self._try(now, magnitude, usual, turn, zoom) for turn, zoom in TRIES]
        best = max((one for one in found if one is not None), key=lambda one: one.agreement, default=unmoved)
        if best.agreement < unmoved.agreement + EXPLAINS_MORE:
            best = unmoved
        return best if best.agreement >= AGREES else None

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
        return Displacement(across_px=across, down_px=down, turned_deg=turn_deg, zoom=zoom, agreement=agreement)


def _warped(
    picture: Floats, matrix: np.ndarray, border: int = cv2.BORDER_REPLICATE, interpolation: int = cv2.INTER_LINEAR
) -> Floats:
    size = WIDTH_PX, HEIGHT_PX
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=interpolation, borderMode=border), np.float32)


def _magnitude(picture: Floats) -> Floats:
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.sqrt(cv2.magnitude(across, down)), np.float32)


def _agreement(now: Floats, usual: Floats, inside: np.ndarray) -> float:
    """Return the correlation of the gradients of both pictures where both show the scene."""
    if np.count_nonzero(inside) < OVERLAP_LEAST * inside.size:
        return -1.0
    inside = cv2.erode(inside.astype(np.uint8), _INNER, iterations=2, borderValue=0) > 0
    common = present = known = 0.0
    for dx, dy in ((1, 0), (0, 1)):
        a, b = cv2.Sobel(now, cv2.CV_32F, dx, dy)[inside], cv2.Sobel(usual, cv2.CV_32F, dx, dy)[inside]
        common, present, known = common + float(a @ b), present + float(a @ a), known + float(b @ b)
    return common / math.sqrt(present * known + 1.0)
