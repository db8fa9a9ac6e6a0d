"""Migrations against real servers."""

import shutil
import threading
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from events.errors import StorageError
from events.reading import Quality
from storage.columns import QUALITY_CODES
from storage.database import connect
from storage.editions import Edition, detect_edition
from storage.migrations import migrate, plan
from storage.queries import SQL
from tests.fix_database import Databases

SITE_TEXT = """
city: {name: Kota uji}
database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}
sites: [{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7, lon: 111.3}}]
"""


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {str(name) for (name,) in rows}


def test_an_empty_database_gets_every_table_once(each_new_database: str) -> None:
    planned = plan(each_new_database)
    assert migrate(each_new_database) == planned
    assert {"reading", "alarm_event", "rule_state", "canary", "quarantine", "schema_migration"} <= tables(
        each_new_database
    )
    assert migrate(each_new_database) == []
    assert plan(each_new_database) == []


def test_planning_writes_nothing(each_new_database: str) -> None:
    plan(each_new_database)
    assert tables(each_new_database) == set()
    with psycopg.connect(each_new_database) as connection:
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchall() == []


def test_the_command_says_what_it_would_apply_and_then_applies_just_that(
    each_new_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_TEST_DATABASE", each_new_database)
    file = tmp_path / "site.yaml"
    file.write_text(SITE_TEXT)

    def told(*options: str) -> list[str]:
        result = CliRunner().invoke(app, ["migrate", *options, "-c", str(file)])
        assert result.exit_code == 0, result.output
        return [
            line for line in result.stdout.splitlines() if line.startswith(("would apply", "applied", "The schema"))
        ]

    planned = told("--plan")
    assert planned[0] == "would apply migrations/0001_places"
    assert tables(each_new_database) == set()
    assert told() == [line.replace("would apply", "applied") for line in planned]
    assert told("--plan") == ["The schema is up to date."]


def test_processes_that_start_together_migrate_once(each_new_database: str) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(each_new_database))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(names) > 0 for names in applied) == [False, False, False, True]


def test_a_changed_migration_is_refused_with_a_remedy(each_new_database: str, tmp_path: Path) -> None:
    migrate(each_new_database)
    folder = tmp_path / "sql"
    shutil.copytree(SQL, folder)
    changed = folder / "migrations" / "0001_places.sql"
    changed.write_text(changed.read_text() + "-- a thought after\n")
    with pytest.raises(StorageError, match=r"migrations/0001_places was changed.*restore the file"):
        migrate(each_new_database, folder)


def test_a_failing_migration_leaves_nothing_behind(each_new_database: str, tmp_path: Path) -> None:
    migrate(each_new_database)
    folder = tmp_path / "sql"
    shutil.copytree(SQL, folder)
    (folder / "migrations" / "9999_broken.sql").write_text("CREATE TABLE half (a int); SELECT nonsense;")
    with pytest.raises(StorageError, match="9999_broken failed"):
        migrate(each_new_database, folder)
    assert "half" not in tables(each_new_database)
    assert plan(each_new_database) == []


def test_a_database_from_a_later_release_is_refused(each_new_database: str) -> None:
    migrate(each_new_database)
    with psycopg.connect(each_new_database) as connection:
        connection.execute("INSERT INTO schema_migration (name, checksum) VALUES ('migrations/8000_later', 'x')")
    with pytest.raises(StorageError, match=r"newer than this program.*8000_later"):
        migrate(each_new_database)


def test_readings_become_a_hypertable_where_the_extension_is(each_database: str, each_databases: Databases) -> None:
    with connect(each_database, name="test") as connection:
        edition = detect_edition(connection)
        if each_databases.server.name == "plain":
            assert edition is Edition.PLAIN
            return
        assert edition is Edition.TIMESCALE_APACHE
        found = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables").fetchall()
        assert ("reading",) in found


def test_the_table_of_qualities_names_every_quality(each_database: str) -> None:
    with psycopg.connect(each_database) as connection:
        rows = connection.execute("SELECT name, code FROM quality").fetchall()
    assert dict(rows) == {quality.value: QUALITY_CODES[quality] for quality in Quality}
