"""People made unrecognisable before a picture leaves the worker: by a mosaic where they are, by a cap everywhere."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from events.frame import Picture, Planes
from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Person
from vision.scale import PERSON_M, BodyScale

KEEP_S = 30.0
"""How long a place stays covered after something moved or somebody was found there: people pause, networks blink."""

FRESH_S = 5.0
"""Somebody found so lately is taken to stand there still, even where the place itself is to be shown."""

GROW_PX = 9
"""Growth of moving regions at 320 px width, in both directions together: a head often moves less than its body."""

SPECK_PX = 3
"""What stays doubtful within a thing at rest and is smaller than this, at 320 px width, is noise of the picture: a head
of that size has four pixels a side in an exported picture."""

COLUMNS = 48
"""Mosaic cells across the picture. A standing person cannot be taller than the picture; its face is then about
1/11 of 9/16 of the width, so at most three cells wide, below the 25 px/m of `detect` in IEC 62676-4:2014."""

CELLS_PER_PERSON = 6
"""Cells across a person's box: people close to the lens get coarser cells, for the box may hold only head and chest."""

MOST_PX_PER_M = 30.0
"""Finest detail shown anywhere, at the distance of whoever could stand there. IEC 62676-4:2014 asks 250 px/m to
identify somebody, 125 to recognise somebody known, 62.5 to observe, 25 to detect that somebody is there; the edition of
2025 calls 40 px/m `outline`. At 30 a head 18 cm wide has 5 pixels, which hold at most 2.7 cycles: faces begin to be
recognised at about 6 to 9 cycles a head, and in mosaics at 15 to 18 cells (Bachmann 1991)."""

LOWEST_FOOT = 1.3
"""Feet so far below the picture's lower edge, in shares of its height, are the nearest reckoned with; of whoever stands
nearer only hair is seen."""

BAND_RATIO = 1.2
"""Rows whose caps differ by less than this share one: the seams between bands stay invisible."""

Packed = npt.NDArray[np.uint8]
"""A mask, a bit a pixel: uint8, (7200,)."""

MOST_HALVED = 3
"""Cells are at most a forty-eighth of the width, which at 960 px is 20 px: 8 and a rest."""

_GROW = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GROW_PX, GROW_PX))
_SPECK = np.ones((SPECK_PX, SPECK_PX), np.uint8)
_EVERYWHERE: Mask = np.full((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), 255, np.uint8)
_FEET = np.linspace(-0.1, LOWEST_FOOT, 141)


class RecentMotion:
    """Where something moved, or somebody was found, in the last seconds. Before it knows anything: everywhere.

    Keeps for each place the seconds it stays hidden, in one byte a pixel; a picture costs one pass over 57 kB.
    """

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = round(keep_s)
        self._moved: Mask = np.zeros_like(_EVERYWHERE)
        self._found: Mask = np.zeros_like(_EVERYWHERE)
        self._scratch: Mask = np.empty_like(_EVERYWHERE)
        self._seconds: Mask = np.full_like(_EVERYWHERE, self._keep_s)
        self._passed: Mask = np.empty_like(_EVERYWHERE)
        self._counted_s: float | None = None
        self._trusted = False

    @property
    def trusted(self) -> bool:
        """Whether the background is known; while it is not, everything is hidden."""
        return self._trusted

    def add(self, foreground: Mask, t_s: float, *, warm: bool) -> None:
        """Take in what differs from the background.

        Args:
            foreground: uint8, (180, 320), 0 or 255; not kept.
            t_s: Its time.
            warm: Whether the foreground says anything; while it does not, nowhere is safe to show.
        """
        self._trusted = warm
        self._pass(t_s)
        if warm:
            cv2.copyTo(self._seconds, foreground, self._moved)

    def add_people(self, people: Sequence[Person]) -> None:
        """Take in whom the network found just now."""
        for person in people:
            x, y, width, height = _grown(person.box).to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
            self._found[y : y + height, x : x + width] = self._keep_s

    def mask(self, *, spare: Mask | None = None) -> Mask:
        """Return the places to hide now, grown by some pixels: uint8, (180, 320), 0 or 255.

        Args:
            spare: Where a thing lies that has not changed since it came: movement there was its own arrival. Whoever
                was found there within the last seconds is hidden all the same.
        """
        if not self._trusted:
            return _EVERYWHERE
        moved = np.asarray(cv2.threshold(self._moved, 0, 255, cv2.THRESH_BINARY)[1], np.uint8)
        found_since_s = 0.0
        if spare is not None:
            doubtful = cv2.bitwise_and(moved, cv2.bitwise_not(spare))
            solid = cv2.morphologyEx(doubtful, cv2.MORPH_OPEN, _SPECK)
            # Specks are forgiven only where they are surrounded by the thing itself.
            around = cv2.dilate(spare, _SPECK)
            moved = np.asarray(cv2.bitwise_or(solid, cv2.bitwise_and(doubtful, cv2.bitwise_not(around))), np.uint8)
            found_since_s = self._keep_s - FRESH_S
        hidden = np.asarray(cv2.dilate(moved, _GROW), np.uint8)
        found = cv2.threshold(self._found, found_since_s, 255, cv2.THRESH_BINARY)[1]
        return np.asarray(cv2.bitwise_or(hidden, found, dst=hidden), np.uint8)

    def packed(self) -> Packed:
        """Return the places to hide now, not grown yet, a bit a pixel: uint8, (7200,)."""
        if not self._trusted:
            return np.packbits(_EVERYWHERE)
        np.maximum(self._moved, self._found, out=self._scratch)
        return np.packbits(self._scratch)

    def _pass(self, t_s: float) -> None:
        """Let whole seconds pass."""
        if self._counted_s is None:
            self._counted_s = t_s
        seconds = int(t_s - self._counted_s)
        if seconds > 0:
            self._counted_s += seconds
            self._passed.fill(min(seconds, 255))
            for left_s in (self._moved, self._found):
                cv2.subtract(left_s, self._passed, dst=left_s)  # stays at zero


def unpacked(bits: Packed) -> Mask:
    """Return what `RecentMotion.packed` gave as a mask, grown as for hiding: uint8, (180, 320), 0 or 255."""
    mask = np.unpackbits(bits).reshape(SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
    return np.asarray(cv2.dilate(mask, _GROW), np.uint8) * np.uint8(255)


def pixelate(picture: Picture, moving: Mask, people: Sequence[Person]) -> None:
    """Replace people by a mosaic, in place.

    The detector misses about one person in ten, so whatever moved lately is hidden too, person or not.

    Args:
        picture: uint8, (height, width, 3); overwritten.
        moving: Where something moved lately: uint8, (180, 320), 0 or 255.
        people: What the network found, unsure boxes included.
    """
    for hidden, columns in _covers(moving, people):
        _mosaic((picture,), hidden, columns)


def pixelate_planes(planes: Planes, moving: Mask, people: Sequence[Person]) -> None:
    """Do the same to a picture as I420: uint8, (height * 3 / 2, width), height and width even; overwritten."""
    height_px, width_px = planes.shape[0] * 2 // 3, planes.shape[1]
    colours = planes[height_px:].reshape(2, height_px // 2, width_px // 2)
    for hidden, columns in _covers(moving, people):
        _mosaic((planes[:height_px], *colours), hidden, columns)


def _covers(moving: Mask, people: Sequence[Person]) -> Iterator[tuple[Mask, int]]:
    """Yield what to hide with how many cells across the picture."""
    hidden = moving.copy()
    close: list[tuple[int, Box]] = []
    for person in people:
        box = _grown(person.box)
        _fill(hidden, box)
        columns = int(CELLS_PER_PERSON / max(box.width, 1e-6))
        if columns < COLUMNS:
            close.append((max(columns, 1), box))
    yield hidden, COLUMNS
    for columns, box in close:
        yield _fill(np.zeros_like(hidden), box), columns


def cap_detail(picture: Picture, scale: BodyScale, most_px_per_m: float = MOST_PX_PER_M) -> None:
    """Take out detail finer than the cap, in place, for whoever may stand in the picture without being found.

    Each row is smoothed to the cap at the distance of the nearest person whose head could appear in it: far rows keep
    all they have, near ones lose what would show a face. The picture is brought down to cells, so that no more than one
    value a cell is left, and up again by interpolation, so that it looks like distance, not like tiles.

    Args:
        picture: uint8, (height, width, 3); overwritten.
        scale: How large people stand in it.
        most_px_per_m: The cap.
    """
    height_px, width_px = picture.shape[:2]
    cells_px = np.clip(_cells(scale, height_px, most_px_per_m), 1.0, max(width_px / COLUMNS, 1.0))
    steps = np.round(np.log(cells_px) / np.log(BAND_RATIO)).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), height_px]
    halves = [picture.copy()]
    for top, bottom in pairwise(edges):
        cell_px = BAND_RATIO ** float(steps[top])
        if cell_px <= 1.0:
            continue
        # From halves of the picture, whose averages are cheap, and with a cell of surroundings against seams.
        times_halved = min(int(np.log2(cell_px)), MOST_HALVED)
        while len(halves) <= times_halved:
            halves.append(_halved(halves[-1]))
        unit_px = 2**times_halved
        first = max(int((top - cell_px) / unit_px), 0)
        last = int((bottom + cell_px) / unit_px) + 1
        source = halves[times_halved][first:last]
        above, rows_px = first * unit_px, source.shape[0] * unit_px
        size = max(round(width_px / cell_px), 1), max(round(rows_px / cell_px), 1)
        cells = cv2.resize(source, size, interpolation=cv2.INTER_LINEAR)  # by less than two
        smooth = cv2.resize(cells, (width_px, max(rows_px, bottom - above)), interpolation=cv2.INTER_LINEAR)
        picture[top:bottom] = smooth[top - above : bottom - above]


def _halved(picture: Picture) -> Picture:
    half = max(picture.shape[1] // 2, 1), max(picture.shape[0] // 2, 1)
    return np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), np.uint8)


def _cells(scale: BodyScale, height_px: int, most_px_per_m: float) -> npt.NDArray[np.float64]:
    """Return the side of a cell for each row in pixels, below 1 where the row is coarse enough already."""
    bodies = scale.most(_FEET)
    # The nearest person of whom a row shows anything is the one whose head is there; nearer heads are higher up
    # where people are taller than the picture, so the running maximum counts.
    order = np.argsort(_FEET - bodies, kind="stable")
    heads = (_FEET - bodies)[order]
    tallest = np.maximum.accumulate(bodies[order])
    rows = (np.arange(height_px) + 0.5) / height_px
    return np.interp(rows, heads, tallest) * height_px / PERSON_M / most_px_per_m


def _mosaic(planes: Sequence[Picture], hidden: Mask, columns: int) -> None:
    """Average every cell that touches a hidden pixel, in planes that show the same, of whatever size."""
    if cv2.countNonZero(hidden) == 0:
        return
    height_px, width_px = planes[0].shape[:2]
    rows = max(round(columns * height_px / width_px), 1)
    # An area average above zero means that at least one pixel of the cell is hidden (a cell has at most 44 pixels
    # at the finest, so a single 255 cannot round down to nothing); coarser cells go through a maximum first.
    touched = cv2.resize(_spread(hidden, columns), (columns, rows), interpolation=cv2.INTER_AREA)
    cv2.threshold(touched, 0, 1, cv2.THRESH_BINARY, dst=touched)
    for plane in planes:
        height_px, width_px = plane.shape[:2]
        coarse = plane
        while min(coarse.shape[1] / columns, coarse.shape[0] / rows) >= 4:  # noqa: PLR2004 - averages of averages are cheap
            coarse = _halved(coarse)
        cells = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_AREA)
        mosaic = cv2.resize(cells, (width_px, height_px), interpolation=cv2.INTER_NEAREST)
        where = cv2.resize(touched, (width_px, height_px), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(mosaic, where, plane)


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
    """Hide every pixel of the small picture that the box touches, and one more on the right and below.

    One pixel of the small picture is several of the large one, where the box may be rounded the other way.
    """
    left, top = max(math.floor(box.x * SMALL_WIDTH_PX), 0), max(math.floor(box.y * SMALL_HEIGHT_PX), 0)
    right, bottom = math.ceil((box.x + box.width) * SMALL_WIDTH_PX), math.ceil((box.y + box.height) * SMALL_HEIGHT_PX)
    mask[top : bottom + 1, left : right + 1] = 255
    return mask
