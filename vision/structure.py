"""How far a place looks like a reference, whatever the light."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small

Floats = npt.NDArray[np.float32]

WINDOW_PX = (9, 9)
CONTRAST_FLOOR = 40.0
"""Variance below which structure is noise: 6.3 grey levels of deviation."""
SIMILAR_BELOW = 0.6
SHADED_BELOW = 0.8
LEAST_DIFFERENCE = 10.0
INSIDE_DIFFERENCE = 16.0
RESTLESS_ABOVE = 28
SPECK_PX = 12
GRID_PX = 5
TRUSTED_DIFFERENCE = 25.0


class CleanPlace:
    """The clean look of a part of the picture, prepared for comparison.

    Similarity is that of structure within 9x9 pixels, (2 cov + c) / (var + var + c), after evening out local
    brightness (the contrast and structure terms of SSIM, Wang et al. 2004, joined): a shadow or dusk scales a place
    and leaves it similar; an object brings edges of its own, or takes those of the ground away.
    """

    def __init__(self, clean: Small, zone: Mask) -> None:
        """Prepare the comparison.

        Args:
            clean: The whole small picture without anything on the ground, uint8, (180, 320).
            zone: The place, uint8, (180, 320), 0 or 255.
        """
        self._rect = bounds(zone)
        rows, columns = self._rect
        self._zone = np.ascontiguousarray(zone[rows, columns])
        self._size_px = max(int(np.count_nonzero(self._zone)), 1)
        self._clean: Floats = clean[rows, columns].astype(np.float32)
        self._mean = _box(self._clean)
        self._variance = _box(self._clean * self._clean) - self._mean * self._mean
        beside = zone[::GRID_PX, ::GRID_PX] == 0
        # Light is judged beside the zone, where no pile can lie; a zone that is the whole picture leaves no beside.
        self._beside = beside if np.count_nonzero(beside) > beside.size // 10 else np.ones_like(beside)
        self._grid: Floats = clean[::GRID_PX, ::GRID_PX][self._beside].astype(np.float32)
        self._closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        self._opening = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def covered(self, small: Small, restless: Small | None = None) -> Mask:
        """Return what covers the place, in the pixels of its bounding rectangle (`bounds`).

        Args:
            small: The picture now, uint8, (180, 320).
            restless: How much each pixel varied lately, in grey levels; what varies much is nobody's pile.

        Returns:
            uint8, (rows, columns) of the rectangle, 0 or 255, only inside the zone.
        """
        rows, columns = self._rect
        gain, offset = self._light(small)
        now = (small[rows, columns].astype(np.float32) - np.float32(offset)) / np.float32(gain)
        difference = _box(np.abs(now - self._clean))
        similarity = self._similarity(now)
        edges = ((similarity < SIMILAR_BELOW) & (difference > LEAST_DIFFERENCE)).astype(np.uint8) * np.uint8(255)
        if restless is not None:
            edges[restless[rows, columns] > RESTLESS_ABOVE] = 0
        closed = np.asarray(cv2.morphologyEx(edges, cv2.MORPH_CLOSE, self._closing), np.uint8)
        # A flat thing is unlike the ground only along its rim; what the rim encloses belongs to it if it differs.
        contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        enclosed = np.zeros_like(closed)
        cv2.drawContours(enclosed, contours, -1, (255,), thickness=cv2.FILLED)
        inside = (difference > INSIDE_DIFFERENCE) | (similarity < SHADED_BELOW)
        filled = edges | (enclosed * inside.astype(np.uint8))
        opened = np.asarray(cv2.morphologyEx(filled, cv2.MORPH_OPEN, self._opening), np.uint8)
        return _without_specks(opened & self._zone)

    def share(self, covered: Mask) -> float:
        """Return the share of the place that is covered, 0..1."""
        return min(cv2.countNonZero(covered) / self._size_px, 1.0)

    def _similarity(self, now: Floats) -> Floats:
        mean = _box(now)
        even = (self._mean + np.float32(4.0)) / (np.maximum(mean, np.float32(0.0)) + np.float32(4.0))
        np.clip(even, 0.33, 3.0, out=even)
        variance = (_box(now * now) - mean * mean) * even * even
        covariance = (_box(now * self._clean) - mean * self._mean) * even
        floor = np.float32(CONTRAST_FLOOR)
        return np.asarray((2 * covariance + floor) / (self._variance + variance + floor), np.float32)

    def _light(self, small: Small) -> tuple[float, float]:
        """Return gain and offset between reference and picture: a line through the grid, outliers left out.

        An offset is needed because a picture file uses the full range of levels and video often 16..235.
        """
        now = small[::GRID_PX, ::GRID_PX][self._beside].astype(np.float32)
        trusted = np.ones(now.shape, np.bool_)
        gain, offset = 1.0, 0.0
        for _ in range(3):
            x, y = self._grid[trusted], now[trusted]
            spread = float(x.var())
            if len(x) < now.size // 5 or spread < 1.0:
                break
            gain = float(((x - x.mean()) * (y - y.mean())).mean()) / spread
            gain = min(max(gain, 0.3), 3.0)
            offset = float(np.median(y - np.float32(gain) * x))
            trusted = np.abs(np.float32(gain) * self._grid + np.float32(offset) - now) < TRUSTED_DIFFERENCE
        return gain, offset


def bounds(zone: Mask) -> tuple[slice, slice]:
    """Return rows and columns of the zone's bounding rectangle, grown by half a window."""
    x, y, width, height = cv2.boundingRect(zone)
    margin = WINDOW_PX[0] // 2
    return (
        slice(max(y - margin, 0), min(y + height + margin, zone.shape[0])),
        slice(max(x - margin, 0), min(x + width + margin, zone.shape[1])),
    )


def _box(values: Floats) -> Floats:
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, WINDOW_PX, borderType=cv2.BORDER_REFLECT), np.float32)


def _without_specks(mask: Mask) -> Mask:
    number, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    large = np.zeros(number, np.uint8)
    large[1:] = np.where(stats[1:, cv2.CC_STAT_AREA] >= SPECK_PX, 255, 0)
    return np.asarray(large[labels], np.uint8)


def grey_of(picture: bytes) -> Small | None:
    """Decode a picture file into the small picture, uint8 (180, 320); None if it is no picture."""
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE) if picture else None
    if decoded is None:
        return None
    return np.asarray(cv2.resize(decoded, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)
