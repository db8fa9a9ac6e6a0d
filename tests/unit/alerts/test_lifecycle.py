from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.lifecycle import (
    CLEARS_ITSELF_AFTER,
    Condition,
    clear_alarm,
    clears_itself,
    raise_alarm,
    return_alarm,
    update_alarm,
)
from alerts.operating import acknowledge
from events.alarm import Alarm, AlarmAction, AlarmState, Priority
from events.command import Command
from events.errors import ConflictError
from events.ids import SiteId
from tests.unit.alerts.town import START, TIDE, at, key

NORM, UNACK, ACKED, RTNUN = AlarmState.NORM, AlarmState.UNACK, AlarmState.ACKED, AlarmState.RTNUN


def condition(priority: Priority = Priority.SEDANG, value: float = 1.04, *, latching: bool = False) -> Condition:
    return Condition(
        key=key("rob", TIDE),
        kind="threshold",
        priority=priority,
        site=SiteId("shore"),
        title="Pasang rob 1,04 m",
        value=value,
        unit="m",
        met_at=at(-1),
        latching=latching,
    )


def alarm_in(state: AlarmState, priority: Priority = Priority.SEDANG) -> Alarm:
    alarm = raise_alarm(condition(priority), at=START).alarm
    if state in {ACKED, NORM}:
        alarm = acknowledge(alarm, Command(actor="siti", at=at(1))).alarm
    if state in {RTNUN, NORM}:
        alarm = return_alarm(alarm, cleared_at=at(2), at=at(2)).alarm
    assert alarm.state is state
    return alarm


def test_a_new_alarm_is_unacknowledged_and_says_when_it_was_met_and_when_it_was_raised() -> None:
    change = raise_alarm(condition(), at=START)
    assert (change.action, change.before, change.actor) == (AlarmAction.RAISE, None, "pantau")
    assert (change.alarm.state, change.alarm.version, change.alarm.occurrences) == (UNACK, 1, 1)
    assert (change.alarm.met_at, change.alarm.raised_at) == (at(-1), START)
    assert change.alarm.id.version == 7


def test_an_alarm_that_comes_back_unacknowledged_stays_the_same_alarm_with_one_more_occurrence() -> None:
    returned = alarm_in(RTNUN)
    change = raise_alarm(condition(value=1.2), alarm=returned, at=at(9))
    assert (change.before, change.alarm.state) == (RTNUN, UNACK)
    assert (change.alarm.id, change.alarm.occurrences, change.alarm.version) == (returned.id, 2, returned.version + 1)
    assert (change.alarm.value, change.alarm.raised_at, change.alarm.cleared_at) == (1.2, at(9), None)


def test_an_alarm_that_comes_back_after_normal_is_another_alarm() -> None:
    normal = alarm_in(NORM)
    change = raise_alarm(condition(), alarm=normal, at=at(9))
    assert change.before is None
    assert change.alarm.id != normal.id
    assert change.alarm.occurrences == 1


def test_a_worse_priority_takes_an_acknowledgement_back() -> None:
    change = update_alarm(alarm_in(ACKED), condition(Priority.TINGGI), at=at(9))
    assert (change.before, change.alarm.state, change.reason) == (ACKED, UNACK, "priority rose")
    assert change.alarm.acked_by is None


@pytest.mark.parametrize("priority", [Priority.SEDANG, Priority.RENDAH])
def test_the_same_or_a_milder_priority_leaves_an_acknowledgement(priority: Priority) -> None:
    change = update_alarm(alarm_in(ACKED), condition(priority), at=at(9))
    assert (change.alarm.state, change.alarm.acked_by, change.alarm.priority) == (ACKED, "siti", priority)


def test_a_returned_alarm_keeps_its_last_figures_and_says_when_the_condition_went_away() -> None:
    change = return_alarm(alarm_in(UNACK), cleared_at=at(5), at=at(6))
    assert (change.alarm.value, change.alarm.cleared_at, change.alarm.updated_at) == (1.04, at(5), at(6))


@pytest.mark.parametrize(
    ("priority", "waits_for_a_person"),
    [(Priority.DARURAT, True), (Priority.TINGGI, True), (Priority.SEDANG, False), (Priority.RENDAH, False)],
)
def test_only_the_two_milder_priorities_clear_themselves(*, priority: Priority, waits_for_a_person: bool) -> None:
    alarm = alarm_in(RTNUN, priority)
    due = alarm.updated_at + CLEARS_ITSELF_AFTER
    assert not clears_itself(alarm, by=due - timedelta(seconds=1))
    assert clears_itself(alarm, by=due) is not waits_for_a_person
    if waits_for_a_person:
        with pytest.raises(ConflictError, match="a person must acknowledge"):
            clear_alarm(alarm, at=due)
    else:
        change = clear_alarm(alarm, at=due)
        assert (change.action, change.alarm.state, change.alarm.acked_by) == (AlarmAction.CLEAR, NORM, None)


def test_acknowledging_twice_is_refused_with_the_name_of_who_was_first() -> None:
    with pytest.raises(ConflictError, match="already acknowledged by siti"):
        acknowledge(alarm_in(ACKED), Command(actor="budi", at=at(9)))


def test_a_condition_of_another_key_is_a_mistake_of_the_programmer() -> None:
    foreign = replace(condition(), key=key("other", TIDE))
    with pytest.raises(ValueError, match="other"):
        update_alarm(alarm_in(UNACK), foreign, at=at(9))
