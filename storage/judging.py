"""Runs the rules inside the transaction that stores the facts, under locks in one order everywhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from psycopg.rows import dict_row

from events.alarm import Alarm, AlarmChange, AlarmKey, AlarmRecord
from events.ids import RuleId, SourceId, ZoneId
from events.judgement import Facts, Memory, RuleState, Verdict
from events.notice import Notice
from storage import alarm_rows
from storage.arrays import text_array
from storage.database import Cursor
from storage.notice_rows import to_row
from storage.queries import query
from storage.shadows import lock_shadows, write_shadows

log = structlog.get_logger(__name__)


class Judge(Protocol):
    """What storage needs of the rules."""

    def concerns(self, facts: Facts, /) -> Collection[AlarmKey]:
        """Return the keys whose memory and open alarm the facts may touch."""

    def judge(self, facts: Facts, memory: Memory, now: datetime, /) -> Verdict:
        """Return what follows from the facts; the memory of every key in `concerns` is given."""

    def on_trial(self, rule: RuleId, /) -> bool:
        """Tell whether what a rule raises is kept apart."""


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
    """Locks memory and alarms, asks the judge, writes the verdict.

    The locks are taken in one order by everybody: `rule_state` by key, `alarm` by key, then the stream.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._remembered: set[AlarmKey] = set()

    def judge(self, cursor: Cursor, facts: Facts, now: datetime) -> Judgement:
        """Judge facts and write what follows; the last statements of their transaction."""
        keys = sorted(self._judge.concerns(facts))
        if not keys:
            return Judgement()
        memory = Memory(
            states=self._lock_states(cursor, keys),
            alarms=self._lock_alarms(cursor, keys),
            shadows=self._lock_shadows(cursor, keys, facts),
        )
        verdict = self._judge.judge(facts, memory, now)
        for key, fault in verdict.faults.items():
            log.error("a rule failed", rule=key.rule, source=key.source, zone=key.zone, fault=fault)
        self._write_states(cursor, verdict.states)
        write_shadows(cursor, verdict.shadows)
        records = self._write_changes(cursor, verdict.changes, verdict.notices)
        return Judgement(records=records, faults=verdict.faults)

    def forget(self) -> None:
        """Forget what was entered in a transaction that failed."""
        self._remembered.clear()

    def _lock_states(self, cursor: Cursor, keys: Sequence[AlarmKey]) -> dict[AlarmKey, RuleState]:
        # Rows are never deleted, so one look at each key suffices.
        unknown = [key for key in keys if key not in self._remembered]
        if unknown:
            cursor.execute(query("add_rule_states"), _key_columns(unknown))
            self._remembered.update(unknown)
        rows = cursor.execute(query("lock_rule_states"), _key_columns(keys))
        return {
            AlarmKey(RuleId(rule), SourceId(source), ZoneId(zone)): RuleState(
                watermark=watermark,
                pending_since=pending_since,
                clear_since=clear_since,
                observations=tuple(observations),
                kept=kept,
            )
            for rule, source, zone, watermark, pending_since, clear_since, observations, kept in rows
        }

    def _lock_alarms(self, cursor: Cursor, keys: Sequence[AlarmKey]) -> dict[AlarmKey, Alarm]:
        with cursor.connection.cursor(row_factory=dict_row) as rows:
            alarms = map(alarm_rows.from_row, rows.execute(query("lock_open_alarms"), _key_columns(keys)))
            return {alarm.key: alarm for alarm in alarms}

    def _lock_shadows(self, cursor: Cursor, keys: Sequence[AlarmKey], facts: Facts) -> dict[AlarmKey, Alarm]:
        """Read what rules on trial hold active; with a canary also what rules left that are on trial no longer."""
        wanted = keys if facts.listened_until is not None else [key for key in keys if self._judge.on_trial(key.rule)]
        return lock_shadows(cursor, _key_columns(wanted)) if wanted else {}

    def _write_states(self, cursor: Cursor, states: Mapping[AlarmKey, RuleState]) -> None:
        if not states:
            return
        parameters = {
            **_key_columns(list(states)),
            "watermarks": [state.watermark for state in states.values()],
            "pending_sinces": [state.pending_since for state in states.values()],
            "clear_sinces": [state.clear_since for state in states.values()],
            # Texts, each an array: an array of arrays of different lengths is none that SQL knows.
            "observations": text_array([f"{{{','.join(map(str, state.observations))}}}" for state in states.values()]),
            "kepts": text_array([state.kept for state in states.values()]),
        }
        cursor.execute(query("write_rule_states"), parameters)

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


def _key_columns(keys: Sequence[AlarmKey]) -> dict[str, object]:
    return {
        "rules": text_array([key.rule for key in keys]),
        "sources": text_array([key.source for key in keys]),
        "zones": text_array([key.zone for key in keys]),
    }
