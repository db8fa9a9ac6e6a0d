"""The picture that leaves the worker: people hidden, the place outlined, small enough for a message."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from events.frame import Picture
from events.geometry import Box, Polygon
from vision.detector import Mask, Person
from vision.privacy import pixelate

LONGEST_PX = 960
LARGEST_BYTES = 256 * 1024
"""Limit of the message contract (docs/architecture.md, topics)."""

_QUALITIES = (80, 65, 50, 35)
_SIZES_PX = (960, 640, 480, 320)
_ZONE_COLOUR = (0, 215, 255)
_BOX_COLOUR = (40, 40, 255)
_LINE_PX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePicture:
    """A JPEG fit to leave the worker.

    Attributes:
        sha256: Hex digest of the bytes.
        jpeg: The picture, at most 256 KB, people pixelated.
    """

    sha256: str
    jpeg: bytes


def render(
    picture: Picture,
    moving: Mask,
    people: Sequence[Person],
    *,
    outlines: Sequence[Polygon] = (),
    boxes: Sequence[Box] = (),
    longest_px: int = LONGEST_PX,
) -> EvidencePicture:
    """Make the picture that may be shown.

    Args:
        picture: As decoded: uint8, (height, width, 3), BGR; not changed.
        moving: Where something moved lately: uint8, (180, 320), 0 or 255.
        people: What the network found.
        outlines: Zones to outline, drawn after people are hidden.
        boxes: Places to frame.
        longest_px: Longest side of the result.
    """
    small = _shrunk(picture, longest_px)
    if small is picture:
        small = picture.copy()
    pixelate(small, moving, people)
    height_px, width_px = small.shape[:2]
    for outline in outlines:
        corners = np.array([(round(x * width_px), round(y * height_px)) for x, y in outline.points], np.int32)
        cv2.polylines(small, [corners], isClosed=True, color=_ZONE_COLOUR, thickness=_LINE_PX, lineType=cv2.LINE_AA)
    for box in boxes:
        x, y, width, height = box.to_pixels(width_px, height_px)
        cv2.rectangle(small, (x, y), (x + width, y + height), _BOX_COLOUR, _LINE_PX)
    jpeg = encode(small)
    return EvidencePicture(sha256=hashlib.sha256(jpeg).hexdigest(), jpeg=jpeg)


def encode(picture: Picture) -> bytes:
    """Return a JPEG of at most 256 KB, giving up quality first, then size."""
    jpeg = b""
    for longest_px in _SIZES_PX:
        smaller = _shrunk(picture, longest_px)
        for quality in _QUALITIES:
            _, data = cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, quality])
            jpeg = data.tobytes()
            if len(jpeg) <= LARGEST_BYTES:
                return jpeg
    return jpeg


def _shrunk(picture: Picture, longest_px: int) -> Picture:
    """Return the picture itself where it is small enough."""
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
