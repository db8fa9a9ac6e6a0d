"""Compares what a camera shows with what it usually shows, block by block."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vision.blocks import BLOCKS, COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, BlockMeans, Flags, Floats, widened
from vision.detector import Small

NOW_S = 1.0
"""The present is a mean over this time constant: noise, rain and quick passers-by fade."""
USUAL_S = 120.0
"""Time constant with which the usual view follows the day. Paint that builds up over a minute must still be a change,
and dusk, which takes half an hour, must not."""
LOST_USUAL_S = 900.0
"""The same for blocks that look different just now: a car parked for a quarter of an hour becomes usual."""
REDRAW_S = 4.0
"""The usual view is touched no more often than this, once it is older than its time constant."""
YOUNG_S = 20.0
"""So young a view follows everywhere: whoever stood there when it began must fade from it."""

TEXTURE_LEAST = 25.0
"""Mean squared Sobel gradient from which a block has edges to lose: a faint edge across it, 5 grey levels high."""
CORRELATION_LOST = 0.35
SLOPE_LOST = 0.25
"""A block that shows less than a quarter of its usual contrast has lost it."""
SAME_PLACES = 0.4
"""Edges at the same places, whatever their direction: correlation of gradient magnitudes. Infrared light turns
bright leaves on dark walls into the reverse, but leaves them where they are."""
NEW_LIGHT_SPREAD = 0.2
"""Only where light fell differently, which shows as brightness that changed here more than there (natural log)."""
FLAT_SHARE = 0.25
"""A block with less gradient energy than this share of its usual is flat: cloth, paint, a hand close by."""
SHARP_SLOPE = 0.85
SOBEL_NOISE = 24.0
"""Gradient energy of noise of variance 1: the sum of squares of both 3x3 Sobel kernels."""
LAPLACIAN_NOISE = 20.0
"""Energy of the Laplacian of such noise: the sum of squares of its kernel."""
BLACK = np.float32(2.0)
"""Grey levels added before brightness is divided, so that black neither divides by zero nor shouts."""

_CENTRE, _LOW, _HIGH = 0.5, 0.25, 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a picture differs from the usual view; figures without unit.

    Attributes:
        textured: Blocks of the usual view that have edges, bool, (6, 8).
        lost: Those whose edges are gone or others now.
        flat: Those of the lost in which hardly any edges are left.
        kept_share: Share of the textured blocks that are not lost; 1 where none is textured.
        kept_gain: Brightness of the kept blocks over usual, as natural logarithm, median; 0 where none are kept.
        lost_gain: The same of the lost blocks.
        gain_spread: How differently the brightness of kept blocks changed: the distance of its quartiles.
        fine: How strongly the usual picture's finest detail (Laplacian) shows in the present: 1 as usual, 0 not at all.
        contrast: The same for the means of the blocks.
        coarse: Correlation of the means of the blocks, -1..1.
        gain: Brightness over usual, median of the blocks.
        spread: How differently the brightness of all blocks changed: the distance of the quartiles of its logarithm.
        sharp: Share of textured blocks whose edges stand out as much as exposure lets them.
        liveliness: Gradient energy over usual, noise taken out.
        crispness: Fine detail of whatever is there over usual, noise taken out.
    """

    textured: Flags
    lost: Flags
    flat: Flags
    kept_share: float
    kept_gain: float
    lost_gain: float
    gain_spread: float
    fine: float
    contrast: float
    coarse: float
    gain: float
    spread: float
    sharp: float
    liveliness: float
    crispness: float

    @property
    def exposure(self) -> float:
        """How strongly anything usual can show: lamps and clouds change brightness and contrast differently."""
        return min(max(self.contrast, 0.0), self.gain)

    @property
    def number(self) -> int:
        """Number of textured blocks, of 48."""
        return int(np.count_nonzero(self.textured))


class UsualScene:
    """The slow mean of a camera's picture, and what the present looks like against it.

    Gradients are compared, not brightness: a cloud, dusk or a lamp scales them, a cover replaces them. The present is
    projected onto the usual view (least squares), so that noise, which does not resemble it, neither hides a fault nor
    looks like one. Works on 160x90 pixels in 8x6 blocks. Remembers one scene: make one per camera.
    """

    def __init__(self) -> None:
        shape = (HEIGHT_PX, WIDTH_PX)
        self._now: Floats = np.zeros(shape, np.float32)
        self._usual: Floats = np.zeros(shape, np.float32)
        self._across, self._down, self._laplacian = (np.zeros(shape, np.float32) for _ in range(3))
        self._usual_across, self._usual_down, self._usual_laplacian = (np.zeros(shape, np.float32) for _ in range(3))
        self._magnitude: Floats = np.zeros(shape, np.float32)
        self._planes: Floats = np.zeros((3, *shape), np.float32)
        self._scratch: Floats = np.zeros(shape, np.float32)
        self._pixels: Small = np.zeros(shape, np.uint8)
        self._means = BlockMeans(3)
        self._usual_means: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._usual_energy: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._usual_magnitude: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._textured: Flags = np.zeros((ROWS, COLUMNS), np.bool_)
        self._fine_energy = 1.0
        self._begun_s: float | None = None
        self._seen_s = self._followed_s = 0.0
        self._noise_left = 1.0

    @property
    def begun(self) -> bool:
        """Whether there is a usual view, however young."""
        return self._begun_s is not None

    @property
    def now(self) -> Floats:
        """The present, float32, (90, 160)."""
        return self._now

    @property
    def usual(self) -> Floats:
        """The usual view, float32, (90, 160)."""
        return self._usual

    @property
    def brightness(self) -> float:
        """Mean brightness of the usual view in grey levels."""
        return float(self._usual_means.mean())

    def age_s(self, t_s: float) -> float:
        """Return for how long the scene has been learned."""
        return 0.0 if self._begun_s is None else t_s - self._begun_s

    def begin(self, half: Small, t_s: float, *, usual: Small | None = None) -> None:
        """Start anew with a picture.

        Args:
            half: uint8, (90, 160).
            t_s: Its time.
            usual: The usual view where it is known, uint8, (90, 160); None to learn it.
        """
        np.copyto(self._now, half, casting="unsafe")
        np.copyto(self._usual, half if usual is None else usual, casting="unsafe")
        # A view that is known is as good as an old one.
        self._begun_s = t_s if usual is None else t_s - USUAL_S
        self._seen_s = self._followed_s = t_s
        self._noise_left = 1.0
        self._redraw()

    def see(self, half: Small, t_s: float) -> None:
        """Take in a picture: uint8, (90, 160)."""
        weight = 1.0 - math.exp(-(t_s - self._seen_s) / NOW_S)
        self._seen_s = t_s
        cv2.accumulateWeighted(half, self._now, weight)
        self._noise_left = weight**2 + (1.0 - weight) ** 2 * self._noise_left

    def follow(self, t_s: float, lost: Flags) -> None:
        """Move the usual view towards the present, hardly where it looks different."""
        age_s, passed_s = self.age_s(t_s), t_s - self._followed_s
        # A young view is a plain mean of all it saw, so that a passer-by at the start fades soon.
        constant_s = min(USUAL_S, max(age_s, NOW_S))
        if passed_s < REDRAW_S * constant_s / USUAL_S:
            return
        self._followed_s = t_s
        weight = 1.0 - math.exp(-passed_s / constant_s)
        if age_s < YOUNG_S or not lost.any():
            cv2.accumulateWeighted(self._now, self._usual, weight)
        else:
            widened(~lost, self._pixels)
            cv2.accumulateWeighted(self._now, self._usual, weight, mask=self._pixels)
            widened(lost, self._pixels)
            weight = 1.0 - math.exp(-passed_s / LOST_USUAL_S)
            cv2.accumulateWeighted(self._now, self._usual, weight, mask=self._pixels)
        self._redraw()

    def hold(self, t_s: float) -> None:
        """Leave the usual view as it is while a fault is suspected."""
        self._followed_s = t_s

    def adopt(self) -> None:
        """Take the present as the usual scene, as after the light was switched."""
        np.copyto(self._usual, self._now)
        self._redraw()

    def compare(self, noise: float) -> Comparison:
        """Return how the present differs from the usual.

        Args:
            noise: Standard deviation of the picture's noise in grey levels.
        """
        energy_noise = SOBEL_NOISE * noise**2 * self._noise_left
        _gradients(self._now, self._across, self._down, self._planes[0], self._scratch)
        np.multiply(self._across, self._usual_across, out=self._planes[1])
        np.multiply(self._down, self._usual_down, out=self._scratch)
        np.add(self._planes[1], self._scratch, out=self._planes[1])
        np.copyto(self._planes[2], self._now)
        raw, common, means = self._means.of(self._planes)
        energy = np.maximum(raw - np.float32(energy_noise), raw * np.float32(0.1))
        gains = np.log((means + BLACK) / (self._usual_means + BLACK))
        slope = common / np.maximum(self._usual_energy, np.float32(1.0))
        correlation = common / np.sqrt(self._usual_energy * energy + np.float32(1.0))
        weak = slope < np.float32(SLOPE_LOST) * np.exp(np.minimum(gains, np.float32(0.0)))
        lost = self._textured & ((correlation < CORRELATION_LOST) | weak)
        low, middle, high = _quartiles(gains.ravel())
        coarse, contrast = _line(means, self._usual_means)
        if lost.any() and high - low > NEW_LIGHT_SPREAD:
            lost &= weak | (self._same_places(raw) < SAME_PLACES)
        kept = self._textured & ~lost
        number = int(np.count_nonzero(self._textured))
        kept_low, kept_gain, kept_high = _quartiles(gains[kept])
        fine, crispness = self._detail(noise)
        gain = math.exp(middle)
        sharp = np.count_nonzero(slope[self._textured] > SHARP_SLOPE * min(max(contrast, 0.0), gain))
        return Comparison(
            textured=self._textured,
            lost=lost,
            flat=lost & (energy < np.float32(FLAT_SHARE) * self._usual_energy),
            kept_share=1.0 - np.count_nonzero(lost) / number if number else 1.0,
            kept_gain=kept_gain,
            lost_gain=_quartiles(gains[lost])[1],
            gain_spread=kept_high - kept_low,
            fine=fine,
            contrast=contrast,
            coarse=coarse,
            gain=gain,
            spread=high - low,
            sharp=sharp / max(number, 1),
            liveliness=float(energy.sum()) / max(float(self._usual_energy.sum()), 1.0),
            crispness=crispness,
        )

    def _detail(self, noise: float) -> tuple[float, float]:
        """Return how strongly the usual fine detail shows, and how much fine detail of any kind there is."""
        cv2.Laplacian(self._now, cv2.CV_32F, dst=self._laplacian)
        usual = float(np.vdot(self._laplacian, self._usual_laplacian)) / self._fine_energy
        noisy = LAPLACIAN_NOISE * noise**2 * self._noise_left * self._now.size
        energy = float(np.vdot(self._laplacian, self._laplacian)) - noisy
        return usual, math.sqrt(max(energy, 0.0) / self._fine_energy)

    def _same_places(self, energy: Floats) -> Floats:
        """Return by block the correlation of gradient magnitudes, -1..1: edges at the same places."""
        np.sqrt(self._planes[0], out=self._planes[0])
        np.multiply(self._planes[0], self._magnitude, out=self._planes[1])
        energy = energy.copy()
        means, common, _ = self._means.of(self._planes)
        spread = np.maximum(energy - means * means, np.float32(0.0))
        usual_spread = np.maximum(self._usual_energy - self._usual_magnitude**2, np.float32(0.0))
        return np.asarray(
            (common - means * self._usual_magnitude) / np.sqrt(spread * usual_spread + np.float32(1.0)), np.float32
        )

    def _redraw(self) -> None:
        """Measure the usual view anew after it moved."""
        _gradients(self._usual, self._usual_across, self._usual_down, self._planes[0], self._scratch)
        np.sqrt(self._planes[0], out=self._magnitude)
        np.copyto(self._planes[1], self._magnitude)
        np.copyto(self._planes[2], self._usual)
        energy, magnitude, means = self._means.of(self._planes)
        np.copyto(self._usual_energy, energy)
        np.copyto(self._usual_magnitude, magnitude)
        np.copyto(self._usual_means, means)
        np.greater(energy, TEXTURE_LEAST, out=self._textured)
        cv2.Laplacian(self._usual, cv2.CV_32F, dst=self._usual_laplacian)
        self._fine_energy = max(float(np.vdot(self._usual_laplacian, self._usual_laplacian)), 1.0)


def _gradients(picture: Floats, across: Floats, down: Floats, energy: Floats, scratch: Floats) -> None:
    """Write Sobel gradients and their squared magnitude."""
    cv2.Sobel(picture, cv2.CV_32F, 1, 0, dst=across)
    cv2.Sobel(picture, cv2.CV_32F, 0, 1, dst=down)
    np.multiply(across, across, out=energy)
    np.multiply(down, down, out=scratch)
    np.add(energy, scratch, out=energy)


def _quartiles(values: Floats) -> tuple[float, float, float]:
    """Return quartiles and median; zeros of nothing. Sorting 48 values is far quicker than `numpy.percentile`."""
    if values.size == 0:
        return 0.0, 0.0, 0.0
    ordered = np.sort(values)
    last = values.size - 1
    return float(ordered[int(_LOW * last)]), float(ordered[int(_CENTRE * last)]), float(ordered[int(_HIGH * last)])


def _line(now: Floats, usual: Floats) -> tuple[float, float]:
    """Return correlation, and slope of the line that predicts the present from the usual (least squares)."""
    a = now - np.float32(now.sum() / BLOCKS)
    b = usual - np.float32(usual.sum() / BLOCKS)
    common, present, known = float(np.vdot(a, b)), float(np.vdot(a, a)), float(np.vdot(b, b))
    if present <= 0 or known <= 0:
        return 0.0, 0.0
    return common / math.sqrt(present * known), common / known
