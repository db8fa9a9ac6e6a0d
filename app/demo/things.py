"""Draws what is not a person: rubbish bags and boxes, motorbikes, cars."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from app.demo.arrays import floats, levels, pixels
from app.demo.canvas import Colour, Cover

_BAGS: tuple[Colour, ...] = (
    (34, 32, 34),
    (214, 214, 208),
    (168, 120, 60),
    (40, 36, 40),
    (70, 150, 90),
    (190, 190, 196),
)
_BOX: Colour = (92, 140, 178)

_NEARLY_OPAQUE = 200

Mask = npt.NDArray[np.uint8]
"""Opacity, uint8, (height, width)."""

Colours = npt.NDArray[np.uint8] | npt.NDArray[np.float32]
"""BGR before it is cut to levels, (height, width, 3)."""


class Drawn(NamedTuple):
    """A picture with its size in the world.

    Attributes:
        cover: uint8, (height, width, 4), BGRA, standing on its lower edge.
        height_m: Height of the whole picture.
    """

    cover: Cover
    height_m: float


class Thing(Hashable, Protocol):
    """Something that can stand in a scene: a small hashable value that knows how to draw itself."""

    def drawn(self) -> Drawn:
        """Return its picture; cheap when asked again."""
        ...


@dataclass(frozen=True, slots=True)
class Rubbish:
    """A bag, every fourth a box: the same for the same seed."""

    seed: int

    def drawn(self) -> Drawn:
        """Return its picture."""
        return _rubbish(self.seed)


@dataclass(frozen=True, slots=True)
class Motorbike:
    """A rider on a motorbike, seen from the side."""

    shirt: Colour
    paint: Colour
    leftwards: bool

    def drawn(self) -> Drawn:
        """Return its picture."""
        return _motorbike(self.shirt, self.paint, leftwards=self.leftwards)


@dataclass(frozen=True, slots=True)
class Car:
    """A small van, seen from the side."""

    paint: Colour
    leftwards: bool

    def drawn(self) -> Drawn:
        """Return its picture."""
        return _car(self.paint, leftwards=self.leftwards)


@lru_cache(maxsize=64)
def _rubbish(seed: int) -> Drawn:
    random = np.random.default_rng(seed)
    return _box(random) if seed % 4 == 3 else _bag(random, _BAGS[seed % len(_BAGS)])  # noqa: PLR2004 - every fourth


def _bag(random: np.random.Generator, colour: Colour) -> Drawn:
    size = 96
    angles = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    lumps = 1 + 0.10 * random.standard_normal(22)
    outline = np.stack([size / 2 + 41 * lumps * np.cos(angles), 56 + 34 * lumps * np.sin(angles)], axis=1)
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [pixels(outline)], 255)
    knot = pixels([(40, 26), (48, 8), (54, 9), (57, 27)])
    cv2.fillPoly(mask, [knot], 255)
    mask[92:] = 0
    creases = cv2.resize(
        random.standard_normal((14, 14)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
    )
    rows = np.linspace(1.22, 0.62, size, dtype=np.float32)[:, None]
    lit = floats(colour) * (rows + 0.17 * creases)[..., None] + np.maximum(creases - 1.1, 0)[..., None] * 60
    return Drawn(cover_of(lit, mask), 0.62 + 0.16 * float(random.random()))


def _box(random: np.random.Generator) -> Drawn:
    size = 96
    mask = np.zeros((size, size), np.uint8)
    picture = np.zeros((size, size, 3), np.float32)
    for points, tone in (
        ([(8, 40), (60, 46), (60, 92), (8, 84)], 0.85),
        ([(60, 46), (90, 36), (90, 78), (60, 92)], 0.62),
        ([(8, 40), (40, 30), (90, 36), (60, 46)], 1.12),
    ):
        face = np.zeros((size, size), np.uint8)
        cv2.fillPoly(face, [pixels(points)], 255)
        picture[face > 0] = floats(_BOX) * tone
        mask |= face
    picture += floats(random.standard_normal((size, size, 1)) * 7)
    return Drawn(cover_of(picture, mask), 0.55 + 0.15 * float(random.random()))


@lru_cache(maxsize=16)
def _motorbike(shirt: Colour, paint: Colour, *, leftwards: bool) -> Drawn:
    width, height, scale = 320, 270, 150.0
    picture = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)

    def put(points: list[tuple[int, int]], colour: Colour) -> None:
        cv2.fillPoly(picture, [pixels(points)], colour, cv2.LINE_AA)
        cv2.fillPoly(mask, [pixels(points)], 255, cv2.LINE_AA)

    def disc(centre: tuple[int, int], axes: tuple[int, int], colour: Colour) -> None:
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)

    for hub in ((62, 222), (252, 222)):
        disc(hub, (42, 42), (30, 30, 32))
        disc(hub, (27, 27), (120, 118, 116))
        disc(hub, (20, 20), (70, 70, 72))
    put(
        [
            (40, 168),
            (150, 160),
            (176, 200),
            (222, 172),
            (236, 128),
            (252, 132),
            (246, 190),
            (200, 226),
            (96, 226),
            (60, 190),
        ],
        paint,
    )
    put([(52, 150), (160, 150), (160, 166), (52, 170)], (34, 32, 34))
    put([(232, 130), (226, 100), (236, 98), (262, 214), (250, 218)], (60, 60, 64))
    put([(118, 150), (146, 140), (196, 168), (200, 214), (178, 218), (174, 180), (126, 176)], (62, 52, 44))
    put([(172, 208), (212, 212), (212, 224), (172, 222)], (34, 32, 36))
    put([(104, 160), (112, 92), (134, 70), (160, 78), (166, 112), (152, 162)], shirt)
    put([(146, 84), (166, 90), (196, 122), (228, 116), (230, 128), (190, 138), (152, 112)], shirt)
    disc((152, 50), (25, 27), (40, 40, 150))
    disc((165, 56), (13, 16), (92, 124, 164))
    cover = cover_of(_rounded(picture, mask), mask)
    return Drawn(np.ascontiguousarray(cover[:, ::-1]) if leftwards else cover, height / scale)


@lru_cache(maxsize=16)
def _car(paint: Colour, *, leftwards: bool) -> Drawn:
    width, height, scale = 470, 210, 110.0
    picture = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    body = [(14, 168), (18, 96), (40, 28), (58, 18), (300, 18), (366, 84), (448, 104), (458, 168)]
    for target, colour in ((picture, paint), (mask, 255)):
        cv2.fillPoly(target, [pixels(body)], colour, cv2.LINE_AA)
    glass = (92, 80, 66)
    for pane in (
        [(40, 86), (56, 34), (136, 34), (136, 86)],
        [(148, 34), (222, 34), (222, 86), (148, 86)],
        [(234, 34), (294, 34), (344, 86), (234, 86)],
    ):
        cv2.fillPoly(picture, [pixels(pane)], glass, cv2.LINE_AA)
    for column in (142, 228):
        cv2.line(picture, (column, 30), (column, 160), tuple(int(part * 0.7) for part in paint), 2, cv2.LINE_AA)
    cv2.rectangle(picture, (14, 150), (458, 168), (52, 52, 54), -1)
    for hub in ((98, 168), (372, 168)):
        for radius, colour in ((38, (28, 28, 30)), (20, (130, 128, 126))):
            cv2.circle(picture, hub, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(mask, hub, 38, 255, -1, cv2.LINE_AA)
    cover = cover_of(_rounded(picture, mask), mask)
    return Drawn(np.ascontiguousarray(cover[:, ::-1]) if leftwards else cover, height / scale)


def _rounded(picture: Colours, mask: Mask) -> npt.NDArray[np.float32]:
    """Light a flat drawing from above as if it were round."""
    depth = cv2.GaussianBlur(floats(mask) / 255, (0, 0), 9)
    lean = floats(cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3))
    return floats(picture * np.clip(0.97 + lean * 1.6, 0.6, 1.25)[..., None])


def cover_of(picture: Colours, mask: Mask) -> Cover:
    """Return a drawing as a cover with a soft outline.

    Args:
        picture: BGR, any number type, (height, width, 3); cut to 0..255.
        mask: uint8, (height, width).
    """
    colour = levels(picture)
    # Colour runs on past the outline so that scaling down mixes in no black.
    spread = cv2.dilate(colour, np.ones((5, 5), np.uint8))
    solid = np.where(mask[..., None] > _NEARLY_OPAQUE, colour, spread)
    return levels(np.dstack([solid, cv2.GaussianBlur(mask, (0, 0), 0.8)]))
