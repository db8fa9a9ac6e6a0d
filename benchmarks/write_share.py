"""What de-duplication costs: rows written once each, against binary COPY into a table that takes everything.

`python -m benchmarks.write_share`: batches of 2,000 messages of five values, a transaction each, as the writer stores
them (`storage.telemetry`) into `reading`: all new, a tenth of them known, all known. Against it the same rows, encoded
by the same code and sorted alike, copied into a table of the same columns that takes everything twice: with the index
by which series are read, and without any, which nobody could read. Round by round in turn; on the embedded PostgreSQL,
and on TimescaleDB where `PANTAU_TRIXIE` names it, with plain tables as the baselines in both.
"""

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.servers import ServerClock, create_database, names, running
from events.ids import SourceId
from events.reading import Quality, Reading
from storage.columns import encode_readings
from storage.database import connect
from storage.migrations import migrate
from storage.telemetry import ReadingTable

SENSORS, METRICS = 200, ("level", "pm25", "temperature", "humidity", "battery")
MESSAGES = 2_000
GOAL = 0.6
_START = datetime(2026, 11, 1, tzinfo=UTC)

BASELINES = b"""
CREATE TABLE bare AS SELECT series_id, ts, received_at, arrival, raw, value, quality FROM reading;
CREATE TABLE indexed AS TABLE bare;
CREATE INDEX ON indexed (series_id, ts)
"""


@dataclass(slots=True)
class Way:
    """One way to write, and what was measured of it, one figure a batch.

    Attributes:
        name: In the table.
        write: Writes a batch and commits.
        wall_s: From handing over to the commit.
        cpu_s: Processor time of this process and of the server together.
    """

    name: str
    write: Callable[[Sequence[Reading]], None]
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def batch(number: int, *, share_known: float = 0.0) -> list[Reading]:
    """Return a batch; batches of different numbers have no reading in common, but for the known share."""
    readings = []
    known = int(MESSAGES * share_known)
    for place in range(MESSAGES):
        turn = (number - (1 if place < known else 0)) * MESSAGES // SENSORS + place // SENSORS
        ts = _START + timedelta(seconds=turn)
        source = SourceId(f"sensor-{place % SENSORS:03}")
        readings += [Reading(source, metric, ts, ts, turn / 10, turn / 10, Quality.OK) for metric in METRICS]
    return readings


def compare(url: str, rounds: int) -> list[Way]:
    """Measure each way `rounds` times, in turn."""
    clock = ServerClock(url)
    connection = connect(url, name="bench")
    connection.execute(BASELINES)
    # Redelivery makes a table careful for some batches, so that live data has one of its own.
    live, redelivered = ReadingTable({}), ReadingTable({})
    live.prepare(connection)
    series = [number % (SENSORS * len(METRICS)) + 1 for number in range(MESSAGES * len(METRICS))]

    def copy(into: str) -> Callable[[Sequence[Reading]], None]:
        def write(readings: Sequence[Reading]) -> None:
            with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN (FORMAT binary)".encode()) as rows:
                rows.write(encode_readings(readings, series, 1))
            connection.commit()

        return write

    def store(table: ReadingTable) -> Callable[[Sequence[Reading]], None]:
        def write(readings: Sequence[Reading]) -> None:
            with connection.cursor() as cursor:
                table.store(cursor, readings)
            connection.commit()

        return write

    ways = [
        Way("COPY, indexed", copy("indexed")),
        Way("COPY, no index", copy("bare")),
        Way("once each, all new", store(live)),
        Way("once each, a tenth known", store(redelivered)),
        Way("once each, all known", store(redelivered)),
    ]
    for number in range(-1, rounds):  # the first round warms up
        fresh, with_known = batch(2 * number + 10), batch(2 * number + 11, share_known=0.1)
        for way, readings in zip(ways, (fresh, fresh, fresh, with_known, fresh), strict=True):
            wall_s, cpu_s = time.perf_counter(), time.process_time() + clock.used_s()
            way.write(readings)
            if number >= 0:
                way.wall_s.append(time.perf_counter() - wall_s)
                way.cpu_s.append(time.process_time() + clock.used_s() - cpu_s)
    connection.close()
    return ways


def show(console: Console, server_name: str, ways: Sequence[Way]) -> None:
    """Print the table; shares are medians of rates within one round."""
    rows = MESSAGES * len(METRICS)
    table = Table(title=f"{server_name}: {rows:,} rows a transaction")
    for heading in (
        "",
        "rows/s",
        "of COPY, indexed",
        "of COPY, no index",
        "CPU us/row",
        "of COPY's, indexed",
        "no index",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for way in ways:
        shares = [
            median(other / own for other, own in zip(baseline.wall_s, way.wall_s, strict=True)) for baseline in ways[:2]
        ]
        cpu_shares = [sum(baseline.cpu_s) / sum(way.cpu_s) for baseline in ways[:2]]
        table.add_row(
            way.name,
            f"{rows / median(way.wall_s):,.0f}",
            *(f"{share:.0%}" for share in shares),
            f"{sum(way.cpu_s) / len(way.cpu_s) / rows * 1e6:.2f}",
            *(f"{share:.0%}" for share in cpu_shares),
        )
    console.print(table)
    console.print(f"goal: all new at least {GOAL:.0%} of COPY")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds")
    parser.add_argument("--servers", nargs="*", default=names(), help="plain, timescale")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=120, highlight=False)
    for name in asked.servers:
        with running(name) as server:
            url = create_database(server, "bench")
            migrate(url)
            show(console, name, compare(url, 100 if asked.full else 25))


if __name__ == "__main__":
    main()
