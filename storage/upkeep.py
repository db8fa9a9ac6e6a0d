"""The right to keep the database in order: one process has it, the others wait until it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from storage.database import Connection, connect, translated
from storage.editions import Edition, detect_edition
from storage.queries import query

UPKEEP = 0x70_61_6E_74_61_75_75
"""Key of the advisory lock of whoever keeps the database in order: `pantauu` in ASCII."""


class Upkeep:
    """A connection that holds the lock, if it can be had; a context manager.

    Lock and connection end together, so that another process goes on where a dead one stopped.

    Args:
        url: Database address.

    Raises:
        StorageError: the database is away.
    """

    def __init__(self, url: str) -> None:
        self.connection: Connection = connect(url, name="upkeep", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def take(self) -> bool:
        """Take the lock, and tell whether it is this connection's; to be asked once.

        Raises:
            StorageError: the database is away.
        """
        with translated("the upkeep's lock could not be asked for"):
            row = self.connection.execute("SELECT pg_try_advisory_lock(%s)", [UPKEEP]).fetchone()
        return row == (True,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How much lies in a table.

    Attributes:
        name: Its name.
        rows: About how many rows, as the server estimates; None where it has no estimate yet.
        bytes: With indexes, on the disk.
        chunks: How many chunks it has; None where it is not cut into any.
        compressed: How many of them are compressed.
    """

    name: str
    rows: int | None
    bytes: int
    chunks: int | None
    compressed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What lies in the database, and since when.

    Attributes:
        edition: What the database can do.
        relations: Tables with data, the largest first.
        edges: For each class whose old data is dropped: since when it is kept.
        waiting: Notes of changed readings that are not rolled up yet.
        oldest_wait: When the first of them begins, in the devices' time; None where nothing waits.
    """

    edition: Edition
    relations: Sequence[Relation]
    edges: Sequence[tuple[str, datetime]]
    waiting: int
    oldest_wait: datetime | None


def read_standing(url: str) -> Standing:
    """Return what lies in a database.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="standing", autocommit=True) as connection, translated("sizes could not be read"):
        edition = detect_edition(connection)
        name = "sizes_timescale" if edition.has_hypertables else "sizes"
        relations = [
            Relation(name=table, rows=rows, bytes=size, chunks=chunks, compressed=compressed)
            for table, rows, size, chunks, compressed in connection.execute(query(name))
        ]
        edges = connection.execute(
            "SELECT class, dropped_before FROM data_edge WHERE dropped_before IS NOT NULL ORDER BY class"
        ).fetchall()
        row = connection.execute("SELECT count(*), min(begins_at) FROM rollup_dirty").fetchone()
        waiting, oldest = row or (0, None)
        return Standing(edition=edition, relations=relations, edges=edges, waiting=waiting, oldest_wait=oldest)
