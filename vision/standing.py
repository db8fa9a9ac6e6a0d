"""Tells a thing from a part of somebody who stands there, without a network: by what is around it, and how it stirs."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.lasting import LastingChange
from vision.likeness import Floats
from vision.newcomer import Piece

STIR_LEVELS = 12
"""Grey levels between the pictures of two seconds from which a pixel has stirred: above noise and its encoding."""
STIR_S = 4.0
"""Time constant of how much of late a pixel stirs: whoever has walked away is forgotten in ten seconds."""
STIR_LEAST = 0.06
"""Share of the pixels in and close around a piece that stirs each second: nobody who stands keeps below for long."""
EDGE_GRADIENT = 64.0
"""Sobel; edges of 16 levels stir when the camera shakes."""
SHAKE_FACTOR = 1.5
"""A piece must stir by so much more than its edges would if they stirred like those of the ground."""

AROUND_PX = 3
AROUND_LEAST = 0.25
"""Share of the rim around a piece that differs from the ground too. A thing ends where it ends; a head, a leg, a back
goes over into the rest of somebody, which has moved too much to be old."""
CLOSE_PX = 2
LEAVING_SHARE = 0.3
"""What shows so much ground again in the newest picture is going: the median of five tells that two seconds late."""

_EDGE = np.ones((3, 3), np.uint8)  # what differs is found in means of nine pixels: one pixel wider than it is
_AROUND = np.ones((2 * AROUND_PX + 1, 2 * AROUND_PX + 1), np.uint8)
_CLOSE = np.ones((2 * CLOSE_PX + 1, 2 * CLOSE_PX + 1), np.uint8)


class Standing:
    """Remembers where pixels stir from second to second. Allocates once, but for pieces."""

    def __init__(self) -> None:
        shape = SMALL_HEIGHT_PX, SMALL_WIDTH_PX
        self._last: Small = np.zeros(shape, np.uint8)
        self._stirred: Mask = np.zeros(shape, np.uint8)
        self._stirring: Floats = np.zeros(shape, np.float32)
        self._seen = False

    def see(self, second: Small, passed_s: float) -> None:
        """Take in a picture: uint8, (180, 320)."""
        if self._seen:
            cv2.absdiff(second, self._last, dst=self._stirred)
            cv2.threshold(self._stirred, STIR_LEVELS, 1, cv2.THRESH_BINARY, dst=self._stirred)
            cv2.accumulateWeighted(self._stirred, self._stirring, 1.0 - math.exp(-passed_s / STIR_S))
        np.copyto(self._last, second)
        self._seen = True

    def is_part_of_somebody(self, piece: Piece, change: LastingChange) -> bool:
        """Tell whether a piece belongs to something larger that differs from the ground as well, and stirs."""
        window, mask = _grown(piece)
        differing = change.changed[window] | change.moving[window]
        rim = (cv2.dilate(mask, _AROUND) > 0) & (cv2.dilate(mask, _EDGE) == 0)
        if float(np.mean(differing[rim] > 0)) < AROUND_LEAST:
            return False
        close = cv2.dilate(mask, _CLOSE) > 0
        stirring = float(self._stirring[window][close].mean())
        if stirring <= STIR_LEAST:
            return False
        edges_share = float(np.mean(_edges(change.now[window])[close]))
        return stirring > STIR_LEAST + SHAKE_FACTOR * edges_share * self._ground_stirring(change)

    def is_leaving(self, piece: Piece, change: LastingChange) -> bool:
        """Tell whether the newest picture shows the ground again where the median of the last five shows the piece."""
        x, y, width, height = piece.box
        window = np.s_[y : y + height, x : x + width]
        newest = self._last[window]
        nearer_ground = cv2.absdiff(newest, change.before[window]) < cv2.absdiff(newest, change.now[window])
        return float(np.mean(nearer_ground[piece.mask > 0])) > LEAVING_SHARE

    def _ground_stirring(self, change: LastingChange) -> float:
        """Return how much the edges of the ground stir, 0..1: nothing but where the camera shakes, or in wind."""
        edges = _edges(change.before)
        edges[cv2.dilate(change.changed, _AROUND) > 0] = False
        return float(self._stirring[edges].mean()) if edges.any() else 0.0


def _edges(picture: Small) -> npt.NDArray[np.bool_]:
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down) > EDGE_GRADIENT)


def _grown(piece: Piece) -> tuple[tuple[slice, slice], Mask]:
    """Return the window in which a piece and its surroundings lie, and its mask there."""
    x, y, width, height = piece.box
    left, top = max(x - AROUND_PX, 0), max(y - AROUND_PX, 0)
    right, bottom = min(x + width + AROUND_PX, SMALL_WIDTH_PX), min(y + height + AROUND_PX, SMALL_HEIGHT_PX)
    mask: Mask = np.zeros((bottom - top, right - left), np.uint8)
    mask[y - top : y - top + height, x - left : x - left + width] = piece.mask
    return (slice(top, bottom), slice(left, right)), mask
