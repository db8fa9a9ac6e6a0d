"""What the light does around a place, and what it may therefore do to the place itself."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Mask, Small

Floats = npt.NDArray[np.float32]

BLOCK_PX = 4
"""Light is judged on means of 4x4 pixels: a pixel of shake or noise moves them little."""
NEAR_PX = 56
"""Light is judged so far around the zone: near enough to share its clouds and lamps, wide enough for passers-by not to
matter."""
APART_PX = 6
"""What spills over a zone's edge does not belong to its surroundings."""
LEAST_BLOCKS = 150
"""Fewer blocks around a zone than this (it fills the picture) say nothing; then the zone itself is asked."""
TRUSTED_DIFFERENCE = 25.0
GAIN_LEAST, GAIN_MOST = 0.1, 4.0
OFFSET_MOST = 24.0
"""A picture file uses the full range of levels and video often 16..235: sixteen levels, and some haze."""
STEADY_LEVEL = 8.0
"""Added on both sides of a ratio, so that black does not divide by zero and noise in the dark does not shout."""
EXTREME_SHARE = 0.05
"""Beyond the darkest and the brightest twentieth of the surroundings' ratios are passers-by and parked cars."""
OFFSET_EXPLAINS = 2.0
"""An offset must explain at least half of the unevenness, in doublings, that light would have without it."""
ROUNDS = 3
LEAST_TRUSTED = 5
SLACK = 1.15
"""So far beyond the lights seen around it the zone's may go. With even light all around, what is a sixth darker or
brighter than it should be is a thing."""
EVEN_BELOW = 1.2
"""Lights that differ by less are one light: nothing is taken out."""
CODES_PER_DOUBLING = 50.0
FLECK_SLACK = 1.35
"""Blocks mix flecks with light, so the shade they show is lighter than that of a fleck."""
TELLING_VARIANCE = 30.0
"""Blocks whose neighbourhood varied by less, in the clean picture, tell nothing of its structure."""
LEAST_TELLING = 25
SHADE_WINDOW_PX = 11
"""Median over so many pixels of half the size. Light patches are larger than half of it squared, pieces of waste
smaller; edges of shadows stay edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of a moment against that of a reference: now = gain * reference + offset, and how uneven it is.

    Attributes:
        gain: Over all.
        offset: In grey levels of now.
        least: Darkest light, as share of the overall one, that the surroundings show.
        most: Brightest.
    """

    gain: float
    offset: float
    least: float
    most: float

    def levelled(self, now: npt.NDArray[np.uint8]) -> Floats:
        """Return a picture in the reference's light, float32."""
        return (now.astype(np.float32) - np.float32(self.offset)) * np.float32(1.0 / self.gain)

    def codes(self, levelled: Floats, clean: Floats) -> npt.NDArray[np.uint8]:
        """Return which factor of light would make the place from the clean one: `coded`, means of nine pixels."""
        ratio = np.maximum(levelled + np.float32(STEADY_LEVEL), np.float32(1.0)) / (clean + np.float32(STEADY_LEVEL))
        return coded(np.asarray(cv2.blur(ratio, (3, 3)), np.float32))

    @property
    def fleck_codes(self) -> tuple[int, int]:
        """Codes of the darkest and the brightest light that flecks may have."""
        least, most = coded(np.array((self.least / FLECK_SLACK, self.most * SLACK), np.float32)).ravel().tolist()
        return least, most

    def field(self, levelled: Floats, clean: Floats) -> Floats | None:
        """Return which factor of light lies on each pixel, float32; None where the light is even.

        A factor must cover a patch larger than the pieces of a heap (it is a median over 22 pixels), and must be one
        that the surroundings show as well. Along the edge of a shadow anything between both sides may be light.

        Args:
            levelled: The place in the reference's overall light.
            clean: The place clean.
        """
        if self.most / self.least < EVEN_BELOW:
            return None
        ratio = np.maximum(levelled + np.float32(STEADY_LEVEL), np.float32(1.0)) / (clean + np.float32(STEADY_LEVEL))
        np.clip(ratio, self.least / SLACK, self.most * SLACK, out=ratio)
        height, width = ratio.shape
        half = cv2.resize(ratio, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
        patches = cv2.medianBlur(coded(half), SHADE_WINDOW_PX)
        whole = cv2.resize(patches, (width, height), interpolation=cv2.INTER_LINEAR)
        dark, bright = _decoded(cv2.erode(whole, _HALO)), _decoded(cv2.dilate(whole, _HALO))
        soft = cv2.blur(ratio, (3, 3))
        return np.asarray(np.clip(soft, dark, bright), np.float32)


def taken_out(levelled: Floats, field: Floats) -> Floats:
    """Return a place, in the reference's overall light, without the light that `Light.field` found on it."""
    steady = np.float32(STEADY_LEVEL)
    return np.asarray((levelled + steady) / field - steady, np.float32)


_HALO = np.ones((5, 5), np.uint8)


class Surroundings:
    """The blocks of a picture around a zone, by whose brightness its light is judged.

    Beside the zone, where no pile can lie; a zone that fills the picture leaves no beside and is asked itself.

    Attributes:
        shape: Rows and columns of the blocks' rectangle.
        inside: Which of them hold a part of the zone, uint8, 0 or 255.
        outside: Which of them are asked about the light, uint8, 0 or 255.
    """

    def __init__(self, zone: Mask) -> None:
        """Choose the blocks around a zone, uint8, (180, 320), 0 or 255."""
        near = np.zeros_like(zone)
        x, y, width, height = cv2.boundingRect(zone)
        near[max(y - NEAR_PX, 0) : y + height + NEAR_PX, max(x - NEAR_PX, 0) : x + width + NEAR_PX] = 255
        taken = cv2.dilate(zone, np.ones((2 * APART_PX + 1, 2 * APART_PX + 1), np.uint8))
        beside = _blocks(np.where(taken > 0, np.uint8(0), near)) == 255  # noqa: PLR2004 - the whole block
        if np.count_nonzero(beside) < LEAST_BLOCKS:
            beside = np.ones_like(beside)
        left, top, wide, tall = cv2.boundingRect((beside | (_blocks(zone) > 0)).astype(np.uint8))
        self._rect = slice(top, top + tall), slice(left, left + wide)
        self._beside = beside[self._rect]
        self.shape: tuple[int, ...] = self._beside.shape
        self.inside: Mask = (_blocks(zone)[self._rect] > 0).astype(np.uint8) * np.uint8(255)
        self.outside: Mask = self._beside.astype(np.uint8) * np.uint8(255)

    def of(self, small: Small) -> npt.NDArray[np.uint8]:
        """Return the mean brightness of blocks of 4x4 pixels: the rectangle that holds all that are asked, uint8."""
        return _blocks(small)[self._rect]

    def light(self, now: npt.NDArray[np.uint8], clean: Floats) -> Light:
        """Compare the surroundings with how they looked when the zone was clean.

        A straight line through the blocks, outliers left out, three times over.

        Args:
            now: What `of` returned for the picture now.
            clean: The same for the clean picture, float32.
        """
        values, before = now[self._beside].astype(np.float32), clean[self._beside]
        gain, offset = 1.0, 0.0
        trusted = np.ones(values.shape, np.float32)
        for _ in range(ROUNDS):
            count = float(trusted.sum())
            if count < len(values) / LEAST_TRUSTED:
                break
            x, y = float(trusted @ before) / count, float(trusted @ values) / count
            spread = float(trusted @ (before * before)) / count - x * x
            if spread >= 1.0:
                gain = (float(trusted @ (before * values)) / count - x * y) / spread
            gain = min(max(gain, GAIN_LEAST), GAIN_MOST)
            offset = min(max(y - gain * x, -OFFSET_MOST), OFFSET_MOST)
            gain = min(max((y - offset) / max(x, 1.0), GAIN_LEAST), GAIN_MOST)
            away = np.abs(np.float32(gain) * before + np.float32(offset) - values)
            trusted = (away < np.float32(TRUSTED_DIFFERENCE)).astype(np.float32)
        least, most = _extremes(values, before, gain, offset)
        if most > EVEN_BELOW * least and offset:
            # Lamps in the dark and hard shadows bend the line. An offset that there is leaves hardly any uneven light.
            plain = min(max(float(np.median(values / np.maximum(before, np.float32(1.0)))), GAIN_LEAST), GAIN_MOST)
            plain_least, plain_most = _extremes(values, before, plain, 0.0)
            if plain_most / plain_least < (most / least) ** OFFSET_EXPLAINS:
                gain, offset, least, most = plain, 0.0, plain_least, plain_most
        return Light(gain=gain, offset=offset, least=min(least, 1.0), most=max(most, 1.0))

    def kept(self, now: npt.NDArray[np.uint8], clean: Floats) -> float:
        """Return how far the surroundings still show the same structure, whatever the light: -1..1, 1 where flat.

        The mean correlation within 5x5 blocks, of those that had any contrast. A camera that changes to infrared, or
        was turned, keeps little; dusk, shadows, rain and passers-by leave most.

        Args:
            now: What `of` returned for the picture now.
            clean: The same for the clean picture, float32.
        """
        values = now.astype(np.float32)
        mean, mean_before = _mean(values), _mean(clean)
        variance = _mean(values * values) - mean * mean
        variance_before = _mean(clean * clean) - mean_before * mean_before
        telling = self._beside & (variance_before > np.float32(TELLING_VARIANCE))
        if np.count_nonzero(telling) < LEAST_TELLING:
            return 1.0
        covariance = _mean(values * clean) - mean * mean_before
        likeness = covariance / np.sqrt(np.maximum(variance, np.float32(0.5)) * np.maximum(variance_before, 0.5))
        return float(np.mean(likeness[telling]))


def _extremes(values: Floats, before: Floats, gain: float, offset: float) -> tuple[float, float]:
    """Return the darkest and the brightest light on blocks against the overall one, passers-by left out."""
    levelled = np.maximum((values - np.float32(offset)) * np.float32(1.0 / gain), np.float32(0.0))
    ratio = (levelled + np.float32(STEADY_LEVEL)) / (before + np.float32(STEADY_LEVEL))
    edge = int(EXTREME_SHARE * len(ratio))
    ordered = np.partition(ratio, (edge, len(ratio) - 1 - edge))
    return float(ordered[edge]), float(ordered[len(ratio) - 1 - edge])


def coded(ratio: Floats) -> npt.NDArray[np.uint8]:
    """Return ratios as bytes, for filters that know only those: 128 is one, 50 more is double, uint8."""
    codes = cv2.log(np.maximum(ratio, np.float32(0.1))) * np.float32(CODES_PER_DOUBLING / math.log(2.0))
    return np.asarray(np.clip(codes + np.float32(128.5), 0, 255), np.uint8)


_RATIOS = np.exp2((np.arange(256, dtype=np.float32) - np.float32(128.0)) / np.float32(CODES_PER_DOUBLING))


def _decoded(codes: npt.NDArray[np.uint8] | cv2.typing.MatLike) -> Floats:
    return np.asarray(_RATIOS[codes], np.float32)


def _blocks(small: Small) -> npt.NDArray[np.uint8]:
    size = small.shape[1] // BLOCK_PX, small.shape[0] // BLOCK_PX
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)


def _mean(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (5, 5), borderType=cv2.BORDER_REFLECT), np.float32)
