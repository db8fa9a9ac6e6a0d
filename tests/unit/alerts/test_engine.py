from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import engine as engine_module
from alerts.engine import Engine
from alerts.lifecycle import CLEARS_ITSELF_AFTER
from alerts.measured import MAKERS, MeasuredRules
from alerts.rules import Case, Outcome
from configs import rules as rule_models
from configs.rules import AbsenceRule, ObservationRule, Rule, ThresholdRule
from events.alarm import Alarm, AlarmAction, AlarmChange, AlarmKey, AlarmState
from events.judgement import Facts, Memory, RuleState
from events.observation import Phase
from events.reading import Reading
from tests.unit.alerts.town import AIR, START, TIDE, Book, at, book, key, reading, seen, town


def threshold(rule_id: str, **changes: object) -> ThresholdRule:
    return ThresholdRule.model_validate({"kind": "threshold", "id": rule_id, "metric": "level", **changes})


LEVELS: tuple[Rule, ...] = (
    threshold("waspada", above=0.8, hysteresis=0.05, priority="sedang"),
    threshold("siaga", above=1.0, hysteresis=0.05, hold_s=5, clear_hold_s=3, priority="tinggi"),
    threshold("awas", above=1.2, hold_s=10, priority="darurat"),
    threshold("surut", below=0.1, clear_hold_s=4, priority="rendah"),
    threshold("asap", metric="pm25", above=0.9, priority="rendah"),
)


def anonymous(changes: Sequence[AlarmChange]) -> list[AlarmChange]:
    """Drop what may differ between two runs: the times of the run itself, and ids but for who is whom."""
    names: dict[UUID, UUID] = {}
    return [
        replace(
            change,
            at=START,
            alarm=replace(
                change.alarm,
                id=names.setdefault(change.alarm.id, UUID(int=len(names))),
                raised_at=START,
                updated_at=START,
            ),
        )
        for change in changes
    ]


streams = st.lists(
    st.builds(
        lambda value, seconds, which: reading(
            value, seconds, source=TIDE if which else AIR, metric="level" if which else "pm25"
        ),
        st.floats(0, 1.5, allow_nan=False).map(lambda value: round(value, 2)),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=60,
)


@settings(max_examples=200)
@given(stream=streams, cuts=st.lists(st.integers(0, 60), max_size=10))
def test_the_same_readings_in_one_transaction_or_in_many_give_the_same_alarms(
    stream: list[Reading], cuts: list[int]
) -> None:
    whole, pieces = book(*LEVELS), book(*LEVELS)
    whole.read(*stream)
    edges = sorted({0, *cuts, len(stream)})
    for minute, (start, end) in enumerate(pairwise(edges)):
        pieces.commit(Facts(readings=stream[start:end]), START + timedelta(minutes=minute))
    assert anonymous(pieces.changes) == anonymous(whole.changes)
    assert pieces.states == whole.states


def test_the_changes_of_many_keys_stand_in_the_order_of_what_caused_them() -> None:
    kept = book(*LEVELS)
    kept.read(
        reading(0.95, 0, source=AIR, metric="pm25"),
        reading(0.9, 1),
        reading(0.05, 2, source=AIR, metric="pm25"),
        reading(0.05, 3),
    )
    assert [(change.alarm.key.rule, change.action) for change in kept.changes] == [
        ("asap", AlarmAction.RAISE),
        ("waspada", AlarmAction.RAISE),
        ("asap", AlarmAction.RETURN),
        ("waspada", AlarmAction.RETURN),
        ("surut", AlarmAction.RAISE),
    ]


class Broken:
    """A rule kind in which one rule of two fails."""

    def __init__(self, inner: MeasuredRules, bad: str) -> None:
        self._inner = inner
        self._bad = bad
        self.every_key = inner.every_key
        self.keys = inner.keys

    def cases(self, facts: Facts, memory: Memory, settled: dict[AlarmKey, RuleState]) -> list[Case]:
        cases = self._inner.cases(facts, memory, settled)
        return [Case(case.key, self._fail) if case.key.rule == self._bad else case for case in cases]

    @staticmethod
    def _fail(state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:
        raise ZeroDivisionError("a mistake in a rule")


def test_a_rule_that_fails_is_reported_and_hurts_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MeasuredRules", lambda *given: Broken(MeasuredRules(*given), "waspada"))
    kept = book(*LEVELS)
    kept.read(reading(1.1, 0), reading(1.1, 6))
    bad = key("waspada", TIDE)
    assert kept.faults == {bad: "ZeroDivisionError: a mistake in a rule"}
    assert bad not in kept.states
    assert set(kept.alarms) == {key("siaga", TIDE)}


def test_every_kind_of_rule_in_the_site_file_has_a_line_in_the_table() -> None:
    union = get_args(rule_models.Rule)[0]
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(union)}
    assert {*engine_module._kinds(town(), {}), *MAKERS, "combination"} - {"measured"} == kinds


def test_facts_that_no_rule_speaks_of_concern_no_key() -> None:
    kept = book(*LEVELS)
    facts = Facts(
        readings=[reading(12.0, 0, metric="battery")], observations=[seen(1, Phase.BEGIN, 0, kind="waste_pile")]
    )
    assert not kept.engine.concerns(facts)
    assert not kept.commit(facts)


def test_concerned_keys_are_those_of_every_rule_on_the_series() -> None:
    concerned = book(*LEVELS).engine.concerns(Facts(readings=[reading(0.5, 0)]))
    assert concerned == {key(rule, TIDE) for rule in ("waspada", "siaga", "awas", "surut")}


def test_a_returned_alarm_of_a_mild_priority_clears_itself_with_a_canary() -> None:
    kept = book(threshold("waspada", above=0.8, priority="sedang"), threshold("siaga", above=1.0, priority="tinggi"))
    kept.read(reading(1.1, 0), reading(0.5, 1))
    due_s = CLEARS_ITSELF_AFTER.total_seconds()
    assert not kept.tick(due_s - 1)
    (change,) = kept.tick(due_s)
    assert (change.action, change.alarm.key) == (AlarmAction.CLEAR, key("waspada", TIDE))
    assert kept.alarms[key("siaga", TIDE)].state is AlarmState.RTNUN


def test_an_alarm_raised_again_with_the_canary_does_not_clear() -> None:
    kept = book(threshold("waspada", above=0.8))
    kept.read(reading(1.1, 0), reading(0.5, 1))
    due = START + CLEARS_ITSELF_AFTER
    (change,) = kept.commit(Facts(readings=[reading(1.1, 900)], listened_until=due, listening_since=START), due)
    assert change.action is AlarmAction.RAISE


def test_an_alarm_whose_rule_left_the_site_file_returns_with_the_next_canary() -> None:
    kept = book(threshold("waspada", above=0.8, priority="tinggi"))
    kept.read(reading(1.1, 0))
    without = Book(Engine(town()), kept.states, kept.alarms)
    (change,) = without.tick(10)
    assert (change.action, change.alarm.cleared_at) == (AlarmAction.RETURN, at(10))
    assert change.reason is not None
    assert not without.tick(20)


def test_judging_leaves_the_memory_it_was_given_as_it_was() -> None:
    memory = Memory(states={}, alarms={})
    verdict = book(*LEVELS).engine.judge(Facts(readings=[reading(1.1, 0)]), memory, START)
    assert verdict.changes
    assert (memory.states, memory.alarms) == ({}, {})


def test_kinds_of_rule_live_side_by_side() -> None:
    kept = book(
        *LEVELS,
        ObservationRule(kind="observation", id="crowd", observes="crowding"),
        AbsenceRule(kind="absence", id="silent", sources=("tide-01",)),
    )
    facts = Facts(
        readings=[reading(0.9, 0)],
        observations=[seen(1, Phase.BEGIN, 0, count=20)],
        listened_until=at(200),
        listening_since=at(0),
    )
    assert [change.alarm.kind for change in kept.commit(facts)] == ["threshold", "crowding", "absence"]
