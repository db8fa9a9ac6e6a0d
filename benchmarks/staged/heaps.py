"""Heaps of waste drawn by us, which grow piece by piece."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.staged.ground import SHAPE, Floats
from vision.detector import Mask

SORTS = ("mixed", "dark bags", "pale bags", "boxes", "leaves", "rubble")


_GAPS = np.ones((9, 9), np.uint8)


class _Piece(NamedTuple):
    x: float
    y: float
    size_px: float
    turn: float
    level: float
    seed: int


class Heap:
    """A heap of one sort within an ellipse, drawn anew at each stage of its growth.

    Attributes:
        sort: One of `SORTS`.
        pieces: How many things lie there in the end.
    """

    def __init__(
        self,
        sort: str,
        centre: tuple[float, float],
        radii: tuple[float, float],
        ground: float,
        random: np.random.Generator,
    ) -> None:
        """Plan a heap.

        Args:
            sort: One of `SORTS`.
            centre: Its middle in pixels of the small picture.
            radii: Half its width and height, pixels.
            ground: Mean brightness of the place, from which leaves hardly differ.
            random: Where chance comes from.
        """
        self.sort = sort
        size_px = {"leaves": 2.2, "rubble": 3.2, "boxes": 6.5}.get(sort, 5.5) * math.sqrt(max(min(radii), 6.0) / 14.0)
        self.pieces = int(2.6 * radii[0] * radii[1] / size_px**2) + 6
        # From the middle outwards, irregularly: later pieces lie nearer to the rim or on top.
        reach = np.sqrt(np.linspace(0.02, 1.0, self.pieces)) * random.uniform(0.55, 1.0, self.pieces)
        angles = random.uniform(0, 2 * math.pi, self.pieces)
        self._plan = [
            _Piece(
                centre[0] + radii[0] * r * math.cos(a),
                centre[1] + radii[1] * r * math.sin(a),
                size_px * random.uniform(0.7, 1.4),
                random.uniform(0, math.pi),
                self._level(ground, random),
                int(random.integers(2**31)),
            )
            for r, a in zip(reach.tolist(), angles.tolist(), strict=True)
        ]
        self._picture: Floats = np.zeros(SHAPE, np.float32)
        self._mask: Mask = np.zeros(SHAPE, np.uint8)
        self._shade: Floats = np.ones(SHAPE, np.float32)
        self._drawn = 0
        self._lies: Mask = np.zeros(SHAPE, np.uint8)
        self._alpha = self._soft = self._picture

    def _level(self, ground: float, random: np.random.Generator) -> float:
        match self.sort:
            case "dark bags":
                return random.uniform(15, 60)
            case "pale bags":
                return random.uniform(170, 240)
            case "leaves":
                return ground + random.normal(0, 32)
            case "rubble":
                return ground + random.normal(10, 38)
            case _:
                return random.uniform(15, 240)

    def lay(self, picture: Floats, share: float) -> Mask:
        """Lay the heap, grown to a share of its pieces, onto a picture (float32, (180, 320), changed in place).

        Returns:
            Where it lies, the gaps between its pieces included, uint8, 0 or 255.
        """
        wanted = round(share * self.pieces)
        for piece in self._plan[self._drawn : wanted]:
            self._draw(piece)
        if wanted > self._drawn:
            self._drawn = wanted
            # The shadow it casts and the softness of the lens.
            cast = cv2.GaussianBlur(np.roll(self._mask, (2, 2), axis=(0, 1)).astype(np.float32) / 255, (0, 0), 1.5)
            self._alpha = np.asarray(cv2.GaussianBlur(self._mask.astype(np.float32) / 255, (0, 0), 0.6), np.float32)
            self._soft = np.asarray(cv2.GaussianBlur(self._picture, (0, 0), 0.5), np.float32)
            self._shade = np.asarray(1.0 - 0.35 * cast, np.float32)
            self._lies = np.asarray(cv2.morphologyEx(self._mask, cv2.MORPH_CLOSE, _GAPS), np.uint8)
        if not self._drawn:
            return self._lies
        picture *= self._shade
        picture += self._alpha * (self._soft - picture)
        return self._lies

    def _draw(self, piece: _Piece) -> None:
        random = np.random.default_rng(piece.seed)
        level = float(np.clip(piece.level, 8, 247))
        if self.sort == "boxes" or (self.sort == "mixed" and random.random() < 0.4):
            self._box(piece, level)
        else:
            self._bag(piece, level, random)

    def _bag(self, piece: _Piece, level: float, random: np.random.Generator) -> None:
        centre = round(piece.x), round(piece.y)
        long_px, short_px = piece.size_px, piece.size_px * random.uniform(0.6, 0.95)
        axes, turn = (max(round(long_px), 1), max(round(short_px), 1)), math.degrees(piece.turn)
        cv2.ellipse(self._picture, centre, axes, turn, 0, 360, (level * 0.62,), cv2.FILLED)
        cv2.ellipse(self._mask, centre, axes, turn, 0, 360, (255,), cv2.FILLED)
        upper = centre[0] - 1, centre[1] - 1
        inner = max(axes[0] - 2, 1), max(axes[1] - 2, 1)
        cv2.ellipse(self._picture, upper, inner, turn, 0, 360, (level,), cv2.FILLED)
        if long_px > 3:
            gleam = upper[0] + int(random.integers(-2, 2)), upper[1] + int(random.integers(-2, 1))
            cv2.circle(self._picture, gleam, 1, (min(level + 70, 250),), cv2.FILLED)

    def _box(self, piece: _Piece, level: float) -> None:
        half = piece.size_px
        turned = np.array(
            [
                (
                    piece.x + half * 1.3 * math.cos(piece.turn + k * math.pi / 2),
                    piece.y + half * 0.8 * math.sin(piece.turn + k * math.pi / 2),
                )
                for k in range(4)
            ]
        )
        side = (turned + np.array([0.0, half * 0.7])).round().astype(np.int32)
        top = turned.round().astype(np.int32)
        for outline, shown in ((cv2.convexHull(np.concatenate([side, top])), level * 0.6), (top, level)):
            cv2.fillPoly(self._picture, [outline], (shown,))
            cv2.fillPoly(self._mask, [outline], (255,))
