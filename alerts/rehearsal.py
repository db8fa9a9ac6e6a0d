"""Rules judged over again on what was stored, in the order in which it arrived: what would have fired?"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from alerts.engine import Engine
from events.alarm import Alarm, AlarmKey, AlarmRecord, AlarmState
from events.judgement import Facts, Memory, RuleState


class Rehearsal:
    """Keeps in memory what storage would keep in the database, and hands the engine the keys it asks for.

    The engine is the one that judges live, so what comes out is what would have come out.

    Args:
        engine: The rules.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._states: dict[AlarmKey, RuleState] = {}
        self._open: dict[AlarmKey, Alarm] = {}
        self._seq = 0

    def play(self, history: Iterable[tuple[datetime, Facts]]) -> Iterator[AlarmRecord]:
        """Yield the alarm changes that follow from a history.

        Args:
            history: When facts came, aware UTC, and what they were, in order of arrival. How they are divided among
                transactions changes only the times of the changes, not the alarms.

        Raises:
            RuntimeError: A rule failed; its text says which.
        """
        for at, facts in history:
            keys = self._engine.concerns(facts)
            if not keys:
                continue
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
