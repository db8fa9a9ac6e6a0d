"""How large things look where: pixels for a metre, and a standing person's height, over one camera's picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from configs.cameras import Camera
from events.geometry import Box

PERSON_M = 1.6
"""A standing adult in Indonesia, men and women together (NCD-RisC 2020: 1.66 m and 1.54 m)."""
HORIZON_SHARE = 0.08
"""Where neither marks nor ground tell, people shrink to nothing this far above the picture: CCTV looks down."""
LEAST_SEEN = 8
"""From so many people on, what is seen of them says how large people look."""
EDGE_SHARE = 0.01
"""Whoever is nearer to an edge than this may be cut off by it."""
_STEP = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What is known of sizes in a picture.

    Attributes:
        how: From what: `ground`, `marks`, `people seen`.
        width_px: Width of the picture.
        height_px: Its height.
        horizon: Row where a person has no height, share of the height.
        growth: Height of a person over (feet - horizon), both in shares.
        ground: Takes shares to metres, (3, 3); None without marked ground.
    """

    how: str
    width_px: int
    height_px: int
    horizon: float
    growth: float
    ground: "npt.NDArray[np.float64] | None" = None

    def person_share(self, feet_y: float) -> float:
        """Return how tall a person looks whose feet stand in a row, as share of the picture's height."""
        return max(self.growth * (feet_y - self.horizon), 0.0)

    def px_per_m(self, x: float, y: float) -> float:
        """Return pixels across for a metre that stands, or lies across, where a place on the ground is seen."""
        if self.ground is not None:
            here, beside = (self._metres(x + dx, y) for dx in (-_STEP, _STEP))
            apart_m = math.dist(here, beside)
            return 2 * _STEP * self.width_px / apart_m if apart_m > 0 else 0.0
        return self.person_share(y) * self.height_px / PERSON_M

    def area_m2(self, points: Sequence[tuple[float, float]]) -> float | None:
        """Return the ground under an outline in square metres, None without marked ground."""
        if self.ground is None:
            return None
        corners = [self._metres(x, y) for x, y in points]
        pairs = zip(corners, corners[1:] + corners[:1], strict=True)
        return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2

    def _metres(self, x: float, y: float) -> tuple[float, float]:
        if self.ground is None:
            raise ValueError("no ground was marked")
        east, north, depth = (self.ground @ np.array([x, y, 1.0])).tolist()
        return east / depth, north / depth


def scale_of(camera: Camera, people: Sequence[Box], *, width_px: int, height_px: int) -> Scale | None:
    """Return what marks, ground or people say of sizes, None where nothing does.

    Args:
        camera: Its marks and ground.
        people: Boxes of people that were seen in it.
        width_px: Width of its picture.
        height_px: Its height.
    """
    ground = _ground(camera)
    marks = sorted((mark.feet[1], mark.feet[1] - mark.head[1]) for mark in camera.people)
    if len(marks) > 1 and marks[0][0] < marks[1][0] and marks[0][1] < marks[1][1]:
        (far_y, far), (near_y, near) = marks
        growth = (near - far) / (near_y - far_y)
        how, horizon = "marks", far_y - far / growth
    elif ground is not None:
        how, horizon, growth = "ground", *_standing_on(ground, width_px, height_px)
    elif marks:
        how, horizon, growth = "marks", -HORIZON_SHARE, marks[0][1] / (marks[0][0] + HORIZON_SHARE)
    else:
        whole = [box for box in people if box.y > EDGE_SHARE and box.y + box.height < 1 - EDGE_SHARE]
        if len(whole) < LEAST_SEEN:
            return None
        ratios = [box.height / (box.y + box.height + HORIZON_SHARE) for box in whole]
        how, horizon, growth = "people seen", -HORIZON_SHARE, float(np.median(ratios))
    return Scale(how=how, width_px=width_px, height_px=height_px, horizon=horizon, growth=growth, ground=ground)


def _ground(camera: Camera) -> "npt.NDArray[np.float64] | None":
    if camera.homography is None:
        return None
    seen = np.array([mark.at for mark in camera.homography], np.float32)
    metres = np.array([mark.metres for mark in camera.homography], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(seen, metres), np.float64)


def _standing_on(ground: "npt.NDArray[np.float64]", width_px: int, height_px: int) -> tuple[float, float]:
    """Return horizon and growth of people who stand on the ground: as tall as a metre across tells at two rows."""
    scale = Scale(how="", width_px=width_px, height_px=height_px, horizon=0.0, growth=0.0, ground=ground)
    low, high = 0.95, 0.75
    near, far = (PERSON_M * scale.px_per_m(0.5, row) / height_px for row in (low, high))
    growth = (near - far) / (low - high)
    # Straight down everybody looks alike wherever they stand.
    return (low - near / growth, growth) if growth > 1e-6 else (-1e6, near / (low + 1e6))  # noqa: PLR2004 - a rounding
