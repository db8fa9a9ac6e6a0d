"""A simulated alarm flood: a thousand activations in ten minutes, and what the operator would have seen of it.

`python -m benchmarks.alarm_flood`: a storm at twenty places. Gauges rise through three levels, other sensors chatter.
Everything goes through the rules and the database as live data would, on a simulated clock. Told for each minute: new
alarms, the rows of a plain list, the rows of the grouped one, whether it was a flood. `--picture FILE.png` photographs
the wall at the end of the ten minutes (needs chromium and the built pages).
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console
from rich.table import Table

from alerts.activations import is_activation
from alerts.engine import Engine
from alerts.load import LoadWatch
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from benchmarks.intakes import canary, reading
from configs.site import SiteFile
from events.alarm import HIDDEN, Alarm, AlarmRecord, AlarmState
from events.grouping import group_of
from storage.alarms import AlarmStore
from storage.embedded import EmbeddedPostgres
from storage.life import LifeStore
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.seed import seed
from storage.traces import TraceStore
from storage.writer import Writer
from tests.pages.browser import browser
from web.server import make_app
from web.snapshots import LatestSnapshots

BEGIN = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)
"""One in the morning in Rembang: one operator, tired."""

PLACES, GAUGES = 20, 5
"""Places, and sensors of each: a water gauge and four that chatter."""

MEASURED = {"rob-waspada": "level", "rob-siaga": "level", "rob-awas": "level", "getar": "value"}

TEN_MINUTES_S = 600
CALM_S = 1_200


def city() -> SiteFile:
    """Return twenty invented places with a water gauge and four more sensors each."""
    metrics = {"water": {"level": {"unit": "cm"}}, "other": {"value": {"unit": "1"}}}
    return SiteFile.model_validate(
        {
            "city": {"name": "Kota simulasi", "demo": True},
            "sites": [
                {
                    "id": f"tempat-{place:02}",
                    "name": f"Tempat {place:02} (simulasi)",
                    "kecamatan": "33.17.10",
                    "position": {"lat": -6.70 - 0.004 * (place % 5), "lon": 111.30 + 0.01 * place},
                }
                for place in range(PLACES)
            ],
            "sensors": [
                {
                    "id": f"s-{place:02}-{gauge}",
                    "name": f"Alat {gauge}",
                    "site": f"tempat-{place:02}",
                    "interval_s": 60,
                    "metrics": metrics["water" if gauge == 0 else "other"],
                }
                for place in range(PLACES)
                for gauge in range(GAUGES)
            ],
            "rules": [
                *(
                    {
                        "id": f"rob-{name}",
                        "kind": "threshold",
                        "title": f"Pasang rob {name} (simulasi)",
                        "metric": "level",
                        "above": above,
                        "hysteresis": 5,
                        "priority": priority,
                    }
                    for name, above, priority in (
                        ("waspada", 80, "rendah"),
                        ("siaga", 100, "tinggi"),
                        ("awas", 120, "darurat"),
                    )
                ),
                {
                    "id": "getar",
                    "kind": "threshold",
                    "title": "Alat bergetar (simulasi)",
                    "metric": "value",
                    "above": 1,
                    "priority": "sedang",
                },
            ],
        }
    )


def storm() -> Iterator[tuple[int, Sequence[tuple[str, str, float]]]]:
    """Yield, second by second, what sensors say: source, metric, value. A thousand activations within ten minutes."""
    for second in range(TEN_MINUTES_S):
        said: list[tuple[str, str, float]] = []
        for place in range(PLACES):
            begins = 12 * place  # the storm comes along the coast
            if (second - begins) % 60 == 0 and second >= begins:
                said.append((f"s-{place:02}-0", "level", 60.0 + 10.0 * (second - begins) / 60))
            for gauge in range(1, GAUGES):
                # Each of the four goes over its limit and back every 44 seconds or so.
                phase = (second + 11 * gauge + 3 * place) % 44
                if phase in {0, 22}:
                    said.append((f"s-{place:02}-{gauge}", "value", 2.0 if phase == 0 else 0.0))
        if said:
            yield second, said


@dataclass
class Minute:
    """What one minute was like at its end."""

    new: int
    in_ten: float
    rows: int
    groups: int
    flood: bool


@dataclass
class Seen:
    """What the operator would have seen.

    Attributes:
        minutes: Minute by minute.
        activations: Entries into UNACK in all.
        top: The first rows of the grouped list at the end: title of the most urgent, and how many stand behind it.
        over_after_s: Seconds after the last activation at which the flood was over.
        records: Everything that happened.
    """

    minutes: list[Minute]
    activations: int
    top: list[tuple[Alarm, int]]
    over_after_s: int
    records: list[AlarmRecord]


def simulate(url: str, site: SiteFile, folder: Path, *, until_calm: bool = True) -> Seen:
    """Run the storm through the rules and a migrated database.

    Args:
        url: Address of the database.
        site: The city.
        folder: Where pictures would lie.
        until_calm: Whether to go on until the flood is over.
    """
    now = BEGIN
    writer = Writer(url, Engine(site), PictureStore(folder), lambda: now)
    watch = LoadWatch(site.control_room.operators)
    records: list[AlarmRecord] = []
    open_: dict[object, Alarm] = {}
    minutes: list[Minute] = []
    said = dict(storm())
    new = 0
    flood_over_s = 0
    for second in range(TEN_MINUTES_S + (CALM_S if until_calm else 0)):
        now = BEGIN + timedelta(seconds=second)
        intakes = [reading(*one, now) for one in said.get(second, ())]
        if second % 10 == 0:
            intakes.append(canary(now))
        for record in writer.commit(intakes).records if intakes else ():
            records.append(record)
            watch.take([record])
            new += is_activation(record.change)
            alarm = record.change.alarm
            open_[alarm.id] = alarm
            if alarm.state is AlarmState.NORM:
                del open_[alarm.id]
        load = watch.load(now)
        if second >= TEN_MINUTES_S and load.flood_since is None:
            flood_over_s = second - TEN_MINUTES_S
            break
        if second % 60 == 59:
            shown = [one for one in open_.values() if one.active and one.state not in HIDDEN]
            groups = {group_of(one, MEASURED) for one in shown}
            flood = load.flood_since is not None
            minutes.append(Minute(new=new, in_ten=load.new, rows=len(shown), groups=len(groups), flood=flood))
            new = 0
    writer.close()
    within = minutes[: TEN_MINUTES_S // 60]
    shown = [one for one in open_.values() if one.active]
    return Seen(
        minutes=minutes,
        activations=sum(minute.new for minute in within),
        top=_grouped(shown),
        over_after_s=flood_over_s,
        records=records,
    )


def _grouped(alarms: Sequence[Alarm]) -> list[tuple[Alarm, int]]:
    sizes = Counter(group_of(one, MEASURED) for one in alarms)
    worst: dict[str, Alarm] = {}
    for one in sorted(alarms, key=lambda one: (one.priority, -one.raised_at.timestamp())):
        worst.setdefault(group_of(one, MEASURED), one)
    return sorted(((one, sizes[group] - 1) for group, one in worst.items()), key=lambda row: (row[0].priority, -row[1]))


async def photograph(url: str, site: SiteFile, folder: Path, picture: Path) -> None:
    """Photograph the wall as it stands over this database at the end of the ten minutes."""
    at = BEGIN + timedelta(seconds=TEN_MINUTES_S)
    async with (
        AlarmStore(url) as alarms,
        ReadingStore(url) as readings,
        LifeStore(url) as lives,
        TraceStore(url) as traces,
        browser(folder) as page,
    ):
        app: web.Application = make_app(
            site,
            alarms=alarms,
            readings=readings,
            lives=lives,
            traces=traces,
            pictures=PictureStore(folder / "pictures"),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            load=LoadWatch(site.control_room.operators),
            clock=lambda: at,
        )
        server = TestServer(app)
        await server.start_server()
        await page.open(str(server.make_url("/")))
        await page.until("document.querySelector('.behind') && document.querySelector('.banner')")
        await asyncio.sleep(0.5)
        await asyncio.to_thread(picture.write_bytes, await page.screenshot())
        await server.close()


def report(seen: Seen, out: Console) -> None:
    """Print what the operator would have seen."""
    table = Table(title="What the operator would have seen, minute by minute")
    headings = ("minute", "new alarms", "of 10 minutes", "rows of a plain list", "rows grouped", "flood mode")
    for heading in headings:
        table.add_column(heading, justify="right")
    for number, minute in enumerate(seen.minutes[: TEN_MINUTES_S // 60], 1):
        figures = (number, minute.new, f"{minute.in_ten:g}", minute.rows, minute.groups)
        table.add_row(*map(str, figures), "yes" if minute.flood else "")
    out.print(table)
    out.print(f"{seen.activations:,} activations in ten minutes; the flood was over {seen.over_after_s} s after them.")
    out.print("At the top of the grouped list after ten minutes:")
    for alarm, behind in seen.top[:10]:
        more = f"  (+{behind} like it)" if behind else ""
        out.print(f"  {alarm.priority.name.lower():8} {alarm.title} — {alarm.site}{more}", highlight=False)


def main() -> None:
    """Run the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="photograph the wall")
    asked = parser.parse_args()
    site = city()
    with TemporaryDirectory() as temporary:
        server = EmbeddedPostgres(Path(temporary) / "postgres")
        server.start()
        try:
            migrate(server.url)
            seed(server.url, site)
            folder = Path(temporary)
            if asked.picture is None:
                report(simulate(server.url, site, folder), Console(width=120))
            else:
                report(simulate(server.url, site, folder, until_calm=False), Console(width=120))
                asyncio.run(photograph(server.url, site, folder, asked.picture))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
