"""A scene in motion: a still backdrop with people, vehicles, rubbish, drifting light and sensor noise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin
from typing import NamedTuple

import cv2
import numpy as np

from app.demo.actors import Walker
from app.demo.arrays import floats, levels
from app.demo.figures import Person
from app.demo.perspective import Viewpoint
from app.demo.planes import DAYLIGHT, I420, Cutout, Light, cut_out, lay, to_picture, to_planes
from app.demo.things import Rubbish, Thing
from events.frame import Picture

FRAMES_PER_S = 25
"""Pictures a second of every demo clip."""

_NOISE_PICTURES = 7
"""Noisy copies of the backdrop that take turns; a prime, so that no rhythm meets the keyframes'."""

_LENS_COVERED_LUMA = 17
"""What a covered sensor yields in limited range: just over black."""


class Litter(NamedTuple):
    """Rubbish that lies somewhere for a while.

    Attributes:
        x_m: Where, to the right.
        z_m: Where, away.
        from_s: When it is put down.
        until_s: When it is taken away.
        seed: Which piece.
        on_m: How high it lies, on top of others.
    """

    x_m: float
    z_m: float
    from_s: float
    until_s: float
    seed: int
    on_m: float = 0.0


class Ride(NamedTuple):
    """A vehicle crossing the picture.

    Attributes:
        thing: What.
        z_m: On which lane, metres away.
        start_s: When it enters.
        x_m: Where it enters.
        m_per_s: Speed, negative to the left.
    """

    thing: Thing
    z_m: float
    start_s: float
    x_m: float
    m_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Everything that happens in one clip. At its end all is as at its start, so that it loops without a seam.

    Attributes:
        name: File name without ending.
        label: Burnt into the picture, so that nobody takes it for a real camera.
        loop_s: Length of the clip.
        view: The camera.
        backdrop: Paints the still part.
        walkers: People.
        rides: Vehicles.
        litter: Rubbish.
        covered_s: From when until when the lens is covered, None for never.
        light: What falls on moving things.
        drift: How far the daylight swings about its mean, as a share.
        noise: Standard deviation of the sensor noise, in levels.
    """

    name: str
    label: str
    loop_s: float
    view: Viewpoint
    backdrop: Callable[[Viewpoint], Picture]
    walkers: tuple[Walker, ...] = ()
    rides: tuple[Ride, ...] = ()
    litter: tuple[Litter, ...] = ()
    covered_s: tuple[float, float] | None = None
    light: Light = DAYLIGHT
    drift: float = 0.02
    noise: float = 1.7

    @property
    def frames(self) -> int:
        """Pictures in the clip."""
        return round(self.loop_s * FRAMES_PER_S)

    def people(self, t_s: float) -> int:
        """Return how many people are in the scene at a moment, seen or just outside the picture."""
        return sum(walker.pose(t_s) is not None for walker in self.walkers)


class Scene:
    """Draws a script in one resolution; any moment, in any order, always the same picture for the same moment."""

    def __init__(self, script: Script, *, width_px: int = 1280, height_px: int = 720) -> None:
        self._script = script
        self._view = script.view.resized(width_px, height_px)
        picture = script.backdrop(self._view)
        _label(picture, script.label)
        self._still = to_planes(picture)
        self._noisy = tuple(_noisy_copies(self._still, height_px, script.noise, seed=len(script.name)))
        self._cutouts = lru_cache(maxsize=1500)(self._make_cutout)

    @property
    def still(self) -> Picture:
        """The scene with nothing and nobody in it, uint8, (height, width, 3), BGR."""
        return to_picture(self._still)

    def planes(self, index: int) -> I420:
        """Return the clip's picture with this number as planes."""
        t_s = index / FRAMES_PER_S
        if self._covered(t_s):
            return self._dark()
        planes = self._noisy[(index * 3) % _NOISE_PICTURES].copy()
        standing = [*self._people(t_s), *self._rides(t_s), *self._litter(t_s)]
        # What is farther away is drawn first, and so is covered by what is nearer.
        for thing, x_m, z_m, on_m in sorted(standing, key=lambda place: (-place.z_m, place.on_m)):
            foot = self._view.project(x_m, z_m, on_m)
            top = self._view.project(x_m, z_m, on_m + thing.drawn().height_m)
            lay(planes, self._cutouts(thing, max(2, 2 * round((foot[1] - top[1]) / 2))), foot)
        return self._drifted(planes, t_s)

    def _people(self, t_s: float) -> Iterator["_Standing"]:
        for walker in self._script.walkers:
            pose = walker.pose(t_s)
            if pose is not None:
                yield _Standing(Person(walker.look, pose.heading, pose.phase), pose.x_m, pose.z_m, 0.0)

    def _rides(self, t_s: float) -> Iterator["_Standing"]:
        for ride in self._script.rides:
            x_m = ride.x_m + ride.m_per_s * (t_s - ride.start_s)
            if t_s >= ride.start_s and abs(x_m) <= abs(ride.x_m):
                yield _Standing(ride.thing, x_m, ride.z_m, 0.0)

    def _litter(self, t_s: float) -> Iterator["_Standing"]:
        for piece in self._script.litter:
            if piece.from_s <= t_s < piece.until_s:
                yield _Standing(Rubbish(piece.seed), piece.x_m, piece.z_m, piece.on_m)

    def _make_cutout(self, thing: Thing, height_px: int) -> Cutout:
        return cut_out(thing.drawn().cover, height_px, self._script.light)

    def _drifted(self, planes: I420, t_s: float) -> I420:
        """Let the daylight swing once in a clip, so that it meets itself at the seam."""
        gain = 1 + self._script.drift * sin(2 * pi * t_s / self._script.loop_s)
        luma = planes[: planes.shape[0] * 2 // 3]
        # Black is level 16 in limited range and stays there.
        cv2.convertScaleAbs(luma, luma, alpha=gain, beta=16 * (1 - gain))
        return planes

    def _covered(self, t_s: float) -> bool:
        covered_s = self._script.covered_s
        return covered_s is not None and covered_s[0] <= t_s < covered_s[1]

    def _dark(self) -> I420:
        planes = np.full_like(self._still, 128)
        planes[: planes.shape[0] * 2 // 3] = _LENS_COVERED_LUMA
        return planes


class _Standing(NamedTuple):
    """A thing and the point it stands on."""

    thing: Thing
    x_m: float
    z_m: float
    on_m: float


def _noisy_copies(still: I420, rows: int, deviation: float, *, seed: int) -> Iterator[I420]:
    random = np.random.default_rng(seed)
    for _ in range(_NOISE_PICTURES):
        copy = still.copy()
        grain = floats(random.normal(0, deviation, (rows, still.shape[1])))
        # A camera's own denoising and coding leave grain wider than one pixel.
        grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * np.float32(1.6)
        copy[:rows] = levels(still[:rows] + grain)
        yield copy


def _label(picture: Picture, text: str) -> None:
    scale = picture.shape[1] / 1280
    place = (round(18 * scale), round(picture.shape[0] - 20 * scale))
    for colour, width in (((20, 20, 20), 4), ((236, 236, 236), 1.6)):
        cv2.putText(
            picture,
            text,
            place,
            cv2.FONT_HERSHEY_SIMPLEX,
            0.8 * scale,
            colour,
            max(1, round(width * scale)),
            cv2.LINE_AA,
        )
