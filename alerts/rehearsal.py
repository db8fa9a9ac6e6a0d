"""Rules judged over again on what was stored, in the order in which it arrived: what would have fired?"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.engine import Engine
from events.alarm import Alarm, AlarmKey, AlarmRecord, AlarmState
from events.judgement import Facts, Memory, RuleState

CANARY = timedelta(seconds=2)
"""How far canaries are apart unless the site file says otherwise."""


class Rehearsal:
    """Keeps in memory what storage would keep in the database, and hands the engine the keys it asks for.

    The engine is the one that judges live, so what comes out is what would have come out. Canaries are made up, so
    that what waits, or ends with the hours, does so here too; silence is judged only by those that come with history.

    Args:
        engine: The rules, none of them on trial.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._states: dict[AlarmKey, RuleState] = {}
        self._open: dict[AlarmKey, Alarm] = {}
        self._seq = 0
        self._ticked_at: datetime | None = None

    def go_on_with(self, engine: Engine) -> None:
        """Judge by other rules from here on, as ingest does when it takes up a new version."""
        self._engine = engine

    def play(
        self, history: Iterable[tuple[datetime, Facts]], *, until: datetime | None = None
    ) -> Iterator[AlarmRecord]:
        """Yield the alarm changes that follow from a history.

        Args:
            history: When facts came, aware UTC, and what they were, in order of arrival. How they are divided among
                transactions changes only the times of the changes, not the alarms.
            until: Up to when everything was heard after its end, aware UTC.

        Raises:
            RuntimeError: A rule failed; its text says which.
        """
        for at, facts in history:
            if self._ticked_at is None or at - self._ticked_at >= CANARY:
                yield from self._tick(at)
            listened = facts.listened_until is not None
            yield from self._judge(at, replace(facts, open_keys=sorted(self._open)) if listened else facts)
        if until is not None:
            yield from self._tick(until)

    def _tick(self, at: datetime) -> Iterator[AlarmRecord]:
        """Judge what time alone does, where there is anything that could change."""
        if self._open or any(state.kept for state in self._states.values()):
            self._ticked_at = at
            yield from self._judge(at, Facts(listened_until=at, listening_since=at, open_keys=sorted(self._open)))

    def _judge(self, at: datetime, facts: Facts) -> Iterator[AlarmRecord]:
        keys = self._engine.concerns(facts)
        if not keys:
            return
        memory = Memory(
            states={key: self._states.get(key, RuleState()) for key in keys},
            alarms={key: self._open[key] for key in keys if key in self._open},
        )
        verdict = self._engine.judge(facts, memory, at)
        for key, fault in verdict.faults.items():
            raise RuntimeError(f"rule {key.rule} failed at {key.source}: {fault}")
        self._states.update(verdict.states)
        for change in verdict.changes:
            if change.alarm.state is AlarmState.NORM:
                self._open.pop(change.alarm.key, None)
            else:
                self._open[change.alarm.key] = change.alarm
            self._seq += 1
            yield AlarmRecord(seq=self._seq, change=change)
