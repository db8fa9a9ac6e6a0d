"""Composes things left behind, and harmless changes, and counts what the detector makes of them.

`python -m benchmarks.stress_objects [--clips FOLDER] [--cases N] [--seed S]`. The folder holds `NAME.mp4` and
`NAME.json` beside each other; without one our own drawn streets are the background. Things are drawn by us and laid
behind whoever moves. Most cases are composed on the small pictures the detector works on; a few are encoded and go
through the whole pipeline.

The network looks at the undisturbed background, so at night and in the rain it sees better here than it would.
"""

import argparse
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.disturbances import DISTURBANCES, Disturbance, Floats
from benchmarks.drawn_objects import KINDS, Drawn, draw
from benchmarks.stress_scenes import Background, Pixels, backgrounds, someone_else
from configs.detection import AbandonedObject
from configs.services import Vision
from events.geometry import Box, Polygon
from runtime.logs import set_up_logs
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Region, Small, View
from vision.left_object import LeftObjectDetector
from vision.seconds import Seconds
from vision.worker import open_network

AFTER_S = 8.0
CONDITIONS = ("plain", "plain", "beside", "night", "lights", "clouds", "rain", "shake", "low bitrate", "taken away")
"""Round which the cases with a thing go."""
HARMLESS = (
    "lights",
    "infrared",
    "clouds",
    "rain",
    "insects",
    "headlights",
    "low bitrate",
    "car leaves",
    "lamp",
    "taken away from the start",
)
FIRST_PUT_S, LAST_PUT_S = 14.0, 40.0
LEAST_LEFT_S = 32.0
"""A thing lies there at least so long before the case ends."""
GROUND_FROM = 0.3
"""Things lie below this share of the height: above is sky or far away."""
SMALLEST_PX, LARGEST_PX = 8, 40
LEAST_CONTRAST = 18.0
"""Mean difference from the ground, in levels before the disturbance; less is hardly seen by anybody."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What the detector said: the box in pixels of the small picture, since when, until when."""

    box: Pixels
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case."""

    background: str
    condition: str
    thing: Thing | None
    hit: bool
    false: int
    delay_s: float | None


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


def watch(
    background: Background, order: Sequence[tuple[float, int]], thing: Thing | None, disturb: Sequence[Disturbance]
) -> list[Alarm]:
    """Show a case to a detector and return its alarms."""
    region = Region(zone=None, polygon=Polygon.whole_picture())
    detector = LeftObjectDetector(region, AbandonedObject(after_s=AFTER_S))
    seconds, usual = Seconds(), background.usual()
    alarms: dict[float, Alarm] = {}
    for t_s, index in order:
        small = background.smalls[index]
        if thing is not None or disturb:
            picture = small.astype(np.float32) if thing is None else compose(small, usual, thing, t_s)
            for change in disturb:
                picture = change(picture, t_s)
            small = np.clip(picture, 0, 255).astype(np.uint8)
        answer = background.found[index] if background.found else None
        looking = detector.look(_view(background, small, seconds.offer(small, t_s), t_s, answer))
        for finding in looking.findings:
            if finding.box is not None and finding.since_s not in alarms:
                alarms[finding.since_s] = Alarm(box=_pixels(finding.box), start_s=t_s)
    return list(alarms.values())


def _view(background: Background, small: Small, second: Small | None, t_s: float, found: Found | None) -> View:
    return View(
        t_s=t_s,
        small=small,
        foreground=np.zeros_like(small),
        warm=True,
        second=second,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=t_s),
        width_px=background.width_px,
        height_px=background.height_px,
        found=lambda: found,
        colour=lambda: cv2.cvtColor(small, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False),
    )


def _pixels(box: Box) -> Pixels:
    return (box.x * SMALL_WIDTH_PX, box.y * SMALL_HEIGHT_PX, box.width * SMALL_WIDTH_PX, box.height * SMALL_HEIGHT_PX)


def _overlap(one: Pixels, other: Pixels) -> float:
    return Box(*one).intersection_over_union(Box(*other))


def fits(alarm: Pixels, truth: Pixels) -> bool:
    """Tell whether an alarm means a thing: the scorer's rule of overlap, or centre and size."""
    if _overlap(alarm, truth) >= 0.3:
        return True
    x, y = alarm[0] + alarm[2] / 2, alarm[1] + alarm[3] / 2
    inside = truth[0] - 4 <= x <= truth[0] + truth[2] + 4 and truth[1] - 4 <= y <= truth[1] + truth[3] + 4
    return inside and 1 / 6 <= alarm[2] * alarm[3] / (truth[2] * truth[3]) <= 6


def judge(
    background: Background, condition: str, thing: Thing | None, alarms: Sequence[Alarm], own: Sequence[Pixels]
) -> Outcome:
    """Compare alarms with the truth; further alarms on the same thing are false.

    Args:
        background: What was composed with.
        condition: What was done to it.
        thing: What was put down.
        alarms: What the detector said.
        own: Where the undisturbed background has things of its own.
    """
    false, hit, delay_s = 0, False, None
    for alarm in alarms:
        if (
            thing is not None
            and not hit
            and fits(alarm.box, thing.box)
            and thing.from_s <= alarm.start_s < thing.until_s
        ):
            hit, delay_s = True, alarm.start_s - thing.from_s
        elif not any(_overlap(alarm.box, box) > 0 for box in own):
            false += 1
    return Outcome(background=background.name, condition=condition, thing=thing, hit=hit, false=false, delay_s=delay_s)


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
        free = not any(_overlap(_grown(thing.box), box) > 0 for box in own)
        if free and contrast >= LEAST_CONTRAST and drawn.body[2] * drawn.body[3] > 0:
            return thing
    return None


def _grown(box: Pixels) -> Pixels:
    return (box[0] - 10, box[1] - 10, box[2] + 20, box[3] + 20)


def _beside_somebody(
    background: Background, order: Sequence[tuple[float, int]], at_s: float, random: np.random.Generator, rows: int
) -> tuple[int, int] | None:
    index = next((i for t, i in order if t >= at_s), None)
    if index is None or not background.found or not background.found[index].people:
        return None
    person = background.found[index].people[int(random.integers(len(background.found[index].people)))].box
    x, y, width, height = _pixels(person)
    side = x + width if random.random() < 0.5 else x - width / 2
    return int(side), int(y + height - 0.8 * rows)


def parked(background: Background, random: np.random.Generator, kind: str) -> Thing:
    """Return something that is there from the start and goes: a car's size, or a bag's."""
    height = int(random.integers(18, 30)) if kind == "car leaves" else int(random.integers(9, 24))
    drawn = draw("box", height, float(random.uniform(20, 220)), random)
    rows, columns = drawn.level.shape
    x, y = int(random.uniform(2, SMALL_WIDTH_PX - columns - 2)), int(random.uniform(60, SMALL_HEIGHT_PX - rows - 2))
    return Thing(drawn=drawn, x=x, y=y, from_s=-1.0, until_s=random.uniform(20, 35), contrast=0.0)


def cases(
    background: Background, with_thing: int, harmless: int, random: np.random.Generator, turn: Counter[str]
) -> Iterator[Outcome]:
    """Compose this background's share of the cases and yield what became of them.

    What the detector says of the undisturbed background (a caption that is faded in, a bag of the clip's own) is not
    counted against the composed cases there: `make eval` scores it.
    """
    undisturbed = watch(background, background.order(np.random.default_rng(0)), None, ())
    own = (*background.own, *(alarm.box for alarm in undisturbed))
    for _ in range(with_thing):
        condition = CONDITIONS[turn["thing"] % len(CONDITIONS)]
        turn["thing"] += 1
        order = background.order(random)
        thing = put_down(background, own, condition, random, order)
        if thing is None:
            condition = "plain"
            thing = put_down(background, own, condition, random, order)
        if thing is None:
            continue
        disturb = [DISTURBANCES[condition](random)] if condition in DISTURBANCES else []
        yield judge(background, condition, thing, watch(background, order, thing, disturb), own)
    for _ in range(harmless):
        condition = HARMLESS[turn["harmless"] % len(HARMLESS)]
        turn["harmless"] += 1
        order = background.order(random)
        leaving = None if condition in DISTURBANCES else parked(background, random, condition)
        disturb = [DISTURBANCES[condition](random)] if condition in DISTURBANCES else []
        yield judge(background, f"harmless: {condition}", None, watch(background, order, leaving, disturb), own)


def reason(outcome: Outcome) -> str:
    """Say why a thing was missed, as far as can be told."""
    thing = outcome.thing
    if thing is None:
        return ""
    area = thing.drawn.body[2] * thing.drawn.body[3]
    hidden = float(np.mean(thing.hidden)) if thing.hidden else 0.0
    if hidden > 0.35:
        return f"hidden by people ({hidden:.0%})"
    if area < 80:
        return f"small ({thing.drawn.body[2]}x{thing.drawn.body[3]} px)"
    if thing.contrast < 35:
        return f"faint ({thing.contrast:.0f} levels)"
    return f"other ({thing.drawn.body[2]}x{thing.drawn.body[3]} px, {thing.contrast:.0f} levels, hidden {hidden:.0%})"


def report(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print recall and precision by condition, and what was missed and why."""
    table = Table(title=f"things left behind, after_s {AFTER_S:g}")
    for column in ("condition", "cases", "found", "false", "median delay s"):
        table.add_column(column, justify="left" if column == "condition" else "right")
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.condition].append(outcome)
    for condition, group in sorted(groups.items(), key=lambda item: (item[0].startswith("harmless"), item[0])):
        delays = [outcome.delay_s for outcome in group if outcome.delay_s is not None]
        found = "" if group[0].thing is None else str(sum(outcome.hit for outcome in group))
        table.add_row(
            condition,
            str(len(group)),
            found,
            str(sum(outcome.false for outcome in group)),
            f"{np.median(delays):.0f}" if delays else "",
        )
    console.print(table)
    put = [outcome for outcome in outcomes if outcome.thing is not None]
    hits, false = sum(outcome.hit for outcome in put), sum(outcome.false for outcome in put)
    harmless = [outcome for outcome in outcomes if outcome.thing is None]
    console.print(
        f"with a thing: recall {hits / max(len(put), 1):.3f} ({hits} of {len(put)}), precision"
        f" {hits / max(hits + false, 1):.3f} ({false} false); harmless: {sum(o.false for o in harmless)} false in {len(harmless)}"
    )
    for outcome in outcomes:
        if outcome.thing is not None and not outcome.hit:
            console.print(f"missed  {outcome.background:18} {outcome.condition:12} {reason(outcome)}")
        if outcome.false:
            console.print(f"false   {outcome.background:18} {outcome.condition:12} {outcome.false}")


def main() -> None:
    """Compose, watch, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of NAME.mp4 with NAME.json; left out = our drawn streets")
    parser.add_argument("--cases", type=int, default=120, help="cases with a thing")
    parser.add_argument("--harmless", type=int, default=40, help="cases without")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-network", action="store_true", help="nobody tells who is a person")
    arguments = parser.parse_args()
    set_up_logs(role="stress", level=logging.WARNING)
    cv2.setNumThreads(1)
    finder = open_network(Vision(network=not arguments.no_network))
    loads = backgrounds(arguments.clips)
    console = Console()
    outcomes: list[Outcome] = []
    with Progress(console=console, transient=True) as progress:
        for number, load in enumerate(progress.track(loads, description="Composing")):
            random = np.random.default_rng((arguments.seed, number))
            share = [_share(total, number, len(loads)) for total in (arguments.cases, arguments.harmless)]
            turn = Counter(
                thing=_before(arguments.cases, number, len(loads)),
                harmless=_before(arguments.harmless, number, len(loads)),
            )
            outcomes.extend(cases(load(finder), share[0], share[1], random, turn))
    report(outcomes, console)


def _before(total: int, number: int, of: int) -> int:
    return total * number // of


def _share(total: int, number: int, of: int) -> int:
    return _before(total, number + 1, of) - _before(total, number, of)


if __name__ == "__main__":
    main()
