"""Stress of camera health: a hundred and more faults, fifty harmless things: `python -m benchmarks.stress_health`.

Scenes are drawn by us; `--clips FOLDER` takes the clean footage of a folder with `score.py` and `dev/` instead.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.health_cases import BEGIN_S, Case
from benchmarks.health_faults import faults
from benchmarks.health_harmless import harmless
from benchmarks.health_scenes import Footage, drawn_footage, recorded_footage
from events.errors import ConfigError
from vision.detector import View
from vision.health import HealthDetector

CADENCES_S = (0.2, 2.0)
SUDDEN_S = 2.0
DELAY_SUDDEN_S, DELAY_GRADUAL_S = 10.0, 20.0
NOTHING = np.zeros((180, 320), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the detector said of one case.

    Attributes:
        case: The case.
        every_s: Seconds from picture to picture.
        told: Class, begin and end of each finding, in seconds; the end is that of the run where it lasted.
    """

    case: Case
    every_s: float
    told: Sequence[tuple[str, float, float]]

    @property
    def delay_s(self) -> float | None:
        """Seconds from the begin of a sudden change, or the end of a gradual one, to the first finding."""
        if not self.told:
            return None
        gradual = self.case.ramp_s > SUDDEN_S
        return self.told[0][1] - BEGIN_S - (self.case.ramp_s if gradual else 0.0)

    @property
    def found(self) -> bool:
        """Whether it was told in time: two pictures more where few come."""
        most_s = DELAY_GRADUAL_S if self.case.ramp_s > SUDDEN_S else DELAY_SUDDEN_S
        return self.delay_s is not None and self.delay_s <= most_s + (2 * self.every_s if self.every_s >= 1 else 0)

    @property
    def right(self) -> bool:
        """Whether the class was right all the time."""
        return self.found and {name for name, _, _ in self.told} == {self.case.expected}

    @property
    def ended(self) -> bool:
        """Whether it ended after the fault did."""
        end_s = BEGIN_S + self.case.ramp_s + self.case.lasts_s
        return bool(self.told) and end_s <= self.told[-1][2] < self.case.until_s


def run(case: Case, every_s: float) -> Outcome:
    """Show a case to a fresh detector."""
    detector, show, told = HealthDetector(), case.show(), list[tuple[str, float, float]]()
    opened: tuple[str, float, float] | None = None
    for i in range(int(case.until_s / every_s)):
        t_s = i * every_s
        findings = detector.look(_view(show(t_s), t_s)).findings
        now = (str(findings[0].attrs["class"]), findings[0].since_s) if findings else None
        if opened is not None and now != (opened[0], opened[2]):
            told.append((opened[0], opened[1], t_s))
            opened = None
        if now is not None and opened is None:
            opened = now[0], t_s, now[1]
    if opened is not None:
        told.append((opened[0], opened[1], case.until_s))
    return Outcome(case=case, every_s=every_s, told=told)


def _view(small: np.ndarray, t_s: float) -> View:
    return View(
        t_s=t_s,
        small=small,
        foreground=NOTHING,
        warm=True,
        second=None,
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=t_s),
        width_px=1280,
        height_px=720,
        found=lambda: None,
        colour=lambda: cv2.cvtColor(small, cv2.COLOR_GRAY2BGR).astype(np.uint8),
    )


def report(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print a table by class, and every failure with what was said."""
    table = Table("every", "class", "cases", "found", "right", "ended", "false", "delay: median", "most")
    for every_s in sorted({one.every_s for one in outcomes}):
        here = [one for one in outcomes if one.every_s == every_s]
        for name in sorted({one.case.expected or "" for one in here}):
            table.add_row(f"{every_s:g} s", *_row(name, [one for one in here if (one.case.expected or "") == name]))
        table.add_row(
            f"{every_s:g} s", *_row("all faults", [one for one in here if one.case.expected]), end_section=True
        )
    console.print(table)
    for one in outcomes:
        wrong = one.told if one.case.expected is None else not (one.right and one.ended)
        if wrong:
            said = ", ".join(
                f"{name} {begun_s - BEGIN_S:.1f}..{ended_s - BEGIN_S:.1f}" for name, begun_s, ended_s in one.told
            )
            change = f"{one.every_s:g} s  {one.case.footage.name}: {one.case.name}"
            wanted = f"expected {one.case.expected or 'nothing'}, said {said or 'nothing'}"
            console.print(f"{change}: {wanted} (seconds from the change, which took {one.case.ramp_s:g} s)")


def _row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    delays = [one.delay_s for one in outcomes if one.found and one.delay_s is not None]
    if not name:
        return ["harmless", str(len(outcomes)), "", "", "", str(sum(bool(one.told) for one in outcomes)), "", ""]
    return [
        name,
        str(len(outcomes)),
        f"{sum(one.found for one in outcomes)}",
        f"{sum(one.right for one in outcomes)}",
        f"{sum(one.ended for one in outcomes)}",
        "",
        f"{statistics.median(delays):.1f} s" if delays else "",
        f"{max(delays):.1f} s" if delays else "",
    ]


def cases(scenes: Sequence[Footage], only: str) -> list[Case]:
    """Return all cases whose scene, name or class contains `only`."""
    everything = [*faults(scenes), *harmless(scenes)]
    return [case for case in everything if only in f"{case.footage.name}: {case.name} {case.expected}"]


def main() -> None:
    """Run all cases at both cadences and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="folder with score.py and dev/ whose clean clips are used")
    parser.add_argument("--only", default="", help="only cases whose scene, name or class contains this")
    parser.add_argument("--seed", type=int, default=0, help="other scenes of the same looks")
    parser.add_argument("--every", type=float, nargs="*", default=CADENCES_S, help="seconds from picture to picture")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    scenes = recorded_footage(arguments.clips) if arguments.clips else drawn_footage(arguments.seed)
    if not scenes:
        raise ConfigError(f"no clean clips in {arguments.clips / 'dev'}: name a folder with --clips, or leave it out")
    outcomes = [run(case, every_s) for every_s in arguments.every for case in cases(scenes, arguments.only)]
    report(outcomes, Console(width=150))


if __name__ == "__main__":
    main()
