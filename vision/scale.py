"""How large people stand in a picture: what the cap on exported detail and the guard against still people go by."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from configs.cameras import Camera
from vision.detector import Person

PERSON_M = 1.6
"""Height of the person that scales are told in; rather short, so that pixels per metre err upwards."""

HORIZON_SHARE = 0.08
"""People shrink to nothing this far above the picture's upper edge: a camera that looks down, as CCTV does."""

ASSUMED_LEAST, ASSUMED_MOST = 0.2, 0.5
"""Height of a person over (foot + horizon), in shares of the picture's height, while nothing is known. CCTV over
streets and squares lies about 0.35; the bounds are a wide view from a mast and a camera over a door. A closer camera
shows people so large that networks and movement hardly miss them."""

Doubles = npt.NDArray[np.float64]

SCALES: Doubles = np.geomspace(0.1, 1.0, 40)
"""Candidates for that number, 6 % apart."""

ENOUGH_PEOPLE = 30
"""Boxes of people from which the camera's own scale is believed."""
MEMORY_PEOPLE = 2000.0
"""Beyond so many the old fade, so that a camera turned elsewhere is learned again."""
SURE_SCORE = 0.5
UPRIGHT_LEAST = 1.5
"""Height over width in the picture of a whole standing person; less is somebody sitting or cut off."""
EDGE = 0.01
LOW_SHARE, HIGH_SHARE = 0.05, 0.95
MARGIN = 1.1
"""Beyond the 5th and 95th percentile: children and the tall."""

MARKED_DOUBT, GROUND_DOUBT = 1.2, 1.35
"""How far people may stand from what marks say: two people marked by hand; or ground measured by steps, from which
heights follow only as the camera looks straight ahead."""
TWO = 2


class BodyScale(Protocol):
    """Tells how tall a standing person appears, by where the feet are.

    Feet and heights are shares of the picture's height, feet downwards from its upper edge: float64, (n,).
    """

    def least(self, feet: Doubles) -> Doubles:
        """Return the smallest heights to reckon with."""
        ...

    def most(self, feet: Doubles) -> Doubles:
        """Return the largest heights to reckon with."""
        ...


class LearnedScale:
    """A scale learned from the boxes a network finds; wide bounds until it found enough of them.

    One number describes a camera that looks down from a mast: height over (foot + horizon).
    """

    def __init__(self) -> None:
        self._counts: Doubles = np.zeros(SCALES.size)

    def learn(self, people: Sequence[Person], aspect: float) -> None:
        """Take in what one picture shows.

        Args:
            people: What the network found; unsure, cut off and sitting ones are left out.
            aspect: Width over height of the picture.
        """
        for person in people:
            box = person.box
            foot = box.y + box.height
            upright = box.height >= UPRIGHT_LEAST * box.width * aspect
            if person.score < SURE_SCORE or box.y < EDGE or foot > 1 - EDGE or not upright:
                continue
            nearest = np.searchsorted(SCALES, box.height / (foot + HORIZON_SHARE))
            self._counts[min(int(nearest), SCALES.size - 1)] += 1
        self._counts *= min(MEMORY_PEOPLE / max(float(self._counts.sum()), 1.0), 1.0)

    def least(self, feet: Doubles) -> Doubles:
        """Return the smallest heights to reckon with."""
        return self._quantile(LOW_SHARE, ASSUMED_LEAST, 1 / MARGIN) * np.maximum(feet + HORIZON_SHARE, 0.0)

    def most(self, feet: Doubles) -> Doubles:
        """Return the largest heights to reckon with."""
        return self._quantile(HIGH_SHARE, ASSUMED_MOST, MARGIN) * np.maximum(feet + HORIZON_SHARE, 0.0)

    def _quantile(self, share: float, assumed: float, margin: float) -> float:
        total = np.cumsum(self._counts)
        if total[-1] < ENOUGH_PEOPLE:
            return assumed
        return float(SCALES[np.searchsorted(total, share * total[-1])]) * margin


class KnownScale:
    """A scale that follows from what an operator marked: height grows in a straight line with the feet."""

    def __init__(self, growth: float, horizon: float, doubt: float) -> None:
        """Take the line and how far people may stand from it.

        Args:
            growth: Height over (foot - horizon).
            horizon: Where people shrink to nothing, in shares of the picture's height from its upper edge.
            doubt: Factor in both directions.
        """
        self._growth, self._horizon, self._doubt = growth, horizon, doubt

    def least(self, feet: Doubles) -> Doubles:
        """Return the smallest heights to reckon with."""
        return self._growth / self._doubt * np.maximum(feet - self._horizon, 0.0)

    def most(self, feet: Doubles) -> Doubles:
        """Return the largest heights to reckon with."""
        return self._growth * self._doubt * np.maximum(feet - self._horizon, 0.0)


def known_scale(camera: Camera, aspect: float) -> KnownScale | None:
    """Return what a camera's settings say of its scale: by two marked people, else by its ground; None without either.

    Args:
        camera: Its settings.
        aspect: Width over height of its picture.
    """
    if len(camera.people) == TWO:
        (far, far_height), (near, near_height) = sorted(
            (mark.feet[1], mark.feet[1] - mark.head[1]) for mark in camera.people
        )
        return _line(far, far_height, near, near_height, MARKED_DOUBT)
    if camera.homography is None:
        return None
    at = np.array([mark.at for mark in camera.homography], np.float32)
    metres = np.array([mark.metres for mark in camera.homography], np.float32)
    low, high = float(at[:, 1].max()), float(at[:, 1].min())
    to_ground = cv2.getPerspectiveTransform(at, metres)
    heights = [PERSON_M * aspect / _width_m(to_ground, float(at[:, 0].mean()), foot) for foot in (high, low)]
    return _line(high, heights[0], low, heights[1], GROUND_DOUBT)


def _width_m(to_ground: "cv2.typing.MatLike", x: float, y: float) -> float:
    """Return how many metres of ground a whole width of the picture spans at a place."""
    step = 0.01
    places = np.array([[[x - step, y], [x + step, y]]], np.float64)
    left, right = cv2.perspectiveTransform(places, to_ground)[0]
    return float(np.hypot(*(right - left))) / (2 * step)


def _line(far: float, far_height: float, near: float, near_height: float, doubt: float) -> KnownScale | None:
    """Return the straight line through two heights, None where they are none that people show."""
    if not (far < near and 0.0 < far_height < near_height < np.inf):
        return None
    growth = (near_height - far_height) / (near - far)
    return KnownScale(growth, far - far_height / growth, doubt)
