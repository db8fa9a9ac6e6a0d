"""Stress of the water detector on places and water drawn by us: `python -m benchmarks.stress_water [--clips FOLDER]`.

Rises of seconds to hours in streets and on banks, falls, tides, rain, night, traffic, crowds, shadows; gauges of known
level. With `--clips`, rises and falls are also drawn into still pictures of a folder's clips. Prints a table, and each
failure by name.
"""

import argparse
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import water_scenes as draw
from benchmarks.water_scenes import Floats, Lens, Water
from configs.detection import WaterLevel
from events.geometry import Polygon
from events.ids import ZoneId
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Region, Small, View
from vision.gauge import Staff
from vision.marks import Mark, Scale
from vision.reference import FirstSettledReferences
from vision.water import WaterLevelDetector

NOTHING = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
GROUND = [(0.0, 0.4), (1.0, 0.4), (1.0, 1.0), (0.0, 1.0)]
WHOLE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
PART = [(0.25, 0.45), (0.8, 0.45), (0.8, 1.0), (0.25, 1.0)]
SETTLED_S = 30.0
"""A gauge's first half minute is not judged."""
LATE_S = 30.0
"""A begin so long after the water stopped rising is still the rise's."""

HALF_TIDE_S = 6.2 * 3600
"""From high to low water."""

Show = Callable[[float], Small]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One story.

    Attributes:
        group: What it is of.
        name: Which.
        seconds: How long it lasts.
        every_s: Seconds between pictures.
        show: The picture of a moment.
        rise: Between when the water rises, None where it never does.
        zone: Outline of the zone.
    """

    group: str
    name: str
    seconds: float
    show: Show
    rise: tuple[float, float] | None = None
    every_s: float = 1.0
    zone: list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the detector made of a case: seconds of begins, in the rise and beside it."""

    case: Case
    found_s: float | None
    false_s: list[float]


def rises(scenes: dict[str, Floats]) -> Iterator[Case]:
    """Yield rises: durations by kinds of water, on each scene in turn."""
    waters = {
        "rippled": Water(),
        "choppy dark": Water(level=55, ripple=12, mirror=0.1),
        "calm bright": Water(level=175, ripple=2, mirror=0.15),
        "mirror": Water(level=100, ripple=1.5, mirror=0.55),
        "like the ground": Water(level=115, ripple=4, mirror=0.1),
        "leaning": Water(slope=18, ragged=4),
    }
    durations = {8: 1.0, 30: 1.0, 120: 2.0, 900: 2.0, 7200: 5.0, 21600: 10.0}
    for number, ((place, scene), (look, water), (lasts, every_s)) in enumerate(
        itertools.product(scenes.items(), waters.items(), durations.items())
    ):
        if (number + number // 6) % max(len(scenes) // 2, 1):
            continue
        zone = (GROUND, WHOLE, PART)[number % 3]
        row = draw.linear(40, 40 + lasts, 182, 105)
        yield Case(
            group=f"rise in {lasts} s",
            name=f"{place}, {look}",
            seconds=40 + lasts + 60,
            every_s=every_s,
            show=_plain(scene, row, water, number),
            rise=(40, 40 + lasts),
            zone=zone,
        )


def _plain(scene: Floats, row: Callable[[float], float], water: Water, seed: int) -> Show:
    lens = Lens(seed)
    return lambda t_s: lens.take(draw.flooded(scene, row(t_s), water, t_s))


def hard_rises(scenes: dict[str, Floats]) -> Iterator[Case]:
    """Yield rises under bad conditions."""
    for seed, (place, scene) in enumerate(scenes.items()):
        for name, show in _hard(scene, seed).items():
            yield Case(group="rise, hard", name=f"{place}, {name}", seconds=190, show=show, rise=(40, 130), zone=GROUND)


def _hard(scene: Floats, seed: int) -> dict[str, Show]:
    row, water = draw.linear(40, 130, 182, 110), Water(seed=seed, level=80 + 20 * (seed % 4))
    lenses = [Lens(seed + k) for k in range(8)]

    def flooded(t_s: float) -> Floats:
        return draw.flooded(scene, row(t_s), water, t_s)

    def rained_on(t_s: float) -> Floats:
        return draw.flooded(draw.wet_ground(scene, min(t_s / 60, 1), seed), row(t_s), water, t_s)

    return {
        "night": lambda t_s: Lens(int(t_s) % 5, noise=3).take(flooded(t_s), gain=0.3),
        "half as bright from the start of the rise": lambda t_s: lenses[1].take(
            flooded(t_s), gain=1.0 if t_s < 45 else 0.5
        ),
        "people wading": lambda t_s: lenses[2].take(draw.walkers(flooded(t_s), t_s, seed, 5)),
        "traffic": lambda t_s: lenses[3].take(draw.vehicles(flooded(t_s), t_s, seed)),
        "shaken": lambda t_s: lenses[4].take(flooded(t_s), shake_px=0.7),
        "clouds": lambda t_s: lenses[5].take(flooded(t_s), gain=0.8 + 0.2 * np.sin(t_s / 9)),
        "rain": lambda t_s: lenses[6].take(rained_on(t_s), gain=0.8),
    }


def tides(scenes: dict[str, Floats]) -> Iterator[Case]:
    """Yield falls, and tides that begin at high water: the rise after the fall must be found, the fall must not."""
    for seed, (place, scene) in enumerate(scenes.items()):
        water = Water(seed=seed, ripple=2.0 + 3 * (seed % 3), mirror=0.15 * (seed % 4))
        for lasts, every_s in ((60, 1.0), (1800, 5.0), (14400, 10.0)):
            yield Case(
                group="fall",
                name=f"{place}, in {lasts} s",
                seconds=60 + lasts + 60,
                every_s=every_s,
                show=_plain(scene, draw.linear(40, 40 + lasts, 105, 175), water, seed),
                zone=GROUND,
            )
        yield Case(
            group="tide",
            name=f"{place}, high, low, high",
            seconds=2 * HALF_TIDE_S,
            every_s=10.0,
            show=_plain(scene, _tide, water, seed),
            rise=(HALF_TIDE_S, 2 * HALF_TIDE_S),
            zone=GROUND,
        )


def _tide(t_s: float) -> float:
    return 140 - 34 * float(np.cos(np.pi * t_s / HALF_TIDE_S))


def harmless(scenes: dict[str, Floats]) -> Iterator[Case]:
    """Yield what is no rise."""
    for seed, (place, scene) in enumerate(scenes.items()):
        zone = (GROUND, PART, WHOLE)[seed % 3]
        for name, (seconds, every_s, show) in _harmless(scene, seed).items():
            yield Case(
                group="harmless", name=f"{place}, {name}", seconds=seconds, every_s=every_s, show=show, zone=zone
            )


def _harmless(scene: Floats, seed: int) -> dict[str, tuple[float, float, Show]]:
    """Return stories by name: seconds, seconds between pictures, pictures."""
    take = Lens(seed).take
    river = Water(seed=seed, ripple=5)
    lorry = draw.linear(60, 66, 182, 70)
    soft, hard = partial(draw.soft_band, soft_px=6.0), partial(draw.soft_band, soft_px=0.8)
    return {
        "nothing": (600, 1, lambda _t_s: take(scene)),
        "a day of 24 h": (86400, 10, lambda t_s: take(scene, gain=draw.day(t_s, 86400))),
        "a river that stays, rippled": (600, 1, lambda t_s: take(draw.flooded(scene, 150, river, t_s))),
        "rain, puddles": (900, 1, lambda t_s: take(draw.wet_ground(scene, min(t_s / 600, 1), seed))),
        "people": (300, 1, lambda t_s: take(draw.walkers(scene, t_s, seed, 9))),
        "a crowd": (300, 1, lambda t_s: take(draw.walkers(scene, t_s / 8, seed, int(t_s / 4), height=40))),
        "traffic": (300, 1, lambda t_s: take(draw.vehicles(scene, t_s, seed, every_s=3))),
        "traffic, a picture every 2 s": (600, 2, lambda t_s: take(draw.vehicles(scene, t_s, seed))),
        "light switches": (300, 1, lambda t_s: take(scene, gain=(1.0, 0.35)[int(t_s // 40) % 2])),
        "shaken": (300, 1, lambda _t_s: take(scene, shake_px=1.0)),
        "a cloud's shadow from below": (200, 1, lambda t_s: take(scene * soft(t_s, 40, 60, gain=0.55))),
        "a hard shadow over hours": (14400, 10, lambda t_s: take(scene * hard(t_s, 600, 12000, gain=0.5))),
        "a lorry that backs in and stays": (300, 1, lambda t_s: take(_block(scene, lorry(t_s), 60, 270))),
        "infrared at dusk": (1800, 2, lambda t_s: take(_dusk(scene, t_s, seed))),
    }


def _block(scene: Floats, top: float, left: int, right: int) -> Floats:
    out = scene.copy()
    if top < SMALL_HEIGHT_PX:
        out[int(top) :, left:right] = 170
        out[int(top) + 8 : int(top) + 20, left + 6 : right - 6] = 40
    return out


def _dusk(scene: Floats, t_s: float, seed: int) -> Floats:
    """Ten minutes of dusk, then the infrared lamp: bright in the middle, foliage white."""
    if t_s < 900:
        return np.asarray(scene * max(1.0 - t_s / 1100, 0.2), np.float32)
    y, x = np.mgrid[0:SMALL_HEIGHT_PX, 0:SMALL_WIDTH_PX].astype(np.float32)
    lamp = np.exp(-(((x - 160) / 140) ** 2 + ((y - 120) / 80) ** 2))
    changed = scene + 25 * np.sin(np.random.default_rng(seed).uniform(0, 6) + scene / 40)
    return np.asarray(np.clip(changed, 0, 255) * lamp * 0.9 + 8, np.float32)


def run(case: Case) -> Outcome:
    """Show a case to a detector with default settings."""
    detector = WaterLevelDetector(
        Region(zone=ZoneId("air"), polygon=Polygon.from_points(case.zone)), WaterLevel(), FirstSettledReferences()
    )
    begins, open_before = list[float](), False
    for step in range(int(case.seconds / case.every_s)):
        t_s = step * case.every_s
        is_open = bool(detector.look(_view(case.show(t_s), t_s)).findings)
        if is_open and not open_before:
            begins.append(t_s)
        open_before = is_open
    first, last = case.rise or (np.inf, -np.inf)
    inside = [t_s for t_s in begins if first <= t_s <= last + LATE_S]
    beside = [t_s for t_s in begins if t_s not in inside]
    return Outcome(case=case, found_s=inside[0] if inside else None, false_s=beside + inside[1:])


def _view(small: Small, t_s: float) -> View:
    return View(
        t_s=t_s,
        small=small,
        foreground=NOTHING,
        warm=True,
        second=small,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=t_s),
        width_px=1280,
        height_px=720,
        found=lambda: None,
        colour=lambda: np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8),
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a gauge of 200 cm was read.

    Attributes:
        name: Which story.
        errors_px: Of each reading, in pixels of the small picture.
        asked: How often a reading was asked for.
        cm_per_px: Centimetres a pixel.
    """

    name: str
    errors_px: list[float]
    asked: int
    cm_per_px: float


def gauges() -> Iterator[Reading]:
    """Yield how gauges are read whose level is known."""
    top, bottom = 50, 160
    scale = Scale([Mark(160 / 320, top / 180, 200), Mark(160 / 320, bottom / 180, 0)])
    cm_per_px = 200 / (bottom - top)
    light: dict[str, Callable[[float], float]] = {
        "by day": lambda _t_s: 1.0,
        "by night": lambda _t_s: 0.3,
        "clouds": lambda t_s: 0.75 + 0.25 * float(np.sin(t_s / 20)),
    }
    courses = {
        "rises in 5 min": draw.linear(60, 360, 150, 70),
        "falls in 5 min": draw.linear(60, 360, 80, 150),
        "stands": draw.linear(0, 1, 120, 120),
        "rises and falls": lambda t_s: 110 - 40 * float(np.cos(t_s / 67)),
    }
    waters = {
        "rippled": Water(ripple=5, mirror=0.25, ragged=0.3),
        "calm": Water(ripple=1, mirror=0.5, ragged=0.2, level=70),
        "choppy": Water(ripple=11, mirror=0.1, ragged=0.6, level=140),
    }
    stories = itertools.product(courses.items(), waters.items(), light.items())
    for seed, ((course, row), (look, water), (sky, gain)) in enumerate(stories):
        scene, lens, staff = draw.staff(draw.bank(seed + 40), 160, top, bottom), Lens(seed), Staff(scale)
        errors, asked = list[float](), 0
        for t_s in np.arange(0.0, 420.0, 2.0).tolist():
            small = lens.take(draw.flooded(scene, row(t_s), water, t_s), gain=gain(t_s))
            read = staff.look(small, t_s)
            asked += t_s >= SETTLED_S
            if t_s >= SETTLED_S and read is not None:
                errors.append(abs(scale.cm(read) - (bottom - row(t_s)) * cm_per_px) / cm_per_px)
        yield Reading(name=f"{course}, {look}, {sky}", errors_px=errors, asked=asked, cm_per_px=cm_per_px)


def stills(folder: Path) -> dict[str, Floats]:
    """Return one still background of each clip of a folder: the median of pictures spread over it."""
    found: dict[str, Floats] = {}
    for path in sorted((folder / "dev" if (folder / "dev").is_dir() else folder).glob("*.mp4")):
        clip, pictures = cv2.VideoCapture(str(path)), list[Small]()
        for number in itertools.count():
            if not clip.grab():
                break
            if number % 60 == 0:
                grey = cv2.cvtColor(clip.retrieve()[1], cv2.COLOR_BGR2GRAY)
                small = cv2.resize(grey, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_AREA)
                pictures.append(np.asarray(small, np.uint8))
        found[path.stem] = np.median(np.stack(pictures), axis=0).astype(np.float32)
    return found


def main() -> None:
    """Run every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="folder with clips, or with dev/, for still backgrounds")
    parser.add_argument("--only", default="", help="run only cases whose group or name holds this")
    parser.add_argument("--seed", type=int, default=0, help="which four streets and four banks are drawn")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    seeds = range(4 * arguments.seed, 4 * arguments.seed + 4)
    scenes = {f"street {k}": draw.street(k) for k in seeds} | {f"bank {k}": draw.bank(k) for k in seeds}
    cases = [*rises(scenes), *hard_rises(scenes), *tides(scenes), *harmless(scenes)]
    if arguments.clips is not None:
        real = stills(arguments.clips)
        cases += [*rises(real), *hard_rises(real), *harmless(real)]
    outcomes = [run(case) for case in cases if arguments.only in f"{case.group}: {case.name}"]
    console = Console(width=120)
    console.print(_table(outcomes))
    for outcome in outcomes:
        if outcome.false_s or (outcome.case.rise and outcome.found_s is None):
            what = "false at " + ", ".join(f"{t_s:.0f} s" for t_s in outcome.false_s) if outcome.false_s else "missed"
            console.print(f"{outcome.case.group}: {outcome.case.name}: {what}", highlight=False)
    if not arguments.only or "gauge" in arguments.only:
        console.print(_gauge_table())


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("", "cases", "found", "missed", "false begins", "median delay", "hours watched")
    for group, gathered in itertools.groupby(sorted(outcomes, key=lambda o: o.case.group), lambda o: o.case.group):
        ours = list(gathered)
        rising = [o for o in ours if o.case.rise is not None]
        found = [o for o in rising if o.found_s is not None]
        delays = [o.found_s - o.case.rise[0] for o in found if o.found_s is not None and o.case.rise is not None]
        table.add_row(
            group,
            str(len(ours)),
            str(len(found)) if rising else "-",
            str(len(rising) - len(found)) if rising else "-",
            str(sum(len(o.false_s) for o in ours)),
            f"{np.median(delays):.0f} s" if delays else "-",
            f"{sum(o.case.seconds for o in ours) / 3600:.1f}",
        )
    return table


def _gauge_table() -> Table:
    table = Table("gauge of 200 cm", "read", "mean error", "greatest error", "mean error, cm", "greatest, cm")
    for reading in gauges():
        errors_px = np.array(reading.errors_px or [np.nan])
        mean_px, most_px = float(errors_px.mean()), float(errors_px.max())
        table.add_row(
            reading.name,
            f"{len(reading.errors_px) / reading.asked:.0%}",
            f"{mean_px:.2f} px",
            f"{most_px:.2f} px",
            f"{mean_px * reading.cm_per_px:.1f}",
            f"{most_px * reading.cm_per_px:.1f}",
        )
    return table


if __name__ == "__main__":
    main()
