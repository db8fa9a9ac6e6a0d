"""Whether a message costs the same in a small city and a large one, in a new database and a full one.

`python -m benchmarks.ingest_flatness`: five values a message, decoded, stored, judged by four rules, with receipts, by
the ingest role's own decoder and writer. First cities of 10 to 10,000 devices, in turn, each in a database of its own,
by batches of 50, which is what comes together at a thousand messages a second (`ingest.batch_age_s`), and of 2,000
(`ingest.batch_messages`), which is what comes when ingest has fallen behind; then each by what comes together where
every device speaks once in ten seconds; then a city of 1,000 devices, with no rows and with 20 million (`--rows`),
written by COPY. Processor time of ingest and of the server apart, the median of rounds; a canary, which judges the
silence of everybody, is told by itself: one comes every two seconds, however many messages.
Needs about 4 GB of disk while it runs.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
import structlog
from rich.console import Console
from rich.progress import track
from rich.table import Table

from alerts.engine import Engine
from benchmarks.ingest_share import UNITS, city
from benchmarks.servers import ServerClock, create_database, names, running
from configs.sensors import Metric, Sensor
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.liveness import LivenessJudge
from devices.registry import Registry
from events.ids import SourceId
from events.message import Delivery, Message
from events.reading import Quality, Reading
from runtime.clock import utc_now
from runtime.collection import spare_collector
from storage.columns import encode_readings
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.queries import query
from storage.seed import seed
from storage.writer import Writer

DEVICES = (10, 100, 1_000, 10_000)
FILLED_DEVICES = 1_000
BATCHES = (50, 2_000)
PACE_HZ = 0.1
"""Messages a second of one device, where each city is measured at its own pace."""

MOST_TRANSACTIONS = 400
"""In one round: batches of one message are many."""

FULL_BATCH = 500
"""With which a full database is compared."""

HISTORY_STEP = timedelta(minutes=5)
SLICE_ROWS = 500_000
"""Rows of one COPY while filling."""


@dataclass(slots=True)
class Town:
    """A city under measurement, with its own database, and what was measured.

    Attributes:
        name: In the table.
        batch: Messages in one transaction.
        ingest_us: Processor time of this process a message, microseconds, one figure a round.
        server_us: That of the server.
        canary_ms: Processor time of both for one canary, milliseconds.
    """

    name: str
    site: SiteFile
    decoder: Decoder
    writer: Writer
    server: ServerClock
    messages: Iterator[Message]
    batch: int = FULL_BATCH
    ingest_us: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    canary_ms: list[float] = field(default_factory=list)

    def commit(self, messages: Sequence[Message]) -> None:
        """Take a batch in as the ingest role does."""
        self.writer.commit([self.decoder.decode(message) for message in messages])

    def warm_up(self, messages: int) -> None:
        """Learn every series, and let the server make its plans."""
        for _ in range(-(-messages // FULL_BATCH)):
            self.commit(list(islice(self.messages, FULL_BATCH)))
        self.commit([canary()])

    def measure_anew(self, batch: int) -> None:
        """Forget what was measured, and go on with batches of another size."""
        self.batch = batch
        for figures in (self.ingest_us, self.server_us, self.canary_ms):
            figures.clear()

    def measure(self, messages: int) -> None:
        """Take one round of messages in, and then a canary."""
        messages = min(messages, MOST_TRANSACTIONS * self.batch)
        batches = [list(islice(self.messages, self.batch)) for _ in range(messages // self.batch)]
        cpu_s, server_s = time.process_time(), self.server.used_s()
        for batch in batches:
            self.commit(batch)
        self.ingest_us.append((time.process_time() - cpu_s) / messages * 1e6)
        self.server_us.append((self.server.used_s() - server_s) / messages * 1e6)
        canaries = 10  # the server's own clock ticks a hundred times a second
        cpu_s, server_s = time.process_time(), self.server.used_s()
        for _ in range(canaries):
            self.commit([canary()])
        self.canary_ms.append((time.process_time() - cpu_s + self.server.used_s() - server_s) / canaries * 1e3)


def canary() -> Message:
    """Return Pantau's own message."""
    now = utc_now()
    return Message(
        "pantau/v1/bench-pantau/canary",
        json.dumps({"ts": now.isoformat()}).encode(),
        now,
        retained=False,
        delivery=_DELIVERY,
    )


_DELIVERY = Delivery(1, 1)


def telemetry(site: SiteFile) -> Iterator[Message]:
    """Yield messages without end: every device in turn, its own clock a second on each time."""
    turn, start = 0, utc_now()
    while True:
        ts = (start + timedelta(milliseconds=turn)).isoformat(timespec="milliseconds")
        for number, sensor in enumerate(site.sensors):
            values = {
                "level": 0.4 + (turn + number) % 7 / 100,
                "pm25": 30 + (turn + number) % 50,
                "temperature": 30 + (turn + number) % 30 / 10,
                "humidity": 60 + (turn + number) % 30,
                "battery": 3.6 + turn % 2 / 100,
            }
            body = {"ts": ts, "boot": "bench", "seq": turn + 1, "values": values}
            payload = json.dumps(body).encode()
            yield Message(f"pantau/v1/{sensor.id}/telemetry", payload, utc_now(), retained=False, delivery=_DELIVERY)
        turn += 1


def prepared(name: str, url: str, folder: Path, devices: int) -> Town:
    """Return a city with its database."""
    metrics = {metric: Metric(unit=unit) for metric, unit in UNITS.items()}
    sensors = tuple(
        Sensor(id=f"sensor-{n:05}", name=f"Sensor {n}", site="bench", metrics=metrics) for n in range(devices)
    )
    site = city(folder, 1).model_copy(update={"sensors": sensors})
    migrate(url)
    seed(url, site)
    registry = Registry.from_site(site)
    lives = LivenessJudge.of(registry, site.ingest.canary_s)
    writer = Writer(url, Engine(site), PictureStore(folder / "pictures"), utc_now, lives=lives)
    return Town(name, site, Decoder(registry, utc_now), writer, ServerClock(url), telemetry(site))


def fill(url: str, rows: int) -> None:
    """Write readings into the past of every series, moment by moment as they would have come, up to yesterday."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        series = [number for (number,) in cursor.execute("SELECT id FROM series ORDER BY id")]
        moments = rows // len(series)
        newest = utc_now() - timedelta(days=1)
        each = max(SLICE_ROWS // len(series), 1)
        for first in track(range(0, moments, each), description=f"writing {rows:,} rows", transient=True):
            times = [newest - (moments - n) * HISTORY_STEP for n in range(first, min(first + each, moments))]
            readings = [
                Reading(_NOBODY, "", ts, ts, raw, raw, Quality.OK)
                for n, ts in enumerate(times)
                for raw in [0.4 + n % 97 / 1000] * len(series)
            ]
            with cursor.copy(query("copy_readings")) as copy:
                copy.write(encode_readings(readings, series * len(times), first * len(series)))
            connection.commit()


_NOBODY = SourceId("")
"""Series are told by number here, their names are not looked at."""


def rounds(towns: Sequence[Town], count: int, messages: int) -> None:
    """Measure towns in turn, so that whatever else the machine does meets all alike."""
    for _ in track(range(count), description="measuring", transient=True):
        for town in towns:
            town.measure(messages)


def show(console: Console, title: str, towns: Sequence[Town]) -> None:
    """Print one line a town, with its cost over that of the first."""
    table = Table(title=title)
    for heading in (
        "",
        "messages a batch",
        "ingest us/message",
        "server us/message",
        "both over the first",
        "CPU ms a canary",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    first_us = median(towns[0].ingest_us) + median(towns[0].server_us)
    for town in towns:
        ingest_us, server_us = median(town.ingest_us), median(town.server_us)
        ratio = (ingest_us + server_us) / first_us
        table.add_row(
            town.name,
            f"{town.batch:,}",
            f"{ingest_us:.1f}",
            f"{server_us:.1f}",
            f"{ratio:.2f}",
            f"{median(town.canary_ms):.1f}",
        )
    console.print(table)


def by_devices(console: Console, server_name: str, folder: Path, asked: argparse.Namespace) -> None:
    """Compare cities of different size."""
    with running(server_name) as server:
        towns = []
        for devices in asked.devices:
            name = f"{devices:,} devices"
            town = prepared(name, create_database(server, f"bench_{devices}"), folder / str(devices), devices)
            town.warm_up(max(2 * devices, 5 * FULL_BATCH))
            towns.append(town)
        for batch in asked.batches:
            for town in towns:
                town.measure_anew(batch)
            rounds(towns, asked.rounds, asked.messages)
            show(console, f"{server_name}: cities of different size, batches of {batch:,}", towns)
        for town in towns:
            town.measure_anew(max(1, round(len(town.site.sensors) * PACE_HZ * town.site.ingest.batch_age_s)))
        rounds(towns, asked.rounds, asked.messages)
        show(console, f"{server_name}: cities of different size, each device once in {1 / PACE_HZ:.0f} s", towns)
        for town in towns:
            town.writer.close()


def by_rows(console: Console, server_name: str, folder: Path, asked: argparse.Namespace) -> None:
    """Compare a new database with a full one."""
    with running(server_name) as server:
        new, full = (
            prepared(name, create_database(server, name), folder / name, FILLED_DEVICES) for name in ("new", "full")
        )
        new.name, full.name = "no rows before", f"{asked.rows:,} rows before"
        for town in (new, full):
            town.warm_up(5 * FILLED_DEVICES)
        if asked.rows:
            fill(server.url("full"), asked.rows)
        rounds([new, full], asked.rounds, asked.messages)
        show(console, f"{server_name}: {FILLED_DEVICES:,} devices, a new database and a full one", [new, full])
        for town in (new, full):
            town.writer.close()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--devices", type=int, nargs="*", default=DEVICES, help="sizes of cities; none to leave them out"
    )
    parser.add_argument("--batches", type=int, nargs="*", default=BATCHES, help="messages in one transaction")
    parser.add_argument("--rows", type=int, default=20_000_000, help="rows of the full database; 0 to leave it out")
    parser.add_argument("--messages", type=int, default=10_000, help="in one round of one city")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--servers", nargs="*", default=names(), help="plain, timescale")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    spare_collector()
    console = Console(width=120, highlight=False)
    with TemporaryDirectory() as folder:
        for name in asked.servers:
            if asked.devices:
                by_devices(console, name, Path(folder) / name, asked)
            if asked.rows:
                by_rows(console, name, Path(folder) / name, asked)


if __name__ == "__main__":
    main()
