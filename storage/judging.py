"""Runs the rules inside the transaction that stores the facts, under locks in one order everywhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from psycopg.rows import dict_row

from events.alarm import Alarm, AlarmChange, AlarmKey, AlarmRecord
from events.judgement import Facts, Memory, RuleState, Verdict
from events.notice import Notice
from storage import alarm_rows
from storage.arrays import text_array
from storage.database import Cursor
from storage.listening import read_open_keys
from storage.notice_rows import to_row
from storage.queries import query
from storage.rule_memory import RuleMemory
from storage.shadows import lock_shadows, write_shadows

log = structlog.get_logger(__name__)


class Judge(Protocol):
    """What storage needs of the rules."""

    def concerns(self, facts: Facts, among: Collection[AlarmKey], /) -> frozenset[AlarmKey]:
        """Return those of the keys that have an open alarm which the facts may touch."""

    def judge(self, facts: Facts, memory: Memory, now: datetime, /) -> Verdict:
        """Return what follows from the facts; the open alarm of every key of `concerns` is given, and all memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules did in one transaction.

    Attributes:
        records: Alarm changes as they stand in the stream.
        faults: Rules that failed, with the error's text.
    """

    records: tuple[AlarmRecord, ...] = ()
    faults: Mapping[AlarmKey, str] = field(default_factory=dict)


class Bench:
    """Holds memory and alarms, asks the judge, writes the verdict.

    The locks are taken in one order by everybody: memory of rules, `alarm` by key, then the stream.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._memory = RuleMemory()
        self._states: Mapping[AlarmKey, RuleState] = {}

    def hold(self, cursor: Cursor) -> None:
        """Lock the memory of rules until the transaction ends: one writer at a time is between here and its commit."""
        self._states = self._memory.hold(cursor)

    def judge(self, cursor: Cursor, facts: Facts, now: datetime) -> Judgement:
        """Judge facts and write what follows, with the memory held; the last statements of their transaction."""
        # Only who holds the memory opens alarms: none can be added to those that are found open now.
        concerned = self._concerned(facts, read_open_keys(cursor))
        memory = Memory(
            states=self._states,
            alarms=_lock_alarms(cursor, concerned),
            shadows=lock_shadows(cursor, _key_columns(concerned)) if concerned else {},
        )
        verdict = self._judge.judge(facts, memory, now)
        for key, fault in verdict.faults.items():
            log.error("a rule failed", rule=key.rule, source=key.source, zone=key.zone, fault=fault)
        self._memory.keep(cursor, verdict.states)
        write_shadows(cursor, verdict.shadows)
        records = self._write_changes(cursor, verdict.changes, verdict.notices)
        return Judgement(records=records, faults=verdict.faults)

    def forget(self) -> None:
        """Forget what a transaction that failed has changed."""
        self._memory.forget()

    def _concerned(self, facts: Facts, open_keys: Collection[AlarmKey]) -> list[AlarmKey]:
        """Return the keys with an open alarm, told or on trial, that the facts may touch, in order."""
        return sorted(self._judge.concerns(facts, open_keys))

    def _write_changes(
        self, cursor: Cursor, changes: Sequence[AlarmChange], notices: Sequence[Notice]
    ) -> tuple[AlarmRecord, ...]:
        if not changes:
            return ()
        # Only the last version of each, in the order in which they first changed: an alarm that ended makes room
        # for the next one of its key.
        latest = {change.alarm.id: change.alarm for change in changes}
        cursor.executemany(query("write_alarm"), [alarm_rows.to_row(alarm) for alarm in latest.values()])
        if notices:
            cursor.executemany(query("add_notice"), map(to_row, notices))
        self._lock_stream(cursor)
        cursor.executemany(query("append_event"), map(alarm_rows.to_event_row, changes), returning=True)
        seqs = [seq for result in cursor.results() for (seq,) in result]
        cursor.execute(query("wake_readers"))
        return tuple(AlarmRecord(seq=seq, change=change) for seq, change in zip(seqs, changes, strict=True))

    def _lock_stream(self, cursor: Cursor) -> None:
        cursor.execute(query("lock_stream"))


def _lock_alarms(cursor: Cursor, keys: Sequence[AlarmKey]) -> dict[AlarmKey, Alarm]:
    if not keys:
        return {}
    with cursor.connection.cursor(row_factory=dict_row) as rows:
        alarms = map(alarm_rows.from_row, rows.execute(query("lock_open_alarms"), _key_columns(keys)))
        return {alarm.key: alarm for alarm in alarms}


def _key_columns(keys: Sequence[AlarmKey]) -> dict[str, object]:
    return {
        "rules": text_array([key.rule for key in keys]),
        "sources": text_array([key.source for key in keys]),
        "zones": text_array([key.zone for key in keys]),
    }
