"""Plain PostgreSQL: readings in one table, in a table with BRIN beside the key, or in native partitions of a day.

Ratios of wall time within one run: taking 30 days of readings in, charting one series, forgetting the oldest day.

    python -m benchmarks.plain_partitions [--series 100] [--per-day 1000]
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from psycopg import sql

from events.ids import SourceId
from events.reading import Quality, Reading
from storage.columns import encode_readings
from storage.database import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.queries import query

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30
DAY = timedelta(days=1)
COLUMNS = """series_id integer NOT NULL, ts timestamptz NOT NULL, received_at timestamptz NOT NULL,
    arrival bigint NOT NULL, raw double precision NOT NULL, value double precision NOT NULL, quality smallint NOT NULL,
    PRIMARY KEY (series_id, ts)"""


def make(connection: Connection, kind: str) -> None:
    """Make table `reading` of one kind, empty."""
    connection.execute("DROP TABLE IF EXISTS reading")
    if kind != "partitions":
        connection.execute(sql.SQL("CREATE TABLE reading ({})").format(sql.SQL(COLUMNS)))
        if kind == "brin":
            connection.execute("CREATE INDEX ON reading USING brin (ts) WITH (autosummarize = on)")
        return
    connection.execute(sql.SQL("CREATE TABLE reading ({}) PARTITION BY RANGE (ts)").format(sql.SQL(COLUMNS)))
    for day in range(DAYS):
        begin, end = START + day * DAY, START + (day + 1) * DAY
        connection.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF reading FOR VALUES FROM ({}) TO ({})").format(
                sql.Identifier(f"reading_{day:02}"), sql.Literal(begin), sql.Literal(end)
            )
        )


def batches(series: int, per_day: int) -> list[bytes]:
    """Return what ingest would copy: every series' values of a few minutes at a time."""
    step = DAY / per_day
    at_once = max(1, 2000 // series)
    found = []
    for begin in range(0, DAYS * per_day, at_once):
        times = [START + n * step for n in range(begin, min(begin + at_once, DAYS * per_day))]
        readings = [Reading(SourceId("s"), "m", ts, ts, 1.0, 1.0, Quality.OK) for ts in times for _ in range(series)]
        found.append(encode_readings(readings, [n for _ in times for n in range(series)], begin * series))
    return found


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def fill(connection: Connection, copies: list[bytes]) -> None:
    """Copy batches, a transaction each."""
    for rows in copies:
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(query("copy_readings")) as copy:
            copy.write(rows)


def forget(connection: Connection, kind: str, series: int) -> None:
    """Forget the oldest day, as the upkeep would."""
    if kind == "partitions":
        connection.execute("DROP TABLE reading_00")
        return
    for one in range(series):
        connection.execute("DELETE FROM reading WHERE series_id = %s AND ts < %s", [one, START + DAY])


def chart(connection: Connection, series: int) -> float:
    """Return the median seconds of one series' 29 days, raw, of several series."""
    asked = "SELECT count(*), sum(value) FROM reading WHERE series_id = %s AND ts >= %s AND ts < %s"
    spans = [[n, START + DAY, START + DAYS * DAY] for n in range(0, series, max(1, series // 20))]
    return median(timed(lambda span=span: connection.execute(asked, span).fetchall()) for span in spans)  # type: ignore[misc]


def main() -> None:
    """Measure and print one line a kind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--per-day", type=int, default=1000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pantau-bench-"))
    server = EmbeddedPostgres(folder / "postgres")
    try:
        copies = batches(options.series, options.per_day)
        with connect(server.start(), name="bench", autocommit=True) as connection:
            print(f"{options.series * options.per_day * DAYS:,} readings in {len(copies)} batches; times in seconds")
            for kind in ("table", "brin", "partitions", "table"):
                make(connection, kind)
                taken = timed(lambda: fill(connection, copies))
                connection.execute("ANALYZE reading")
                charted_ms = chart(connection, options.series) * 1e3
                forgotten = timed(lambda kind=kind: forget(connection, kind, options.series))  # type: ignore[misc]
                print(f"{kind:12} taken in {taken:7.2f}   chart {charted_ms:7.2f} ms   day forgotten {forgotten:6.3f}")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
