"""Zones as pixels of the small picture."""

import cv2
import numpy as np

from events.geometry import Polygon
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask

_BITS = 4
"""Corners are placed on sixteenths of a pixel."""


def zone_mask(polygon: Polygon) -> Mask:
    """Return which pixels of the small picture lie in the polygon.

    A pixel on the outline belongs to it, so that even the thinnest zone has pixels.

    Returns:
        uint8, (180, 320), 0 or 255.
    """
    mask: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
    # A pixel's centre lies half a pixel from its corner.
    corners = np.array(polygon.points) * (SMALL_WIDTH_PX, SMALL_HEIGHT_PX) - 0.5
    cv2.fillPoly(mask, [np.round(corners * 2**_BITS).astype(np.int32)], (255,), lineType=cv2.LINE_8, shift=_BITS)
    return mask
