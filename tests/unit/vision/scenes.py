"""Small pictures of a street that does not exist, for the tests of detectors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from vision.detector import Found, Mask, Person, Small, Vehicle, View

NOTHING: Mask = np.zeros((180, 320), np.uint8)


def street(seed: int = 1) -> Small:
    """Return a textured scene without anybody: uint8, (180, 320)."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 170, (12, 20)).astype(np.float32)
    fine = random.normal(0, 14, (90, 160)).astype(np.float32)
    scene = cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_CUBIC) + cv2.resize(fine, (320, 180))
    return np.asarray(np.clip(scene, 20, 235), np.uint8)


class Camera:
    """Gives pictures of a scene, with sensor noise that differs from picture to picture (and repeats after a dozen)."""

    def __init__(self, scene: Small, *, noise: float = 2.0, seed: int = 7) -> None:
        self.scene = scene
        self._noise = np.random.default_rng(seed).normal(0, noise, (13, 180, 320)).astype(np.float32)
        self._taken = 0

    def picture(
        self,
        things: Sequence[tuple[int, int, int, int, int]] = (),
        *,
        gain: float = 1.0,
        shift_px: tuple[int, int] = (0, 0),
    ) -> Small:
        """Return the scene with things in it: (x, y, width, height, brightness) each."""
        picture = self.scene.astype(np.float32)
        for x, y, width, height, level in things:
            picture[y : y + height, x : x + width] = level
        picture = np.roll(picture, shift_px, axis=(1, 0)) * np.float32(gain)
        self._taken += 1
        picture += self._noise[self._taken % len(self._noise)]
        return np.clip(picture, 0, 255).astype(np.uint8)


def heap(x: int, y: int, width: int, height: int, scene: Small, seed: int = 5) -> Small:
    """Return the scene with a heap of small things of all brightnesses."""
    random = np.random.default_rng(seed)
    bags = random.integers(10, 245, (max(height // 5, 1), max(width // 5, 1))).astype(np.uint8)
    piled = scene.copy()
    piled[y : y + height, x : x + width] = cv2.resize(bags, (width, height), interpolation=cv2.INTER_LINEAR)
    return piled


def view(
    t_s: float,
    small: Small,
    *,
    foreground: Mask = NOTHING,
    warm: bool = True,
    people: Sequence[Person] | None = None,
    vehicles: Sequence[Vehicle] = (),
    found: Found | None = None,
    second: Small | None = None,
) -> View:
    """Return a view of a 16:9 picture; without `people` and `found` there is no network."""
    if found is None and people is not None:
        found = Found(people=people, vehicles=vehicles)
    return View(
        t_s=t_s,
        small=small,
        foreground=foreground,
        warm=warm,
        second=second,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=t_s),
        width_px=640,
        height_px=360,
        found=lambda: found,
        colour=lambda: cv2.cvtColor(cv2.resize(small, (640, 360)), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False),
    )
