"""Draws things that people leave behind: bags, boxes, sacks, heaps; grey, textured, soft at the edge, with a shadow."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

OVERSIZE = 4
"""Things are drawn so much larger and averaged down, as a lens and a sensor would."""
KINDS = ("bag", "box", "sack", "heap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A thing to be laid over a picture.

    Attributes:
        level: Its brightness, float32, (height, width), 0..255.
        opacity: How much of it covers the ground, float32, (height, width), 0..1.
        shade: By how much its shadow darkens the ground, float32, (height, width), 1 where it does not.
        body: x, y, width, height of the thing itself within these arrays.
    """

    level: Floats
    opacity: Floats
    shade: Floats
    body: tuple[int, int, int, int]


def draw(kind: str, height_px: int, brightness: float, random: np.random.Generator) -> Drawn:
    """Draw a thing.

    Args:
        kind: One of KINDS.
        height_px: Height of the thing.
        brightness: Its mean brightness, 0..255.
        random: Decides shape, folds and texture.
    """
    width_px = max(round(height_px * _WIDTHS[kind] * random.uniform(0.8, 1.25)), 4)
    margin = max(height_px // 3, 3)
    size = ((height_px + 2 * margin) * OVERSIZE, (width_px + 2 * margin) * OVERSIZE)
    solid = np.zeros(size, np.float32)
    tone = np.ones(size, np.float32)
    _SHAPES[kind](solid, tone, margin * OVERSIZE, random)
    tone *= _texture(size, random, 0.08 if kind == "box" else 0.18)
    # Light falls from above: the upper part is brighter.
    tone *= np.linspace(1.12, 0.85, size[0], dtype=np.float32)[:, None]
    small = (width_px + 2 * margin, height_px + 2 * margin)
    sharp = cv2.resize(solid, small, interpolation=cv2.INTER_AREA)
    opacity = np.asarray(cv2.GaussianBlur(sharp, (0, 0), random.uniform(0.3, 0.7)), np.float32)
    level = np.clip(cv2.resize(tone, small, interpolation=cv2.INTER_AREA) * np.float32(brightness), 2, 250)
    x, y, width, height = cv2.boundingRect((opacity > 0.5).astype(np.uint8))
    return Drawn(
        level=level.astype(np.float32),
        opacity=opacity,
        shade=_shadow(opacity, height_px, random),
        body=(x, y, width, height),
    )


def _shadow(opacity: Floats, height_px: int, random: np.random.Generator) -> Floats:
    aside = random.uniform(-0.25, 0.25) * height_px
    move = np.array([[1, 0, aside], [0, 1, 0.12 * height_px]], np.float32)
    cast = cv2.warpAffine(opacity, move, opacity.shape[::-1])
    soft = cv2.GaussianBlur(cast, (0, 0), max(0.08 * height_px, 0.8))
    return np.asarray(1.0 - random.uniform(0.15, 0.45) * soft, np.float32)


def _texture(size: tuple[int, int], random: np.random.Generator, strength: float) -> Floats:
    coarse = random.normal(1.0, strength, (max(size[0] // 12, 2), max(size[1] // 12, 2))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _bag(solid: Floats, tone: Floats, margin: int, random: np.random.Generator) -> None:
    height, width = solid.shape
    top = margin + (height - 2 * margin) // 4
    lean = int(random.uniform(0, 0.12) * width)
    corners = [
        (margin + lean, top),
        (width - margin - lean, top),
        (width - margin, height - margin),
        (margin, height - margin),
    ]
    cv2.fillPoly(solid, [np.array(corners, np.int32)], (1.0,))
    centre, axes = (width // 2, top), ((width - 2 * margin) // 4, top - margin)
    cv2.ellipse(solid, centre, axes, 0, 180, 360, (1.0,), thickness=max(height // 25, 2))
    cv2.line(tone, (margin, (top + height) // 2), (width - margin, (top + height) // 2), (0.75,), thickness=OVERSIZE)


def _box(solid: Floats, tone: Floats, margin: int, random: np.random.Generator) -> None:
    height, width = solid.shape
    lid = margin + int(random.uniform(0.15, 0.35) * (height - 2 * margin))
    edge = margin + int(random.uniform(0.4, 0.7) * (width - 2 * margin))
    cv2.rectangle(solid, (margin, margin), (width - margin, height - margin), (1.0,), thickness=cv2.FILLED)
    tone[:lid] *= 1.2
    tone[lid:, edge:] *= 0.72
    cv2.line(tone, ((margin + edge) // 2, margin), ((margin + edge) // 2, height - margin), (1.3,), thickness=OVERSIZE)


def _sack(solid: Floats, tone: Floats, margin: int, random: np.random.Generator) -> None:
    height, width = solid.shape
    _blob(solid, tone, (width // 2, height // 2), ((width - 2 * margin) // 2, (height - 2 * margin) // 2), random)


def _heap(solid: Floats, tone: Floats, margin: int, random: np.random.Generator) -> None:
    height, width = solid.shape
    for _ in range(int(random.integers(4, 8))):
        across = int(random.uniform(0.15, 0.3) * (width - 2 * margin))
        down = int(random.uniform(0.25, 0.5) * (height - 2 * margin))
        x = int(random.integers(margin + across, max(width - margin - across, margin + across + 1)))
        y = height - margin - down - int(random.uniform(0, 0.35) * (height - 2 * margin))
        tone_of_one = np.ones_like(tone)
        one = np.zeros_like(solid)
        _blob(one, tone_of_one, (x, max(y, margin + down)), (across, down), random)
        tone[one > 0] = tone_of_one[one > 0] * random.uniform(0.5, 1.5)
        np.maximum(solid, one, out=solid)


def _blob(
    solid: Floats, tone: Floats, centre: tuple[int, int], axes: tuple[int, int], random: np.random.Generator
) -> None:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    reach = 1.0 - random.uniform(0, 0.22, 24)
    outline = np.stack([centre[0] + axes[0] * reach * np.cos(angles), centre[1] + axes[1] * reach * np.sin(angles)], 1)
    cv2.fillPoly(solid, [outline.astype(np.int32)], (1.0,))
    for _ in range(4):
        ends = [
            (int(centre[0] + random.normal(0, axes[0] / 2)), int(centre[1] + random.normal(0, axes[1] / 2)))
            for _ in "ab"
        ]
        cv2.line(tone, ends[0], ends[1], (float(random.uniform(0.6, 1.4)),), thickness=OVERSIZE)


_WIDTHS = {"bag": 1.1, "box": 1.2, "sack": 0.95, "heap": 2.2}
_SHAPES = {"bag": _bag, "box": _box, "sack": _sack, "heap": _heap}
