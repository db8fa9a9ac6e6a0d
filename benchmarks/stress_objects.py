"""Composes things left behind, and harmless changes, and counts what the detector makes of them.

`python -m benchmarks.stress_objects [--clips FOLDER] [--cases N] [--seed S]`. The folder holds `NAME.mp4` and
`NAME.json` beside each other; without one our own drawn streets are the background. Things are drawn by us and laid
behind whoever moves. Most cases are composed on the small pictures the detector works on; a few are encoded and go
through the whole pipeline.

The network looks at the undisturbed background, so at night and in the rain it sees better here than it would.
"""

import argparse
import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.analyze import analyzed
from benchmarks.disturbances import DISTURBANCES, Disturbance
from benchmarks.stress_cases import (
    Thing,
    compose,
    large_enough,
    overlap,
    parked,
    pixels,
    put_down,
    reason,
    within_limits,
)
from benchmarks.stress_scenes import Background, Pixels, backgrounds
from configs.cameras import Camera
from configs.detection import AbandonedObject
from configs.services import Vision
from events.geometry import Polygon
from runtime.logs import set_up_logs
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finder, Found, Region, Small, View
from vision.left_object import LeftObjectDetector
from vision.seconds import Seconds
from vision.worker import open_network

AFTER_S = 8.0
CONDITIONS = ("plain", "plain", "beside", "night", "lights", "clouds", "rain", "shake", "low bitrate", "taken away")
"""Round which the cases with a thing go."""
SHORTEST_S = 50.0
ENCODED_CRF = "32"
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
        if not seconds.begins(small, t_s):
            continue
        answer = background.found[index] if background.found else None
        looking = detector.look(_view(background, small, seconds.median, t_s, answer))
        for finding in looking.findings:
            if finding.box is not None and finding.since_s not in alarms:
                alarms[finding.since_s] = Alarm(box=pixels(finding.box), start_s=t_s)
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


def fits(alarm: Pixels, truth: Pixels) -> bool:
    """Tell whether an alarm means a thing: the scorer's rule of overlap, or centre and size."""
    if overlap(alarm, truth) >= 0.3:
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
        elif not any(overlap(alarm.box, box) > 0 for box in own):
            false += 1
    return Outcome(background=background.name, condition=condition, thing=thing, hit=hit, false=false, delay_s=delay_s)


def encode(video: Path, background: Background, thing: Thing) -> None:
    """Write the clip with the thing in it as thin H.264 in grey."""
    usual, kept = background.usual(), iter(background.smalls)
    with av.open(str(video), mode="w") as container:
        stream = container.add_stream(
            "libx264", rate=5, options={"crf": ENCODED_CRF, "preset": "veryfast", "threads": "1"}
        )
        stream.width, stream.height = background.width_px // 2 * 2, background.height_px // 2 * 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for shot, small in zip(background.shots(), kept, strict=False):
            # What the thing adds is composed small and enlarged: the small picture is what detectors see of it.
            added = compose(small, usual, thing, shot.t_s) - small
            large = cv2.resize(added, shot.luma.shape[::-1], interpolation=cv2.INTER_LINEAR)
            luma = np.clip(shot.luma + large, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(luma[: stream.height, : stream.width]), format="gray"
            )
            frame.pts, frame.time_base = round(shot.t_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def encoded(
    background: Background, own: Sequence[Pixels], random: np.random.Generator, finder: Finder | None
) -> Outcome | None:
    """Put a thing into the clip at full size, encode it thinly, and let the whole pipeline see it.

    Returns:
        None for backgrounds that are too short to be played once.
    """
    order = [(t_s, index) for index, t_s in enumerate(background.times_s)]
    thing = put_down(background, own, "plain", random, order) if order[-1][0] >= SHORTEST_S else None
    if thing is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "composed.mp4"
        encode(video, background, thing)
        camera = Camera.model_validate(
            {
                "id": "stress",
                "name": "stress",
                "site": "stress",
                "url": "rtsp://127.0.0.1/none",
                "zones": [{"id": "all", "detect": {"abandoned_object": {"after_s": AFTER_S}}}],
            }
        )
        lines = [line for line in analyzed(video, camera, finder) if line["kind"] == "abandoned_object"]
    scale = (SMALL_WIDTH_PX / background.width_px, SMALL_HEIGHT_PX / background.height_px) * 2
    alarms = list[Alarm]()
    for line in lines:
        box, start_s = line["bbox"], line["start_s"]
        assert isinstance(box, list)
        assert isinstance(start_s, float)
        x, y, width, height = np.multiply(box, scale).tolist()
        alarms.append(Alarm(box=(x, y, width, height), start_s=start_s))
    return judge(background, "encoded", thing, alarms, own)


def cases(
    background: Background, share: Mapping[str, range], random: np.random.Generator, finder: Finder | None
) -> Iterator[Outcome]:
    """Compose this background's share of the cases and yield what became of them.

    What the detector says of the undisturbed background (a caption that is faded in, a bag of the clip's own) is not
    counted against the composed cases there: `make eval` scores it.
    """
    undisturbed = watch(background, background.order(np.random.default_rng(0)), None, ())
    own = (*background.own, *(alarm.box for alarm in undisturbed))
    for number in share["thing"]:
        condition = CONDITIONS[number % len(CONDITIONS)]
        order = background.order(random)
        thing = put_down(background, own, condition, random, order)
        if thing is None:
            condition = "plain"
            thing = put_down(background, own, condition, random, order)
        if thing is None:
            continue
        disturb = [DISTURBANCES[condition](random)] if condition in DISTURBANCES else []
        yield judge(background, condition, thing, watch(background, order, thing, disturb), own)
    for number in share["harmless"]:
        condition = HARMLESS[number % len(HARMLESS)]
        order = background.order(random)
        leaving = None if condition in DISTURBANCES else parked(random, condition)
        disturb = [DISTURBANCES[condition](random)] if condition in DISTURBANCES else []
        yield judge(background, f"harmless: {condition}", None, watch(background, order, leaving, disturb), own)
    for _ in share["encoded"]:
        outcome = encoded(background, own, random, finder)
        if outcome is not None:
            yield outcome


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
    put = [(outcome, outcome.thing) for outcome in outcomes if outcome.thing is not None]
    fair = [outcome for outcome, thing in put if within_limits(thing, outcome.condition)]
    hits, false = sum(outcome.hit for outcome, _ in put), sum(outcome.false for outcome, _ in put)
    harmless = [outcome for outcome in outcomes if outcome.thing is None]
    sized = [outcome for outcome, thing in put if large_enough(thing)]
    console.print(
        f"recall {_of(sum(o.hit for o in sized), len(sized))} of things of the least size and more,"
        f" {_of(hits, len(put))} of all, {_of(sum(o.hit for o in fair), len(fair))} within all limits"
    )
    console.print(f"precision {hits / max(hits + false, 1):.3f} ({false} false with a thing)")
    console.print(f"harmless: {sum(o.false for o in harmless)} false in {len(harmless)}")
    for outcome, thing in put:
        if not outcome.hit:
            _, _, width, height = thing.box
            why = reason(thing, outcome.condition) or f"? {width:.0f}x{height:.0f} px, {thing.contrast:.0f} levels"
            console.print(f"missed  {outcome.background:18} {outcome.condition:12} {why}")
    for outcome in outcomes:
        if outcome.false:
            console.print(f"false   {outcome.background:18} {outcome.condition:12} {outcome.false}")


def _of(number: int, total: int) -> str:
    return f"{number / max(total, 1):.3f} ({number} of {total})"


def main() -> None:
    """Compose, watch, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of NAME.mp4 with NAME.json; left out = our drawn streets")
    parser.add_argument("--cases", type=int, default=120, help="cases with a thing")
    parser.add_argument("--harmless", type=int, default=40, help="cases without")
    parser.add_argument("--encoded", type=int, default=13, help="cases that are encoded and analysed as files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-network", action="store_true", help="nobody tells who is a person")
    arguments = parser.parse_args()
    set_up_logs(role="stress", level=logging.WARNING)
    cv2.setNumThreads(1)
    finder = open_network(Vision(network=not arguments.no_network))
    loads = backgrounds(arguments.clips)
    console = Console()
    outcomes: list[Outcome] = []
    totals = {"thing": arguments.cases, "harmless": arguments.harmless, "encoded": arguments.encoded}
    with Progress(console=console, transient=True) as progress:
        for number, load in enumerate(progress.track(loads, description="Composing")):
            random = np.random.default_rng((arguments.seed, number))
            share = {
                name: range(total * number // len(loads), total * (number + 1) // len(loads))
                for name, total in totals.items()
            }
            outcomes.extend(cases(load(finder), share, random, finder))
    report(outcomes, console)


if __name__ == "__main__":
    main()
