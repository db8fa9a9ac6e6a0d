"""Light and weather over a staged scene: every factor a function of the second, so that a day can be replayed."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.staged.ground import SHAPE, Floats
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

DAY_S = 28_800
SORTS = ("steady", "clouds", "sun", "dusk", "dawn", "rain", "night")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What the sky does from a given second on, for `length_s`.

    Attributes:
        sort: One of `SORTS`.
        length_s: How long dusk, dawn, the sun's way, or the drying takes.
        seed: Chance.
    """

    sort: str
    length_s: float
    seed: int


class Sky:
    """Puts light, wet, rain and noise onto pictures."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        random = self._random = np.random.default_rng(weather.seed)
        self._noise = random.normal(0, 1, (17, *SHAPE)).astype(np.float32)
        # Clouds with edges, 0..1.
        self._cloud = np.asarray(1.0 / (1.0 + np.exp(-4.0 * self._field(random, (4, 8), wide=4))), np.float32)
        self._wet = 1.0 - 0.4 * np.clip(self._field(random, (7, 12), wide=1), 0, 1)
        self._sun_turn, self._sun_depth = random.uniform(-0.7, 0.7), random.uniform(0.4, 0.65)
        y, x = np.mgrid[0:SMALL_HEIGHT_PX, 0:SMALL_WIDTH_PX].astype(np.float32)
        self._along: Floats = x * math.cos(self._sun_turn) + y * math.sin(self._sun_turn)
        self._drift_px = random.uniform(2, 9)
        self._depth = random.uniform(0.35, 0.6)
        self._lamps = self._pools(random)
        self._leaves = self._field(random, (26, 44), wide=1)

    def over(self, picture: Floats, t_s: float) -> Small:
        """Return the picture as the camera gives it at a second; `picture` (float32, (180, 320)) is changed."""
        share = min(max(t_s / self._weather.length_s, 0.0), 1.0)
        spread = 1.6
        match self._weather.sort:
            case "clouds":
                picture *= self._clouds(t_s)
            case "sun":
                picture *= self._shadows(share)
            case "dusk" | "dawn" | "night":
                light = {"dusk": 1.0 - share, "dawn": share, "night": 0.0}[self._weather.sort]
                spread = self._evening(picture, light)
            case "rain":
                self._rain(picture, share)
                spread = 2.4
            case _:
                picture *= np.float32(1.0 + 0.05 * math.sin(t_s / 37.0))
        picture += self._noise[int(t_s) * 7 % len(self._noise)] * np.float32(spread)
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _clouds(self, t_s: float) -> Floats:
        offset = int(t_s * self._drift_px) % self._cloud.shape[1]
        shade = self._cloud.take(np.arange(offset, offset + SMALL_WIDTH_PX), axis=1, mode="wrap")
        return np.asarray(1.0 - self._depth * shade, np.float32)

    def _shadows(self, share: float) -> Floats:
        """A house's hard shadow that wanders over the place, and the dappled one of a tree behind its edge."""
        along = self._along
        edge = -40.0 + share * 420.0
        house = (along > edge) & (along < edge + 110)
        tree = (along > edge - 70) & (along < edge - 25) & (np.roll(self._leaves, int(share * 60), axis=1) > 0.1)
        shade = cv2.GaussianBlur((house | tree).astype(np.float32), (0, 0), 0.9)
        return np.asarray(1.0 - self._sun_depth * shade, np.float32)

    def _evening(self, picture: Floats, light: float) -> float:
        """Darken, light the lamps once it is dark enough, and return the spread of noise, which grows with gain."""
        lit = light < 0.35
        total = np.float32(0.12 + 0.88 * light)
        factor = self._lamps * 0.5 + total if lit else np.full(SHAPE, total, np.float32)
        # The camera exposes for the mean, and not so far that the lamps blind it.
        exposure = min(0.8 / float(factor.mean()), 1.25 / float(factor.max()))
        exposure = max(exposure, 1.0)
        picture *= factor * np.float32(exposure)
        return 1.6 + 3.5 * (1.0 - light)

    def _rain(self, picture: Floats, share: float) -> None:
        """Wet ground in the first tenth, streaks all the time, drying in the last third."""
        wet = min(share * 10.0, 1.0) * min((1.0 - share) * 3.0, 1.0)
        picture *= 1.0 - np.float32(wet) * (1.0 - self._wet)
        for _ in range(60):
            x, y = int(self._random.integers(0, SMALL_WIDTH_PX)), int(self._random.integers(0, SMALL_HEIGHT_PX))
            long = int(self._random.integers(5, 14))
            cv2.line(picture, (x, y), (x + long // 4, y + long), (min(float(picture[y, x]) + 60.0, 255.0),), 1)

    @staticmethod
    def _field(random: np.random.Generator, cells: tuple[int, int], *, wide: int) -> Floats:
        """Return smooth chance of spread one, (180, 320 * wide), that closes in itself sideways."""
        coarse = random.normal(0, 1, (cells[0], cells[1] * wide // 2)).astype(np.float32)
        coarse = np.concatenate([coarse, coarse[:, ::-1]], axis=1)
        field = cv2.resize(coarse, (SMALL_WIDTH_PX * wide, SMALL_HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        return np.asarray(field / field.std(), np.float32)

    @staticmethod
    def _pools(random: np.random.Generator) -> Floats:
        """Return the light of two or three street lamps, 0..1."""
        y, x = np.mgrid[0:SMALL_HEIGHT_PX, 0:SMALL_WIDTH_PX].astype(np.float32)
        pools = np.zeros(SHAPE, np.float32)
        for _ in range(int(random.integers(2, 4))):
            cx, cy, wide = random.uniform(20, 300), random.uniform(50, 160), random.uniform(40, 90)
            pools += np.exp(-((x - cx) ** 2 / wide**2 + (y - cy) ** 2 / (wide * 0.5) ** 2))
        return np.minimum(pools, np.float32(1.0))
