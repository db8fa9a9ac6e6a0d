"""Sees that the stream, not the scene, spoilt a picture: what decoders leave where data were lost."""

import cv2
import numpy as np

from vision.blocks import COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, BlockMeans, Flags, Floats
from vision.detector import Small

LEARNING = 0.1
RUN_MOST, RUN_ACROSS_LEAST = 0.3, 2.0
"""Grey levels between pixels one above the other, and side by side, in a block that repeats one row downwards."""
RUN_USUAL = 1.0
"""Grey levels from row to row the block usually has, by texture or noise: an upright fence is no damage."""
GREY = 128
GREY_RISE = 0.3
"""Share of a block that has become exactly grey: what H.264 and H.265 decoders show where the picture they should
build upon is missing."""


class Damage:
    """Which blocks of a picture are smeared or grey for want of data.

    Looks at single pictures of 160x90, not at their mean, since damage often heals with the next keyframe.
    """

    def __init__(self) -> None:
        self._planes: Floats = np.zeros((3, HEIGHT_PX, WIDTH_PX), np.float32)
        self._difference: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._means = BlockMeans(3)
        self._seen: Floats = np.zeros((3, ROWS, COLUMNS), np.float32)
        self._usual: Floats = np.zeros((3, ROWS, COLUMNS), np.float32)
        self._known = False

    def see(self, half: Small) -> None:
        """Take in a picture, uint8, (90, 160)."""
        self._seen = self._roughness(half)

    def learn(self) -> None:
        """Note how rough and how grey the blocks of the picture seen last are: it is undamaged."""
        weight = np.float32(LEARNING if self._known else 1.0)
        self._usual += weight * (self._seen - self._usual)
        self._known = True

    def find(self) -> Flags:
        """Return the damaged blocks of the picture seen last, bool, (6, 8)."""
        down, across, grey = self._seen
        usual_down, usual_across, usual_grey = self._usual
        # In a cloud's shadow both differences shrink, and the lesser one may vanish: that is no damage.
        runs = (
            (down < RUN_MOST) & (across > RUN_ACROSS_LEAST) & (usual_down * _dimmed(across, usual_across) > RUN_USUAL)
        )
        rows = (across < RUN_MOST) & (down > RUN_ACROSS_LEAST) & (usual_across * _dimmed(down, usual_down) > RUN_USUAL)
        return np.asarray(runs | rows | (grey > usual_grey + np.float32(GREY_RISE)), np.bool_)

    def _roughness(self, half: Small) -> Floats:
        """Return by block the mean difference downwards and sideways, and the share exactly grey: (3, 6, 8).

        The last row and column have no neighbour and count as none: their planes stay 0 there.
        """
        cv2.absdiff(half[1:], half[:-1], dst=self._difference[:-1])
        np.copyto(self._planes[0, :-1], self._difference[:-1], casting="unsafe")
        cv2.absdiff(half[:, 1:], half[:, :-1], dst=self._difference[:, :-1])
        np.copyto(self._planes[1, :, :-1], self._difference[:, :-1], casting="unsafe")
        np.equal(half, GREY, out=self._planes[2], casting="unsafe")
        return self._means.of(self._planes)


def _dimmed(now: Floats, usual: Floats) -> Floats:
    """Return what share of its usual contrast a block shows, 0..1."""
    return np.minimum(now / np.maximum(usual, np.float32(1.0)), np.float32(1.0))
