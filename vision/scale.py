"""How large people stand in a picture: what the cap on exported detail and the guard against still people go by."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

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
