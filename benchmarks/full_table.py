"""Fifty million readings: charts, latest values, bytes a reading, and ingest into the full table.

    python -m benchmarks.full_table [--server timescale] [--days 365] [--sensors 400]

Starts a database server, fills it (`benchmarks.year`), and asks the web role, a process of its own, by HTTP on
loopback, one question after the other: for each length of time and each bucket, series and end of the period drawn at
random, once of all series and once of those that speak every minute. The questions are asked in rounds; that one is
shown during which other programs used the least of the processors. Then messages are taken in as the ingest role does,
in turn into the full database and into a new one. `--url` measures a database that `benchmarks.year` filled.
"""

import argparse
import json
import logging
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
import psycopg
import structlog
from rich.console import Console
from rich.progress import track
from rich.table import Table

from alerts.engine import Engine
from benchmarks.ingest_flatness import Town, rounds, telemetry
from benchmarks.servers import ServerClock, create_database, names, running
from benchmarks.year import METRICS, add_series, fill, year_city
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.liveness import LivenessJudge
from devices.registry import Registry
from runtime.clock import utc_now
from runtime.collection import spare_collector
from storage.database import connect
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.seed import seed
from storage.upkeep import read_standing
from storage.writer import Writer
from tests.ports import free_ports

LENGTHS = {
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
    "30 days": timedelta(days=30),
    "90 days": timedelta(days=90),
    "1 year": timedelta(days=365),
}
BUCKETS = ("raw", "1m", "1h", "1d", "auto")
GOAL_MS = 50.0
LATEST_GOAL_MS = 30.0
WARM_UP = 8
"""PostgreSQL plans a statement anew for its first executions."""
START_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Milliseconds of each question, asked once through.

    Attributes:
        charts: By length, bucket and kind of series; none where the API refuses so long a period.
        latest: Of the latest values of all series.
        foreign_share: Of the processors' time, what neither this benchmark nor its servers used.
    """

    charts: dict[tuple[str, str, str], list[float]]
    latest: list[float]
    foreign_share: float


class Load:
    """What other programs use of the processors.

    Args:
        ours: Parents of the processes that are measured, beside this one.
    """

    def __init__(self, ours: Sequence[psutil.Process]) -> None:
        self._ours = (psutil.Process(), *ours)
        self._busy_s, self._at_s, self._own_s = self._used()

    def foreign_share(self) -> float:
        """Return the share since this was made."""
        busy_s, at_s, own_s = self._used()
        spent_s = (busy_s - self._busy_s) - (own_s - self._own_s)
        return max(spent_s, 0.0) / ((at_s - self._at_s) * (psutil.cpu_count() or 1))

    def _used(self) -> tuple[float, float, float]:
        times = psutil.cpu_times()
        own_s = 0.0
        for parent in self._ours:
            own = parent.cpu_times()
            own_s += own.user + own.system + own.children_user + own.children_system
            if parent.pid != os.getpid():
                own_s += sum(child.cpu_times().user + child.cpu_times().system for child in parent.children())
        return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice, time.monotonic(), own_s


@contextmanager
def web_role(site: SiteFile, url: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Run the web role on a database; yield its port and its process."""
    port = free_ports()
    file = folder / "site.yaml"
    asked = site.model_dump(mode="json", include={"city", "sites", "sensors", "rules"}, exclude_none=True)
    asked |= {
        "data_dir": str(folder),
        "broker": {"embedded": False, "port": free_ports(), "client_id": "bench"},  # nobody answers there, nor need to
        "database": {"embedded": False, "url": "${PANTAU_BENCH_DATABASE}"},
        "web": {"port": port},
    }
    file.write_text(json.dumps(asked))  # JSON is YAML
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--role", "web", "--config", str(file)],
            env={**os.environ, "PANTAU_BENCH_DATABASE": url},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        deadline_s = time.monotonic() + START_S
        while not _is_up(port):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"the web role does not start: {(folder / 'web.log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


class Asker:
    """Asks over one connection that is kept open, as a browser's.

    Args:
        port: Of the web role.
        seed: Of the draws.
    """

    def __init__(self, port: int, seed: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._chance = random.Random(seed)  # noqa: S311 - a bench, no secret

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def latest(self, times: int, expected: int) -> list[float]:
        """Return how long the latest values of all series take, milliseconds each time."""
        taken = []
        for _ in range(times + WARM_UP):
            took_ms, status, body = self._get("/api/v1/latest")
            assert status == 200, body
            taken.append(took_ms)
        assert len(json.loads(body)["items"]) >= expected, "a series is missing"
        return taken[WARM_UP:]

    def chart(
        self, series: Sequence[int], length: timedelta, bucket: str, begin: datetime, end: datetime, times: int
    ) -> list[float]:
        """Return how long charts take, milliseconds each time; empty where the API refuses the length."""
        taken: list[float] = []
        for _ in range(times + WARM_UP):
            until = end - self._chance.random() * max(end - begin - length, timedelta())
            asked = {"from": (until - length).isoformat(), "to": until.isoformat(), "bucket": bucket}
            path = f"/api/v1/series/{self._chance.choice(series)}/readings?{urlencode(asked)}"
            took_ms, status, body = self._get(path)
            if status == 422:
                return []
            assert status == 200, body
            taken.append(took_ms)
        return taken[WARM_UP:]

    def _get(self, path: str) -> tuple[float, int, bytes]:
        began_s = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        return (time.perf_counter() - began_s) * 1e3, response.status, body


def ask(port: int, url: str, ours: Sequence[psutil.Process], asked: argparse.Namespace) -> list[Round]:
    """Ask everything, some rounds."""
    with connect(url, name="bench", autocommit=True) as connection:
        series = {"any": _numbers(connection, 0.0), "every minute": _numbers(connection, 60.0)}
        row = connection.execute("SELECT min(ts), max(ts) FROM reading").fetchone()
    assert row is not None
    begin, end = row
    found = []
    for number in range(asked.rounds):
        load = Load(ours)
        with closing(Asker(port, number)) as asker:
            latest = asker.latest(asked.asks, len(series["any"]))
            grid = [(name, bucket, kind) for kind in series for name in LENGTHS for bucket in BUCKETS]
            charts = {
                (name, bucket, kind): asker.chart(series[kind], LENGTHS[name], bucket, begin, end, asked.asks)
                for name, bucket, kind in track(grid, description=f"asking, round {number + 1}", transient=True)
            }
        found.append(Round(charts=charts, latest=latest, foreign_share=load.foreign_share()))
    return found


def _numbers(connection: psycopg.Connection, interval_s: float) -> list[int]:
    found = connection.execute(
        "SELECT series.id FROM series JOIN source ON source.id = source_id WHERE %s IN (0, interval_s) ORDER BY 1",
        [interval_s],
    ).fetchall()
    return [number for (number,) in found]


def shown(taken: Sequence[float]) -> str:
    """Return median and 95th percentile, a dash where nothing was asked."""
    return f"{median(taken):.1f} / {quantiles(taken, n=20)[-1]:.1f}" if taken else "-"


def show_answers(console: Console, found: Sequence[Round]) -> None:
    """Print the round in which others used the processors least."""
    best = min(found, key=lambda one: one.foreign_share)
    for kind in ("any", "every minute"):
        table = Table(title=f"charts of series: {kind} (median / p95, ms; goal p95 {GOAL_MS:.0f})")
        for heading in ("period", *BUCKETS):
            table.add_column(heading, justify="right")
        for name in LENGTHS:
            table.add_row(name, *(shown(best.charts[name, bucket, kind]) for bucket in BUCKETS))
        console.print(table)
    slow = {key: taken for key, taken in best.charts.items() if taken and quantiles(taken, n=20)[-1] > GOAL_MS}
    console.print(f"latest value of every series: {shown(best.latest)} ms (goal {LATEST_GOAL_MS:.0f})")
    console.print(f"charts over the goal: {', '.join(' '.join(key) for key in slow) or 'none'}")
    shares = ", ".join(f"{one.foreign_share:.0%}" for one in found)
    console.print(f"other programs' share of the processors: {best.foreign_share:.0%} (all rounds: {shares})")


def show_sizes(console: Console, url: str) -> int:
    """Print bytes a reading, of readings and of what is made of them; return how many readings there are."""
    with connect(url, name="bench", autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM reading").fetchone()
    assert row is not None
    rows = int(row[0])
    for relation in read_standing(url).relations:
        if relation.name in {"reading", "rollup_1m", "rollup_1h", "rollup_1d"}:
            console.print(
                f"{relation.name}: {relation.bytes / 1e6:,.0f} MB, {relation.bytes / rows:.1f} bytes a reading"
            )
    return rows


def town(name: str, site: SiteFile, url: str, folder: Path) -> Town:
    """Return what takes messages into a database."""
    registry = Registry.from_site(site)
    lives = LivenessJudge.of(registry, site.ingest.canary_s)
    writer = Writer(url, Engine(site), PictureStore(folder / name), utc_now, lives=lives)
    return Town(name, site, Decoder(registry, utc_now), writer, ServerClock(url), telemetry(site))


def show_ingest(
    console: Console, site: SiteFile, urls: dict[str, str], folder: Path, asked: argparse.Namespace
) -> None:
    """Take messages into databases in turn, and print how fast, against the first."""
    towns = [town(name, site, url, folder) for name, url in urls.items()]
    for one in towns:
        one.warm_up(3 * len(site.sensors))
    rounds(towns, asked.rounds, asked.messages)
    first_us = median(towns[0].ingest_us) + median(towns[0].server_us)
    for one in towns:
        cost_us = median(one.ingest_us) + median(one.server_us)
        rate = 1e6 / cost_us * len(METRICS)
        console.print(
            f"ingest into {one.name}: {rate:,.0f} readings a second of processor time, "
            f"{first_us / cost_us:.2f} of the first"
        )
        one.writer.close()


def measure(console: Console, new: str, full: str, asked: argparse.Namespace) -> None:
    """Measure everything on a full database and a new one of the same server."""
    site = year_city(Path(), asked.sensors)
    rows = show_sizes(console, full)
    console.print(f"{rows:,} readings of {len(site.sensors) * len(METRICS):,} series")
    with psycopg.connect(full) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
    assert server is not None
    with TemporaryDirectory() as name:
        folder = Path(name)
        with web_role(site, full, folder) as (port, process):
            show_answers(console, ask(port, full, [process, server], asked))
        migrate(new)
        seed(new, site)
        with connect(new, name="bench", autocommit=True) as connection:
            add_series(connection, site)
        show_ingest(console, site, {"a new database": new, "the full one": full}, folder, asked)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=names(), default=names()[-1])
    parser.add_argument("--url", help="a full database; another one is made beside it for the comparison of ingest")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--sensors", type=int, default=400)
    parser.add_argument("--asks", type=int, default=40, help="of each kind of chart in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=10_000, help="in one round of ingest")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    spare_collector()
    console = Console(width=140, highlight=False)
    with ExitStack() as stack:
        if asked.url is not None:
            with psycopg.connect(asked.url, autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS bench_new WITH (FORCE)")
                connection.execute("CREATE DATABASE bench_new")
            new = psycopg.conninfo.make_conninfo(asked.url, dbname="bench_new")
            measure(console, new, asked.url, asked)
            return
        server = stack.enter_context(running(asked.server))
        new, full = create_database(server, "new"), create_database(server, "full")
        written = fill(full, year_city(Path(), asked.sensors), asked.days)
        console.print(
            f"{asked.server}: {written.rows:,} readings written at {written.rows / written.written_s:,.0f} a second, "
            f"rolled up at {written.rows / written.rolled_up_s:,.0f} a second, both at once"
        )
        measure(console, new, full, asked)


if __name__ == "__main__":
    main()
