"""A database written into a file and made anew from it is the same, and Pantau goes on with it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from events.errors import ConfigError, StorageError
from events.reading import Quality
from storage.backup import dump, restore
from storage.database import connect
from storage.migrations import plan
from storage.pictures import PictureStore
from storage.rollups import Rollups
from storage.writer import Writer
from tests.fix_database import Databases
from tests.integration.rollup_contract import STEPS, answered, store, taken
from tests.material import NOON, NoRules, telemetry


@pytest.fixture
def empty(each_databases: Databases) -> Iterator[str]:
    url = each_databases.new()
    yield url
    each_databases.drop(url)


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, as text."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'governance')"
        ).fetchall()
        return {name: connection.execute(f"SELECT t::text FROM {name} AS t ORDER BY 1").fetchall() for (name,) in names}


def fill(url: str) -> None:
    with connect(url, name="test", autocommit=True) as connection:
        store(connection, [taken("air", NOON + n * timedelta(minutes=7), n / 4) for n in range(600)])
        Rollups(connection).refresh()


def test_a_restored_database_holds_the_same_rows_and_answers(each_database: str, empty: str, tmp_path: Path) -> None:
    fill(each_database)
    file = tmp_path / "city.dump"
    dump(each_database, file)
    restore(empty, file)
    assert contents(empty) == contents(each_database)
    assert plan(empty) == []
    with connect(each_database, name="test") as old, connect(empty, name="test") as new:
        for level in STEPS:
            assert answered(new, level) == answered(old, level)


def test_pantau_goes_on_with_a_restored_database(each_database: str, empty: str, tmp_path: Path) -> None:
    fill(each_database)
    dump(each_database, tmp_path / "city.dump")
    restore(empty, tmp_path / "city.dump")
    writer = Writer(empty, NoRules(), PictureStore(tmp_path), lambda: NOON)
    report = writer.commit([telemetry("air", 0, {"pm25": 0.0}), telemetry("air", 5, {"pm25": 3.0, "humidity": 50.0})])
    writer.close()
    assert (report.duplicates, report.rows) == (1, 2), "what was there is known, and series go on counting"
    with connect(empty, name="test", autocommit=True) as connection:
        store(
            connection, [taken("air", NOON + timedelta(minutes=1), 4, Quality.LATE, received=NOON + timedelta(days=9))]
        )
        Rollups(connection).refresh()
        assert sum(bucket.total for bucket in answered(connection, "1d")) == 603


def test_nothing_is_restored_over_data_and_nothing_is_overwritten(each_database: str, tmp_path: Path) -> None:
    file = tmp_path / "city.dump"
    dump(each_database, file)
    with pytest.raises(ConfigError, match="holds tables already"):
        restore(each_database, file)
    with pytest.raises(ConfigError, match="is there already"):
        dump(each_database, file)


def test_a_file_that_is_no_dump_leaves_an_empty_database(empty: str, tmp_path: Path) -> None:
    (tmp_path / "city.dump").write_text("no dump")
    with pytest.raises(StorageError, match="pg_restore"):
        restore(empty, tmp_path / "city.dump")
    with pytest.raises(StorageError, match=r"pg_dump"):
        dump("postgresql://nobody@127.0.0.1:1/nothing", tmp_path / "other.dump")
    assert [path.name for path in tmp_path.iterdir()] == ["city.dump"]
