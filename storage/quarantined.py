"""Reads and empties quarantine, for those who mend what put messages there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from events.ids import SourceId
from events.quarantine import Quarantined, Reasons
from storage.database import Connection, connect, translated
from storage.queries import query

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages are meant; what is None does not narrow.

    Attributes:
        ids: Their numbers.
        source: Who sent them.
        reason: Why they are there.
    """

    ids: Sequence[int] | None = None
    source: str | None = None
    reason: str | None = None


class Quarantine:
    """A connection to quarantine; a context manager."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            StorageError: the database is away.
        """
        self._connection: Connection = connect(url, name="quarantine", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def reasons(self, source: str | None = None) -> list[Reasons]:
        """Return how many messages are there for which reason, most first.

        Raises:
            StorageError: the database is away.
        """
        with translated("quarantine could not be counted"):
            rows = self._connection.execute(query("quarantine_reasons"), {"source_id": source})
            return [
                Reasons(reason=reason, messages=messages, sources=sources, first_at=first_at, last_at=last_at)
                for reason, messages, sources, first_at, last_at in rows
            ]

    def pages(self, selection: Selection, page: int = PAGE) -> Iterator[list[Quarantined]]:
        """Yield the selected messages, oldest first, so many at a time; those seen may be dropped meanwhile.

        Raises:
            StorageError: the database is away.
        """
        after = 0
        while True:
            found = self._page(selection, after, page)
            if found:
                yield found
                after = found[-1].id
            if len(found) < page:
                return

    def drop(self, ids: Sequence[int]) -> int:
        """Forget messages for good; return how many were still there.

        Raises:
            StorageError: the database is away.
        """
        with translated("quarantine could not be emptied"):
            return self._connection.execute("DELETE FROM quarantine WHERE id = ANY(%s)", [list(ids)]).rowcount

    def _page(self, selection: Selection, after: int, limit: int) -> list[Quarantined]:
        parameters = {
            "after": after,
            "ids": None if selection.ids is None else list(selection.ids),
            "source_id": selection.source,
            "reason": selection.reason,
            "limit": limit,
        }
        with translated("quarantine could not be read"):
            rows = self._connection.execute(query("quarantined"), parameters).fetchall()
        return [
            Quarantined(
                id=number,
                source=None if source is None else SourceId(source),
                topic=topic,
                payload=bytes(payload),
                size_bytes=size_bytes,
                reason=reason,
                detail=detail,
                received_at=received_at,
            )
            for number, source, topic, payload, size_bytes, reason, detail, received_at in rows
        ]
