"""Draws people: a body of plausible proportions whose limbs follow a walking gait."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np
import numpy.typing as npt

from app.demo.arrays import floats, pixels
from app.demo.canvas import Colour, Cover
from app.demo.things import Drawn, cover_of

PHASES = 16
"""Pictures in one full stride (left and right step)."""

STRIDE_M = 1.35
"""Ground covered in one full stride at an easy 1.2 m/s (Winter, Biomechanics of Human Movement, 2009)."""

FIGURE_HEIGHT_M = 1.9
"""Height of a figure's picture; the body itself is about 1.66 m, the mean of Indonesian adults."""

_PX_PER_M = 150
_WIDTH_PX, _HEIGHT_PX = 180, 285
_FLOOR_PX = 279
_SHIFT = 4

Joint = tuple[float, float]
"""Metres right of the body's middle, metres over the ground."""


class Heading(StrEnum):
    """Where a figure is going, seen from the camera."""

    RIGHT = "right"
    LEFT = "left"
    AWAY = "away"
    TOWARDS = "towards"


class Wear(StrEnum):
    """What covers the legs."""

    TROUSERS = "trousers"
    SKIRT = "skirt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one person is dressed and built.

    Attributes:
        top: Shirt, BGR.
        bottom: Trousers, sarong or skirt, BGR.
        head: Hair, headscarf, cap or helmet, BGR.
        skin: Face and hands, BGR.
        wear: Trousers or skirt.
        scarf: Whether the head is covered by a headscarf that falls on the shoulders.
        build: Width compared with an average adult.
    """

    top: Colour
    bottom: Colour
    head: Colour
    skin: Colour = (96, 130, 172)
    wear: Wear = Wear.TROUSERS
    scarf: bool = False
    build: float = 1.0


LOOKS = (
    Look(top=(200, 205, 210), bottom=(60, 48, 40), head=(24, 22, 22)),
    Look(top=(60, 60, 165), bottom=(52, 46, 44), head=(150, 130, 190), wear=Wear.SKIRT, scarf=True),
    Look(top=(150, 96, 40), bottom=(72, 70, 70), head=(20, 18, 18), build=1.1),
    Look(top=(58, 118, 60), bottom=(40, 38, 40), head=(30, 26, 24), skin=(84, 116, 156)),
    Look(top=(140, 170, 205), bottom=(90, 62, 48), head=(205, 200, 196), wear=Wear.SKIRT, scarf=True),
    Look(top=(45, 44, 48), bottom=(110, 92, 74), head=(22, 20, 20), build=0.95),
    Look(top=(60, 150, 205), bottom=(58, 50, 46), head=(26, 24, 22)),
    Look(top=(120, 80, 130), bottom=(46, 40, 60), head=(70, 52, 58), wear=Wear.SKIRT, scarf=True, build=1.05),
    Look(top=(205, 200, 190), bottom=(56, 84, 60), head=(18, 18, 20), wear=Wear.SKIRT),
    Look(top=(90, 90, 96), bottom=(66, 52, 44), head=(40, 36, 150)),
    Look(top=(150, 150, 60), bottom=(44, 44, 48), head=(24, 22, 22), build=0.9),
    Look(top=(70, 86, 140), bottom=(120, 116, 108), head=(28, 24, 22), build=1.1),
)
"""Passers-by."""

WORKER = Look(top=(30, 110, 235), bottom=(70, 60, 50), head=(40, 190, 230), build=1.05)
"""A cleaner in an orange vest."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person in one pose.

    Attributes:
        look: Who.
        heading: Which way the body faces.
        phase: Place in the stride, 0..PHASES-1; -1 stands still.
    """

    look: Look
    heading: Heading
    phase: int

    def drawn(self) -> Drawn:
        """Return the picture."""
        return Drawn(figure(self.look, self.heading, self.phase), FIGURE_HEIGHT_M)


@lru_cache(maxsize=1024)
def figure(look: Look, heading: Heading, phase: int) -> Cover:
    """Return a person's picture, uint8, (285, 180, 4), BGRA, standing on its lower edge.

    Args:
        look: Who.
        heading: Which way; left is right mirrored.
        phase: Place in the stride, 0..PHASES-1; -1 stands still.
    """
    if heading is Heading.LEFT:
        return np.ascontiguousarray(figure(look, Heading.RIGHT, phase)[:, ::-1])
    body = _Body(look)
    angle = None if phase < 0 else 2 * pi * phase / PHASES
    if heading is Heading.RIGHT:
        body.from_the_side(angle)
    else:
        body.from_the_front(angle, facing=heading is Heading.TOWARDS)
    return body.shaded()


class _Body:
    """One figure being drawn, in metres."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._colour = np.zeros((_HEIGHT_PX, _WIDTH_PX, 3), np.uint8)
        self._mask = np.zeros((_HEIGHT_PX, _WIDTH_PX), np.uint8)

    def from_the_side(self, angle: float | None) -> None:
        look, build = self._look, self._look.build
        bob = 0.0 if angle is None else 0.02 * cos(2 * angle)
        hip: Joint = (0.0, 0.88 + bob)
        neck: Joint = (0.03, 1.38 + bob)
        swings = (0.0, 0.0) if angle is None else (sin(angle), -sin(angle))
        lifts = (0.0, 0.0) if angle is None else (max(0.0, cos(angle)), max(0.0, -cos(angle)))
        self._arm((neck[0], 1.33 + bob), -swings[1] * 0.5, 0.8)
        self._leg(hip, swings[1], lifts[1], 0.78)
        self._leg(hip, swings[0], lifts[0], 1.0)
        if look.wear is Wear.SKIRT:
            flare = 0.11 + 0.10 * abs(swings[0])
            hem = 0.22 + 0.04 * abs(swings[0])
            self._polygon(
                [(-0.11, hip[1] + 0.08), (0.11, hip[1] + 0.08), (flare + 0.05, hem), (-flare - 0.05, hem)], look.bottom
            )
        self._polygon(
            [
                (-0.10 * build, 0.80 + bob),
                (0.11 * build, 0.80 + bob),
                (0.14 * build, 1.12),
                (0.10, neck[1]),
                (-0.05, neck[1] + 0.01),
                (-0.12 * build, 1.2),
            ],
            look.top,
        )
        self._head((0.05, 1.53 + bob), face=0.05)
        self._arm((neck[0], 1.33 + bob), -swings[0] * 0.5, 1.0)

    def from_the_front(self, angle: float | None, *, facing: bool) -> None:
        look, build = self._look, self._look.build
        bob = 0.0 if angle is None else 0.02 * cos(2 * angle)
        for side in (-1, 1):
            swing = 0.0 if angle is None else sin(angle) * side
            lift = 0.0 if angle is None else max(0.0, cos(angle) * side)
            hip, foot = (side * 0.09 * build, 0.88 + bob), (side * 0.09, 0.07 + 0.13 * lift)
            knee = (side * 0.105, 0.48 + 0.04 * lift)
            tone = 1.0 if swing >= 0 else 0.82
            self._limb(hip, knee, 0.165 * build, 0.13, look.bottom, tone)
            self._limb(knee, foot, 0.13, 0.095, look.bottom, tone)
            self._limb(foot, (foot[0] + side * 0.01, foot[1] - 0.05), 0.10, 0.11, (38, 36, 40), 1.0)
        if look.wear is Wear.SKIRT:
            self._polygon([(-0.17 * build, 0.98), (0.17 * build, 0.98), (0.23, 0.2), (-0.23, 0.2)], look.bottom)
        for side in (-1, 1):
            swing = 0.0 if angle is None else -sin(angle) * side * 0.05
            shoulder, elbow = (side * 0.2 * build, 1.33 + bob), (side * 0.255 * build, 1.07 + bob)
            hand = (side * 0.25 * build, 0.83 + bob + swing)
            self._limb(shoulder, elbow, 0.115, 0.09, look.top, 0.92)
            self._limb(elbow, hand, 0.085, 0.065, look.top if look.scarf else look.skin, 0.95)
        self._polygon(
            [
                (-0.17 * build, 0.80),
                (0.17 * build, 0.80),
                (0.185 * build, 1.15),
                (0.215 * build, 1.34 + bob),
                (0.07, 1.41 + bob),
                (-0.07, 1.41 + bob),
                (-0.215 * build, 1.34 + bob),
                (-0.185 * build, 1.15),
            ],
            look.top,
        )
        self._head((0.0, 1.54 + bob), face=0.02 if facing else None)

    def _leg(self, hip: Joint, swing: float, lift: float, tone: float) -> None:
        thigh, flex = 0.40 * swing + 0.22 * lift, 0.12 + 0.75 * lift
        knee = (hip[0] + 0.43 * sin(thigh), hip[1] - 0.43 * cos(thigh))
        shin = thigh - flex
        foot = (knee[0] + 0.40 * sin(shin), max(0.06, knee[1] - 0.40 * cos(shin)))
        self._limb(hip, knee, 0.17 * self._look.build, 0.13, self._look.bottom, tone)
        self._limb(knee, foot, 0.13, 0.09, self._look.bottom, tone)
        self._limb((foot[0] - 0.03, foot[1] - 0.02), (foot[0] + 0.15, foot[1] - 0.03), 0.085, 0.06, (38, 36, 40), tone)

    def _arm(self, shoulder: Joint, swing: float, tone: float) -> None:
        elbow = (shoulder[0] + 0.28 * sin(swing), shoulder[1] - 0.28 * cos(swing))
        fore = swing + 0.35
        hand = (elbow[0] + 0.25 * sin(fore), elbow[1] - 0.25 * cos(fore))
        self._limb(shoulder, elbow, 0.115, 0.09, self._look.top, 0.88 * tone)
        self._limb(elbow, hand, 0.08, 0.065, self._look.top if self._look.scarf else self._look.skin, tone)

    def _head(self, centre: Joint, *, face: float | None) -> None:
        look = self._look
        if look.scarf:
            self._polygon(
                [(centre[0] - 0.1, centre[1] + 0.02), (centre[0] + 0.1, centre[1] + 0.02), (0.17, 1.22), (-0.15, 1.24)],
                look.head,
            )
        else:
            self._limb((centre[0] - 0.02, 1.38), (centre[0], centre[1] - 0.04), 0.11, 0.10, look.skin, 0.85)
        self._ellipse(centre, 0.098, 0.128, look.head)
        if face is not None:
            self._ellipse((centre[0] + face, centre[1] - 0.045), 0.064 if look.scarf else 0.084, 0.09, look.skin)

    def _limb(self, start: Joint, end: Joint, from_m: float, to_m: float, colour: Colour, tone: float) -> None:
        """Draw a tapering limb with round ends, its widths in metres."""
        along, up = end[0] - start[0], end[1] - start[1]
        length = max((along**2 + up**2) ** 0.5, 1e-6)
        across, back = -up / length / 2, along / length / 2
        shade = _toned(colour, tone)
        self._polygon(
            [
                (start[0] + across * from_m, start[1] + back * from_m),
                (end[0] + across * to_m, end[1] + back * to_m),
                (end[0] - across * to_m, end[1] - back * to_m),
                (start[0] - across * from_m, start[1] - back * from_m),
            ],
            shade,
        )
        self._ellipse(start, from_m / 2, from_m / 2, shade)
        self._ellipse(end, to_m / 2, to_m / 2, shade)

    def _polygon(self, points: list[Joint], colour: Colour) -> None:
        outline = pixels([_fixed(point) for point in points])
        cv2.fillPoly(self._colour, [outline], colour, cv2.LINE_AA, shift=_SHIFT)
        cv2.fillPoly(self._mask, [outline], 255, cv2.LINE_AA, shift=_SHIFT)

    def _ellipse(self, centre: Joint, across_m: float, up_m: float, colour: Colour) -> None:
        axes = (round(across_m * _PX_PER_M * 16), round(up_m * _PX_PER_M * 16))
        cv2.ellipse(self._colour, _fixed(centre), axes, 0, 0, 360, colour, -1, cv2.LINE_AA, shift=_SHIFT)
        cv2.ellipse(self._mask, _fixed(centre), axes, 0, 0, 360, 255, -1, cv2.LINE_AA, shift=_SHIFT)

    def shaded(self) -> Cover:
        """Return the body lit from the upper left, with folds in the cloth and a soft outline."""
        depth = cv2.GaussianBlur(self._mask.astype(np.float32) / 255, (0, 0), 6)
        lean = cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3) * 0.9 + cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3) * 0.5
        light = np.clip(0.96 + lean * 1.3, 0.62, 1.22) * (0.75 + 0.25 * np.clip(depth * 1.3, 0, 1))
        colour = cv2.GaussianBlur(self._colour.astype(np.float32), (0, 0), 0.7) * (light + _FOLDS)[..., None]
        return cover_of(floats(colour), self._mask)


def _folds() -> npt.NDArray[np.float32]:
    random = np.random.default_rng(5)
    coarse = random.standard_normal((_HEIGHT_PX // 10, _WIDTH_PX // 14)).astype(np.float32)
    return np.float32(0.05) * cv2.resize(coarse, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_CUBIC)


_FOLDS = _folds()


def _fixed(point: Joint) -> tuple[int, int]:
    column = (_WIDTH_PX / 2 + point[0] * _PX_PER_M) * 16
    return round(column), round((_FLOOR_PX - point[1] * _PX_PER_M) * 16)


def _toned(colour: Colour, tone: float) -> Colour:
    blue, green, red = (min(255, round(part * tone)) for part in colour)
    return blue, green, red
