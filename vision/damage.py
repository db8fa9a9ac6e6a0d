"""Sees that the stream, not the scene, spoilt a picture: what decoders leave where data were lost."""

import cv2
import numpy as np

from vision.blocks import COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, BlockMeans, Flags, Floats
from vision.detector import Small

RUN_LEAST, RUN_ACROSS_LEAST = 0.8, 2.0
"""Grey levels between pixels one above the other, and side by side, in a block that repeats one row downwards. Noise
alone makes more than the first."""
RUN_USUAL = 3.0
"""Times as much difference from row to row the block usually has: an upright fence is no damage."""
GREY, GREY_WIDTH = 128.0, 3.0
"""What H.264 and H.265 decoders show where the picture they should build upon is missing."""
GREY_FLAT = 0.6
GREY_USUAL_TEXTURE = 2.0


class Damage:
    """Which blocks of a picture are smeared or grey for want of data.

    Looks at single pictures of 160x90, not at their mean, since damage often heals with the next keyframe.
    """

    def __init__(self) -> None:
        self._planes: Floats = np.zeros((3, HEIGHT_PX, WIDTH_PX), np.float32)
        self._difference: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._means = BlockMeans(3)
        self._usual_down: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._usual_across: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._known = False

    def learn(self, half: Small) -> None:
        """Note how rough the blocks of an undamaged picture are, uint8, (90, 160)."""
        down, across, _ = self._roughness(half)
        weight = np.float32(0.1 if self._known else 1.0)
        self._usual_down += weight * (down - self._usual_down)
        self._usual_across += weight * (across - self._usual_across)
        self._known = True

    def find(self, half: Small) -> Flags:
        """Return the damaged blocks, bool, (6, 8)."""
        down, across, means = self._roughness(half)
        usual_down = self._usual_down
        runs = (down < RUN_LEAST) & (across > RUN_ACROSS_LEAST) & (usual_down > RUN_USUAL * down)
        rows = (across < RUN_LEAST) & (down > RUN_ACROSS_LEAST) & (self._usual_across > RUN_USUAL * across)
        flat = np.maximum(down, across) < GREY_FLAT
        rough = np.maximum(usual_down, self._usual_across) > GREY_USUAL_TEXTURE
        grey = flat & (np.abs(means - GREY) < GREY_WIDTH) & rough
        return np.asarray(runs | rows | grey, np.bool_)

    def _roughness(self, half: Small) -> Floats:
        """Return by block the mean difference downwards, sideways, and the mean: float32, (3, 6, 8)."""
        cv2.absdiff(half[1:], half[:-1], dst=self._difference[:-1])
        np.copyto(self._planes[0], self._difference, casting="unsafe")
        cv2.absdiff(half[:, 1:], half[:, :-1], dst=self._difference[:, :-1])
        np.copyto(self._planes[1], self._difference, casting="unsafe")
        np.copyto(self._planes[2], half, casting="unsafe")
        return self._means.of(self._planes)
