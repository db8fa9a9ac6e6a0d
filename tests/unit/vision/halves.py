"""Pictures of 160x90 for the parts of camera health."""

import cv2
import numpy as np

from tests.unit.vision.scenes import street
from vision.blocks import HEIGHT_PX, WIDTH_PX
from vision.detector import Small


def halved(small: Small) -> Small:
    """Return a small picture as camera health compares it: uint8, (90, 160)."""
    return np.asarray(cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)


def scene(seed: int = 1) -> Small:
    """Return a textured scene, uint8, (90, 160)."""
    return halved(street(seed))


class Grain:
    """Sensor noise that never repeats."""

    def __init__(self, sigma: float = 1.5, seed: int = 4) -> None:
        self._draw = np.random.default_rng(seed)
        self._sigma = sigma

    def on(self, half: Small) -> Small:
        """Return the picture with noise."""
        noise = self._draw.normal(0, self._sigma, half.shape)
        return np.clip(np.rint(half + noise), 0, 255).astype(np.uint8)
