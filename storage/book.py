"""A connection of somebody who changes something, in whose name it is written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, LiteralString, Self

from storage.audit import record
from storage.database import Connection, connect


class Book:
    """A connection of its own; a context manager, for one thread. Each change is one transaction, with its audit line.

    Args:
        url: Database address.
        actor: Who makes the changes.

    Raises:
        StorageError: the database is away.
    """

    name: ClassVar[LiteralString]
    """What the connection is for; shown by `pg_stat_activity`."""

    def __init__(self, url: str, *, actor: str) -> None:
        self._connection: Connection = connect(url, name=self.name, autocommit=True)
        self._actor = actor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _audit(self, action: str, subject: str, now: datetime, detail: Mapping[str, object]) -> None:
        """Add a line to the audit log, within the transaction that makes the change."""
        record(self._connection, actor=self._actor, action=action, subject=subject, now=now, detail=detail)
