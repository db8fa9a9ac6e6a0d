"""From every earlier schema, with rows in it, to the present one; and what a killed migration leaves behind."""

import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from events.alarm import AlarmKey
from events.ids import RuleId, SourceId, ZoneId
from events.judgement import RuleState
from storage.database import connect
from storage.migrations import migrate, plan
from storage.queries import SQL
from storage.rollups import Rollups
from storage.rule_memory import RuleMemory
from tests.fix_database import Databases

NUMBERS = sorted(path.name[:4] for path in (SQL / "migrations").glob("[0-9]*.sql"))
ROWS = Path(__file__).parents[1] / "data" / "sample_rows.sql"
SAMPLES = {
    statement.split()[2]: statement for statement in re.findall(r"^INSERT INTO [^;]+", ROWS.read_text(), re.MULTILINE)
}
"""A row of each table, in an order that foreign keys allow."""

SHAPE = """
    SELECT format('%s.%s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'governance') AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT format('%s %s', schemaname, indexdef) FROM pg_indexes WHERE schemaname IN ('public', 'governance')
    UNION ALL
    SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'governance'))
    ORDER BY 1
"""


def release(number: str, folder: Path) -> Path:
    """Return a folder of migrations as it was when this number was the newest."""
    shutil.copytree(SQL, folder)
    for path in folder.glob("*/[0-9]*.sql"):
        if path.name[:4] > number:
            path.unlink()
    return folder


def shape(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [str(line) for (line,) in connection.execute(SHAPE)]


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        found = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        rows = {}
        for name in SAMPLES.keys() & found:
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            rows[name] = row[0] if row else -1
        return rows


def test_notes_of_rules_that_were_laid_out_by_rule_are_understood(plain_databases: Databases, tmp_path: Path) -> None:
    url = plain_databases.new()
    migrate(url, release("0033", tmp_path / "sql"))
    with psycopg.connect(url) as connection:
        for states in (
            '[["naik","pasang","",["2026-11-27T05:00:00Z",null,null,[],""]],["turun","pasang","a",[null,null,null,[],"\\"7\\""]]]',
            '[["naik","pasang","",["2026-11-27T06:00:00Z",null,null,[],""]]]',
            "[]",
        ):
            connection.execute("INSERT INTO rule_note (states) VALUES (%s)", (states,))
    migrate(url)
    with connect(url, name="test") as connection, connection.cursor() as cursor:
        memory = RuleMemory().hold(cursor)
    at_six = datetime(2026, 11, 27, 6, tzinfo=UTC)
    assert memory[AlarmKey(RuleId("naik"), SourceId("pasang"), ZoneId(""))] == RuleState(at_six)
    assert memory[AlarmKey(RuleId("turun"), SourceId("pasang"), ZoneId("a"))] == RuleState(kept='"7"')


@pytest.mark.parametrize("number", NUMBERS[:-1])
def test_every_earlier_schema_with_its_rows_becomes_the_present_one(
    plain_databases: Databases, number: str, tmp_path: Path
) -> None:
    goes_on(plain_databases, number, tmp_path)


@pytest.mark.timescale
@pytest.mark.parametrize("number", ["0002", "0010", "0013", "0014"])
def test_so_does_one_with_hypertables(timescale_databases: Databases, number: str, tmp_path: Path) -> None:
    goes_on(timescale_databases, number, tmp_path)


def goes_on(databases: Databases, number: str, tmp_path: Path) -> None:
    url = databases.new()
    migrate(url, release(number, tmp_path / "then"))
    with psycopg.connect(url) as connection:
        for name, statement in SAMPLES.items():
            if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
                connection.execute(statement)
    before = counts(url)
    planned = plan(url)
    assert migrate(url) == planned
    assert planned, "there was something to do"
    after = counts(url)
    assert {name: after[name] for name in before} == before
    assert shape(url) == shape(databases.emptied())
    if "reading" in before and number < "0014":
        with connect(url, name="test", autocommit=True) as connection:
            Rollups(connection).refresh()
            row = connection.execute("SELECT sum(total), max(max), count(energy_mean) FROM reading_1h").fetchone()
            assert row == (3000, 2999, 50)
    databases.drop(url)


def test_a_migration_whose_process_is_killed_leaves_nothing_and_is_done_by_the_next(
    each_new_database: str, tmp_path: Path
) -> None:
    migrate(each_new_database)
    folder = tmp_path / "sql"
    shutil.copytree(SQL, folder)
    (folder / "migrations" / "9998_whole.sql").write_text("CREATE TABLE whole (a int)")
    (folder / "migrations" / "9999_slow.sql").write_text("CREATE TABLE slow (a int); SELECT pg_sleep(1.5)")
    program = (
        "import sys; from pathlib import Path; from storage.migrations import migrate; "
        "migrate(sys.argv[1], Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", program, each_new_database, str(folder)])
    with psycopg.connect(each_new_database, autocommit=True) as connection:
        sleeping = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 30
        while connection.execute(sleeping).fetchone() == (0,):
            assert time.monotonic() < deadline, "the migration did not begin"
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert connection.execute("SELECT to_regclass('whole'), to_regclass('slow')").fetchone() == ("whole", None)
        assert plan(each_new_database, folder) == ["migrations/9999_slow"]
        assert migrate(each_new_database, folder) == ["migrations/9999_slow"]
        assert connection.execute("SELECT to_regclass('slow')").fetchone() == ("slow",)
