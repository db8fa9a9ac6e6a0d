"""Where a place differs from its reference in one band across its width, as water would make it differ."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Mask, Small

Floats = npt.NDArray[np.float32]

COLUMNS = 8
ROWS_LEAST, ROWS_MOST = 8, 32
ROW_LEAST_PX = 3
"""A row thinner than this holds too few pixels for a correlation."""
CELL_WIDTH_PX, CELL_HEIGHT_PX = 12, 4
"""A cell of the evened-out place: 48 pixels, enough for a correlation of structure."""

CONTRAST_FLOOR = 8.0
"""Variance below which structure is noise. Sensor noise of 2 grey levels leaves .5 after the median of a second and
the smoothing; grass and asphalt seen from a mast have 10 to 100."""
INFORMATIVE = 1.5
"""Both pictures together must hold this much of the floor, else a cell says nothing: flat stays flat under water."""
SIMILAR = 0.5
EVEN_LEAST, EVEN_MOST = 0.33, 3.0
"""Brightness of a cell is evened out within these bounds; darker than a third, its structure is noise."""
VOTERS_LEAST = 0.6
"""Share of a row's cells that must be informative for a full vote: legs and posts are narrow, water is wide."""
INSIDE_LEAST = 0.5
"""A cell belongs to the zone from this share of its area on."""
BAND_LEAST = 1.0
"""Rows of clear change that make a band."""
KEPT_ABOVE = 0.7
"""Of what can be judged outside the band, so much must look as before. Otherwise light or the camera changed."""
KEPT_ROWS_LEAST = 1.0

UNEVEN_FACTOR, UNEVEN_LEAST = 1.3, 3.0
"""Water is level, so a row of it is as bright from side to side as the ground was that it hides, or more so: half as
restless on a street and a marsh, while people and cars made it 1.4 to 6 times more. The constant is in grey levels."""
RESTLESS_FACTOR, RESTLESS_LEAST = 2.0, 3.0
"""From one look to the next, rippled water changed no more than the rest; passing people three to nine times more."""


QUIET_SHARE = 0.3
"""So much of a place is taken to be ground when it is asked what ground stirs like. Where more is water, nothing is
known to be water, and nothing is lost by that but the trust in what is seen there."""
SLOPE_LEAST = 1.0
STIR_FACTOR, STIR_SPREAD = 1.3, 6.0
"""A row of water stirs by so much more than ground (calm water that mirrors: 1.4 to 3 times, noise of 2 levels
included), and by so many times more than the quiet rows differ among each other."""
STIR_LEAST = 0.5
"""Grey levels that rows stir by what an encoder does to them."""
SURFACE_GAP_ROWS = 2
"""Water reaches down to the end of the place, but for rows in which it is calm; trees above do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a place shows against its reference.

    Attributes:
        top: First row of the changed band, counted from the top; `rows` where nothing changed.
        bottom: Row after its last one.
        even: Whether its rows are about as even from side to side as they were before.
        calm: Whether it changed since the last look about as little as the rest.
    """

    top: int
    bottom: int
    even: bool = True
    calm: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing changed."""
        return self.top >= self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A place at one moment, evened out to cells.

    Attributes:
        pixels: float32, (4 rows, 96), a little smoothed.
        mean: Brightness of each cell, float32, (rows, 8).
        variance: Its variance, float32, (rows, 8).
    """

    pixels: Floats
    mean: Floats
    variance: Floats


class Place:
    """A zone evened out to rows and columns of cells, the same for every reference of it."""

    def __init__(self, zone: Mask) -> None:
        """Lay the grid over the zone's bounding rectangle.

        Args:
            zone: uint8, (180, 320), 0 or 255.
        """
        self._x, self._y, self._width, self._height = cv2.boundingRect(zone)
        self.rows = min(max(self._height // ROW_LEAST_PX, ROWS_LEAST), ROWS_MOST)
        self._size = (COLUMNS * CELL_WIDTH_PX, self.rows * CELL_HEIGHT_PX)
        inside = self.cells(self._even(zone).astype(np.float32)) >= np.float32(255 * INSIDE_LEAST)
        self.inside: npt.NDArray[np.bool_] = inside
        per_row = inside.sum(axis=1)
        self.voters: Floats = np.maximum(per_row * VOTERS_LEAST, 1.0).astype(np.float32)
        self._up_to = np.concatenate(([0.0], np.cumsum(per_row / max(int(per_row.sum()), 1))))

    def look(self, small: Small) -> Look:
        """Return what a small picture, uint8 (180, 320), shows of the place.

        It is smoothed a little, so that half a pixel of shake is nothing.
        """
        pixels = cv2.blur(self._even(small), (3, 3)).astype(np.float32)
        mean = self.cells(pixels)
        return Look(pixels=pixels, mean=mean, variance=self.cells(pixels * pixels) - mean * mean)

    def cells(self, values: Floats) -> Floats:
        """Return the mean of each cell, float32, (rows, 8)."""
        return np.asarray(cv2.resize(values, (COLUMNS, self.rows), interpolation=cv2.INTER_AREA), np.float32)

    def share(self, top: float, bottom: float) -> float:
        """Return the share of the zone that lies between two rows."""
        low, high = np.interp((top, bottom), np.arange(self.rows + 1), self._up_to)
        return max(float(high - low), 0.0)

    def extent(self, top: int, bottom: int) -> tuple[int, int, int, int]:
        """Return x, y, width, height of the rows in pixels of the small picture."""
        row_px = self._height / self.rows
        first, last = self._y + round(top * row_px), self._y + round(bottom * row_px)
        return self._x, first, self._width, max(last - first, 1)

    def _even(self, small: Small) -> Small:
        crop = small[self._y : self._y + self._height, self._x : self._x + self._width]
        return np.asarray(cv2.resize(crop, self._size, interpolation=cv2.INTER_AREA), np.uint8)


class Reference:
    """The place at one moment, that others are compared with.

    Attributes:
        restless: Cells, (rows, 8), whose structure did not last then: they were water already, or leaves, and say
            nothing about water that comes.
    """

    def __init__(self, place: Place, look: Look) -> None:
        self._place = place
        self._look = look
        self.restless: npt.NDArray[np.bool_] = np.zeros_like(place.inside)

    def band(self, now: Look, before: Look | None) -> Band | None:
        """Return the changed band, None where the picture says nothing about water.

        Structure is compared cell by cell (contrast and structure terms of SSIM, Wang et al. 2004, joined), brightness
        evened out: dusk scales a cell, water replaces it. The band is the run of rows in which changed cells outweigh
        kept ones most (maximum subarray, Kadane).

        Args:
            now: The present look of the place.
            before: The one before it.
        """
        changed, kept = self._votes(now)
        top, bottom, weight = _heaviest(changed - kept)
        if weight < BAND_LEAST:
            top = bottom = self._place.rows
        outside_kept = float(kept[:top].sum() + kept[bottom:].sum())
        outside = outside_kept + float(changed[:top].sum() + changed[bottom:].sum())
        if outside_kept < max(KEPT_ABOVE * outside, KEPT_ROWS_LEAST):
            return None
        if top == bottom:
            return Band(top=top, bottom=bottom)
        band = np.s_[top:bottom]
        return Band(top=top, bottom=bottom, even=self._is_even(now, band), calm=_is_calm(now, before, band))

    def _is_even(self, now: Look, band: slice) -> bool:
        outside = np.ones(self._place.rows, np.bool_)
        outside[band] = False
        gain = float(self._look.mean[outside].mean() + 1.0) / float(now.mean[outside].mean() + 1.0)
        unevenness = min(max(gain, EVEN_LEAST), EVEN_MOST) * float(now.mean[band].std(axis=1).mean())
        return unevenness <= UNEVEN_FACTOR * float(self._look.mean[band].std(axis=1).mean()) + UNEVEN_LEAST

    def _votes(self, now: Look) -> tuple[Floats, Floats]:
        """Return the share of changed and of kept cells in each row."""
        changed_cells, kept_cells = self._compared(now, self._look)
        kept = (kept_cells & ~self.restless).sum(axis=1)
        changed = (changed_cells & ~self.restless).sum(axis=1)
        voters = np.maximum(changed + kept, self._place.voters)
        return (changed / voters).astype(np.float32), (kept / voters).astype(np.float32)

    def changed(self, now: Look, before: Look) -> npt.NDArray[np.bool_]:
        """Return the cells, (rows, 8), whose structure is another than in the look before."""
        return self._compared(now, before)[0]

    def stirring(self, now: Look, before: Look) -> Floats:
        """Return the mean square by which the pixels of each cell changed since the look before, (rows, 8)."""
        away = now.pixels - before.pixels
        return self._place.cells(away * away)

    def tell_water(self, stirring: Floats) -> None:
        """Find the rows that stir like the surface of water, from some row down to the last: they have no say.

        Ground changes from look to look by noise, and by what shake makes of its gradients; both are the same all
        over. Ripples, and the mirror images they bend, change more than that, and do so all across a row.

        Args:
            stirring: What `stirring` gave, over several looks.
        """
        inside = self._place.inside
        down, across = np.gradient(self._look.pixels)
        slopes = self._place.cells(np.asarray(down * down + across * across, np.float32))
        noise = float(np.quantile(stirring[inside], QUIET_SHARE))
        shaken = np.maximum(stirring - np.float32(noise), 0) / np.maximum(slopes, np.float32(SLOPE_LEAST))
        shake = float(np.quantile(shaken[inside], QUIET_SHARE))
        usual = np.float32(noise + STIR_LEAST**2) + np.float32(shake) * slopes
        judged = np.flatnonzero(inside.any(axis=1))
        rows = np.array([np.median((stirring[row] / usual[row])[inside[row]]) for row in judged])
        quietest, quiet = np.quantile(rows, (0.0, QUIET_SHARE))
        alive = rows > max(STIR_FACTOR**2 * quiet, quiet + STIR_SPREAD * (quiet - quietest))
        first = len(rows)
        for row in np.flatnonzero(alive)[::-1].tolist():
            if first - row > SURFACE_GAP_ROWS + 1:
                break
            first = row
        if first < len(rows):
            self.restless = self.restless | (inside & (np.arange(self._place.rows) >= judged[first])[:, None])

    def _compared(self, now: Look, then: Look) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return the cells that have changed, and those that look as before."""
        even = _evening(now, then)
        covariance = (self._place.cells(now.pixels * then.pixels) - now.mean * then.mean) * even
        variance = then.variance + now.variance * even * even
        floor = np.float32(CONTRAST_FLOOR)
        informative = (variance > np.float32(INFORMATIVE) * floor) & self._place.inside
        alike = 2 * covariance + floor >= np.float32(SIMILAR) * (variance + floor)
        return informative & ~alike, informative & alike


def _evening(now: Look, then: Look) -> Floats:
    """Return by what the structure of each cell is multiplied to be compared with another light's."""
    even = (then.mean + np.float32(4.0)) / (now.mean + np.float32(4.0))
    return np.clip(even, EVEN_LEAST, EVEN_MOST, out=even)


def _is_calm(now: Look, before: Look | None, band: slice) -> bool:
    if before is None:
        return True
    outside = np.ones(len(now.mean), np.bool_)
    outside[band] = False
    change = np.abs(now.mean - before.mean)
    return float(change[band].mean()) <= RESTLESS_FACTOR * float(change[outside].mean()) + RESTLESS_LEAST


def _heaviest(weights: Floats) -> tuple[int, int, float]:
    """Return first row, row after the last, and sum of the run of rows with the greatest sum."""
    best, best_run = 0.0, (len(weights), len(weights))
    total, start = 0.0, 0
    for row, weight in enumerate(weights.tolist()):
        if total <= 0.0:
            total, start = 0.0, row
        total += weight
        if total > best:
            best, best_run = total, (start, row + 1)
    return *best_run, best
