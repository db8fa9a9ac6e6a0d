"""The upkeep as it runs beside ingest, and the commands of the administrator."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.upkeep.keeping import run_upkeep
from runtime.clock import utc_now
from storage.database import connect
from storage.pictures import PictureStore
from tests.integration.rollup_contract import answered, store, taken
from tests.material import NOON
from tests.unit.devices.town import SITE
from tests.waiting import until


@contextmanager
def keeping(url: Callable[[], str], folder: Path) -> Iterator[None]:
    stop = threading.Event()
    site = SITE
    thread = threading.Thread(
        target=run_upkeep, args=(site, url, PictureStore(folder), stop, utc_now), kwargs={"every_s": 0.05}
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def add(url: str, minute: int) -> None:
    with connect(url, name="test", autocommit=True) as connection:
        store(connection, [taken("air", utc_now() + timedelta(minutes=minute), 4.0)])


def total(url: str) -> int:
    with connect(url, name="test") as connection:
        return sum(bucket.total for bucket in answered(connection, "1d"))


def test_readings_show_in_the_rollups_by_themselves(database_url: str, tmp_path: Path) -> None:
    with keeping(lambda: database_url, tmp_path):
        add(database_url, 0)
        until(lambda: total(database_url) == 1)
        add(database_url, 1)
        until(lambda: total(database_url) == 2)


def test_another_goes_on_when_the_connection_of_the_first_is_cut(database_url: str, tmp_path: Path) -> None:
    with keeping(lambda: database_url, tmp_path), keeping(lambda: database_url, tmp_path):
        for minute in range(3):
            add(database_url, minute)
            until(lambda wanted=minute + 1: total(database_url) == wanted)  # type: ignore[misc]
            with connect(database_url, name="test", autocommit=True) as connection:
                cut = connection.execute(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                    "WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'pantau upkeep' "
                    "AND a.datname = current_database()"
                ).fetchall()
            assert len(cut) <= 1, "one holds the lock at a time"


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Callable[..., str]:
    file = tmp_path / "site.yaml"
    file.write_text(
        "city: {name: Kota Contoh}\n"
        f"data_dir: {tmp_path / 'data'}\n"
        f"database: {{embedded: false, url: '{database_url}'}}\n"
        "sites: [{id: alun-alun, name: Alun-alun, kecamatan: 33.17.10, position: {lat: -6.72, lon: 111.37}}]\n"
    )

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["database", *arguments, "-c", str(file)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_the_administrator_sees_what_lies_there_and_rolls_up_by_hand(
    database_url: str, command: Callable[..., str]
) -> None:
    with connect(database_url, name="test", autocommit=True) as connection:
        store(connection, [taken("air", NOON, 4.0)])
    assert "waiting to be rolled up: 1 notes, the oldest from 2026-03-01 12:00:00 UTC" in command("show")
    assert "1 notes of changed readings rolled up" in command("rollup")
    assert "waiting to be rolled up: 0 notes" in command("show")
    with connect(database_url, name="test", autocommit=True) as connection:
        connection.execute("UPDATE reading SET value = 8")  # past Pantau
    assert "1 notes" in command("rollup", "--from", "2026-03-01", "--until", "2026-03-02")
    with connect(database_url, name="test") as connection:
        assert [bucket.mean for bucket in answered(connection, "1h")] == [8]


def test_a_dump_is_written_by_a_command(command: Callable[..., str], tmp_path: Path) -> None:
    assert "MB" in command("dump", str(tmp_path / "city.dump"))
    assert (tmp_path / "city.dump").read_bytes()[:5] == b"PGDMP"
