"""Footage for the stress of camera health: scenes we draw, of very different look, and clean clips where given."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.recorded import read_frames
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small
from vision.shrinker import Shrinker

SIZE = (SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
CANVAS_WIDTH, CANVAS_HEIGHT = 560, 340
NOISES = 11
STRAIGHT = np.array([[1, 0, 0], [0, 1, 0]], np.float64)
"""No displacement of the camera: rows of a 2x3 matrix from picture to picture."""

Matrix = npt.NDArray[np.float64]


class Footage(Protocol):
    """What a camera sees."""

    name: str
    noise: float

    def picture(self, t_s: float, aim: Matrix = STRAIGHT) -> Small:
        """Return the picture at a time without sensor noise; `aim` displaces the camera."""
        ...


def _cloud(random: np.random.Generator, slope: float, height: int = CANVAS_HEIGHT, width: int = CANVAS_WIDTH) -> Small:
    """Return 1/f noise, uint8: leaves, asphalt, walls."""
    across, down = np.meshgrid(np.fft.fftfreq(width), np.fft.fftfreq(height))
    spectrum = np.fft.fft2(random.normal(size=(height, width))) / np.maximum(np.hypot(across, down), 0.004) ** slope
    values = np.fft.ifft2(spectrum).real
    return np.asarray(np.clip(128 + 45 * values / values.std(), 0, 255), np.uint8)


def _street(random: np.random.Generator) -> Small:
    """Houses with windows, a road with markings, trees."""
    scene = np.full((CANVAS_HEIGHT, CANVAS_WIDTH), 190, np.uint8)
    x = 0
    while x < CANVAS_WIDTH:
        width, top = int(random.integers(50, 110)), int(random.integers(40, 130))
        level = int(random.integers(70, 170))
        cv2.rectangle(scene, (x, top), (x + width, 210), level, -1)
        for row in range(top + 8, 200, 22):
            for column in range(x + 6, x + width - 10, 18):
                cv2.rectangle(scene, (column, row), (column + 9, row + 12), int(random.integers(20, 230)), -1)
        x += width
    cv2.rectangle(scene, (0, 210), (CANVAS_WIDTH, CANVAS_HEIGHT), 100, -1)
    for x in range(0, CANVAS_WIDTH, 60):
        cv2.rectangle(scene, (x, 265), (x + 30, 269), 210, -1)
    for _ in range(7):
        centre = (int(random.integers(0, CANVAS_WIDTH)), int(random.integers(150, 240)))
        cv2.circle(scene, centre, int(random.integers(14, 34)), int(random.integers(30, 80)), -1)
    return cv2.addWeighted(scene, 0.8, _cloud(random, 1.0), 0.2, 0).astype(np.uint8)


def _plaza(random: np.random.Generator) -> Small:
    """Paving in perspective, benches, a wall behind."""
    scene = np.full((CANVAS_HEIGHT, CANVAS_WIDTH), 150, np.uint8)
    for k in range(1, 20):
        y = 120 + int(220 * (k / 19) ** 1.8)
        cv2.line(scene, (0, y), (CANVAS_WIDTH, y), 118, 1)
    for k in range(-30, 31):
        cv2.line(scene, (CANVAS_WIDTH // 2 + 9 * k, 120), (CANVAS_WIDTH // 2 + 60 * k, CANVAS_HEIGHT), 122, 1)
    scene[:120] = cv2.resize(random.integers(60, 200, (4, 14)).astype(np.uint8), (CANVAS_WIDTH, 120))
    for _ in range(9):
        x, y = int(random.integers(0, CANVAS_WIDTH - 60)), int(random.integers(130, CANVAS_HEIGHT - 30))
        cv2.rectangle(scene, (x, y), (x + int(random.integers(15, 60)), y + 14), int(random.integers(20, 90)), -1)
    return cv2.addWeighted(scene, 0.85, _cloud(random, 0.8), 0.15, 0).astype(np.uint8)


def _park(random: np.random.Generator) -> Small:
    """Leaves and grass alone."""
    scene = _cloud(random, 0.9)
    scene[CANVAS_HEIGHT // 2 :] = cv2.addWeighted(scene[CANVAS_HEIGHT // 2 :], 0.5, scene[CANVAS_HEIGHT // 2 :], 0, 50)
    for _ in range(6):
        x = int(random.integers(0, CANVAS_WIDTH))
        cv2.line(scene, (x, 0), (x + int(random.integers(-20, 20)), 230), 35, int(random.integers(4, 10)))
    return scene


def _corridor(random: np.random.Generator) -> Small:
    """Smooth walls, doors, a floor: few edges and little noise."""
    scene = np.tile(np.linspace(120, 200, CANVAS_WIDTH).astype(np.uint8), (CANVAS_HEIGHT, 1))
    for x in range(30, CANVAS_WIDTH, 105):
        cv2.rectangle(scene, (x, 80), (x + 45, 250), int(random.integers(50, 110)), -1)
        cv2.rectangle(scene, (x + 36, 165), (x + 41, 169), 230, -1)
        cv2.rectangle(scene, (x + 60, 110), (x + 85, 140), int(random.integers(90, 250)), -1)
    cv2.rectangle(scene, (0, 250), (CANVAS_WIDTH, CANVAS_HEIGHT), 90, -1)
    for x in range(0, CANVAS_WIDTH, 40):
        cv2.line(scene, (x, CANVAS_HEIGHT), (CANVAS_WIDTH // 2, 250), 70, 1)
    return scene


def _quay(random: np.random.Generator) -> Small:
    """Overcast sky, boats, water."""
    scene = np.full((CANVAS_HEIGHT, CANVAS_WIDTH), 225, np.uint8)
    scene[130:] = 95
    for _ in range(10):
        x, y = int(random.integers(0, CANVAS_WIDTH - 80)), int(random.integers(110, 190))
        cv2.rectangle(scene, (x, y), (x + int(random.integers(30, 90)), y + 22), int(random.integers(20, 240)), -1)
        cv2.line(scene, (x + 15, y), (x + 15, y - 70), 60, 2)
    for x in range(0, CANVAS_WIDTH, 26):
        cv2.rectangle(scene, (x, 285), (x + 13, CANVAS_HEIGHT), int(random.integers(110, 190)), -1)
    return cv2.addWeighted(scene, 0.9, _cloud(random, 1.0), 0.1, 0).astype(np.uint8)


def _night(random: np.random.Generator) -> Small:
    """The street under three lamps and some lit windows."""
    light = np.full((CANVAS_HEIGHT, CANVAS_WIDTH), 0.10, np.float32)
    down, across = np.mgrid[:CANVAS_HEIGHT, :CANVAS_WIDTH].astype(np.float32)
    for x in (150, 290, 430):
        light += 0.75 * np.exp(-(((across - x) / 70) ** 2 + ((down - 250) / 60) ** 2))
    scene = np.clip(_street(random) * light + 6, 0, 255)
    for _ in range(22):
        x, y = int(random.integers(0, CANVAS_WIDTH)), int(random.integers(50, 190))
        cv2.rectangle(scene, (x, y), (x + 8, y + 10), int(random.integers(80, 230)), -1)
    return np.asarray(scene, np.uint8)


def _haze(random: np.random.Generator) -> Small:
    """The street in haze: a third of the contrast."""
    return np.asarray(np.clip(0.35 * _street(random) + 110, 0, 255), np.uint8)


@dataclass(frozen=True, slots=True)
class _Walker:
    x: float
    y: float
    speed: float
    width: int
    height: int
    look: Small


class Drawn:
    """A scene we drew, with people and vehicles in it, leaves that wave, and water that ripples."""

    def __init__(
        self, name: str, draw: Callable[[np.random.Generator], Small], noise: float, seed: int, busy: int
    ) -> None:
        """Draw it: `busy` things move in it."""
        random = np.random.default_rng(seed)
        self.name, self.noise = name, noise
        self._scene = draw(random)
        self._ripples = name == "quay"
        self._waves = name == "park"
        self._walkers = [self._walker(random) for _ in range(busy)]
        self._down, self._across = np.mgrid[:CANVAS_HEIGHT, :CANVAS_WIDTH].astype(np.float32)

    def _walker(self, random: np.random.Generator) -> _Walker:
        vehicle = random.random() < 0.25
        height = int(random.integers(16, 34))
        width = int(height * (1.8 if vehicle else 0.4))
        level = int(random.integers(20, 80)) if self.name == "night" else int(random.integers(15, 240))
        look = np.clip(level + random.normal(0, 18, (height, width)), 0, 255).astype(np.uint8)
        speed = float(random.choice((-1, 1))) * (45.0 if vehicle else float(random.uniform(6, 14)))
        return _Walker(float(random.uniform(0, 560)), float(random.uniform(190, 285)), speed, width, height, look)

    def picture(self, t_s: float, aim: Matrix = STRAIGHT) -> Small:
        """Return the picture at a time without sensor noise."""
        scene = self._scene.copy()
        if self._waves:
            across = self._across + np.float32(1.5) * np.sin(np.float32(1.7 * t_s) + self._down / 19)
            waved = cv2.remap(scene, across, self._down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            scene = np.asarray(waved, np.uint8)
        if self._ripples:
            water = slice(200, 285)
            wave = 14 * np.sin(self._down[water] / 2.3 - 3 * t_s) * np.sin(self._across[water] / 17 + 2 * t_s)
            scene[water] = np.clip(scene[water] + wave, 0, 255)
        for walker in self._walkers:
            x = int((walker.x + walker.speed * t_s) % (CANVAS_WIDTH - walker.width))
            y = int(walker.y)
            scene[y : y + walker.height, x : x + walker.width] = walker.look
        offset = aim.copy()
        offset[:, 2] += aim[:, :2] @ (-(CANVAS_WIDTH - SMALL_WIDTH_PX) / 2, -(CANVAS_HEIGHT - SMALL_HEIGHT_PX) / 2)
        return cv2.warpAffine(scene, offset, SIZE, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8)


class Recorded:
    """A clean clip, played to and fro for as long as needed."""

    noise = 0.0

    def __init__(self, name: str, pictures: Sequence[Small]) -> None:
        """Play small pictures, five a second."""
        self.name = name
        self._pictures = pictures

    def picture(self, t_s: float, aim: Matrix = STRAIGHT) -> Small:
        """Return the picture at a time."""
        turn = 2 * len(self._pictures) - 2
        at = int(t_s * 5) % turn
        picture = self._pictures[min(at, turn - at)]
        if aim is STRAIGHT:
            return picture.copy()
        return cv2.warpAffine(picture, aim, SIZE, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8)


LOOKS: tuple[tuple[str, Callable[[np.random.Generator], Small], float, int], ...] = (
    ("street", _street, 2.0, 8),
    ("plaza", _plaza, 1.5, 14),
    ("park", _park, 2.0, 4),
    ("corridor", _corridor, 0.8, 2),
    ("quay", _quay, 2.0, 5),
    ("night", _night, 4.0, 5),
    ("haze", _haze, 2.0, 7),
)


def drawn_footage(seed: int = 0) -> list[Footage]:
    """Return one footage of each look."""
    return [Drawn(name, draw, noise, 31 * seed + i, busy) for i, (name, draw, noise, busy) in enumerate(LOOKS)]


def recorded_footage(folder: Path, least_s: float = 20.0) -> list[Footage]:
    """Return the clips of `folder/dev` whose truth names no fault, with at least so many seconds.

    Clips that are traps for other detectors are clean for this one, but for shake and darkness added to a clip.
    """
    found: list[Footage] = []
    for clip in sorted((folder / "dev").glob("*.mp4")):
        if clip.stem.startswith(("tam_", "trap_", "cmp_")):
            continue
        shrinker, cadence, pictures = Shrinker(), Cadence(5.0), list[Small]()
        started_at = datetime(2000, 1, 1, tzinfo=UTC)
        for frame in read_frames(clip, SourceId("stress"), started_at):
            if cadence.is_due((frame.taken_at - started_at).total_seconds()):
                pictures.append(shrinker.shrink(frame.luma).copy())
        if len(pictures) >= 5 * least_s:
            found.append(Recorded(clip.stem, pictures))
    return found


class Noise:
    """Sensor noise of some strength, from a few fields made once."""

    def __init__(self, sigma: float, seed: int = 3) -> None:
        """Make the fields: grey levels of standard deviation `sigma`."""
        random = np.random.default_rng(seed)
        fields = np.clip(
            random.normal(0, max(sigma, 1e-6), (NOISES, SMALL_HEIGHT_PX + 16, SMALL_WIDTH_PX + 16)), -120, 120
        )
        self._fields = np.rint(fields).astype(np.int16) if sigma >= 0.5 else fields.round().astype(np.int16)
        self._random = random

    def add(self, picture: Small) -> Small:
        """Return the picture with noise, never the same twice in practice."""
        field = self._fields[int(self._random.integers(NOISES))]
        y, x = self._random.integers(0, 16, 2)
        noisy = picture.astype(np.int16) + field[y : y + SMALL_HEIGHT_PX, x : x + SMALL_WIDTH_PX]
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def shifted(across_px: float, down_px: float) -> Matrix:
    """Return the aim of a camera pushed aside."""
    return np.array([[1, 0, across_px], [0, 1, down_px]], np.float64)


def turned(degrees: float, zoom: float = 1.0) -> Matrix:
    """Return the aim of a camera rolled about its axis, or zoomed."""
    return np.asarray(cv2.getRotationMatrix2D((SMALL_WIDTH_PX / 2, SMALL_HEIGHT_PX / 2), degrees, zoom), np.float64)


def swaying(t_s: float, size_px: float) -> Matrix:
    """Return the aim of a camera on a pole in the wind."""
    return shifted(size_px * math.sin(5.1 * t_s), 0.6 * size_px * math.sin(7.7 * t_s + 1))
