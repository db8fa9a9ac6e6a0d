"""A writer with one rule on a database of each edition, and questions to that database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from storage.pictures import PictureStore
from storage.writer import Writer
from tests.material import NOON, LimitRule

Rows = list[tuple[object, ...]]


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def rule() -> LimitRule:
    return LimitRule()


@pytest.fixture
def writer(each_database: str, rule: LimitRule, pictures: PictureStore) -> Iterator[Writer]:
    writer = Writer(
        each_database, rule, pictures, lambda: NOON, kept_per_source=3, camera_units={"people_count": "{people}"}
    )
    yield writer
    writer.close()


@pytest.fixture
def ask(each_database: str) -> Iterator[Callable[..., Rows]]:
    with psycopg.connect(each_database, autocommit=True) as connection:

        def rows(statement: str, *parameters: object) -> Rows:
            return connection.execute(sql.SQL(statement), parameters).fetchall()

        yield rows
