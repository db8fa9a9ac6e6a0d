"""A year of a city's readings, written into a database by a command: 50 million of 2,000 series.

    python -m benchmarks.year --url postgresql://... [--days 365] [--sensors 400]

400 sensors of five metrics each: 2 % speak every minute (gauges), 24 % every quarter of an hour, the others every hour;
that is 139,200 readings a day. Values follow tides, the time of day and noise, at the resolution of real sensors;
devices' clocks jitter, 1.5 % of the messages never come, one reading in a thousand is out of range. All of it is drawn
from hashes of sensor and time: the same sensor at the same time always says the same. Rows are written as they would
have come, by time and not by series, a day a statement, while the product's own upkeep rolls up what is written.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from tempfile import gettempdir

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.ingest_share import city
from configs.sensors import Metric, Sensor
from configs.site import SiteFile
from storage.database import Connection, connect
from storage.migrations import migrate
from storage.rollups import Rollups
from storage.seed import seed

DAY = timedelta(days=1)
METRICS = {"level": "m", "pm25": "ug/m3", "temperature": "Cel", "humidity": "%", "battery": "V"}
MINUTELY_SHARE, QUARTERLY_SHARE = 0.02, 0.24

_SERIES = """
INSERT INTO series (source_id, metric, unit)
SELECT source_id, metric, unit
FROM unnest(%(sources)s::text[]) AS source_id
CROSS JOIN unnest(%(metrics)s::text[], %(units)s::text[]) AS m (metric, unit)
ON CONFLICT DO NOTHING
"""

_DAY = """
WITH message AS MATERIALIZED (
    -- Slots counted since 1970; each sensor has its own offset within one, and its clock is up to a second off.
    SELECT
        sensor.source_id, slot,
        '1970-01-01Z'::timestamptz + slot * sensor.step
            + (hashtextextended(sensor.source_id, 1) & 1023) / 1024.0 * least(sensor.step, interval '1 minute') * 0.9
            + (h.hash & 1023) * interval '0.9 ms' AS ts,
        ((h.hash >> 10) & 1048575) / 1048576.0 AS lost,
        interval '60 ms' + ((h.hash >> 30) & 262143) * interval '1 us' AS delay
    FROM unnest(%(sources)s::text[], %(steps)s::interval[]) AS sensor (source_id, step)
    CROSS JOIN LATERAL generate_series(
        ceil(extract(epoch FROM %(begin)s::timestamptz) / extract(epoch FROM sensor.step))::bigint,
        ceil(extract(epoch FROM %(end)s::timestamptz) / extract(epoch FROM sensor.step))::bigint - 1
    ) AS slot
    CROSS JOIN LATERAL hashtextextended(sensor.source_id, slot) AS h (hash)
),
shape (metric, base, tide, daily, noise, steps_per_unit) AS (
    VALUES ('level', 0.8, 0.4, 0.0, 0.04, 100.0), ('pm25', 38.0, 0.0, 14.0, 12.0, 10.0),
        ('temperature', 28.5, 0.0, 3.5, 0.6, 10.0), ('humidity', 74.0, 0.0, -12.0, 3.0, 10.0),
        ('battery', 3.6, 0.0, 0.05, 0.02, 100.0)
),
said AS (
    SELECT
        series.id, message.ts, message.ts + message.delay AS received_at, mod(d.draw, 1000) = 0 AS is_wild,
        round((
            base + tide * sin(2 * pi() * extract(epoch FROM ts)::float8 / 44714)  -- M2, the moon's half day: 12.42 h
            + daily * sin(2 * pi() * (extract(epoch FROM ts)::float8 / 86400 - 0.25 + 7 / 24.0))
            + noise * ((d.draw & 65535) / 65536.0 + ((d.draw >> 16) & 65535) / 65536.0 - 1)
        )::float8 * steps_per_unit::float8) / steps_per_unit::float8 AS value
    FROM message
    JOIN series USING (source_id)
    JOIN shape USING (metric)
    CROSS JOIN LATERAL (
        SELECT hashtextextended(series.metric || message.source_id, message.slot) & 281474976710655
    ) AS d (draw)
    WHERE message.lost >= 0.015
)
INSERT INTO reading (series_id, ts, received_at, arrival, raw, value, quality)
SELECT id, ts, received_at, %(arrival)s + row_number() OVER (ORDER BY received_at, id),
    CASE WHEN is_wild THEN -999 ELSE value END, CASE WHEN is_wild THEN -999 ELSE value END,
    CASE WHEN is_wild THEN 3 ELSE 0 END
FROM said
ORDER BY received_at, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written.

    Attributes:
        rows: How many readings.
        begin: Before the first of them.
        end: After the last.
        written_s: Seconds until all were written.
        rolled_up_s: Seconds spent on rolling them up, partly meanwhile.
    """

    rows: int
    begin: datetime
    end: datetime
    written_s: float
    rolled_up_s: float


def year_city(folder: Path, sensors: int) -> SiteFile:
    """Return the site file of the city: as the ingest benchmarks', with sensors of three paces."""
    metrics = {metric: Metric(unit=unit) for metric, unit in METRICS.items()}
    minutely = max(round(sensors * MINUTELY_SHARE), 1)
    quarterly = max(round(sensors * QUARTERLY_SHARE), 1)
    paces = [60.0] * minutely + [900.0] * quarterly + [3600.0] * (sensors - minutely - quarterly)
    fleet = tuple(
        Sensor(id=f"sensor-{n:05}", name=f"Sensor {n}", site="bench", metrics=metrics, interval_s=pace)
        for n, pace in enumerate(paces)
    )
    return city(folder, 1).model_copy(update={"sensors": fleet})


def add_series(connection: Connection, site: SiteFile) -> None:
    """Number the series of every sensor."""
    asked = {
        "sources": [sensor.id for sensor in site.sensors],
        "metrics": list(METRICS),
        "units": list(METRICS.values()),
    }
    connection.execute(_SERIES, asked)


def write_day(connection: Connection, site: SiteFile, begin: datetime) -> int:
    """Write the readings of every sensor for the day that begins at a moment; return how many.

    Args:
        connection: To a migrated database whose series are numbered.
        site: The city.
        begin: When the day begins.
    """
    row = connection.execute("SELECT nextval('arrival_block')").fetchone()
    assert row is not None
    asked = {
        "sources": [sensor.id for sensor in site.sensors],
        "steps": [timedelta(seconds=sensor.interval_s) for sensor in site.sensors],
        "begin": begin,
        "end": begin + DAY,
        "arrival": row[0],
    }
    return connection.execute(_DAY, asked).rowcount


def roll_up(connection: Connection, begin: datetime, end: datetime) -> None:
    """Note a span of every series as changed, and have the upkeep roll it up.

    Args:
        connection: In autocommit mode.
        begin: Where the span begins.
        end: Where it ends.
    """
    connection.execute("INSERT INTO rollup_dirty (begins_at, ends_at) VALUES (%s, %s)", [begin, end])
    Rollups(connection).refresh()


def write_and_roll_up(
    url: str,
    site: SiteFile,
    days: int,
    end: datetime,
    *,
    on_written: Callable[[int], None] = lambda _: None,
    on_rolled_up: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write days of readings, while what is written is rolled up on a second connection, a day a step.

    Args:
        url: A migrated database.
        site: The city.
        days: How many days.
        end: First moment without readings.
        on_written: Told after each day that one more is written.
        on_rolled_up: Told after each day that one more is rolled up.
    """
    begin, began_s = end - days * DAY, time.perf_counter()
    there: Queue[datetime] = Queue()

    def follow() -> float:
        spent_s = 0.0
        with connect(url, name="rollups", autocommit=True) as connection:
            for _ in range(days):
                day = there.get(timeout=600.0)
                day_began_s = time.perf_counter()
                roll_up(connection, day, day + DAY)
                spent_s += time.perf_counter() - day_began_s
                on_rolled_up(1)
        return spent_s

    rows = 0
    with connect(url, name="bench", autocommit=True) as connection, ThreadPoolExecutor(1) as pool:
        add_series(connection, site)
        following = pool.submit(follow)
        for number in range(days):
            rows += write_day(connection, site, begin + number * DAY)
            there.put(begin + number * DAY)
            on_written(1)
        written_s = time.perf_counter() - began_s
        rolled_up_s = following.result()
    return Written(rows=rows, begin=begin, end=end, written_s=written_s, rolled_up_s=rolled_up_s)


def shown() -> Progress:
    """Return bars that say how many days are done, and how long the others will take."""
    named = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*named, TimeElapsedColumn(), TimeRemainingColumn())


def fill(url: str, site: SiteFile, days: int) -> Written:
    """Migrate a database and fill it, showing how far that is."""
    migrate(url)
    seed(url, site)
    with shown() as progress:
        writing = progress.add_task("days written", total=days)
        rolling = progress.add_task("days rolled up", total=days)
        written = write_and_roll_up(
            url,
            site,
            days,
            just_now(),
            on_written=lambda one: progress.advance(writing, one),
            on_rolled_up=lambda one: progress.advance(rolling, one),
        )
    with connect(url, name="bench", autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return written


def just_now() -> datetime:
    """Return the minute up to which every clock has spoken: the city is alive."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Migrate, write, roll up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="an empty database; migrated if need be")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--sensors", type=int, default=400)
    asked = parser.parse_args(arguments)
    site = year_city(Path(gettempdir()), asked.sensors)
    written = fill(asked.url, site, asked.days)
    print(
        f"{written.rows:,} readings from {written.begin:%Y-%m-%d} until {written.end:%Y-%m-%d}: "
        f"written in {written.written_s:.0f} s, {written.rolled_up_s:.0f} s spent on rolling them up"
    )


if __name__ == "__main__":
    main()
