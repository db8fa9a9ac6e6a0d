"""People made unrecognisable before a picture leaves the worker."""

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np

from events.frame import Picture
from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Person

KEEP_S = 10.0
"""How long a place stays covered after something moved there: people pause, and the model absorbs nobody so soon."""

SLICE_S = 1.0
"""Movement is remembered in slices of this length."""

GROW_PX = 9
"""Growth of moving regions at 320 px width, in both directions together: a head often moves less than its body."""

COLUMNS = 48
"""Mosaic cells across the picture. A standing person cannot be taller than the picture; its face is then about
1/11 of 9/16 of the width, so at most three cells wide, below the 25 px/m at which IEC 62676-4 speaks of detection."""

CELLS_PER_PERSON = 6
"""Cells across a person's box: people close to the lens get coarser cells, for the box may hold only head and chest."""

_GROW = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GROW_PX, GROW_PX))
_EVERYWHERE: Mask = np.full((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), 255, np.uint8)


class RecentMotion:
    """Where something moved in the last seconds. Before it knows anything, everywhere counts as moving."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = keep_s
        self._slices: deque[tuple[float, Mask]] = deque()
        self._trusted = False

    def add(self, foreground: Mask, t_s: float, *, warm: bool) -> None:
        """Take in what differs from the background.

        Args:
            foreground: uint8, (180, 320), 0 or 255; copied.
            t_s: Its time.
            warm: Whether the foreground says anything; while it does not, nowhere is safe to show.
        """
        self._trusted = warm
        if not warm:
            return
        if self._slices and t_s - self._slices[-1][0] < SLICE_S:
            newest = self._slices[-1][1]
            cv2.bitwise_or(newest, foreground, dst=newest)
            return
        while self._slices and t_s - self._slices[0][0] > self._keep_s + SLICE_S:
            self._slices.popleft()
        self._slices.append((t_s, foreground.copy()))

    def mask(self, t_s: float) -> Mask:
        """Return the places to hide at `t_s`, grown by some pixels: uint8, (180, 320), 0 or 255."""
        if not self._trusted:
            return _EVERYWHERE
        moved: Mask = np.zeros_like(_EVERYWHERE)
        for since_s, moving in self._slices:
            if t_s - since_s <= self._keep_s + SLICE_S:
                cv2.bitwise_or(moved, moving, dst=moved)
        return np.asarray(cv2.dilate(moved, _GROW), np.uint8)


def pixelate(picture: Picture, moving: Mask, people: Sequence[Person]) -> None:
    """Replace people by a mosaic, in place.

    The detector misses about one person in ten, so whatever moved lately is hidden too, person or not.

    Args:
        picture: uint8, (height, width, 3); overwritten.
        moving: Where something moved lately: uint8, (180, 320), 0 or 255.
        people: What the network found, unsure boxes included.
    """
    hidden = moving.copy()
    close: list[tuple[int, Box]] = []
    for person in people:
        box = _grown(person.box)
        _fill(hidden, box)
        columns = int(CELLS_PER_PERSON / max(box.width, 1e-6))
        if columns < COLUMNS:
            close.append((max(columns, 1), box))
    _mosaic(picture, hidden, COLUMNS)
    for columns, box in close:
        _mosaic(picture, _fill(np.zeros_like(hidden), box), columns)


def _mosaic(picture: Picture, hidden: Mask, columns: int) -> None:
    """Average every cell that touches a hidden pixel."""
    height_px, width_px = picture.shape[:2]
    rows = max(round(columns * height_px / width_px), 1)
    cells = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    # An area average above zero means that at least one pixel of the cell is hidden (a cell has at most 44 pixels
    # at the finest, so a single 255 cannot round down to nothing); coarser cells go through a maximum first.
    touched = cv2.resize(_spread(hidden, columns), (columns, rows), interpolation=cv2.INTER_AREA) > 0
    mosaic = cv2.resize(cells, (width_px, height_px), interpolation=cv2.INTER_NEAREST)
    where = cv2.resize(touched.astype(np.uint8), (width_px, height_px), interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(mosaic, where, picture)


def _spread(hidden: Mask, columns: int) -> Mask:
    """Grow the mask where cells are so large that a lone pixel would vanish in their average."""
    cell_px = SMALL_WIDTH_PX // columns
    if cell_px < 2 * SMALL_WIDTH_PX // COLUMNS:
        return hidden
    return np.asarray(cv2.dilate(hidden, np.ones((cell_px, cell_px), np.uint8)), np.uint8)


def _grown(box: Box) -> Box:
    """Grow a box by a tenth of its size on each side: networks cut off hair and hands."""
    return Box(box.x - box.width / 10, box.y - box.height / 10, box.width * 1.2, box.height * 1.2)


def _fill(mask: Mask, box: Box) -> Mask:
    x, y, width, height = box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    mask[y : y + height, x : x + width] = 255
    return mask
