"""Rules with `settle_s`: readings in the order of their own times, whatever the order in which they came."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.rehearsal import Rehearsal
from configs.rules import Rule, ThresholdRule
from events.alarm import AlarmAction, AlarmRecord
from events.judgement import Facts
from events.reading import Quality, Reading
from tests.unit.alerts.town import TIDE, Book, at, book, key, reading, town

SETTLE_S = 60
ROB = ThresholdRule(
    id="rob", kind="threshold", metric="level", above=1.0, hysteresis=0.1, hold_s=20, clear_hold_s=20, settle_s=SETTLE_S
)
FASTER = ThresholdRule.model_validate({**ROB.model_dump(), "settle_s": 0})

ENGINE = Engine(town(ROB))
IN_ORDER = Engine(town(FASTER))


def late(value: float, ts: float, by_s: float) -> Reading:
    return reading(value, ts)._replace(received_at=at(ts + by_s))


def told(kept: Book) -> list[tuple[str, datetime, datetime | None, float | None]]:
    return [(str(c.action), c.alarm.met_at, c.alarm.cleared_at, c.alarm.value) for c in kept.changes]


@st.composite
def delayed(draw: st.DrawFn) -> list[Reading]:
    """Readings at different times, each late by less than the rule waits."""
    times = draw(st.lists(st.integers(0, 600), unique=True, max_size=40))
    values = st.sampled_from([0.5, 0.95, 1.1, 1.3])
    return [late(draw(values), ts, draw(st.integers(0, SETTLE_S - 1))) for ts in sorted(times)]


@settings(deadline=None)
@given(delayed(), st.data())
def test_shuffled_arrival_within_the_wait_changes_nothing(readings: list[Reading], data: st.DataObject) -> None:
    in_order = Book(IN_ORDER)
    for one in readings:
        in_order.read(one)
    shuffled = Book(ENGINE)
    for one in sorted(readings, key=lambda r: r.received_at):
        if data.draw(st.booleans()):
            shuffled.tick(one.received_at.timestamp() - at(0).timestamp() - 0.5)
        shuffled.read(one)
    shuffled.tick(600 + 2 * SETTLE_S)
    assert told(shuffled) == told(in_order)


@settings(deadline=None)
@given(delayed(), st.lists(st.integers(1, 7), min_size=40, max_size=40))
def test_pieces_restarts_and_canaries_change_nothing(readings: list[Reading], pieces: list[int]) -> None:
    arrived = sorted(readings, key=lambda r: r.received_at)
    single = Book(ENGINE)
    for one in arrived:
        single.read(one)
    single.tick(10_000)
    joined, rest = Book(ENGINE), arrived
    for size in pieces:
        joined.read(*rest[:size])
        if rest[:size]:
            joined.tick((rest[:size][-1].received_at - at(0)).total_seconds())
        joined = Book(ENGINE, joined.states, joined.alarms, joined.changes)  # a new process
        rest = rest[size:]
    joined.tick(10_000)
    assert told(joined) == told(single)


def test_a_reading_waits_as_long_as_others_may_be_late_and_no_longer() -> None:
    kept = book(ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, settle_s=60))
    assert kept.read(late(1.4, 0, 1)) == []
    assert kept.tick(59) == []
    (raised,) = kept.tick(60)
    assert raised.alarm.met_at == at(0)


def test_what_comes_later_than_what_was_judged_never_alarms() -> None:
    kept = book(ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, settle_s=60))
    kept.read(late(0.5, 100, 0))
    kept.tick(200)
    assert kept.read(late(1.4, 90, 120)) == []
    assert kept.tick(1000) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from([0.5, 1.4])), max_size=30))
def test_without_a_wait_late_data_never_alarms(arrivals: list[tuple[int, float]]) -> None:
    kept = book(ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0))
    newest = -1
    for ts, value in arrivals:
        raised = [c for c in kept.read(late(value, ts, 601 - ts)) if c.action is AlarmAction.RAISE]
        assert not (raised and ts <= newest)
        newest = max(newest, ts)


def test_what_a_rule_holds_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.figure.MOST_WAITING", 5)
    kept = Book(ENGINE)
    kept.read(*(late(0.5, ts, 0) for ts in range(20)))
    assert kept.states[key("rob", TIDE)].kept.count("ok") == 5


def test_a_rehearsal_ends_the_wait_as_canaries_do() -> None:
    rules: tuple[Rule, ...] = (ROB,)
    readings = [late(1.4, ts, 1) for ts in (0, 10, 20, 30)]
    changes = play(rules, readings)
    assert [r.change.alarm.met_at for r in changes] == [at(20)]


def play(rules: Sequence[Rule], readings: Sequence[Reading]) -> list[AlarmRecord]:
    history = [(one.received_at, Facts(readings=[one])) for one in readings]
    return list(Rehearsal(Engine(town(*rules))).play(history, until=at(10_000)))


def test_a_rule_that_waits_believes_readings_that_are_marked_late() -> None:
    patient = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, settle_s=600)
    kept = book(patient, ThresholdRule(id="segera", kind="threshold", metric="level", above=1.0))
    kept.read(late(1.4, 0, 400)._replace(quality=Quality.LATE))
    kept.tick(700)
    assert set(kept.alarms) == {key("rob", TIDE)}
