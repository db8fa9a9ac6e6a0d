"""Keeps maintenance windows."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import DictRow, dict_row

from events.ids import SiteId, SourceId
from events.maintenance import Maintenance
from storage.database import Cursor
from storage.pool import Pooled
from storage.queries import query

AHEAD = timedelta(minutes=1)
"""How far ahead the writer looks: further than until it looks again."""


def read_maintenance(cursor: Cursor, now: datetime) -> Sequence[Maintenance]:
    """Return the windows of now and of the next minute."""
    with cursor.connection.cursor(row_factory=dict_row) as rows:
        rows.execute(query("maintenance"), {"after": now, "before": now + AHEAD})
        return [_window(row) for row in rows]


class MaintenanceStore(Pooled):
    """Makes, ends and lists windows; each change has its line in the audit log.

    Every method raises StorageError when the database is away.
    """

    async def windows(self, after: datetime, before: datetime) -> Sequence[Maintenance]:
        """Return the windows that end after one moment and begin before another, by their beginning."""
        rows = await self._rows(query("maintenance"), {"after": after, "before": before})
        return [_window(row) for row in rows]

    async def add(self, window: Maintenance, *, origin: str) -> None:
        """Keep a window."""
        parameters = {
            "id": window.id,
            "sources": sorted(window.sources),
            "sites": sorted(window.sites),
            "starts_at": window.starts_at,
            "ends_at": window.ends_at,
            "reason": window.reason,
            "actor": window.actor,
            "made_at": window.made_at,
        }
        async with self._connection() as connection, connection.transaction():
            await connection.execute(query("add_maintenance"), parameters)
            await connection.execute(query("audit_alarm"), _audited("maintenance.add", window, window.made_at, origin))

    async def end(self, id_: UUID, at: datetime, *, actor: str, origin: str) -> Maintenance | None:
        """End a window now; None where there is none that is not over."""
        async with self._connection() as connection, connection.transaction():
            row = await (await connection.execute(query("end_maintenance"), {"id": id_, "at": at})).fetchone()
            if row is None:
                return None
            window = _window(row)
            audited = _audited("maintenance.end", window, at, origin) | {"actor": actor}
            await connection.execute(query("audit_alarm"), audited)
            return window


def _window(row: DictRow) -> Maintenance:
    return Maintenance(
        id=row["id"],
        sources=frozenset(map(SourceId, row["sources"])),
        sites=frozenset(map(SiteId, row["sites"])),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        reason=row["reason"],
        actor=row["actor"],
        made_at=row["made_at"],
    )


def _audited(action: str, window: Maintenance, at: datetime, origin: str) -> dict[str, object]:
    detail = {
        "origin": origin,
        "sources": sorted(window.sources),
        "sites": sorted(window.sites),
        "from": window.starts_at.isoformat(),
        "to": window.ends_at.isoformat(),
        "reason": window.reason,
    }
    return {
        "at": at,
        "actor": window.actor,
        "action": action,
        "subject": str(window.id),
        "detail": json.dumps(detail),
    }
