"""Places that do not exist, and water that rises in them: pictures for the stress of the water detector.

Everything is drawn in the small picture's 320x180 pixels, since that is what the detector sees.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

Floats = npt.NDArray[np.float32]
Shape = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
_Y, _X = np.mgrid[0:SMALL_HEIGHT_PX, 0:SMALL_WIDTH_PX].astype(np.float32)


def texture(random: np.random.Generator, *, coarse: float, fine: float) -> Floats:
    """Return a field of two grains, mean 0: `coarse` over about 20 pixels, `fine` over two; deviations in levels."""
    wide = random.normal(0, coarse, (10, 17)).astype(np.float32)
    narrow = random.normal(0, fine * 1.6, (90, 160)).astype(np.float32)
    size = (SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    return np.asarray(cv2.resize(wide, size, interpolation=cv2.INTER_CUBIC) + cv2.resize(narrow, size), np.float32)


def street(seed: int) -> Floats:
    """Return a street: sky, houses with windows, a road with kerbs, patches and lines, posts and parked cars."""
    random = np.random.default_rng(seed)
    horizon = int(random.integers(45, 75))
    scene = np.full(Shape, 190.0, np.float32) - 0.3 * _Y
    ground = float(random.uniform(80, 150))
    scene[horizon:] = ground + texture(random, coarse=8, fine=random.uniform(4, 9))[horizon:]
    left = 0
    while left < SMALL_WIDTH_PX:
        width, top = int(random.integers(30, 80)), int(random.integers(8, horizon - 15))
        scene[top : horizon + 6, left : left + width] = random.uniform(70, 190)
        for x in range(left + 4, left + width - 6, 12):
            for y in range(top + 5, horizon - 4, 12):
                scene[y : y + 6, x : x + 6] = random.uniform(20, 60)
        left += width
    middle = float(random.uniform(100, 220))
    for side in (-1, 1):
        kerb = np.array([[middle + side * 12, horizon + 6], [middle + side * random.uniform(120, 260), 185]], np.int32)
        cv2.polylines(scene, [kerb], isClosed=False, color=(ground + 60,), thickness=2)
    for k in range(9):
        y = horizon + 8 + int((112 - 0.0) * (k / 9) ** 1.6)
        cv2.line(scene, (int(middle), y), (int(middle), y + 2 + k), (ground + 70,), 1 + k // 4)
    for _ in range(8):  # manholes, repairs, leaves
        centre = (int(random.integers(0, 320)), int(random.integers(horizon + 10, 180)))
        cv2.ellipse(scene, centre, (int(random.integers(4, 16)), 3), 0, 0, 360, (ground + random.uniform(-40, 40),), -1)
    for _ in range(3):
        x, y = int(random.integers(5, 300)), int(random.integers(horizon + 15, 140))
        scene[y - 14 : y, x : x + 26] = random.uniform(20, 220)
        scene[y - 10 : y - 6, x + 4 : x + 22] = random.uniform(20, 220)
    x = int(random.integers(20, 300))
    scene[20:150, x : x + 3] = 40
    return np.asarray(np.clip(scene, 16, 235), np.float32)


def bank(seed: int) -> Floats:
    """Return the far bank of a river: trees, a stone or grass slope, reeds and steps."""
    random = np.random.default_rng(seed)
    scene = np.full(Shape, 200.0, np.float32)
    scene[25:] = 85 + texture(random, coarse=14, fine=14)[25:]
    slope = int(random.integers(60, 80))
    scene[slope:] = random.uniform(90, 150) + texture(random, coarse=10, fine=random.uniform(5, 12))[slope:]
    for y in range(slope, 180, int(random.integers(9, 16))):
        cv2.line(scene, (0, y), (320, y + int(random.integers(-3, 4))), (60.0,), 1)
        for x in range(int(random.integers(0, 20)), 320, int(random.integers(14, 30))):
            cv2.line(scene, (x, y), (x, y + 8), (70.0,), 1)
    return np.asarray(np.clip(scene, 16, 235), np.float32)


@dataclass(frozen=True, kw_only=True)
class Water:
    """How the water looks.

    Attributes:
        level: Its brightness.
        ripple: Deviation of its ripples in grey levels.
        mirror: Share of the scene above that it mirrors.
        slope: How its edge leans, pixels of height over the width.
        ragged: How far the ground's unevenness bends the edge, in pixels.
    """

    level: float = 110.0
    ripple: float = 6.0
    mirror: float = 0.2
    slope: float = 0.0
    ragged: float = 2.0
    seed: int = 3


def flooded(scene: Floats, row: float, water: Water, t_s: float) -> Floats:
    """Return the scene with water from a row downwards; a row of 180 or more is dry."""
    if row >= SMALL_HEIGHT_PX + 10:
        return scene.copy()
    phase = water.seed * 1.7
    across = _X[0]
    edge = (
        row
        + water.slope * (across / 320 - 0.5)
        + water.ragged * (np.sin(across / 23 + phase) * 0.6 + np.sin(across / 7.3 + 2 * phase) * 0.4)
    )
    first = max(int(edge.min()) - 2, 0)
    if first >= SMALL_HEIGHT_PX:
        return scene.copy()
    x, y = _X[first:], _Y[first:]
    depth = y - edge[None, :]
    surface = np.full(y.shape, water.level, np.float32)
    if water.mirror:
        # Waves tilt the mirror, the more the nearer.
        wobble = np.sin(y * 0.9 + 2.1 * t_s + x / 9) * np.clip(depth, 0, 30) * 0.02 * water.ripple
        source = np.clip(2 * edge[None, :] - y + wobble, 0, SMALL_HEIGHT_PX - 1).astype(np.float32)
        image = cv2.remap(scene, x, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        surface = (1 - water.mirror) * surface + water.mirror * image
    near = 0.35 + np.clip(depth, 0, 120) / 60
    swell = 2 * np.sin(across / 31 + 0.7 * t_s + phase)[None, :]
    waves = np.sin(y / near * 0.9 + 2.3 * t_s + swell) + np.sin((y + 0.4 * x) / near * 0.45 - 1.7 * t_s + phase)
    cover = np.clip(depth / 1.5 + 0.5, 0, 1)
    out = scene.copy()
    out[first:] += cover * (surface + np.float32(water.ripple) * waves - scene[first:])
    return out


class Lens:
    """Turns a scene into what a camera gives: gain, noise, a shaken mast."""

    def __init__(self, seed: int, *, noise: float = 2.0) -> None:
        """Make a camera; the median of a second leaves about half of a picture's noise, which `noise` is already."""
        self._random = np.random.default_rng(seed)
        self._noise = self._random.normal(0, noise, (7, *Shape)).astype(np.float32)
        self._taken = 0

    def take(self, scene: Floats, *, gain: float = 1.0, shake_px: float = 0.0) -> Small:
        """Return the picture, uint8, (180, 320)."""
        if shake_px:
            dx, dy = self._random.normal(0, shake_px, 2)
            move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            size = (SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
            scene = np.asarray(cv2.warpAffine(scene, move, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
        self._taken += 1
        noise = np.roll(self._noise[self._taken % 7], int(self._random.integers(0, 300)), axis=1)
        return np.asarray(np.clip(scene * np.float32(gain) + noise, 0, 255), np.uint8)


def walkers(scene: Floats, t_s: float, seed: int, number: int, *, height: int = 28) -> Floats:
    """Return the scene with people who walk about, each in his own row and clothes."""
    out = scene.copy()
    for k in range(number):
        random = np.random.default_rng(seed * 100 + k)
        pace, start, feet = random.uniform(4, 14), random.uniform(0, 600), int(random.integers(95, 178))
        x = int((start + pace * t_s) % 420) - 40
        tall = max(int(height * feet / 150), 8)
        left, right = max(x, 0), max(min(x + tall // 3, 320), 0)
        out[max(feet - tall, 0) : feet, left:right] = random.uniform(15, 225)
        out[max(feet - tall // 2, 0) : feet, left:right] = random.uniform(15, 225)
    return out


def vehicles(scene: Floats, t_s: float, seed: int, *, every_s: float = 7.0) -> Floats:
    """Return the scene with cars and lorries that drive through from side to side."""
    out = scene.copy()
    for k in range(int(t_s // every_s) - 3, int(t_s // every_s) + 1):
        if k < 0:
            continue
        random = np.random.default_rng(seed * 1000 + k)
        speed, base = random.uniform(25, 70), int(random.integers(110, 178))
        size = int(random.integers(24, 44) * base / 140)
        x = int((t_s - k * every_s) * speed) - 2 * size
        left, right = max(x, 0), max(min(x + 2 * size, 320), 0)
        if right > left:
            out[base - size : base, left:right] = random.uniform(20, 230)
            out[base - int(size * 0.8) : base - int(size * 0.5), left:right] = random.uniform(20, 90)
    return out


def linear(start_s: float, end_s: float, first: float, last: float) -> Callable[[float], float]:
    """Return a value that goes from one to another between two moments and stays before and after."""
    return lambda t_s: float(np.interp(t_s, (start_s, end_s), (first, last)))


def staff(scene: Floats, x: int, top: int, bottom: int) -> Floats:
    """Return the scene with a gauge: a white board with ticks, and figures as blocks, between two rows."""
    out = scene.copy()
    out[top - 4 : bottom + 4, x - 5 : x + 6] = 215
    for k, y in enumerate(np.linspace(top, bottom, 21)):
        wide = 8 if k % 5 == 0 else 4
        out[round(y) : round(y) + 2, x - 4 : x - 4 + wide] = 30
        if k % 5 == 2:
            out[round(y) - 1 : round(y) + 3, x + 1 : x + 4] = 60
    return out


def soft_band(t_s: float, start_s: float, seconds: float, *, gain: float, soft_px: float) -> Floats:
    """Return the light of a cloud's shadow whose edge moves up through the whole picture."""
    edge = SMALL_HEIGHT_PX * (1.0 - (t_s - start_s) / seconds)
    return np.asarray(1.0 - (1.0 - gain) / (1.0 + np.exp(np.clip((edge - _Y) / soft_px, -40, 40))), np.float32)


def wet_ground(scene: Floats, share: float, seed: int) -> Floats:
    """Return the scene in rain: the ground darkens, and puddles that mirror the sky lie here and there."""
    random = np.random.default_rng(seed)
    out = scene.copy()
    out[80:] *= np.float32(1.0 - 0.35 * share)
    for _ in range(12):
        centre = (int(random.integers(0, 320)), int(random.integers(95, 178)))
        axes = (int(random.uniform(8, 30) * share) + 1, int(random.uniform(2, 6) * share) + 1)
        cv2.ellipse(out, centre, axes, 0, 0, 360, (float(random.uniform(120, 180)),), -1)
    return out


def day(t_s: float, period_s: float) -> float:
    """Return the light of a day that begins at noon: 1, a fifth by night."""
    return 0.6 + 0.4 * math.cos(2 * math.pi * t_s / period_s)
