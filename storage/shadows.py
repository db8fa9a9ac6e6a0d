"""What rules on trial would have raised: kept apart from the alarms, and read by nobody but those who compare."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from events.alarm import Alarm, AlarmChange, AlarmKey
from storage import alarm_rows
from storage.database import Cursor
from storage.pool import Pooled
from storage.queries import query


def lock_shadows(cursor: Cursor, keys: Mapping[str, object]) -> dict[AlarmKey, Alarm]:
    """Return the active alarm of each key that has one, locked in key order.

    Args:
        cursor: In the transaction that judges, which holds the keys' memory.
        keys: Columns of the keys.
    """
    alarms = [alarm_rows.from_json(document) for (document,) in cursor.execute(query("lock_shadows"), keys)]
    return {alarm.key: alarm for alarm in alarms}


def write_shadows(cursor: Cursor, changes: Sequence[AlarmChange]) -> None:
    """Write the last version of each alarm that changed."""
    latest = {change.alarm.id: change.alarm for change in changes}
    if not latest:
        return
    rows = [
        {
            "id": alarm.id,
            "rule_id": alarm.key.rule,
            "source_id": alarm.key.source,
            "zone": alarm.key.zone,
            "active": alarm.active,
            "met_at": alarm.met_at,
            "raised_at": alarm.raised_at,
            "cleared_at": alarm.cleared_at,
            "alarm": alarm_rows.to_json(alarm),
        }
        for alarm in latest.values()
    ]
    cursor.executemany(query("write_shadow"), rows)


class ShadowStore(Pooled):
    """Reads what rules on trial would have raised."""

    async def between(self, start: datetime, end: datetime) -> Sequence[Alarm]:
        """Return every alarm of a rule on trial that was active at some time in a period, oldest first.

        Args:
            start: Start of the period, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("shadows_between"), {"start": start, "end": end})
        return [alarm_rows.from_json(row["alarm"]) for row in rows]
