"""Compares what a camera shows with what it usually shows, block by block."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Small

Floats = npt.NDArray[np.float32]

WIDTH_PX, HEIGHT_PX = 160, 90
COLUMNS, ROWS = 8, 6

NOW_S = 1.0
"""The present is a mean over this time constant: noise, rain and quick passers-by fade."""
REFERENCE_S = 25.0
"""Time constant with which the reference follows the day."""

TEXTURE_LEAST = 60.0
"""Mean squared Sobel gradient from which a block has edges to lose; sensor noise of 2 grey levels makes 50."""
TEXTURED_LEAST = 8
CORRELATION_LOST = 0.35
ENERGY_LOST = 0.0625
"""A quarter of the contrast."""
SHIFT_LEAST_PX = 2.0
SHIFT_GAIN = 0.2
COARSE_PX = (20, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a picture differs from its reference; all figures without unit.

    Attributes:
        textured: Blocks of the reference that have edges, of 48.
        lost: Share of those whose edges are gone or different.
        energy: Gradient energy left in the lost blocks, relative to the reference, exposure taken out.
        kept_gain: Brightness of the kept blocks over that of the reference; 1 where none are kept.
        sharpness: Fine detail (Laplacian) over that of the reference, exposure taken out.
        edges: Gradient magnitude over that of the reference, exposure taken out.
        coarse: Correlation of both pictures at 20x12 pixels, -1..1.
        contrast: How strongly the usual picture shows in the present one at 20x12 pixels, exposure taken out: 1 as
            usual, 0 when nothing of it is left.
    """

    textured: int
    lost: float
    energy: float
    kept_gain: float
    sharpness: float
    edges: float
    coarse: float
    contrast: float


class UsualScene:
    """The slow mean of a camera's picture, and what the present looks like against it.

    Gradients are compared, not brightness: a cloud, dusk or a lamp scales them, a cover replaces them.
    Works on 160x90 pixels in 8x6 blocks. Remembers one scene: make one per camera.
    """

    def __init__(self) -> None:
        self._now: Floats = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        self._usual: Floats = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
        self._window: Floats = np.asarray(cv2.createHanningWindow((WIDTH_PX, HEIGHT_PX), cv2.CV_32F), np.float32)
        self._begun_s: float | None = None
        self._seen_s = 0.0

    def age_s(self, t_s: float) -> float:
        """Return for how long the scene has been learned."""
        return 0.0 if self._begun_s is None else t_s - self._begun_s

    def see(self, half: Small, t_s: float, *, follow_s: float) -> None:
        """Take in a picture.

        Args:
            half: uint8, (90, 160).
            t_s: Its time.
            follow_s: Time constant with which the reference moves towards it; infinity holds it.
        """
        if self._begun_s is None:
            self._now[:] = half
            self._usual[:] = half
            self._begun_s = self._seen_s = t_s
            return
        passed_s = t_s - self._seen_s
        self._seen_s = t_s
        cv2.accumulateWeighted(half, self._now, 1.0 - math.exp(-passed_s / NOW_S))
        # A young reference is a plain mean of all it saw, so that a passer-by at the start fades soon.
        constant_s = follow_s if follow_s > REFERENCE_S else min(follow_s, max(self.age_s(t_s), NOW_S))
        if not math.isinf(constant_s):
            cv2.accumulateWeighted(self._now, self._usual, 1.0 - math.exp(-passed_s / constant_s))

    def adopt(self) -> None:
        """Take the present as the usual scene, as after the camera was turned on purpose."""
        np.copyto(self._usual, self._now)

    def compare(self) -> Comparison:
        """Return how the present differs from the usual."""
        now, usual = _Edges(self._now), _Edges(self._usual)
        textured = usual.energy > TEXTURE_LEAST
        count = int(np.count_nonzero(textured))
        gains = (_blocks(self._now) + np.float32(2.0)) / (_blocks(self._usual) + np.float32(2.0))
        gain = max(float(np.median(gains)), 0.05)
        lost = textured & _lost(now, usual, gain)
        kept = textured & ~lost
        scale = 1.0 / gain
        coarse, slope = _coarse(self._now, self._usual)
        return Comparison(
            textured=count,
            lost=float(np.count_nonzero(lost)) / max(count, 1),
            energy=_share(now.energy, usual.energy, lost) * scale**2,
            kept_gain=float(np.median(gains[kept])) if kept.any() else 1.0,
            sharpness=_fine(self._now) / max(_fine(self._usual), 1e-3) * scale,
            edges=math.sqrt(_share(now.energy, usual.energy, textured)) * scale,
            coarse=coarse,
            contrast=slope * scale,
        )

    def moved(self) -> bool:
        """Tell whether the usual scene reappears when the picture is shifted.

        Phase correlation of gradient magnitudes (Kuglin and Hines 1975); dear, so only asked when much is lost.
        """
        now, usual = _Edges(self._now), _Edges(self._usual)
        (dx, dy), _response = cv2.phaseCorrelate(usual.magnitude(), now.magnitude(), self._window)
        if math.hypot(dx, dy) < SHIFT_LEAST_PX:
            return False
        back = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        shifted = np.asarray(cv2.warpAffine(self._now, back, (WIDTH_PX, HEIGHT_PX), borderMode=cv2.BORDER_REPLICATE))
        before, after = _correlation(now, usual), _correlation(_Edges(np.asarray(shifted, np.float32)), usual)
        textured = usual.energy > TEXTURE_LEAST
        if not textured.any():
            return False
        rise = float(np.median(after[textured])) - float(np.median(before[textured]))
        return rise > SHIFT_GAIN and float(np.median(after[textured])) > CORRELATION_LOST


class _Edges:
    """Gradients of one picture, and their energy by block."""

    def __init__(self, picture: Floats) -> None:
        self.across = np.asarray(cv2.Sobel(picture, cv2.CV_32F, 1, 0), np.float32)
        self.down = np.asarray(cv2.Sobel(picture, cv2.CV_32F, 0, 1), np.float32)
        self.energy = _blocks(self.across * self.across + self.down * self.down)

    def magnitude(self) -> Floats:
        return np.asarray(cv2.magnitude(self.across, self.down), np.float32)


def _blocks(values: Floats) -> Floats:
    """Return the mean over each of the 6 rows by 8 columns of blocks."""
    return np.asarray(cv2.resize(values, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.float32)


def _correlation(now: _Edges, usual: _Edges) -> Floats:
    """Return by block how alike the gradients are, -1..1, whatever their strength."""
    common = _blocks(now.across * usual.across + now.down * usual.down)
    return np.asarray(common / (np.sqrt(now.energy * usual.energy) + np.float32(1.0)), np.float32)


def _lost(now: _Edges, usual: _Edges, gain: float) -> npt.NDArray[np.bool_]:
    weak = now.energy < np.float32(ENERGY_LOST * gain * gain) * usual.energy
    return (_correlation(now, usual) < CORRELATION_LOST) | weak


def _share(now: Floats, usual: Floats, chosen: npt.NDArray[np.bool_]) -> float:
    return float(now[chosen].sum()) / max(float(usual[chosen].sum()), 1e-6)


def _fine(picture: Floats) -> float:
    return float(np.abs(np.asarray(cv2.Laplacian(picture, cv2.CV_32F))).mean())


def _coarse(now: Floats, usual: Floats) -> tuple[float, float]:
    """Return correlation, and slope of the line that predicts the present from the usual (least squares)."""
    a = np.asarray(cv2.resize(now, COARSE_PX, interpolation=cv2.INTER_AREA), np.float64)
    b = np.asarray(cv2.resize(usual, COARSE_PX, interpolation=cv2.INTER_AREA), np.float64)
    a, b = a - a.mean(), b - b.mean()
    common, present, known = float((a * b).sum()), float((a * a).sum()), float((b * b).sum())
    if present <= 0 or known <= 0:
        return 0.0, 0.0
    return common / math.sqrt(present * known), common / known
