"""Who walks where: paths in metres and seconds, from which every moment's pose follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sin
from typing import NamedTuple

from app.demo.figures import PHASES, STRIDE_M, Heading, Look

WALK_M_PER_S = 1.25
"""An easy walking speed (Bohannon, Age and Ageing 26, 1997: 1.2 to 1.4 m/s)."""


class Knot(NamedTuple):
    """Where somebody is at one moment.

    Attributes:
        t_s: Seconds since the start of the clip.
        x_m: Metres right of the camera.
        z_m: Metres away from the camera.
    """

    t_s: float
    x_m: float
    z_m: float


class Pose(NamedTuple):
    """How somebody is seen at one moment.

    Attributes:
        x_m: Metres right of the camera.
        z_m: Metres away from the camera.
        heading: Which way the body faces.
        phase: Place in the stride, -1 standing.
    """

    x_m: float
    z_m: float
    heading: Heading
    phase: int


@dataclass(frozen=True, slots=True)
class Walker:
    """One person of a scene; there between the first and the last knot, standing where two knots share a place."""

    look: Look
    knots: tuple[Knot, ...]

    def pose(self, t_s: float) -> Pose | None:
        """Return how this person is seen at a moment, None when not in the scene."""
        walked_m = 0.0
        for start, end in pairwise(self.knots):
            way_m = hypot(end.x_m - start.x_m, end.z_m - start.z_m)
            if start.t_s <= t_s < end.t_s:
                if way_m < 0.01:  # noqa: PLR2004 - a centimetre is no step
                    return self._standing(start, t_s)
                share = (t_s - start.t_s) / (end.t_s - start.t_s)
                phase = int((walked_m + way_m * share) / STRIDE_M * PHASES) % PHASES
                x_m = start.x_m + (end.x_m - start.x_m) * share
                z_m = start.z_m + (end.z_m - start.z_m) * share
                return Pose(x_m, z_m, _heading(end.x_m - start.x_m, end.z_m - start.z_m), phase)
            walked_m += way_m
        return None

    def _standing(self, place: Knot, t_s: float) -> Pose:
        # People who wait shift their weight and turn now and then; statues would sink into the background model.
        own = place.x_m * 7.3 + place.z_m * 3.1
        sway_m = 0.05 * sin(t_s * 1.1 + own)
        turn = int(t_s / 2.7 + own) % 5
        heading = (Heading.TOWARDS, Heading.RIGHT, Heading.AWAY, Heading.LEFT, Heading.TOWARDS)[turn]
        return Pose(place.x_m + sway_m, place.z_m, heading, -1)


def _heading(right_m: float, away_m: float) -> Heading:
    if abs(right_m) >= 0.6 * abs(away_m):
        return Heading.RIGHT if right_m > 0 else Heading.LEFT
    return Heading.AWAY if away_m > 0 else Heading.TOWARDS


def path(look: Look, start_s: float, places: Sequence[tuple[float, ...]], *, speed: float = WALK_M_PER_S) -> Walker:
    """Let somebody walk through places (x, z) or (x, z, seconds of standing there).

    Args:
        look: Who.
        start_s: When they are at the first place.
        places: Where they go, in metres.
        speed: Metres a second.
    """
    t_s, (x_m, z_m, *_) = start_s, places[0]
    knots = [Knot(t_s, x_m, z_m)]
    for place in places[1:]:
        t_s += hypot(place[0] - x_m, place[1] - z_m) / speed
        x_m, z_m = place[0], place[1]
        knots.append(Knot(t_s, x_m, z_m))
        if len(place) == 3:  # noqa: PLR2004 - a third figure is the stay
            t_s += place[2]
            knots.append(Knot(t_s, x_m, z_m))
    return Walker(look, tuple(knots))
