"""Stores who was heard and how far Pantau has listened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from events.alarm import AlarmKey
from events.ids import RuleId, SourceId, ZoneId
from events.liveness import Canary, Hearing, SignOfLife, StatusReport
from storage.arrays import text_array
from storage.database import Cursor, connect, translated
from storage.queries import query

AHEAD = timedelta(minutes=5)
"""How far the clocks of two ingest processes may differ; what lies farther ahead was written by a wrong one."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """What one batch says about a source's life.

    Attributes:
        last_at: Its latest sign of life.
        status: Its latest word, or its will.
    """

    last_at: datetime | None = None
    status: StatusReport | None = None


def longest_gap(canary_s: float) -> timedelta:
    """Return the gap between canaries above which Pantau counts as having been deaf."""
    return timedelta(seconds=max(10.0, 3 * canary_s))


def record_life(cursor: Cursor, heard: Mapping[SourceId, Heard], now: datetime) -> None:
    """Bring every source's life forward.

    Args:
        cursor: Within the batch's transaction, which holds the memory of rules: lives are locked in any order.
        heard: What the batch says of each source.
        now: The present time, aware UTC.
    """
    worded: Mapping[SourceId, Heard] = {source: life for source, life in heard.items() if life.status is not None}
    silent = {source: life for source, life in heard.items() if life.status is None} if worded else heard
    if silent and _move_life(cursor, silent, now) < len(silent):
        worded = heard  # some are heard for the first time
    if not worded:
        return
    statuses = [life.status for life in worded.values()]
    parameters = {
        **_signs(worded, now),
        "onlines": [None if status is None else status.online for status in statuses],
        "boots": [None if status is None else status.boot for status in statuses],
        "status_ats": [None if status is None else status.at for status in statuses],
    }
    cursor.execute(query("record_life"), parameters)


def _move_life(cursor: Cursor, heard: Mapping[SourceId, Heard], now: datetime) -> int:
    """Bring the lives forward of sources that were heard before, and return how many they are."""
    cursor.execute(query("move_life"), _signs(heard, now))
    return cursor.rowcount


def _signs(heard: Mapping[SourceId, Heard], now: datetime) -> dict[str, object]:
    return {
        "source_ids": text_array(list(heard)),
        "last_ats": [life.last_at for life in heard.values()],
        "latest": now + AHEAD,
    }


def record_canaries(cursor: Cursor, canaries: Sequence[tuple[Canary, datetime]], gap: timedelta) -> Hearing | None:
    """Store canaries with their receive times, in order of arrival.

    Returns:
        How far Pantau has now heard; None when none of them was news.
    """
    hearing = None
    for canary, received_at in canaries:
        row = cursor.execute(
            query("record_canary"),
            {"sender": canary.sender, "sent_at": canary.sent_at, "received_at": received_at, "longest_gap": gap},
        ).fetchone()
        if row is not None:
            hearing = Hearing(listened_until=row[0], listening_since=row[1])
            cursor.execute(query("extend_listening"), {"sender": canary.sender, "since": row[1], "until": row[0]})
    return hearing


def read_listened_until(url: str) -> datetime | None:
    """Return up to when Pantau has certainly heard, None before its first canary.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="hearing") as connection, translated("the last canary could not be read"):
        row = connection.execute(query("hearing")).fetchone()
    return None if row is None else row[0]


def read_silences(cursor: Cursor) -> list[SignOfLife]:
    """Return the last sign of life of every source ever heard, but those the site file no longer names."""
    return [SignOfLife(SourceId(source), at) for source, at in cursor.execute(query("silences"))]


def read_open_keys(cursor: Cursor) -> list[AlarmKey]:
    """Return the keys of all open alarms."""
    rows = cursor.execute(query("open_keys"))
    return [AlarmKey(RuleId(rule), SourceId(source), ZoneId(zone)) for rule, source, zone in rows]
