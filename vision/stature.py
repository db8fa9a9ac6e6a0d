"""How tall people look in one camera's picture, by how far down their feet stand."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from configs.cameras import Camera
from events.ground import Ground
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Person

Doubles = npt.NDArray[np.float64]

HORIZON_SHARE = 0.08
"""People shrink to nothing this far above the picture's upper edge: a camera that looks down, as CCTV does."""
USUAL_SCALE = 0.35
"""Height of a person over (foot + horizon), both in shares of the picture's height, before any was seen."""
USUAL_WEIGHT_PX = 450.0
"""The assumed scale weighs as much as about three people seen at middle distance."""
GROUND_WEIGHT_PX = 5000.0
"""A scale that follows from measured ground weighs as much as some thirty people."""
MEMORY_PX = 400_000.0
"""Beyond this much evidence the old fades, so that a re-aimed camera is learned again."""
SCALES: Doubles = np.geomspace(0.05, 1.6, 72)
_LOG_SCALES = np.log(SCALES)
SCALE_BLUR = 0.12
PERSON_M = 1.6
"""Height of a standing adult in Indonesia, men and women together (NCD-RisC 2020: 1.66 m and 1.54 m)."""
TILT_COSINE = 0.9
"""A camera that looks down by 25 degrees, as CCTV usually does, sees upright people so much shortened."""
FURTHEST = 1.3
"""Where feet may stand below the picture's lower edge, in shares of its height."""
BOX_MARGIN = 1.05
"""The network's boxes stand a little off the people in them: so much taller were they than moving silhouettes."""

EDGE = 0.01
"""Whoever is nearer than this to the picture's upper or lower edge may be cut by it."""


class Stature:
    """A person's height grows linearly with how low its feet stand, so two numbers describe a camera.

    The horizon follows from marked people or marked ground, else it is assumed; the scale follows from marked people,
    else it is learned: the weighted median over everybody seen whole, starting from what the ground says or is usual.
    Heights and places are shares of the picture's height, downwards.
    """

    def __init__(
        self, *, scale: float | None = None, horizon_y: float = -HORIZON_SHARE, guess: float | None = None
    ) -> None:
        """Start from what is known.

        Args:
            scale: Height over (foot - horizon) where it is known for certain; nothing is learned then.
            horizon_y: Where people shrink to nothing.
            guess: A better scale to start learning from than the usual one.
        """
        self.horizon_y = horizon_y
        self._known = scale
        distance = np.log(SCALES / (guess or USUAL_SCALE)) / (2 * SCALE_BLUR)
        prior = np.exp(-0.5 * distance**2)
        self._evidence: Doubles = (GROUND_WEIGHT_PX if guess else USUAL_WEIGHT_PX) * prior / prior.sum()
        self._scale = scale or self._middle()
        self.seen = 0

    @classmethod
    def of(cls, camera: Camera, aspect: float) -> "Stature":
        """Return what a camera's settings say: by marked people, else by marked ground, else nothing yet.

        Args:
            camera: Its settings.
            aspect: Width over height of its picture.
        """
        ground = camera.ground
        horizon_y = -HORIZON_SHARE if ground is None else _horizon(ground)
        marks = sorted((mark.feet[1], mark.feet[1] - mark.head[1]) for mark in camera.people)
        if len(marks) > 1:
            (far_y, far), (near_y, near) = marks
            growth = (near - far) / (near_y - far_y)
            return cls(scale=growth, horizon_y=far_y - far / growth)
        if marks:
            foot_y, height = marks[0]
            horizon_y = min(horizon_y, foot_y - height / SCALES[-1])
            return cls(scale=height / (foot_y - horizon_y), horizon_y=horizon_y)
        if ground is None:
            return cls()
        return cls(horizon_y=horizon_y, guess=_scale_on(ground, horizon_y, aspect))

    @property
    def scale(self) -> float:
        """Height of a person over (foot - horizon), as far as known."""
        return self._scale

    @property
    def sure(self) -> bool:
        """Whether it rests on more than assumption: marks, or a dozen people seen."""
        return self._known is not None or self.seen >= 12  # noqa: PLR2004 - fewer may be one person over and over

    def height(self, foot_y: Doubles) -> Doubles:
        """Return how tall people look whose feet stand there; nothing above the horizon."""
        return np.maximum(self._scale * (foot_y - self.horizon_y), 0.0)

    def feet(self, middle_y: Doubles) -> Doubles:
        """Return where people stand whose bodies are centred there.

        Solves foot - height / 2 = middle for height = scale * (foot - horizon); scales end below two.
        """
        half = self._scale / 2
        return np.minimum((middle_y - half * self.horizon_y) / (1.0 - half), FURTHEST)

    def learn(self, heights: Doubles, feet: Doubles, weights_px: Doubles) -> None:
        """Take in people seen whole: parallel arrays of (n,), weights in pixels of the small picture they cover."""
        if self._known is not None:
            return
        below = feet - self.horizon_y > 0
        if not below.any():
            return
        seen = heights[below] / (feet[below] - self.horizon_y)
        self.seen += seen.size
        apart = (np.log(seen)[:, None] - _LOG_SCALES) / SCALE_BLUR
        likeness = np.exp(-0.5 * apart**2)
        likeness *= (weights_px[below] / np.maximum(likeness.sum(axis=1), 1e-9))[:, None]
        self._evidence += likeness.sum(axis=0)
        self._evidence *= min(MEMORY_PX / float(self._evidence.sum()), 1.0)
        self._scale = self._middle()

    def learn_people(self, people: Sequence[Person], least_score: float) -> None:
        """Take in those of the network's people who are sure enough and whom no edge of the picture cuts."""
        rows = [
            (person.box.height, person.box.y + person.box.height, person.box.area * SMALL_WIDTH_PX * SMALL_HEIGHT_PX)
            for person in people
            if person.score >= least_score and person.box.y > EDGE and person.box.y + person.box.height < 1 - EDGE
        ]
        if rows:
            heights, feet, weights_px = np.array(rows, np.float64).T
            self.learn(heights / BOX_MARGIN, feet, weights_px)

    def _middle(self) -> float:
        total = np.cumsum(self._evidence)
        return float(np.interp(total[-1] / 2, total, SCALES))


def _horizon(ground: Ground) -> float:
    """Return the horizon's row, where it can be told and lies above people as it must."""
    row = ground.horizon_y()
    return -HORIZON_SHARE if row is None or row >= 1.0 else max(row, -3.0)


def _scale_on(ground: Ground, horizon_y: float, aspect: float) -> float | None:
    """Return the scale at which people of usual height stand on marked ground, judged in the middle of the picture."""
    foot_y = max(0.8, horizon_y + 0.1)
    if not ground.sees(0.5, foot_y):
        return None
    height = PERSON_M * TILT_COSINE * aspect / ground.width_m(0.5, foot_y)
    scale = height / (foot_y - horizon_y)
    return min(max(scale, float(SCALES[0])), float(SCALES[-1])) if math.isfinite(scale) and scale > 0 else None
