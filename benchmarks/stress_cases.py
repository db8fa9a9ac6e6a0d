"""Puts drawn things into backgrounds: where, when, how large, and how well they can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.disturbances import Floats
from benchmarks.drawn_objects import KINDS, Drawn, draw
from benchmarks.stress_scenes import Background, Pixels, someone_else
from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small
from vision.newcomer import SMALLEST_BOX_PX, SMALLEST_SIDE_PX

FIRST_PUT_S, LAST_PUT_S = 14.0, 40.0
LEAST_LEFT_S = 32.0
"""A thing lies there at least so long before the case ends."""
GROUND_FROM = 0.3
"""Things lie below this share of the height: above is sky or far away."""
SMALLEST_PX, LARGEST_PX = 8, 40
LEAST_CONTRAST = 18.0
"""Mean difference from the ground, in levels before the disturbance; less is hardly seen by anybody."""

LIMIT_CONTRAST = 20.0
"""What docs/vision.md promises to find: 20 levels from the ground."""
LIMIT_HIDDEN = 0.5
DIMMING = {"night": 0.31, "lights": 0.55}
"""What these disturbances leave of a contrast, in the mean."""


@dataclass(slots=True, kw_only=True)
class Thing:
    """A thing in a case.

    Attributes:
        drawn: How it looks.
        x: Left of its arrays in the small picture.
        y: Top.
        from_s: When it is put down.
        until_s: When it is taken away.
        contrast: Mean difference from the ground, in levels.
        hidden: How much of it was behind somebody, each picture while it lay there, 0..1.
    """

    drawn: Drawn
    x: int
    y: int
    from_s: float
    until_s: float
    contrast: float
    hidden: list[float] = field(default_factory=list)

    @property
    def box(self) -> Pixels:
        """Its box in the small picture."""
        x, y, width, height = self.drawn.body
        return (self.x + x, self.y + y, width, height)


def compose(picture: Small, usual: Small, thing: Thing, t_s: float) -> Floats:
    """Return the picture with the thing in it, behind whoever moves: float32, (180, 320)."""
    composed = picture.astype(np.float32)
    if not thing.from_s <= t_s < thing.until_s:
        return composed
    gain, somebody = someone_else(picture, usual)
    height, width = thing.drawn.level.shape
    rows, columns = slice(thing.y, thing.y + height), slice(thing.x, thing.x + width)
    free = 1.0 - somebody[rows, columns].astype(np.float32)
    ground = composed[rows, columns]
    shade = 1.0 - (1.0 - thing.drawn.shade) * free
    opacity = thing.drawn.opacity * free
    composed[rows, columns] = ground * shade * (1 - opacity) + thing.drawn.level * np.float32(gain) * opacity
    thing.hidden.append(1.0 - float(free[thing.drawn.opacity > 0.5].mean()))
    return composed


def put_down(
    background: Background,
    own: Sequence[Pixels],
    condition: str,
    random: np.random.Generator,
    order: Sequence[tuple[float, int]],
) -> Thing | None:
    """Choose a thing, a place and a time for it; None where no place is found."""
    usual = background.usual()
    at_s = random.uniform(FIRST_PUT_S, min(LAST_PUT_S, order[-1][0] - LEAST_LEFT_S))
    for _ in range(60):
        height = round(float(np.exp(random.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX)))))
        drawn = draw(str(random.choice(KINDS)), height, float(random.uniform(15, 235)), random)
        rows, columns = drawn.level.shape
        x, y = (
            int(random.uniform(2, SMALL_WIDTH_PX - columns - 2)),
            int(random.uniform(GROUND_FROM * SMALL_HEIGHT_PX, SMALL_HEIGHT_PX - rows - 2)),
        )
        if condition == "beside":
            beside = _beside_somebody(background, order, at_s, random, rows)
            if beside is None:
                continue
            x, y = beside
        if x < 1 or y < 1 or x + columns >= SMALL_WIDTH_PX or y + rows >= SMALL_HEIGHT_PX:
            continue
        ground = usual[y : y + rows, x : x + columns].astype(np.float32)
        contrast = float((np.abs(drawn.level - ground) * drawn.opacity).sum() / drawn.opacity.sum())
        until_s = at_s + random.uniform(24, 30) if condition == "taken away" else 1e9
        thing = Thing(drawn=drawn, x=x, y=y, from_s=at_s, until_s=until_s, contrast=contrast)
        free = not any(overlap(_grown(thing.box), box) > 0 for box in own)
        if free and contrast >= LEAST_CONTRAST and drawn.body[2] * drawn.body[3] > 0:
            return thing
    return None


def overlap(one: Pixels, other: Pixels) -> float:
    """Return the intersection over union of two boxes."""
    return Box(*one).intersection_over_union(Box(*other))


def pixels(box: Box) -> Pixels:
    """Return a box in pixels of the small picture."""
    return (box.x * SMALL_WIDTH_PX, box.y * SMALL_HEIGHT_PX, box.width * SMALL_WIDTH_PX, box.height * SMALL_HEIGHT_PX)


def _grown(box: Pixels) -> Pixels:
    return (box[0] - 10, box[1] - 10, box[2] + 20, box[3] + 20)


def _beside_somebody(
    background: Background, order: Sequence[tuple[float, int]], at_s: float, random: np.random.Generator, rows: int
) -> tuple[int, int] | None:
    index = next((i for t, i in order if t >= at_s), None)
    if index is None or not background.found or not background.found[index].people:
        return None
    person = background.found[index].people[int(random.integers(len(background.found[index].people)))].box
    x, y, width, height = pixels(person)
    side = x + width if random.random() < 0.5 else x - width / 2
    return int(side), int(y + height - 0.8 * rows)


def parked(random: np.random.Generator, kind: str) -> Thing:
    """Return something that is there from the start and goes: a car's size, or a bag's."""
    height = int(random.integers(18, 30)) if kind == "car leaves" else int(random.integers(9, 24))
    drawn = draw("box", height, float(random.uniform(20, 220)), random)
    rows, columns = drawn.level.shape
    x, y = int(random.uniform(2, SMALL_WIDTH_PX - columns - 2)), int(random.uniform(60, SMALL_HEIGHT_PX - rows - 2))
    return Thing(drawn=drawn, x=x, y=y, from_s=-1.0, until_s=random.uniform(20, 35), contrast=0.0)


def within_limits(thing: Thing, condition: str) -> bool:
    """Tell whether a thing is one that ought to be found."""
    return not reason(thing, condition)


def large_enough(thing: Thing) -> bool:
    """Tell whether a thing is of the size from which the detector promises to find it."""
    _, _, width, height = thing.box
    return min(width, height) >= SMALLEST_SIDE_PX and width * height >= SMALLEST_BOX_PX


def reason(thing: Thing, condition: str) -> str:
    """Say by which limit a thing need not be found; nothing where it ought to be."""
    _, _, width, height = thing.box
    hidden = float(np.mean(thing.hidden)) if thing.hidden else 0.0
    contrast = thing.contrast * DIMMING.get(condition, 1.0)
    if hidden > LIMIT_HIDDEN:
        return f"hidden by people ({hidden:.0%} of the time)"
    if not large_enough(thing):
        return f"small ({width:.0f}x{height:.0f} px)"
    return f"faint ({contrast:.0f} levels)" if contrast < LIMIT_CONTRAST else ""
