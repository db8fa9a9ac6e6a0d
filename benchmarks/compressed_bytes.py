"""Bytes a reading before and after compression: TimescaleDB's Community edition, days of the benchmarks' year.

    make community
    python -m benchmarks.compressed_bytes [--days 8] [--sensors 400]

As many readings as the WebAssembly build of that edition holds in memory, at the density of the year of 50 million:
every chunk is as large as one of those, and compressed as the product's own policy does. What a pace costs is said
too, with a fleet that has no other: a batch holds one series' readings of one day, so slow series fill theirs badly.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.year import DAY, METRICS, add_series, write_day, year_city
from configs.site import SiteFile
from storage.database import connect
from tests.fix_community import community_running

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
PACES_S = (60.0, 900.0, 3600.0)

_SOURCES = "INSERT INTO source (id, kind, name, listed) SELECT id, 'sensor', id, true FROM unnest(%s::text[]) AS id"

_SIZES = """
SELECT sum(before_compression_total_bytes)::bigint, sum(after_compression_total_bytes)::bigint
FROM chunk_compression_stats('reading')
"""


def of_one_pace(site: SiteFile, interval_s: float, rows_a_day: int) -> SiteFile:
    """Return the site file with as many sensors of one pace as bring about that many readings a day."""
    count = max(round(rows_a_day / len(METRICS) / (DAY.total_seconds() / interval_s)), 1)
    fleet = tuple(
        site.sensors[0].model_copy(update={"id": f"pace-{interval_s:.0f}-{n:05}", "interval_s": interval_s})
        for n in range(count)
    )
    return site.model_copy(update={"sensors": fleet})


def compressed(url: str, site: SiteFile, days: int) -> tuple[int, int, int]:
    """Write days of readings into the emptied table and compress them.

    Args:
        url: The database, which holds one connection at a time.
        site: The city.
        days: How many days.

    Returns:
        How many readings, and bytes of the table with indexes before and after.
    """
    rows = 0
    with connect(url, name="bench", autocommit=True) as connection:
        connection.prepare_threshold = None  # every connection is the same session
        connection.execute("TRUNCATE reading")
        connection.execute(_SOURCES, [[sensor.id for sensor in site.sensors]])
        add_series(connection, site)
        for number in track(range(days), f"{len(site.sensors)} sensors", transient=True):
            rows += write_day(connection, site, BEGIN + number * DAY)
        connection.execute("SELECT compress_chunk(chunk) FROM show_chunks('reading') AS chunk")
        found = connection.execute(_SIZES).fetchone()
    assert found is not None
    return rows, found[0], found[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write, compress, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--sensors", type=int, default=400)
    asked = parser.parse_args(arguments)
    site = year_city(Path(gettempdir()), asked.sensors)
    table = Table("sensors speak", "readings", "before", "after", "ratio", title="bytes a reading, indexes included")
    with community_running() as url:
        rows, before, after = compressed(url, site, asked.days)
        fleets = [("as in the year", rows, before, after)]
        for pace_s in PACES_S:
            fleet = of_one_pace(site, pace_s, rows // asked.days)
            fleets.append((f"every {pace_s / 60:.0f} min", *compressed(url, fleet, max(asked.days // 4, 1))))
    for name, rows, before, after in fleets:
        table.add_row(name, f"{rows:,}", f"{before / rows:.1f}", f"{after / rows:.1f}", f"{before / max(after, 1):.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
