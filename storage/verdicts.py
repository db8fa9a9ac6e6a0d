"""Keeps what people think of alarms: whether they told the truth."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from psycopg.rows import DictRow

from events.alarm import AlarmKey
from events.ids import RuleId, SourceId, ZoneId
from events.truth import JudgedAlarm, Opinion, Truth
from storage.pool import Pooled
from storage.queries import query


class VerdictStore(Pooled):
    """Keeps and reads verdicts; each has its line in the audit log.

    Every method raises StorageError when the database is away.
    """

    async def give(self, opinion: Opinion, *, origin: str) -> bool:
        """Keep a verdict in place of an earlier one; False where there is no such alarm."""
        parameters = {
            "alarm_id": opinion.alarm,
            "truth": opinion.truth.value,
            "actor": opinion.actor,
            "at": opinion.at,
            "note": opinion.note,
        }
        detail = {"truth": opinion.truth.value, "note": opinion.note, "origin": origin}
        audited = {
            "at": opinion.at,
            "actor": opinion.actor,
            "action": "alarm.verdict",
            "subject": str(opinion.alarm),
            "detail": json.dumps(detail),
        }
        async with self._connection() as connection, connection.transaction():
            row = await (await connection.execute(query("give_verdict"), parameters)).fetchone()
            if row is None:
                return False
            await connection.execute(query("audit_alarm"), audited)
        return True

    async def of(self, alarm_id: UUID) -> Opinion | None:
        """Return the verdict on an alarm, None where there is none."""
        rows = await self._rows(query("verdict_of"), {"alarm_id": alarm_id})
        return _opinion(rows[0]) if rows else None

    async def between(self, start: datetime | None, end: datetime | None) -> Sequence[JudgedAlarm]:
        """Return the alarms with a verdict that were first raised in a period, oldest first.

        Args:
            start: Start of the period, aware; None for the beginning.
            end: Its end; None for now.
        """
        rows = await self._rows(query("verdicts_between"), {"start": start, "end": end})
        return [
            JudgedAlarm(
                opinion=_opinion(row),
                key=AlarmKey(RuleId(row["rule_id"]), SourceId(row["source_id"]), ZoneId(row["zone"])),
                rule_version=row["rule_version"],
                met_at=row["first_met_at"].astimezone(UTC),
                raised_at=row["first_raised_at"].astimezone(UTC),
                cleared_at=None if row["cleared_at"] is None else row["cleared_at"].astimezone(UTC),
            )
            for row in rows
        ]


def _opinion(row: DictRow) -> Opinion:
    return Opinion(
        alarm=row["alarm_id"],
        truth=Truth(row["truth"]),
        actor=row["actor"],
        at=row["at"].astimezone(UTC),
        note=row["note"],
    )
