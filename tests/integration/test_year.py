"""The year of readings that charts are measured on, at the size of two days."""

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from benchmarks.full_table import measure
from benchmarks.year import METRICS, just_now, write_and_roll_up, year_city
from storage.database import connect
from storage.seed import seed
from tests.fix_database import Databases

SENSORS, DAYS = 6, 2
END = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_written_days_are_whole_rolled_up_and_the_same_each_time(database_url: str, tmp_path: Path) -> None:
    site = year_city(tmp_path, SENSORS)
    seed(database_url, site)
    done: list[int] = []
    written = write_and_roll_up(database_url, site, DAYS, END, on_rolled_up=done.append)
    assert len(done) == DAYS
    with connect(database_url, name="test", autocommit=True) as connection:
        readings = connection.execute("SELECT series_id, ts, value FROM reading ORDER BY 1, 2").fetchall()
        sums = connection.execute(
            "SELECT (SELECT sum(total) FROM reading_1m), (SELECT sum(total) FROM reading_1h), "
            "(SELECT sum(total) FROM reading_1d)"
        ).fetchone()
        waiting = connection.execute("SELECT count(*) FROM rollup_dirty").fetchone()
        due = sum(len(METRICS) * timedelta(days=DAYS) / timedelta(seconds=one.interval_s) for one in site.sensors)
        assert written.rows == len(readings)
        assert 0.95 * due < len(readings) < due
        assert len({series for series, _, _ in readings}) == SENSORS * len(METRICS)
        assert sums == (len(readings),) * 3
        assert waiting == (0,)
        connection.execute("TRUNCATE reading")
    write_and_roll_up(database_url, site, DAYS, END)
    with connect(database_url, name="test") as connection:
        assert connection.execute("SELECT series_id, ts, value FROM reading ORDER BY 1, 2").fetchall() == readings


def test_the_benchmark_asks_every_chart_of_the_web_role(
    database_url: str, plain_databases: Databases, tmp_path: Path
) -> None:
    new = plain_databases.new()
    site = year_city(tmp_path, SENSORS)
    seed(database_url, site)
    write_and_roll_up(database_url, site, 1, just_now())
    said = Console(file=StringIO(), width=140)
    measure(said, new, database_url, Namespace(sensors=SENSORS, asks=2, rounds=1, messages=500))
    told = said.file.getvalue()  # type: ignore[attr-defined]
    assert "latest value of every series" in told
    assert told.count("90 days") >= 2
    assert "ingest into the full one" in told
