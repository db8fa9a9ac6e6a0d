"""Tells a thing that was put down from the ghost of one taken away, from light, and from noise."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.lasting import Floats, similarity

Pixels = tuple[int, int, int, int]
"""x, y, width, height in the small picture."""

SURROUND_PX = 6
"""So much around a piece is looked at to compare it with its surroundings."""
WINDOW_PX = (9, 9)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_NEAR = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
_RING = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One connected part of what has changed for long.

    Attributes:
        box: Where, in pixels of the small picture.
        mask: Its pixels within the box, holes filled, uint8, (height, width), 0 or 255.
        area_px: Their number.
    """

    box: Pixels
    mask: Mask
    area_px: int


def pieces(lasting: Mask, closing_px: int) -> list[Piece]:
    """Return the connected parts of a mask, largest first.

    Args:
        lasting: uint8, (180, 320), not 0 where something lasts.
        closing_px: Gaps up to this wide are closed before.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (closing_px, closing_px))
    x0, y0, width, height = cv2.boundingRect(lasting)
    if not width:
        return []
    padded = cv2.copyMakeBorder(
        lasting[y0 : y0 + height, x0 : x0 + width],
        closing_px, closing_px, closing_px, closing_px, cv2.BORDER_CONSTANT, value=(0,),
    )
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Piece] = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        mask: Mask = np.zeros((h, w), np.uint8)
        cv2.drawContours(mask, [contour], -1, (255,), thickness=cv2.FILLED, offset=(-x, -y))
        box = (x + x0 - closing_px, y + y0 - closing_px, w, h)
        found.append(Piece(box=box, mask=mask, area_px=cv2.countNonZero(mask)))
    return sorted(found, key=lambda piece: -piece.area_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How a piece looks now, and how its place looked before.

    Attributes:
        edge: Mean gradient along its outline now (Sobel, about 4 times the step in grey levels).
        edge_before: The same in the background.
        likeness: Mean similarity of structure between now and before inside, -1..1.
        contrast: Difference of the median brightness inside and around, in grey levels.
        contrast_before: The same in the background.
        difference: Mean difference between now and before inside, in grey levels.
    """

    edge: float
    edge_before: float
    likeness: float
    contrast: float
    contrast_before: float
    difference: float


def looks_of(piece: Piece, now: Small, before: Small) -> Looks:
    """Measure a piece.

    Args:
        piece: The piece.
        now: The picture, uint8, (180, 320).
        before: The background in the same light, uint8, (180, 320).
    """
    x, y, width, height = piece.box
    left, top = max(x - SURROUND_PX, 0), max(y - SURROUND_PX, 0)
    right, bottom = min(x + width + SURROUND_PX, SMALL_WIDTH_PX), min(y + height + SURROUND_PX, SMALL_HEIGHT_PX)
    mask: Mask = np.zeros((bottom - top, right - left), np.uint8)
    mask[y - top : y - top + height, x - left : x - left + width] = piece.mask
    there, then = now[top:bottom, left:right], before[top:bottom, left:right]
    inside = mask > 0
    outline = (cv2.dilate(mask, _CROSS) != 0) & (cv2.erode(mask, _CROSS) == 0)
    around = (cv2.dilate(mask, _RING) != 0) & (cv2.dilate(mask, _NEAR) == 0)
    if not around.any():
        around = ~inside if not inside.all() else inside
    return Looks(
        edge=float(_gradient(there)[outline].mean()),
        edge_before=float(_gradient(then)[outline].mean()),
        likeness=float(similarity(there, then, WINDOW_PX)[inside].mean()),
        contrast=_contrast(there, inside, around),
        contrast_before=_contrast(then, inside, around),
        difference=float(cv2.absdiff(there, then)[inside].mean()),
    )


def _gradient(picture: Small) -> Floats:
    """Return the strongest gradient within a pixel's neighbourhood, float32."""
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.dilate(cv2.magnitude(across, down), _NEAR), np.float32)


def _contrast(picture: Small, inside: npt.NDArray[np.bool_], around: npt.NDArray[np.bool_]) -> float:
    return abs(float(np.median(picture[inside])) - float(np.median(picture[around])))
