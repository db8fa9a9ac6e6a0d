"""How far a place looks like a reference, whatever the light."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.flecks import flecks
from vision.light import Light, taken_out

Floats = npt.NDArray[np.float32]

WINDOW_PX = (9, 9)
CONTRAST_FLOOR = 40.0
"""Variance below which structure is noise: 6.3 grey levels of deviation."""
NOISE_FACTOR = 6.0
"""The floor is at least so many noise variances: amplified darkness must not look like structure."""
SIMILAR_BELOW = 0.6
SHADED_BELOW = 0.8
LEAST_DIFFERENCE = 10.0
INSIDE_DIFFERENCE = 16.0
SPECK_PX = 12
MARGIN_PX = 12
"""Around the zone: half a window, and room for the light that is judged over 22 pixels."""
SUSPICIOUS_PX = 24
"""So few different pixels (two specks) are not worth asking what the light does."""


class Rect(NamedTuple):
    """Part of the small picture."""

    rows: slice
    columns: slice


class Likeness(NamedTuple):
    """How the place compares with its reference.

    Attributes:
        similarity: Of structure, float32, (rows, columns) of the place's rectangle, at most 1.
        difference: Mean brightness distance within the window, in the reference's levels.
        levelled: The picture in the reference's light.
    """

    similarity: Floats
    difference: Floats
    levelled: Floats


class Covered(NamedTuple):
    """What covers a place: uint8, (rows, columns) of its rectangle, 0 or 255, only inside the zone.

    Attributes:
        surely: What light does not explain.
        perhaps: What looks unlike the clean place though light might explain it, and what cannot be judged.
    """

    surely: Mask
    perhaps: Mask


class CleanPlace:
    """The clean look of a part of the picture, prepared for comparison.

    Similarity is that of structure within 9x9 pixels, (2 cov + c) / (var + var + c), after evening out local
    brightness (the contrast and structure terms of SSIM, Wang et al. 2004, joined): a soft shadow or dusk scales a
    place and leaves it similar; an object brings edges of its own, or takes those of the ground away. What differs
    then is compared once more with light taken out that could be light (see `Light.field`): hard shadows, lamps.
    """

    def __init__(self, clean: Floats, zone: Mask) -> None:
        """Prepare the comparison.

        Args:
            clean: The place's rectangle (`bounds(zone)`) without anything on the ground, float32.
            zone: The place, uint8, (180, 320), 0 or 255.
        """
        rows, columns = bounds(zone)
        self.zone: Mask = np.ascontiguousarray(zone[rows, columns])
        self._size_px = max(int(np.count_nonzero(self.zone)), 1)
        self._closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        self._halo = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        self.renew(clean)

    def renew(self, clean: Floats) -> None:
        """Take another clean look, float32, of the same rectangle."""
        self.clean: Floats = clean
        self._mean = _box(clean)
        self._variance = _box(clean * clean) - self._mean * self._mean

    def covered(self, now: Small, light: Light, noise: float, restless: Mask | None = None) -> Covered:
        """Return what covers the place.

        Args:
            now: The place's rectangle now, uint8.
            light: Of the moment.
            noise: Standard deviation of a pixel of `now`, in its grey levels.
            restless: What varies too much to be a pile, 0 or 255, of the rectangle.
        """
        likeness = self.compare(light.levelled(now), noise / light.gain)
        surely = unlike = self._pieces(likeness, restless)
        if cv2.countNonZero(unlike) >= SUSPICIOUS_PX:
            field = light.field(likeness.levelled, self.clean)
            if field is not None:
                # Where there is little light, noise is raised with everything else.
                locally = self.compare(taken_out(likeness.levelled, field), np.float32(noise / light.gain) / field)
                surely = self._pieces(locally, restless)
                if cv2.countNonZero(surely):
                    codes = light.codes(likeness.levelled, self.clean)
                    surely[flecks(surely, codes, *light.fleck_codes, restless)] = 0
                    surely = _without_specks(surely)
        perhaps = (
            unlike
            if restless is None
            else np.asarray(cv2.bitwise_and(cv2.bitwise_or(unlike, restless), self.zone), np.uint8)
        )
        return Covered(surely, perhaps)

    def share(self, covered: Mask) -> float:
        """Return the share of the place that is covered, 0..1."""
        return min(cv2.countNonZero(covered) / self._size_px, 1.0)

    def compare(self, levelled: Floats, noise: float | Floats) -> Likeness:
        """Compare the rectangle, in the light of the reference, with the clean look.

        Args:
            levelled: float32, of the rectangle.
            noise: Standard deviation of one of its pixels, or of each.
        """
        mean = _box(levelled)
        even = (self._mean + np.float32(4.0)) / (np.maximum(mean, np.float32(0.0)) + np.float32(4.0))
        np.clip(even, 0.33, 3.0, out=even)
        variance = (_box(levelled * levelled) - mean * mean) * even * even
        covariance = (_box(levelled * self.clean) - mean * self._mean) * even
        floor = np.maximum(np.float32(CONTRAST_FLOOR), np.float32(NOISE_FACTOR) * np.square(np.float32(noise)))
        similarity = (2 * covariance + floor) / (self._variance + variance + floor)
        difference = _box(np.abs(levelled - self.clean))
        return Likeness(np.asarray(similarity, np.float32), difference, levelled)

    def _pieces(self, likeness: Likeness, restless: Mask | None) -> Mask:
        similarity, difference, _ = likeness
        edges = ((similarity < SIMILAR_BELOW) & (difference > LEAST_DIFFERENCE)).astype(np.uint8) * np.uint8(255)
        if restless is not None:
            edges[restless > 0] = 0
        if cv2.countNonZero(edges) < SPECK_PX:
            return np.zeros_like(edges)
        closed = np.asarray(cv2.morphologyEx(edges, cv2.MORPH_CLOSE, self._closing), np.uint8)
        # A flat thing is unlike the ground only along its rim; what the rim encloses belongs to it if it differs.
        contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        enclosed = np.zeros_like(closed)
        cv2.drawContours(enclosed, contours, -1, (255,), thickness=cv2.FILLED)
        inside = (difference > INSIDE_DIFFERENCE) | (similarity < SHADED_BELOW)
        filled = edges | (enclosed * inside.astype(np.uint8))
        # Windows that touch a thing already differ, so it looks two to four pixels larger than it is.
        true_size = np.asarray(cv2.erode(filled, self._halo), np.uint8)
        return _without_specks(true_size & self.zone)


def bounds(zone: Mask) -> Rect:
    """Return rows and columns of the zone's bounding rectangle, grown by a margin."""
    x, y, width, height = cv2.boundingRect(zone)
    return Rect(
        slice(max(y - MARGIN_PX, 0), min(y + height + MARGIN_PX, zone.shape[0])),
        slice(max(x - MARGIN_PX, 0), min(x + width + MARGIN_PX, zone.shape[1])),
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
