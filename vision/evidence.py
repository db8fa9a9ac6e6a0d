"""A picture made fit to leave the worker: people hidden, detail capped, small enough for a message."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from events.frame import Picture
from events.geometry import Polygon
from vision.detector import Mask, Person
from vision.privacy import cap_detail, pixelate
from vision.scale import BodyScale
from vision.smaller import shrunk

LARGEST_BYTES = 256 * 1024
"""Limit of the message contract (docs/architecture.md, topics)."""

_QUALITIES = (80, 65, 50, 35)
_SIZES_PX = (1080, 960, 640, 480, 320)
_COVERED = (40, 40, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePicture:
    """A JPEG fit to leave the worker.

    Attributes:
        sha256: Hex digest of the bytes.
        jpeg: The picture, at most 256 KB, people pixelated.
        veiled: Whether everything had to be hidden, because the background was not known; a later picture will
            show more.
    """

    sha256: str
    jpeg: bytes
    veiled: bool = False


def harmless(
    picture: Picture,
    hidden: Mask,
    people: Sequence[Person],
    scale: BodyScale,
    *,
    covered: Sequence[Polygon] = (),
    longest_px: int,
) -> Picture:
    """Return a picture that may be shown; the one place where that is decided.

    Args:
        picture: As decoded: uint8, (height, width, 3), BGR; not changed.
        hidden: Where somebody may be: uint8, (180, 320), 0 or 255.
        people: What the network found.
        scale: How large people stand in it, for the cap on detail.
        covered: Areas that are never shown.
        longest_px: Longest side of the result.
    """
    shown = shrunk(picture, longest_px)
    if shown is picture:
        shown = picture.copy()
    height_px, width_px = shown.shape[:2]
    for area in covered:
        corners = np.array([(round(x * width_px), round(y * height_px)) for x, y in area.points], np.int32)
        cv2.fillPoly(shown, [corners], _COVERED)
    pixelate(shown, hidden, people)
    cap_detail(shown, scale)
    return shown


def sealed(picture: Picture, *, veiled: bool = False) -> EvidencePicture:
    """Encode a picture that may be shown and name it by its digest."""
    jpeg = encode(picture)
    return EvidencePicture(sha256=hashlib.sha256(jpeg).hexdigest(), jpeg=jpeg, veiled=veiled)


def encode(picture: Picture) -> bytes:
    """Return a JPEG of at most 256 KB, giving up quality first, then size."""
    jpeg = b""
    for longest_px in _SIZES_PX:
        smaller = shrunk(picture, longest_px)
        for quality in _QUALITIES:
            _, data = cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, quality])
            jpeg = data.tobytes()
            if len(jpeg) <= LARGEST_BYTES:
                return jpeg
    return jpeg
