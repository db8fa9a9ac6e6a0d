"""What one case of the stress of camera health is, and covers that several use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.health_scenes import STRAIGHT, Footage, Matrix, Noise
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

BEGIN_S = 45.0
LASTS_S = 26.0
AFTER_S = 16.0

Look = Callable[[Small, float], Small]
"""Changes a picture; told how far the change is, 0..1."""
Aim = Callable[[float], Matrix]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run of one camera.

    Attributes:
        name: What happens.
        footage: Where.
        expected: Class that must be told, None where nothing must.
        ramp_s: How long the change takes.
        lasts_s: How long it stays.
        lens: What happens before the sensor: covers, blur, light.
        stream: What happens after it: freezing, damage.
        aim: Where the camera looks, by the share of the change.
        noise: Noise instead of the footage's own.
    """

    name: str
    footage: Footage
    expected: str | None
    ramp_s: float = 0.6
    lasts_s: float = LASTS_S
    lens: Look | None = None
    stream: Callable[[], Look] | None = None
    aim: Aim | None = None
    noise: float | None = None

    @property
    def until_s(self) -> float:
        """When the run ends."""
        return BEGIN_S + self.ramp_s + self.lasts_s + AFTER_S

    def show(self) -> Callable[[float], Small]:
        """Return what the camera delivers by time."""
        noise = Noise(self.footage.noise if self.noise is None else self.noise)
        stream = None if self.stream is None else self.stream()
        end_s = BEGIN_S + self.ramp_s + self.lasts_s

        def shown(t_s: float) -> Small:
            share = min((t_s - BEGIN_S) / self.ramp_s, 1.0) if BEGIN_S <= t_s < end_s else 0.0
            aim = STRAIGHT if self.aim is None or share <= 0 else self.aim(share)
            picture = self.footage.picture(t_s, aim)
            if self.lens is not None and share > 0:
                picture = self.lens(picture, share)
            picture = noise.add(picture)
            return picture if stream is None else stream(picture, share)

        return shown


class Turn:
    """Gives scenes in turn, so that every kind of case meets every look."""

    def __init__(self, scenes: Sequence[Footage]) -> None:
        """Begin with the second."""
        self.scenes = scenes
        self._number = 0

    def next(self) -> Footage:
        """Return the next scene."""
        self._number += 1
        return self.scenes[self._number % len(self.scenes)]


def cloth(level: int, seed: int = 1, *, texture: float = 4.0) -> Small:
    """Return a cloth close to the lens: soft folds."""
    random = np.random.default_rng(seed)
    folds = cv2.resize(
        random.normal(0, 1, (4, 6)).astype(np.float32), (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(np.clip(level + texture * folds, 0, 255), np.uint8)


def board(seed: int = 2) -> Small:
    """Return a board with print on it, in focus."""
    random = np.random.default_rng(seed)
    coarse = cv2.resize(
        random.integers(40, 210, (9, 16)).astype(np.uint8),
        (SMALL_WIDTH_PX, SMALL_HEIGHT_PX),
        interpolation=cv2.INTER_NEAREST,
    )
    fine = cv2.resize(random.integers(0, 90, (60, 107)).astype(np.uint8), (SMALL_WIDTH_PX, SMALL_HEIGHT_PX))
    return cv2.addWeighted(coarse, 0.8, fine, 0.5, 0).astype(np.uint8)
