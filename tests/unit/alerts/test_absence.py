from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.absence import Absences, Heard
from alerts.engine import Engine
from configs.rules import AbsenceRule
from events.alarm import AlarmAction, AlarmState
from events.judgement import Facts, RuleState
from events.liveness import SignOfLife
from tests.unit.alerts.town import AIR, CAMERA, TIDE, YEAR_S, Book, at, book, key, town


def silent(**changes: object) -> AbsenceRule:
    return AbsenceRule.model_validate({"kind": "absence", "id": "silent", "priority": "rendah", **changes})


def test_three_intervals_without_a_sign_of_life_alarm_and_the_third_itself_does_not() -> None:
    kept = book(silent(sources=("tide-01",)))
    assert not kept.tick(160, heard={TIDE: 100})
    (change,) = kept.tick(162, heard={TIDE: 100})
    assert (change.alarm.key, change.alarm.kind, change.alarm.title) == (key("silent", TIDE), "absence", "Sensor diam")
    assert change.alarm.met_at == at(160)


def test_a_sign_of_life_returns_the_alarm_with_the_next_canary() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(162, heard={TIDE: 100})
    (change,) = kept.tick(170, heard={TIDE: 169})
    assert (change.action, change.alarm.cleared_at) == (AlarmAction.RETURN, at(169))


def test_a_sign_of_life_in_the_very_transaction_of_the_canary_counts() -> None:
    kept = book(silent(sources=("tide-01",)))
    facts = Facts(
        silences=[SignOfLife(TIDE, at(100))],
        signs=[SignOfLife(TIDE, at(161))],
        listened_until=at(162),
        listening_since=at(0),
    )
    assert not kept.commit(facts)


def test_a_source_never_heard_counts_from_when_listening_began_and_gets_three_times_as_long() -> None:
    kept = book(silent(sources=("tide-01",)))
    assert not kept.tick(1180, since=1000)
    assert kept.tick(1182, since=1000)


def test_an_outage_of_pantau_raises_no_false_silence() -> None:
    kept = book(silent())
    assert not kept.tick(100, heard={TIDE: 99, AIR: 99, CAMERA: 99})
    # Ten minutes without canaries: listening starts anew.
    assert not kept.tick(700, heard={TIDE: 99, AIR: 99, CAMERA: 99}, since=700)
    assert not kept.tick(709, heard={TIDE: 99, AIR: 99, CAMERA: 99}, since=700)


def test_an_outage_of_pantau_returns_no_alarm_either() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(162, heard={TIDE: 100})
    assert not kept.tick(700, heard={TIDE: 100}, since=700)
    assert not kept.tick(701, since=700)
    assert kept.alarms[key("silent", TIDE)].active


def test_a_silence_that_goes_on_raises_once() -> None:
    kept = book(silent(sources=("tide-01",)))
    for until in range(162, 400, 2):
        kept.tick(until, heard={TIDE: 100})
    assert [change.action for change in kept.changes] == [AlarmAction.RAISE]


def test_a_canary_without_a_change_writes_no_memory() -> None:
    kept = book(silent())
    kept.tick(10, heard={TIDE: 9, AIR: 9, CAMERA: 9})
    assert not kept.states


def test_nothing_is_judged_between_canaries() -> None:
    kept = book(silent())
    assert not kept.engine.concerns(Facts(signs=[SignOfLife(TIDE, at(0))]))


@pytest.mark.parametrize(
    ("of", "sources"),
    [("sensors", {TIDE, AIR}), ("cameras", {CAMERA}), ("all", {TIDE, AIR, CAMERA})],
)
def test_a_rule_watches_the_sources_it_is_for(of: str, sources: set[str]) -> None:
    kept = book(silent(of=of, after_s=5))
    kept.tick(100)
    assert {change.alarm.key.source for change in kept.changes} == sources


def test_named_sources_are_watched_whatever_they_are() -> None:
    kept = book(silent(of="cameras", sources=("tide-01",), after_s=5))
    kept.tick(100)
    assert set(kept.alarms) == {key("silent", TIDE)}


def test_a_camera_has_at_least_ten_seconds_before_it_counts_as_silent() -> None:
    kept = book(silent(of="cameras"))
    assert not kept.tick(110, heard={CAMERA: 100})
    (change,) = kept.tick(111, heard={CAMERA: 100})
    assert change.alarm.title == "Kamera diam"


@pytest.mark.parametrize(("changes", "limit_s"), [({}, 180), ({"after_s": 30}, 180), ({"after_s": 600}, 600)])
def test_a_camera_that_sends_a_picture_a_minute_may_miss_three(changes: dict[str, object], limit_s: float) -> None:
    site = town(silent(of="cameras", **changes))
    slow = tuple(camera.model_copy(update={"cadence": 60.0}) for camera in site.cameras)
    kept = Book(Engine(site.model_copy(update={"cameras": slow}), camera_units={}))
    assert not kept.tick(100 + limit_s, heard={CAMERA: 100})
    assert kept.tick(101 + limit_s, heard={CAMERA: 100})


def test_a_source_silent_again_before_anybody_accepted_the_first_is_the_same_alarm() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(162, heard={TIDE: 100})
    kept.tick(172, heard={TIDE: 170})
    (change,) = kept.tick(240, heard={TIDE: 170})
    assert (change.before, change.alarm.occurrences) == (AlarmState.RTNUN, 2)


def test_a_source_that_spoke_once_and_is_silent_again_keeps_its_alarm() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(162, heard={TIDE: 100})
    assert not kept.tick(300, heard={TIDE: 170})


def test_an_old_canary_delivered_again_changes_nothing() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(162, heard={TIDE: 100})
    assert not kept.tick(120, heard={TIDE: 100})


def test_a_sign_of_life_still_to_come_hides_no_silence() -> None:
    kept = book(silent(sources=("tide-01",)))
    assert not kept.tick(160, heard={TIDE: YEAR_S}, since=100)
    assert kept.tick(162, heard={TIDE: YEAR_S}, since=100)


def test_an_alarm_raised_while_the_clock_was_wrong_returns_with_a_sign_of_life() -> None:
    kept = book(silent(sources=("tide-01",)))
    kept.tick(YEAR_S, heard={TIDE: YEAR_S - 62})
    assert not kept.tick(100, heard={TIDE: YEAR_S - 62}, since=90)
    (change,) = kept.tick(102, heard={TIDE: 101}, since=90)
    assert (change.action, change.alarm.cleared_at) == (AlarmAction.RETURN, at(101))


def test_a_canary_locks_nothing_of_whom_something_was_just_heard() -> None:
    engine = Engine(town(silent()))
    heard = [SignOfLife(source, at(1000)) for source in (TIDE, AIR, CAMERA)]
    facts = Facts(silences=heard, listened_until=at(1002), listening_since=at(0))
    assert not engine.concerns(facts)
    assert engine.concerns(replace(facts, open_keys=[key("silent", TIDE)])) == {key("silent", TIDE)}
    assert engine.concerns(replace(facts, listened_until=at(1062))) >= {key("silent", TIDE)}
    assert not engine.concerns(replace(facts, listened_until=None))


@given(
    last=st.none() | st.integers(-1000, 2000),
    since=st.integers(-1000, 0),
    until=st.integers(0, 1000),
    ahead=st.integers(0, 400),
)
def test_whoever_is_passed_over_would_not_have_been_alarmed(
    last: int | None, since: int, until: int, ahead: int
) -> None:
    (watch,) = Absences(town(silent(sources=("tide-01",)))).watches
    facts = Facts(
        silences=[] if last is None else [SignOfLife(TIDE, at(last))],
        listened_until=at(until),
        listening_since=at(since),
    )
    heard = Heard(
        order=0, last_at=None if last is None else at(last), listening_since=at(since), listened_until=at(until)
    )
    judged = watch.judge(heard, RuleState(), None, at(until + ahead))
    passed_over = not list(Absences(town(silent(sources=("tide-01",)))).keys(facts))
    assert not (passed_over and judged.steps)
