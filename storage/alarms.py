"""Alarms for those who look at them, and the one way in which a command changes one."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

import psycopg
import structlog
from psycopg import errors

from events.alarm import EVERY_ALARM, Alarm, AlarmChange, AlarmPage, AlarmRecord, AlarmState, Selection
from events.errors import ConflictError, StorageError
from runtime.backoff import full_jitter
from storage import alarm_rows
from storage.database import PATIENCE
from storage.pool import Pooled
from storage.queries import query

log = structlog.get_logger(__name__)

TICK_S = 1.0
"""Readers look at least this often: a notification lost with its connection delays a change by no more."""

TRIES = 3

_BEYOND_EVERY_SEQ = 2**63 - 1


class AlarmStore(Pooled):
    """Reads alarms and the stream of their changes."""

    async def page(
        self, *, states: Sequence[AlarmState], after: str | None, limit: int, selection: Selection = EVERY_ALARM
    ) -> AlarmPage:
        """Return alarms in any of the states, newest change first.

        Args:
            states: States wanted.
            after: The `next` of the page before, None for the first.
            limit: Most items returned, at least 1.
            selection: Which of them.

        Raises:
            ValueError: `after` is no cursor of this store.
            StorageError: the database is away.
        """
        parameters = {
            "states": [state.value for state in states],
            "after": _BEYOND_EVERY_SEQ if after is None else _cursor_seq(after),
            "limit": limit + 1,
            "priorities": None if selection.priorities is None else [int(one) for one in selection.priorities],
            "kinds": None if selection.kinds is None else list(selection.kinds),
            "sites": None if selection.sites is None else list(selection.sites),
        }
        rows = await self._rows(query("alarm_page"), parameters)
        items = tuple(alarm_rows.to_record(row) for row in rows if row["seq"] is not None)
        more = len(items) > limit
        items = items[:limit]
        return AlarmPage(items=items, next=str(items[-1].seq) if more else None, seq=rows[0]["newest"])

    async def get(self, alarm_id: UUID) -> AlarmRecord | None:
        """Return one alarm with the `seq` of its latest change, None where there is none.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("alarm_by_id"), {"id": alarm_id})
        return alarm_rows.to_record(rows[0]) if rows else None

    async def history(self, alarm_id: UUID) -> Sequence[AlarmRecord]:
        """Return every change of one alarm in its order; empty where there is none.

        Raises:
            StorageError: the database is away.
        """
        return [alarm_rows.to_record(row) for row in await self._rows(query("alarm_history"), {"id": alarm_id})]

    async def histories(self, rules: Sequence[str], newest: int) -> Sequence[AlarmRecord]:
        """Return every change of the alarms of some rules that changed last, at most `newest` alarms, in its order.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("alarm_histories"), {"rules": list(rules), "newest": newest})
        return [alarm_rows.to_record(row) for row in rows]

    async def between(self, start: datetime, end: datetime) -> Sequence[AlarmRecord]:
        """Return every change, up to the end, of each alarm that was open at some time in a period, in order.

        Args:
            start: Start of the period, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("alarm_events_between"), {"start": start, "end": end})
        return [alarm_rows.to_record(row) for row in rows]

    async def change(
        self,
        alarm_id: UUID,
        step: Callable[[Alarm], AlarmChange],
        *,
        command: str | None = None,
        origin: str | None = None,
    ) -> AlarmRecord:
        """Apply a step to an alarm under its lock, commit, and return the outcome.

        Args:
            alarm_id: Which alarm.
            step: Returns the change, or refuses.
            command: Name its sender gave to the command: one that was done already is answered with what it did.
            origin: From where the command came; given, it has a line in the audit log.

        Raises:
            ConflictError: from the step, because there is no such alarm, because a newer alarm of its kind is open, or
                because the command was another alarm's; nothing changed.
            StorageError: perhaps nothing was kept.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._change_once(alarm_id, step, command, origin)
            except StorageError as error:
                if not isinstance(error.__cause__, errors.DeadlockDetected | errors.SerializationFailure):
                    raise
        return await self._change_once(alarm_id, step, command, origin)

    async def _change_once(
        self, alarm_id: UUID, step: Callable[[Alarm], AlarmChange], command: str | None, origin: str | None
    ) -> AlarmRecord:
        # The same lock order as the writer's: the alarm, then the stream, then the event as the last statement.
        async with self._connection() as connection, connection.transaction():
            row = await (await connection.execute(query("lock_alarm"), {"id": alarm_id})).fetchone()
            if row is None:
                raise ConflictError(f"there is no alarm {alarm_id}")
            done = await _done(connection, alarm_id, command)
            if done is not None:
                return done
            change = step(alarm_rows.from_row(row))
            try:
                await connection.execute(query("write_alarm"), alarm_rows.to_row(change.alarm))
            except errors.UniqueViolation as error:
                raise ConflictError(f"a newer alarm of the same kind as {alarm_id} is open: choose that one") from error
            if origin is not None:
                await connection.execute(query("audit_alarm"), _audited(change, origin))
            await self._lock_stream(connection)
            event = await connection.execute(query("append_event"), alarm_rows.to_event_row(change, command))
            appended = await event.fetchone()
            await connection.execute(query("wake_readers"))
        return AlarmRecord(seq=appended["seq"] if appended else 0, change=change)

    async def _lock_stream(self, connection: psycopg.AsyncConnection[dict[str, object]]) -> None:
        await connection.execute(query("lock_stream"))

    async def events_after(self, seq: int, limit: int) -> Sequence[AlarmRecord]:
        """Return changes with a greater `seq` in its order, at most `limit`; complete up to the last one returned.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("events_after"), {"seq": seq, "limit": limit})
        return [alarm_rows.to_record(row) for row in rows]

    async def oldest_seq(self) -> int | None:
        """Return the oldest `seq` still kept, None where nothing ever happened.

        Raises:
            StorageError: the database is away.
        """
        oldest: int | None = (await self._rows(query("stream_bounds")))[0]["min"]
        return oldest

    async def newest_seq(self) -> int:
        """Return the newest committed `seq`, 0 where nothing ever happened.

        Raises:
            StorageError: the database is away.
        """
        return (await self._rows(query("stream_bounds")))[0]["max"] or 0

    async def wakeups(self) -> AsyncIterator[None]:
        """Yield, for ever, whenever `events_after` may have something new.

        Yields at once, at every notification, at least once a second, and also while the database is away: whoever
        asks it then learns so.
        """
        pauses = full_jitter(first_s=0.2, longest_s=TICK_S)
        yield
        while True:
            try:
                async with aclosing(self._notifications()) as notifications:
                    async for _ in notifications:
                        pauses = full_jitter(first_s=0.2, longest_s=TICK_S)
                        yield
            except psycopg.Error as error:
                log.warning("alarm notifications interrupted, connecting again", cause=type(error).__name__)
            await asyncio.sleep(next(pauses))
            yield

    async def _notifications(self) -> AsyncGenerator[None]:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, application_name="pantau wakeups", **PATIENCE
        )
        async with connection:
            await connection.execute("LISTEN pantau_alarm")
            # What was committed before LISTEN took hold was announced to nobody.
            yield
            while True:
                async for _ in connection.notifies(timeout=TICK_S, stop_after=1):
                    pass
                yield


async def _done(
    connection: psycopg.AsyncConnection[dict[str, object]], alarm_id: UUID, command: str | None
) -> AlarmRecord | None:
    """Return what a command did when it came before, None when it is new. The alarm's lock is held."""
    if command is None:
        return None
    row = await (await connection.execute(query("event_of_command"), {"command": command})).fetchone()
    if row is None:
        return None
    if row["alarm_id"] != alarm_id:
        raise ConflictError(f"the command {command!r} was given to another alarm: give each command a name of its own")
    return alarm_rows.to_record(row)


def _audited(change: AlarmChange, origin: str) -> dict[str, object]:
    detail = {"origin": origin, "before": change.before, "after": change.alarm.state, "reason": change.reason}
    return {
        "at": change.at,
        "actor": change.actor,
        "action": f"alarm.{change.action.value}",
        "subject": str(change.alarm.id),
        "detail": json.dumps(detail),
    }


def _cursor_seq(text: str) -> int:
    seq = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < seq <= _BEYOND_EVERY_SEQ:
        raise ValueError("want the `next` of the page before")
    return seq
