"""Keeps what people say about alarms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import DictRow

from events.errors import ConflictError, StorageError
from events.journal import Attachment, AuditLine, Entry, EntryKind
from storage.pool import Pooled
from storage.queries import query

_BEYOND_EVERY_LINE = 2**63 - 1


class JournalStore(Pooled):
    """The journal of every alarm. Every method raises StorageError when the database is away."""

    async def add(self, entry: Entry, *, command: str | None = None) -> Entry:
        """Keep an entry and return it with its number; a command sent again is done once.

        Raises:
            ConflictError: there is no such alarm, or the command was given for something else.
        """
        paper = entry.attachment
        parameters = {
            "alarm_id": entry.alarm,
            "at": entry.at,
            "actor": entry.actor,
            "origin": entry.origin,
            "kind": entry.kind.value,
            "text": entry.text,
            "assignee": entry.assignee,
            "linked_id": entry.linked,
            "sha256": None if paper is None else paper.sha256,
            "media_type": None if paper is None else paper.media_type,
            "size_bytes": None if paper is None else paper.size_bytes,
            "command": command,
        }
        try:
            (row,) = await self._rows(query("add_entry"), parameters)
        except StorageError as error:
            if isinstance(error.__cause__, ForeignKeyViolation):
                raise ConflictError("there is no such alarm") from error
            raise
        kept = _entry(row)
        if (kept.alarm, kept.kind) != (entry.alarm, entry.kind):
            raise ConflictError(f"the command {command!r} was given for something else: name each command anew")
        return kept

    async def knows(self, alarm: UUID) -> bool:
        """Tell whether there is such an alarm."""
        return bool(await self._rows(b"SELECT FROM alarm WHERE id = %(id)s", {"id": alarm}))

    async def entries(self, alarm: UUID) -> Sequence[Entry]:
        """Return the journal of an alarm, oldest first, with the links that other alarms have to it."""
        return [_entry(row) for row in await self._rows(query("entries"), {"alarm_id": alarm})]

    async def between(self, start: datetime, end: datetime, limit: int) -> Sequence[Entry]:
        """Return what was said in a period, oldest first, at most so many entries."""
        rows = await self._rows(query("entries_between"), {"start": start, "end": end, "limit": limit})
        return [_entry(row) for row in rows]

    async def audit(
        self, *, subject: str | None, actor: str | None, before: int | None, limit: int
    ) -> Sequence[AuditLine]:
        """Return who changed what, newest first.

        Args:
            subject: Of which alarm or device; None for all.
            actor: By whom; None for everybody.
            before: Only lines before this one; None begins with the newest.
            limit: At most so many.
        """
        parameters = {
            "subject": subject,
            "actor": actor,
            "before": _BEYOND_EVERY_LINE if before is None else before,
            "limit": limit,
        }
        return [AuditLine(**row) for row in await self._rows(query("audit_lines"), parameters)]

    async def assignees(self) -> Mapping[UUID, str]:
        """Return who takes care of each open alarm; those of whom nobody does are missing."""
        rows = await self._rows(query("assignees"))
        return {row["alarm_id"]: row["assignee"] for row in rows if row["assignee"] is not None}


def _entry(row: DictRow) -> Entry:
    paper = None
    if row["sha256"] is not None:
        paper = Attachment(sha256=row["sha256"], media_type=row["media_type"], size_bytes=row["size_bytes"])
    return Entry(
        id=row["id"],
        alarm=row["alarm_id"],
        at=row["at"],
        actor=row["actor"],
        origin=row["origin"],
        kind=EntryKind(row["kind"]),
        text=row["text"],
        assignee=row["assignee"],
        linked=row["linked_id"],
        attachment=paper,
    )
