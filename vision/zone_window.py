"""The steady look of a zone and of what lies around it, and whether anything has changed there."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Mask, Small
from vision.light import Surroundings
from vision.steady import SAMPLES, SteadyPicture
from vision.structure import bounds
from vision.taking import RESTLESS_ABOVE

Bytes = npt.NDArray[np.uint8]

SIGMA_PER_MEDIAN = 0.6745
"""Half of a Gaussian lies within .6745 standard deviations."""
APART_PX = 3
"""So far apart noise is another, whatever the lens and the codec smear, and the light the same."""
MEDIAN_SPREAD = 1.25
"""A median of n values spreads by 1.25 / sqrt(n) of what one value does."""
NOISE_STEP = 7
"""Noise is measured at every seventh pixel."""
LIGHT_FACTOR = 1.5
"""A zone may be under the edge of a cloud that varies more there than in the mean around."""
DARK = 8.0
SAME_WITHIN = 5
SAME_BUT_BLOCKS = 2
SAME_LIGHT = 1.5
"""Of the zone's means of 4x4 pixels no more than two may differ from the last judgement's by more than 5 levels, and
the surroundings' mean by 1.5, for the judgement to stand. Noise of 5 levels moves such a mean by 1.25."""


class Seen(NamedTuple):
    """What stays of the last pictures; valid until the window settles again.

    Attributes:
        place: The zone's rectangle, uint8.
        around: The blocks around it, uint8.
        restless: Where it varies too much to be a pile, 0 or 255.
        noise: Standard deviation of a pixel of `place`.
    """

    place: Bytes
    around: Bytes
    restless: Mask
    noise: float


class ZoneWindow:
    """Medians of a zone's rectangle and its surroundings, in one piece of memory.

    Attributes:
        lag_s: How long it takes until a change shows in the median and is looked at.
    """

    def __init__(self, mask: Mask, surroundings: Surroundings, window_s: float) -> None:
        """Watch a zone, uint8, (180, 320), 0 or 255, through a window of some seconds."""
        self._rect = bounds(mask)
        self._surroundings = surroundings
        self._shape = mask[self._rect.rows, self._rect.columns].shape
        self._place_px = self._shape[0] * self._shape[1]
        self._packed = np.zeros(self._place_px + int(np.prod(surroundings.shape)), np.uint8)
        self._steady = SteadyPicture(self._packed.shape, window_s=window_s)
        self._judged: Bytes | None = None
        self._calm = 0
        self.lag_s = window_s * (SAMPLES // 2 + 2) / SAMPLES

    @property
    def unchanged(self) -> bool:
        """Whether all pictures of the window look like the last one judged."""
        return self._calm >= SAMPLES

    def offer(self, small: Small, t_s: float) -> bool:
        """Take in a picture if its turn has come; tell whether there is something to judge."""
        if not self._steady.due(t_s):
            return False
        place = self._packed[: self._place_px].reshape(self._shape)
        np.copyto(place, small[self._rect.rows, self._rect.columns])
        blocks = self._surroundings.of(small)
        self._packed[self._place_px :] = blocks.ravel()
        self._steady.take(self._packed, t_s)
        self._calm = self._calm + 1 if self.looks_judged(blocks) else 0
        return self._steady.ready

    def settle(self) -> Seen:
        """Return what stays."""
        middle, spread = self._steady.settle()
        quartiles = spread[: self._place_px]
        place = middle[: self._place_px].reshape(self._shape)
        allowed = cv2.convertScaleAbs(place, alpha=self._light_spread(middle, spread), beta=RESTLESS_ABOVE)
        restless = cv2.compare(quartiles.reshape(self._shape), allowed, cv2.CMP_GT)
        return Seen(
            place,
            middle[self._place_px :].reshape(self._surroundings.shape),
            np.asarray(restless, np.uint8),
            self._noise(),
        )

    def _noise(self) -> float:
        """Return the standard deviation of a pixel of the median.

        Of the last two pictures: by how much the change of a pixel differs from that of one close by. The shadow of a
        cloud changes both alike, and people move in less than half of them.
        """
        newest, before = self._steady.latest_two()
        here = slice(0, self._place_px - APART_PX, NOISE_STEP)
        there = slice(APART_PX, self._place_px, NOISE_STEP)
        change = newest[there].astype(np.int16) - newest[here] - before[there] + before[here]
        ordered = np.sort(np.abs(change))
        # Four values are summed, each with the spread of one pixel.
        return float(ordered[len(ordered) // 2]) / SIGMA_PER_MEDIAN / 2.0 * MEDIAN_SPREAD / float(SAMPLES**0.5)

    def _light_spread(self, middle: Bytes, spread: Bytes) -> float:
        """Return by what share of itself brightness varies around the zone: under broken clouds all of it does.

        The median over the surroundings: people and leaves move in less than half of them.
        """
        outside = self._surroundings.outside > 0
        if not outside.any():
            return 0.0
        around = middle[self._place_px :].reshape(self._surroundings.shape)[outside]
        varying = spread[self._place_px :].reshape(self._surroundings.shape)[outside]
        return float(np.median(varying / (around + np.float32(DARK)))) * LIGHT_FACTOR

    def remember(self, seen: Seen) -> None:
        """Remember that this was judged."""
        self._judged = seen.around.copy()
        self._calm = 0

    def paint(self, picture: Small) -> None:
        """Paint the steady rectangle over a picture, uint8, (180, 320)."""
        picture[self._rect.rows, self._rect.columns] = self.settle().place

    def clear(self) -> None:
        """Forget all pictures."""
        self._steady.clear()
        self._judged = None
        self._calm = 0

    def looks_judged(self, blocks: Bytes) -> bool:
        """Tell whether a judgement of a picture with these blocks would be the last one again."""
        if self._judged is None:
            return False
        away = cv2.absdiff(blocks, self._judged)
        inside = self._surroundings.inside
        if np.count_nonzero(cv2.bitwise_and(away, inside) > np.uint8(SAME_WITHIN)) > SAME_BUT_BLOCKS:
            return False
        beside = self._surroundings.outside
        return abs(cv2.mean(blocks, beside)[0] - cv2.mean(self._judged, beside)[0]) <= SAME_LIGHT
