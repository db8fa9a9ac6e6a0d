"""How fast charts and latest values are answered: the web room over a real database, by HTTP on loopback.

`--url` names a migrated database that is full already; without it an embedded one is filled with `--rows` readings of
`--series` series, `--step-s` apart, and rolled up.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

import psycopg
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from rich.progress import Progress

from runtime.collection import spare_collector
from storage.catalog import CatalogStore
from storage.database import connect
from storage.embedded import EmbeddedPostgres
from storage.life import LifeStore
from storage.migrations import migrate
from storage.readings import ReadingStore
from storage.rollups import Rollups
from storage.spans import SpanStore
from tests.unit.web.fakes import SITE, City
from web.catalog import CatalogRoutes
from web.directory import Directory
from web.overview import OverviewRoutes
from web.readings import ReadingRoutes
from web.snapshots import LatestSnapshots

END = datetime.now(UTC).replace(second=0, microsecond=0)
"""The city is alive: its newest readings are of just now."""
WARM_UP = 12
"""PostgreSQL plans a statement anew for its first ten executions or so."""
CHARTS = {"an hour": 1 / 24, "a day": 1, "a week": 7, "30 days": 30, "a year": 365}


@contextmanager
def database(url: str | None, rows: int, series: int, step: timedelta) -> Iterator[str]:
    """Have a full database."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="pantau-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        postgres = EmbeddedPostgres(Path(folder) / "postgres", {"fsync": "off", "max_wal_size": "4GB"})
        url = postgres.start()
        try:
            migrate(url)
            fill(url, rows, series, step)
            yield url
        finally:
            postgres.stop()


def fill(url: str, rows: int, series: int, step: timedelta) -> None:
    """Store readings of every series up to `END`, a step apart, and roll them up."""
    each = max(rows // series, 1)
    with psycopg.connect(url, autocommit=True) as connection, Progress() as progress:
        connection.execute(
            "INSERT INTO series (source_id, metric, unit) "
            "SELECT 'sensor-' || n / 4, 'metric-' || n %% 4, 'ug/m3' FROM generate_series(1, %s::integer) AS n",
            [series],
        )
        task = progress.add_task("filling", total=series)
        for first in range(1, series + 1, 20):
            last = min(first + 19, series)
            connection.execute(
                "INSERT INTO reading SELECT s, %s - n * %s::interval, %s - n * %s::interval, "
                "s::bigint * %s + n, v, v, 0 FROM generate_series(%s::integer, %s::integer) AS s, "
                "generate_series(1, %s::integer) AS n, "
                "LATERAL (SELECT 50 + 20 * sin(n / 200.0) + random() AS v) AS noise",
                [END, step, END, step, each, first, last, each],
            )
            progress.update(task, completed=last)
        connection.execute("INSERT INTO rollup_dirty (begins_at, ends_at) VALUES (%s, %s)", [END - each * step, END])
        connection.execute("VACUUM ANALYZE")
    with connect(url, name="rollups", autocommit=True) as connection:
        Rollups(connection).refresh()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@asynccontextmanager
async def served(url: str) -> AsyncIterator[tuple[ClientSession, ReadingStore]]:
    """Serve what is measured."""
    directory, city = Directory(SITE), City()
    async with (
        ReadingStore(url) as readings,
        LifeStore(url) as lives,
        CatalogStore(url) as catalog,
        SpanStore(url) as spans,
    ):
        app = web.Application()
        history = ReadingRoutes(
            catalog=catalog, spans=spans, directory=directory, timezone="Asia/Jakarta", clock=lambda: END
        )
        overview = OverviewRoutes(
            site=SITE,
            readings=readings,
            lives=lives,
            snapshots=LatestSnapshots([]),
            directory=directory,
            clock=city.clock,
        )
        routes = [
            *overview.table(),
            *history.table(),
            *CatalogRoutes(catalog=catalog, directory=directory).table(),
        ]
        app.add_routes(routes)
        async with TestServer(app) as server, ClientSession(server.make_url("/")) as session:
            spare_collector()  # as the web role does
            yield session, readings
        await history.close()


async def timed(times: int, ask: Callable[[], Awaitable[object]]) -> list[float]:
    """Return milliseconds of each of some calls; those before, which only warm up plans and pools, are left out."""
    taken: list[float] = []
    for _ in range(times + WARM_UP):
        began_s = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - began_s) * 1000)
    return taken[WARM_UP:]


def told(what: str, taken: list[float]) -> str:
    """Return a line of the table."""
    return f"| {what} | {median(taken):.1f} | {quantiles(taken, n=20)[-1]:.1f} | {max(taken):.1f} |"


async def measure(url: str, times: int, seed: int) -> None:
    """Print the table."""
    chance = random.Random(seed)  # noqa: S311 - a bench, no secret
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*), min(id), max(id) FROM series").fetchone()
    assert row is not None
    count, least, greatest = row
    print("| question | median ms | p95 ms | longest ms |\n|---|---|---|---|")
    async with served(url) as (session, readings):

        async def get(path: str) -> None:
            async with session.get(path) as response:
                await response.read()
                assert response.status == 200, await response.text()

        print(told(f"latest of {count} series, in the store", await timed(times, readings.latest)))
        print(told(f"latest of {count} series, by HTTP", await timed(times, lambda: get("/api/v1/latest"))))
        for name, days in CHARTS.items():

            def chart(days: float = days) -> Awaitable[None]:
                number = chance.randint(least, greatest)
                start = (END - timedelta(days=days)).isoformat().replace("+00:00", "Z")
                end = END.isoformat().replace("+00:00", "Z")
                return get(f"/api/v1/series/{number}/readings?from={start}&to={end}")

            print(told(f"chart of {name}, bucket auto", await timed(times, chart)))


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--series", type=int, default=2_000)
    parser.add_argument("--step-s", type=float, default=60.0)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with database(given.url, given.rows, given.series, timedelta(seconds=given.step_s)) as url:
        asyncio.run(measure(url, given.times, given.seed))


if __name__ == "__main__":
    main()
