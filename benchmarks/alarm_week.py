"""A simulated week of a control room, and its report: how livable the alarm stream was, beside the standards' targets.

`python -m benchmarks.alarm_week`: tides, evening smoke, filling bins, a contact that chatters, a gauge that falls
silent and a power cut, through the rules and the database as live data would, on a simulated clock. Two simulated
operators accept alarms, the slower the less urgent and by night, and shelve what chatters. Then the figures of
`pantau alarms report`. `--html FILE.html` writes the page to print. Everything about this city is invented.
"""

import argparse
import asyncio
import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from rich.console import Console
from rich.progress import Progress

from alerts.activations import is_activation
from alerts.engine import Engine
from alerts.operating import STEPS
from app.alarms.report import Report, as_html, computed, print_report
from benchmarks.intakes import canary, reading
from configs.site import SiteFile
from events.alarm import Alarm, AlarmRecord, AlarmState, Priority
from events.command import Command
from events.intake import Intake
from storage.alarms import AlarmStore
from storage.embedded import EmbeddedPostgres
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.seed import seed
from storage.writer import Writer

BEGIN = datetime(2026, 1, 4, 17, 0, tzinfo=UTC)
"""Midnight of a Monday in Rembang (UTC+7)."""

WEEK = timedelta(days=7)
STEP_S, CANARY_S = 10, 60
"""Seconds between two looks at the world, and between ingest's own signs of life; sensors publish every 300 s, the
contact that chatters every 10."""

TIDE_PERIOD_S = 44_714.0
"""Of the principal lunar tide M2: 12.4206 hours."""

ACCEPTED_AFTER_S = {Priority.DARURAT: 60, Priority.TINGGI: 180, Priority.SEDANG: 600, Priority.RENDAH: 1_500}
"""How long the simulated operators take by day, by priority; invented."""

SILENT = {"udara-3": [(50.0, 57.0)]} | {f"sampah-{n}": [(137.0, 139.5)] for n in range(6)}
SILENT |= {f"pasang-{n}": [(137.0, 139.5)] for n in range(4)} | {"udara-1": [(137.0, 139.5)]}
"""Hours of the week in which sensors say nothing: one on Wednesday morning, many in a power cut on Saturday evening."""

CHATTERING = ((26.0, 26.3), (98.0, 98.3))
"""Hours of the week in which the contact chatters, both by night."""


def city() -> SiteFile:
    """Return an invented city: four tide gauges, four air stations, six bins, one contact."""
    kinds = {
        "pasang": (4, {"interval_s": 300, "metrics": {"level": {"unit": "cm"}}}),
        "udara": (4, {"interval_s": 300, "metrics": {"pm25": {"unit": "ug/m3"}}}),
        "sampah": (6, {"interval_s": 300, "metrics": {"fill": {"unit": "%"}}}),
        "kontak": (1, {"interval_s": 300, "metrics": {"contact": {"unit": "1"}}}),
    }
    place = {"kecamatan": "33.17.10", "position": {"lat": -6.70, "lon": 111.34}}
    return SiteFile.model_validate(
        {
            "city": {"name": "Kota simulasi", "demo": True},
            "control_room": {"operators": 2},
            "sites": [
                {"id": f"tempat-{kind}-{n}", "name": f"Tempat {kind} {n} (simulasi)", **place}
                for kind, (count, _) in kinds.items()
                for n in range(count)
            ],
            "sensors": [
                {
                    "id": f"{kind}-{n}",
                    "name": f"{kind} {n}",
                    "site": f"tempat-{kind}-{n}",
                    **more,
                }
                for kind, (count, more) in kinds.items()
                for n in range(count)
            ],
            "rules": [
                _rule("rob-waspada", "level", 80, "rendah", hysteresis=5),
                _rule("rob-siaga", "level", 100, "tinggi", hysteresis=5, hold_s=300),
                _rule("udara-tidak-sehat", "pm25", 55.4, "sedang", hysteresis=5, hold_s=900),
                _rule("bak-penuh", "fill", 85, "rendah", hysteresis=10),
                _rule("pintu-terbuka", "contact", 0.5, "sedang"),
                {"id": "alat-diam", "kind": "absence", "of": "sensors", "priority": "rendah"},
            ],
        }
    )


def _rule(name: str, metric: str, above: float, priority: str, **more: float) -> dict[str, object]:
    return {"id": name, "kind": "threshold", "metric": metric, "above": above, "priority": priority, **more}


def world(start_s: float, chance: random.Random) -> Iterator[tuple[str, str, float]]:
    """Yield what sensors say at a second of the week: source, metric, value."""
    hour = start_s / 3600
    contact = int(start_s / STEP_S) % 2 if any(begin <= hour < end for begin, end in CHATTERING) else 0
    if contact or start_s % 300 == 0 or any(begin <= hour < end + 0.01 for begin, end in CHATTERING):
        yield "kontak-0", "contact", float(contact)
    if start_s % 300:
        return
    springs = 0.7 + 0.3 * math.cos(2 * math.pi * hour / 354.4)  # half a synodic month: springs and neaps
    evening = math.exp(-(((hour % 24) - 18.5) ** 2) / 4)
    for n in range(4):
        level = 55 + 45 * springs * math.cos(2 * math.pi * (start_s - 600 * n) / TIDE_PERIOD_S) + chance.gauss(0, 1.5)
        yield f"pasang-{n}", "level", level
        burning = 2.5 if int(hour // 24) == 3 and n < 2 else 1.0
        yield f"udara-{n}", "pm25", 28 + 24 * evening * burning + chance.gauss(0, 2)
    for n in range(6):
        emptied = 0 if n == 5 else int(hour + 19) // 24 // 2 * 48 - 19  # every second day at five; one is forgotten
        yield f"sampah-{n}", "fill", min((hour - max(emptied, 0)) * (1.9 + 0.05 * n), 100.0)


@dataclass
class Operators:
    """Two people who accept what they see, and shelve what chatters.

    Attributes:
        alarms: The stream.
        due: What they will do, soonest first: when, which alarm.
        seen: Each alarm as it is now.
        taken: How often they did something.
    """

    alarms: AlarmStore
    chance: random.Random
    due: list[tuple[datetime, UUID]] = field(default_factory=list)
    seen: dict[UUID, Alarm] = field(default_factory=dict)
    sounded: dict[str, list[datetime]] = field(default_factory=dict)
    taken: int = 0

    def notice(self, records: Sequence[AlarmRecord]) -> None:
        """See what changed."""
        for record in records:
            alarm = record.change.alarm
            self.seen[alarm.id] = alarm
            if is_activation(record.change):
                night = 2.5 if (record.change.at + timedelta(hours=7)).hour < 6 else 1.0
                wait_s = self.chance.lognormvariate(0, 0.5) * ACCEPTED_AFTER_S[alarm.priority] * night
                heapq.heappush(self.due, (record.change.at + timedelta(seconds=wait_s), alarm.id))
                self.sounded.setdefault(str(alarm.key), []).append(record.change.at)

    async def work(self, now: datetime) -> None:
        """Do what is due."""
        while self.due and self.due[0][0] <= now:
            _, which = heapq.heappop(self.due)
            alarm = self.seen[which]
            recent = [at for at in self.sounded[str(alarm.key)] if now - at < timedelta(minutes=10)]
            if len(recent) >= 3 and alarm.state is not AlarmState.SHLVD:
                await self._take("shelve", alarm, Command(actor="operator", at=now, reason="kontak bergetar"))
            elif alarm.state in {AlarmState.UNACK, AlarmState.RTNUN}:
                await self._take("ack", alarm, Command(actor="operator", at=now))

    async def _take(self, step: str, alarm: Alarm, command: Command) -> None:
        record = await self.alarms.change(alarm.id, lambda found: STEPS[step](found, command))
        self.seen[alarm.id] = record.change.alarm
        self.taken += 1


async def simulate(url: str, site: SiteFile, folder: Path, *, lasts: timedelta = WEEK, seed_: int = 1) -> Report:
    """Run the city through the rules and a migrated database; return the report on it.

    Args:
        url: Address of the database.
        site: The city.
        folder: Where pictures would lie.
        lasts: How long it is simulated.
        seed_: Of the chance in it.
    """
    now = BEGIN
    chance = random.Random(seed_)  # noqa: S311 - a simulation
    writer = Writer(url, Engine(site), PictureStore(folder), lambda: now, canary_s=CANARY_S)
    steps = range(0, round(lasts.total_seconds()), STEP_S)
    async with AlarmStore(url) as alarms:
        operators = Operators(alarms, random.Random(seed_))  # noqa: S311 - a simulation
        with Progress(transient=True) as progress:
            task = progress.add_task("simulating", total=len(steps))
            for second in steps:
                progress.advance(task)
                now = BEGIN + timedelta(seconds=second)
                intakes = list(_heard(second, now, chance))
                if intakes:
                    operators.notice(writer.commit(intakes).records)
                await operators.work(now)
        writer.close()
        return computed(await alarms.between(BEGIN, BEGIN + lasts), site, BEGIN, BEGIN + lasts)


def _heard(second: int, now: datetime, chance: random.Random) -> Iterator[Intake]:
    for source, metric, value in world(second, chance):
        if not any(begin <= second / 3600 < end for begin, end in SILENT.get(source, ())):
            yield reading(source, metric, value, now)
    if second % CANARY_S == 0:
        yield canary(now)


def main() -> None:
    """Run the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path, metavar="FILE.html", help="write the report as a page to print")
    parser.add_argument("--days", type=float, default=7.0)
    asked = parser.parse_args()
    site = city()
    with TemporaryDirectory() as temporary:
        server = EmbeddedPostgres(Path(temporary) / "postgres")
        server.start()
        try:
            migrate(server.url)
            seed(server.url, site)
            found = asyncio.run(simulate(server.url, site, Path(temporary), lasts=timedelta(days=asked.days)))
        finally:
            server.stop()
    print_report(found, site, Console(width=120))
    if asked.html is not None:
        asked.html.write_text(as_html(found, site), encoding="utf-8")


if __name__ == "__main__":
    main()
