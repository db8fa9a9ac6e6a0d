"""Water in small pictures, for the tests of what watches it."""

from collections.abc import Callable

import cv2
import numpy as np

from vision.detector import Small

_Y, _X = np.mgrid[0:180, 0:320].astype(np.float32)
_BENDS = 2 * np.sin(_X[:1] / 31)

DRY = 180.0
"""A row below the picture: no water."""


def flooded(scene: Small, row: float, t_s: float = 0.0, *, level: float = 110.0, ripple: float = 5.0) -> Small:
    """Return the scene under rippled water from a row downwards."""
    first = max(int(row) - 1, 0)
    y, x, out = _Y[first:], _X[first:], scene.copy()
    waves = np.sin(0.9 * y + np.float32(2.3 * t_s) + _BENDS) + np.sin(0.4 * y + 0.15 * x - np.float32(1.7 * t_s))
    cover = np.clip(y - np.float32(row - 0.5), 0, 1)
    mixed = scene[first:] * (1 - cover) + (np.float32(level) + np.float32(ripple) * waves) * cover
    out[first:] = np.clip(mixed, 0, 255)
    return out


def staff(scene: Small, top: tuple[float, float], bottom: tuple[float, float]) -> Small:
    """Return the scene with a white board and its ticks between two places, in pixels; it may lean."""
    out = scene.copy()
    one, other = np.array(top), np.array(bottom)
    beyond = 4 * (other - one) / np.hypot(*(other - one))
    ends = [tuple(np.rint(place).astype(int).tolist()) for place in (one - beyond, other + beyond)]
    cv2.line(out, ends[0], ends[1], (215,), 11)
    for number in range(21):
        x, y = np.rint(one + (other - one) * number / 20).astype(int).tolist()
        wide = 8 if number % 5 == 0 else 4
        out[y : y + 2, x - 4 : x - 4 + wide] = 30
    return out


def linear(start_s: float, end_s: float, first: float, last: float) -> Callable[[float], float]:
    """Return a value that goes from one to another between two moments and stays before and after."""
    return lambda t_s: float(np.interp(t_s, (start_s, end_s), (first, last)))
