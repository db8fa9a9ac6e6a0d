"""Puts moving things into a picture kept as Y, U and V planes, as the encoder wants it."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from app.demo.arrays import floats, levels
from app.demo.canvas import Cover
from events.frame import Picture

I420 = npt.NDArray[np.uint8]
"""Y plane over the U and V planes at half size, uint8, (height * 3 / 2, width); BT.601, limited range."""

_Weights = npt.NDArray[np.uint16]

_BLACK = 16
_GREY = 128
_FULL = 256


class Light(NamedTuple):
    """What falls on moving things, so that they belong to their backdrop.

    Attributes:
        gain: Brightness of things, 1 by day.
        warmth: Red over blue, 1 by day, more under lamps.
        shadow: Darkness of the shadow on the ground, 0..1.
        shadow_length: Length of the shadow over the height of the thing.
    """

    gain: float = 1.0
    warmth: float = 1.0
    shadow: float = 0.34
    shadow_length: float = 0.24


DAYLIGHT = Light()


@dataclass(frozen=True, slots=True)
class Cutout:
    """A thing ready to be laid into planes, with its shadow: colours times opacity, and what is kept of the ground.

    Attributes:
        luma: uint16, (height, width), Y times 256.
        luma_kept: uint16, (height, width), 0..256.
        chroma: uint16, (2, height / 2, width / 2), U and V times 256.
        chroma_kept: uint16, (height / 2, width / 2), 0..256.
        foot_px: Column and row of the point that stands on the ground.
    """

    luma: _Weights
    luma_kept: _Weights
    chroma: _Weights
    chroma_kept: _Weights
    foot_px: tuple[int, int]


def to_planes(picture: Picture) -> I420:
    """Convert a BGR picture of even size."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)


def to_picture(planes: I420) -> Picture:
    """Convert back to BGR."""
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def cut_out(cover: Cover, height_px: int, light: Light) -> Cutout:
    """Scale a figure to a height in pixels, light it, and give it its shadow."""
    wide = max(2, round(cover.shape[1] * height_px / cover.shape[0]))
    small = np.asarray(cv2.resize(cover, (wide, height_px), interpolation=cv2.INTER_AREA), np.uint8)
    fall = round(height_px * light.shadow_length)
    width, height = _even(wide + fall + 2), _even(height_px + 4)
    body = np.zeros((height, width), np.float32)
    body[:height_px, :wide] = small[..., 3].astype(np.float32) / 255
    colour = np.zeros((height, width, 3), np.uint8)
    tint = floats([light.gain / light.warmth, light.gain, light.gain * light.warmth])
    colour[:height_px, :wide] = levels(small[..., :3] * tint)
    planes = to_planes(colour)
    shadow = _shadow(small[..., 3], (height, width), fall, height_px) * light.shadow
    dark = np.clip(shadow * (1 - body), 0, 1)
    luma = (planes[:height] * body + _BLACK * dark) * _FULL
    half = cv2.resize(body, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    chroma = planes[height:].reshape(2, height // 2, width // 2) * half[None] * _FULL
    return Cutout(
        luma=luma.astype(np.uint16),
        luma_kept=((1 - body - dark) * _FULL).astype(np.uint16),
        chroma=chroma.astype(np.uint16),
        chroma_kept=((1 - half) * _FULL).astype(np.uint16),
        foot_px=(wide // 2, height_px),
    )


def lay(planes: I420, cutout: Cutout, foot: tuple[float, float]) -> None:
    """Lay a cutout into planes with its foot on a pixel (column, row); what lies outside is cut off."""
    rows = planes.shape[0] * 2 // 3
    columns = planes.shape[1]
    height, width = cutout.luma.shape
    left, top = round(foot[0]) - cutout.foot_px[0], round(foot[1]) - cutout.foot_px[1]
    # Chroma has half the resolution: an odd place is off by one luma pixel there, which nobody sees.
    left, top = left - left % 2, top - top % 2
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, columns), min(top + height, rows)
    if x0 >= x1 or y0 >= y1:
        return
    own = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    _mix(planes[y0:y1, x0:x1], cutout.luma[own], cutout.luma_kept[own])
    colours = planes[rows:].reshape(2, rows // 2, columns // 2)
    half = (slice((y0 - top) // 2, (y1 - top) // 2), slice((x0 - left) // 2, (x1 - left) // 2))
    for plane, chroma in zip(colours, cutout.chroma, strict=True):
        _mix(plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2], chroma[half], cutout.chroma_kept[half])


def _mix(under: npt.NDArray[np.uint8], over: _Weights, kept: _Weights) -> None:
    mixed = under.astype(np.uint16)
    mixed *= kept
    mixed += over
    mixed >>= 8
    under[:] = mixed


def _shadow(mask: npt.NDArray[np.uint8], size: tuple[int, int], fall: int, height_px: int) -> npt.NDArray[np.float32]:
    """Return the silhouette laid on the ground, falling away to the right and up, float32 0..1, (height, width)."""
    height, width = size
    wide = mask.shape[1]
    if fall < 2:  # noqa: PLR2004 - too small to be seen
        return np.zeros(size, np.float32)
    top_row = height_px - fall * 0.45
    source = floats([(0, 0), (0, height_px), (wide, height_px)])
    target = floats([(fall, top_row), (0, height_px), (wide, height_px)])
    matrix = cv2.getAffineTransform(source, target)
    laid = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(laid, (0, 0), max(0.8, height_px / 70)), np.float32)


def _even(size_px: int) -> int:
    return size_px + size_px % 2
