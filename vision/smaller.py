"""Colour pictures made smaller."""

import cv2
import numpy as np

from events.frame import Picture


def shrunk(picture: Picture, longest_px: int) -> Picture:
    """Return the picture with its longest side at most so long: itself where it is small enough."""
    height_px, width_px = picture.shape[:2]
    scale = longest_px / max(width_px, height_px)
    if scale >= 1.0:
        return picture
    size = max(round(width_px * scale), 1), max(round(height_px * scale), 1)
    while scale <= 1 / 2:  # halving is the fast case of area averaging
        half = max(picture.shape[1] // 2, 1), max(picture.shape[0] // 2, 1)
        picture = np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), np.uint8)
        scale *= 2
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
