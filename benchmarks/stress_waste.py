"""Stages days without waste and heaps that grow, and counts what the detector makes of them.

`python -m benchmarks.stress_waste [--clips FOLDER] [--hours 8] [--piles 60]`

Everything is composed at the small size detectors work on, a picture a second: grounds drawn by us, or those of the
clips in FOLDER that tell of no event; over them heaps, passers-by, vehicles, and the weather of a day. Zones of 15 s
to 8 s hold time ask the network (here one that misses every fifth thing, with scores of chance); those of ten minutes
do without.
"""

import argparse
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.staged import heaps, weather
from benchmarks.staged.actors import Actors
from benchmarks.staged.ground import DRAWN, Ground, drawn, recorded
from benchmarks.staged.heaps import Heap
from benchmarks.staged.weather import Sky, Weather
from configs.detection import WastePile
from events.geometry import Polygon
from events.ids import ZoneId
from runtime.logs import set_up_logs
from vision.detector import Found, Mask, Region, Small, View
from vision.reference import FirstSettledReferences
from vision.waste import WastePileDetector
from vision.zones import zone_mask

LIMIT = 0.15
CLEARLY = 0.2
"""From this true coverage on a heap must be found: a third above the limit."""
HARDLY = 0.1
"""Below this true coverage nothing may begin."""
HOLDS_S = (8.0, 600.0)
PATIENCE_S = 60.0
"""A begin may come this much, and half a hold time, after the hold time is over."""
STRETCH_S = 1200
DAY = ("dawn", "steady", "sun", "clouds", "rain", "dusk", "night")


@dataclass(kw_only=True)
class Watch:
    """One detector in its zone, and what it said."""

    hold_s: float
    zone: Mask
    detector: WastePileDetector
    coverages: list[float] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    cpu_s: float = 0.0
    open: bool = False

    def look(self, view: View, second: int) -> None:
        """Show it a picture."""
        began_s = time.thread_time()
        looking = self.detector.look(view)
        self.cpu_s += time.thread_time() - began_s
        self.coverages += [measured.value for measured in looking.measurements]
        if bool(looking.findings) != self.open:
            self.open = not self.open
            (self.begun if self.open else self.ended).append(second)


def outline(random: np.random.Generator, share: float) -> Polygon:
    """Return a star-shaped outline of three to seven corners that covers about a share of the picture."""
    corners = int(random.integers(3, 8))
    angles = np.sort(
        random.uniform(0, 2 * math.pi, corners) * 0.35 + np.linspace(0, 2 * math.pi, corners, endpoint=False) * 0.65
    )
    reach = random.uniform(0.8, 1.2, corners)
    wide = math.sqrt(share / math.pi) * 1.5
    x, y = random.uniform(0.2, 0.8), random.uniform(0.5, 0.85)
    tall = min(wide, 0.6)
    points = [
        (min(max(x + wide * r * math.cos(a), 0.0), 1.0), min(max(y + tall * r * math.sin(a), 0.3), 1.0))
        for a, r in zip(angles.tolist(), reach.tolist(), strict=True)
    ]
    return Polygon.from_points(points)


def watch(polygon: Polygon, hold_s: float, clean: Small) -> Watch:
    """Return a detector that knows the place clean."""
    references = FirstSettledReferences()
    zone = ZoneId("z")
    references.save(zone, clean)
    detector = WastePileDetector(
        Region(zone=zone, polygon=polygon), WastePile(coverage=LIMIT, hold_s=hold_s), references
    )
    return Watch(hold_s=hold_s, zone=zone_mask(polygon), detector=detector)


def view_of(small: Small, second: int, found: Callable[[], Found | None]) -> View:
    """Return a view of one composed picture."""
    return View(
        t_s=float(second),
        small=small,
        foreground=np.zeros_like(small),
        warm=True,
        second=small,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second),
        width_px=1280,
        height_px=720,
        found=found,
        colour=lambda: np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8),
    )


def around(zones: Sequence[Mask]) -> tuple[float, float, float, float]:
    """Return x, y, width, height of all zones together."""
    x, y, width, height = cv2.boundingRect(np.bitwise_or.reduce(np.stack(zones)))
    return float(x), float(y), float(width), float(height)


def quiet_day(ground: Ground, seed: int) -> Iterator[tuple[str, list[Watch]]]:
    """Watch a day without waste through four zones and both hold times; yield after each stretch of weather."""
    random = np.random.default_rng(seed)
    polygons = [outline(random, share) for share in (0.03, 0.06, 0.12, 0.2)]
    watches = [watch(polygon, hold_s, ground.clean) for polygon in polygons for hold_s in HOLDS_S]
    second = 0
    for sort in DAY:
        actors = Actors(length_s=STRETCH_S, near=around([w.zone for w in watches]), random=random)
        sky = Sky(Weather(sort=sort, length_s=STRETCH_S, seed=seed))
        for t_s in range(STRETCH_S):
            picture = ground.at(second)
            actors.draw(picture, t_s)
            small = sky.over(picture, t_s)
            found = _once(partial(actors.found, t_s))
            for one in watches:
                one.look(view_of(small, second, found if one.hold_s < PATIENCE_S else _nothing), second)
            second += 1
        yield sort, watches


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one heap."""

    ground: str
    sort: str
    sky: str
    hold_s: float
    size_px: int
    covered: float
    growing_s: float
    begin_late_s: float | None
    end_s: float | None
    early: bool
    cpu_s: float
    seconds: int

    @property
    def verdict(self) -> str:
        """`ok`, or what went wrong."""
        if self.early:
            return "false begin"
        if self.begin_late_s is None:
            return "missed"
        if self.begin_late_s > PATIENCE_S + self.hold_s / 2:
            return "late"
        if self.end_s is None or self.end_s > self.hold_s:
            return "cleared too late"
        return "ok"


def heap_case(ground: Ground, seed: int, hold_s: float, sort: str, sky_sort: str) -> Outcome:
    """Let a heap grow in a zone, lie, and be cleared."""
    random = np.random.default_rng(seed)
    polygon, zone, heap = _staged(ground, sort, random)
    growing_s = random.uniform(40, 420) if hold_s < PATIENCE_S else random.uniform(600, 4800)
    before_s, lies_s = (60, 90 + 5 * hold_s) if hold_s < PATIENCE_S else (300, 2.2 * hold_s)
    cleared_s = int(before_s + growing_s + lies_s)
    length_s = cleared_s + int(2 * hold_s + 30)
    sky = Sky(Weather(sort=sky_sort, length_s=length_s, seed=seed))
    x, y, width, height = around([zone])
    actors = Actors(length_s=length_s, near=(x, y, width, height), random=random, vehicles_per_h=0.0)
    one = watch(polygon, hold_s, ground.clean)
    size_px = cv2.countNonZero(zone)
    truth: list[float] = []
    for second in range(length_s):
        picture = ground.at(second)
        covered = 0.0
        if second < cleared_s:
            lying = heap.lay(picture, min(max((second - before_s) / growing_s, 0.0), 1.0))
            covered = cv2.countNonZero(lying & zone) / size_px
        truth.append(covered)
        actors.draw(picture, second)
        small = sky.over(picture, second)
        found = _once(partial(actors.found, second))
        one.look(view_of(small, second, found if hold_s < PATIENCE_S else _nothing), second)
    due_s = next(i for i, share in enumerate(truth) if share >= CLEARLY) + hold_s
    allowed_s = next(i for i, share in enumerate(truth) if share >= HARDLY)
    begun = next((b for b in one.begun if b >= allowed_s), None)
    ended = next((e for e in one.ended if e >= cleared_s), None)
    return Outcome(
        ground=ground.name,
        sort=sort,
        sky=sky_sort,
        hold_s=hold_s,
        size_px=size_px,
        covered=max(truth),
        growing_s=growing_s,
        begin_late_s=None if begun is None or begun >= cleared_s else max(begun - due_s, 0.0),
        end_s=None if ended is None else ended - cleared_s,
        early=any(b < allowed_s or b >= cleared_s + hold_s for b in one.begun),
        cpu_s=one.cpu_s,
        seconds=length_s,
    )


def _staged(ground: Ground, sort: str, random: np.random.Generator) -> tuple[Polygon, Mask, Heap]:
    """Return a zone and a heap that in the end covers clearly more of it than the limit."""
    while True:
        polygon = outline(random, random.uniform(0.02, 0.15))
        zone = zone_mask(polygon)
        rows, columns = np.nonzero(zone)
        wanted = random.uniform(0.28, 0.7) * len(rows)
        flat = random.uniform(0.5, 0.9)
        wide = math.sqrt(wanted / math.pi / flat)
        chosen = int(random.integers(len(rows)))
        centre = (float(columns[chosen]) + columns.mean()) / 2, (float(rows[chosen]) + rows.mean()) / 2
        level = float(ground.clean[zone > 0].mean())
        seed = int(random.integers(2**31))
        heap = Heap(sort, centre, (wide, wide * flat), level, np.random.default_rng(seed))
        laid = heap.lay(ground.at(0), 1.0)
        if cv2.countNonZero(laid & zone) >= 1.15 * CLEARLY * len(rows):
            return polygon, zone, Heap(sort, centre, (wide, wide * flat), level, np.random.default_rng(seed))


def _nothing() -> None:
    return None


def _once(find: Callable[[], Found]) -> Callable[[], Found]:
    known: list[Found] = []

    def found() -> Found:
        if not known:
            known.append(find())
        return known[0]

    return found


def report_quiet(console: Console, grounds: Sequence[Ground], hours: float, seed: int) -> int:
    """Stage days without waste, print what began, and return how often that was."""
    table = Table("ground", "weather", "hold s", "zone px", "most coverage", "false begins", title="Without waste")
    days = max(math.ceil(hours * 3600 / (STRETCH_S * len(DAY))), len(grounds))
    total, cpu_s, seconds = 0, dict.fromkeys(HOLDS_S, 0.0), 0
    for day in track(range(days), "Days without waste", console=console, transient=True):
        ground = grounds[day % len(grounds)]
        watches: list[Watch] = []
        for sort, watches in quiet_day(ground, seed + day):
            for one in watches:
                most = max(one.coverages, default=0.0)
                if one.begun or most > LIMIT / 2:
                    table.add_row(
                        ground.name,
                        sort,
                        f"{one.hold_s:g}",
                        str(cv2.countNonZero(one.zone)),
                        f"{most:.2f}",
                        str(len(one.begun)),
                    )
                total += len(one.begun)
                one.coverages.clear()
                one.begun.clear()
        seconds += STRETCH_S * len(DAY) * len(watches) // len(HOLDS_S)
        for one in watches:
            cpu_s[one.hold_s] += one.cpu_s
    console.print(table)
    spent = ", ".join(f"hold {hold_s:g} s: {cpu_s[hold_s] / seconds * 1e3:.3f} ms" for hold_s in HOLDS_S)
    console.print(
        f"{days * len(DAY) * STRETCH_S / 3600:.1f} h staged, {seconds / 3600:.0f} zone-hours for each hold time:"
        f" {total} false begins; CPU a zone-second: {spent}"
    )
    return total


def report_heaps(console: Console, grounds: Sequence[Ground], count: int, seed: int) -> None:
    """Stage heaps and print the table with recall and what went wrong."""
    outcomes = [
        heap_case(
            grounds[i % len(grounds)],
            seed + 1000 + i,
            hold_s,
            heaps.SORTS[(i + i // len(grounds)) % len(heaps.SORTS)],
            weather.SORTS[i % len(weather.SORTS)],
        )
        for hold_s in HOLDS_S
        for i in track(range(count), f"Heaps, hold {hold_s:g} s", console=console, transient=True)
    ]
    table = Table(
        "ground",
        "heap",
        "weather",
        "hold s",
        "zone px",
        "covers",
        "grows s",
        "late s",
        "end s",
        "verdict",
        title="Not as wished",
    )
    for o in outcomes:
        if o.verdict != "ok":
            late, end = (("-" if s is None else f"{s:.0f}") for s in (o.begin_late_s, o.end_s))
            table.add_row(
                o.ground,
                o.sort,
                o.sky,
                f"{o.hold_s:g}",
                str(o.size_px),
                f"{o.covered:.2f}",
                f"{o.growing_s:.0f}",
                late,
                end,
                o.verdict,
            )
    console.print(table)
    for hold_s in HOLDS_S:
        these = [o for o in outcomes if o.hold_s == hold_s]
        if these:
            found = [o for o in these if o.verdict not in {"missed", "late"}]
            ends = [o.end_s for o in found if o.end_s is not None]
            in_time = sum(end_s <= hold_s for end_s in ends)
            console.print(
                f"hold {hold_s:g} s: {len(these)} heaps, recall {len(found) / len(these):.3f},"
                f" cleared within the hold time {in_time}/{len(found)}, false begins {sum(o.early for o in these)},"
                f" CPU {1e3 * sum(o.cpu_s for o in these) / sum(o.seconds for o in these):.3f} ms a second"
            )


def main() -> None:
    """Stage everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of NAME.mp4 and NAME.json whose grounds are used too")
    parser.add_argument(
        "--hours", type=float, default=8.0, help="hours without waste at least, and a day a ground; 0 for none"
    )
    parser.add_argument("--piles", type=int, default=60, help="number of heaps for each hold time")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    set_up_logs(role="stress", level=logging.ERROR)
    cv2.setNumThreads(1)
    console = Console(width=150)
    random = np.random.default_rng(arguments.seed)
    grounds = [drawn(kind, random) for kind in DRAWN]
    if arguments.clips is not None:
        grounds += recorded(arguments.clips)
    if arguments.hours:
        report_quiet(console, grounds, arguments.hours, arguments.seed)
    if arguments.piles:
        report_heaps(console, grounds, arguments.piles, arguments.seed)


if __name__ == "__main__":
    main()
