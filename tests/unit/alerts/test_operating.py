from datetime import timedelta

import pytest

from alerts.lifecycle import expire_shelf, raise_alarm, return_alarm, suppress, unsuppress, update_alarm
from alerts.operating import (
    LONGEST_SHELVING,
    acknowledge,
    reset,
    restore,
    shelve,
    unacknowledge,
    unshelve,
    withdraw,
)
from events.alarm import Alarm, AlarmAction, AlarmState, Priority, ShelfKind
from events.command import Command
from events.errors import ConflictError, ForbiddenError, LimitError
from tests.unit.alerts.test_lifecycle import alarm_in, condition
from tests.unit.alerts.town import at


def command(
    seconds: float = 10,
    *,
    reason: str = "",
    minutes: float | None = None,
    oneshot: bool = False,
    supervisor: bool = False,
) -> Command:
    return Command(
        actor="budi",
        at=at(seconds),
        supervisor=supervisor,
        reason=reason,
        lasts=None if minutes is None else timedelta(minutes=minutes),
        oneshot=oneshot,
    )


def shelved(alarm: Alarm, *, oneshot: bool = False) -> Alarm:
    return shelve(alarm, command(reason="kabel dikerjakan", oneshot=oneshot, supervisor=True)).alarm


def test_shelving_hides_an_alarm_with_its_reason_for_two_hours_unless_more_is_asked_for() -> None:
    change = shelve(alarm_in(AlarmState.UNACK), command(reason="  kabel dikerjakan "))
    shelf = change.alarm.shelf
    assert shelf is not None
    assert (change.alarm.state, change.reason, shelf.by) == (AlarmState.SHLVD, "kabel dikerjakan", "budi")
    assert (shelf.kind, shelf.until) == (ShelfKind.TIMED, at(10) + timedelta(hours=2))
    longer = shelve(alarm_in(AlarmState.UNACK), command(reason="x", minutes=480)).alarm
    assert longer.shelf is not None
    assert longer.shelf.until == at(10) + timedelta(hours=8)


@pytest.mark.parametrize(
    ("priority", "minutes"), [(Priority.DARURAT, 61), (Priority.TINGGI, 481), (Priority.RENDAH, 0)]
)
def test_nobody_shelves_for_longer_than_a_shift_or_the_worst_for_longer_than_an_hour(
    priority: Priority, minutes: float
) -> None:
    with pytest.raises(LimitError, match=f"{LONGEST_SHELVING[priority].total_seconds() / 60:g} minutes"):
        shelve(alarm_in(AlarmState.UNACK, priority), command(reason="x", minutes=minutes, supervisor=True))


def test_shelving_without_a_reason_is_refused() -> None:
    with pytest.raises(LimitError, match="reason"):
        shelve(alarm_in(AlarmState.UNACK), command(reason="  "))


def test_only_a_supervisor_shelves_the_worst_alarms_or_takes_any_out_of_service() -> None:
    worst = alarm_in(AlarmState.UNACK, Priority.DARURAT)
    with pytest.raises(ForbiddenError, match="supervisor"):
        shelve(worst, command(reason="x", minutes=10))
    assert shelve(worst, command(reason="x", minutes=10, supervisor=True)).alarm.state is AlarmState.SHLVD
    with pytest.raises(ForbiddenError, match="supervisor"):
        withdraw(worst, command(reason="x"))
    out = withdraw(worst, command(reason="x", supervisor=True)).alarm
    with pytest.raises(ForbiddenError, match="supervisor"):
        restore(out, command())
    assert restore(out, command(supervisor=True)).alarm.state is AlarmState.UNACK


def test_a_timed_shelf_outlives_a_condition_that_comes_and_goes() -> None:
    alarm = shelved(alarm_in(AlarmState.UNACK))
    alarm = return_alarm(alarm, cleared_at=at(20), at=at(20)).alarm
    assert alarm.state is AlarmState.SHLVD
    again = raise_alarm(condition(), alarm=alarm, at=at(30)).alarm
    assert (again.state, again.id, again.occurrences) == (AlarmState.SHLVD, alarm.id, 2)


def test_a_oneshot_shelf_ends_with_the_condition_and_leaves_nothing_to_accept() -> None:
    alarm = shelved(alarm_in(AlarmState.UNACK), oneshot=True)
    back = return_alarm(alarm, cleared_at=at(20), at=at(20)).alarm
    assert (back.state, back.shelf) == (AlarmState.NORM, None)


def test_a_oneshot_shelf_needs_a_condition_to_end_with() -> None:
    with pytest.raises(ConflictError, match="condition is gone"):
        shelved(alarm_in(AlarmState.RTNUN), oneshot=True)


def test_taken_from_the_shelf_by_a_person_an_accepted_alarm_is_still_accepted() -> None:
    alarm = unshelve(shelved(alarm_in(AlarmState.ACKED)), command()).alarm
    assert (alarm.state, alarm.acked_by) == (AlarmState.ACKED, "siti")


def test_when_its_time_is_up_an_active_alarm_sounds_again_though_it_was_accepted() -> None:
    alarm = shelved(alarm_in(AlarmState.ACKED))
    with pytest.raises(ConflictError, match="no shelving to end"):
        expire_shelf(alarm, at=at(60))
    change = expire_shelf(alarm, at=at(10) + timedelta(hours=2))
    assert (change.action, change.alarm.state, change.alarm.acked_by) == (AlarmAction.EXPIRE, AlarmState.UNACK, None)


def test_a_worse_priority_while_shelved_takes_the_acknowledgement_back() -> None:
    alarm = update_alarm(shelved(alarm_in(AlarmState.ACKED)), condition(Priority.TINGGI), at=at(20)).alarm
    assert alarm.state is AlarmState.SHLVD
    assert unshelve(alarm, command()).alarm.state is AlarmState.UNACK


def test_what_was_hidden_until_its_condition_went_needs_nobody() -> None:
    alarm = suppress(alarm_in(AlarmState.UNACK), reason="sumber tidak mengirim", at=at(10)).alarm
    gone = return_alarm(alarm, cleared_at=at(20), at=at(20)).alarm
    assert gone.state is AlarmState.DSUPR
    assert unsuppress(gone, at=at(30)).alarm.state is AlarmState.NORM


def test_what_hides_an_alarm_is_shown_in_the_standards_order() -> None:
    alarm = shelved(alarm_in(AlarmState.UNACK))
    alarm = suppress(alarm, reason="x", at=at(20)).alarm
    assert alarm.state is AlarmState.DSUPR
    alarm = withdraw(alarm, command(reason="x", supervisor=True)).alarm
    assert alarm.state is AlarmState.OOSRV
    alarm = restore(alarm, command(supervisor=True)).alarm
    assert alarm.state is AlarmState.DSUPR
    assert unsuppress(alarm, at=at(30)).alarm.state is AlarmState.SHLVD


def test_a_hidden_alarm_is_not_acknowledged_unseen() -> None:
    with pytest.raises(ConflictError, match="hidden"):
        acknowledge(shelved(alarm_in(AlarmState.UNACK)), command())


def test_an_acknowledgement_can_be_taken_back() -> None:
    change = unacknowledge(alarm_in(AlarmState.ACKED), command())
    assert (change.alarm.state, change.alarm.acked_by, change.actor) == (AlarmState.UNACK, None, "budi")


def latched() -> Alarm:
    alarm = raise_alarm(condition(latching=True), at=at(0)).alarm
    return return_alarm(alarm, cleared_at=at(2), at=at(2)).alarm


def test_a_latching_alarm_stays_until_it_is_accepted_and_reset() -> None:
    alarm = latched()
    assert alarm.state is AlarmState.LATCH
    with pytest.raises(ConflictError, match="acknowledge it before"):
        reset(alarm, command())
    alarm = acknowledge(alarm, command()).alarm
    assert alarm.state is AlarmState.LATCH
    assert reset(alarm, command()).alarm.state is AlarmState.NORM


def test_a_latching_alarm_whose_condition_is_back_cannot_be_reset() -> None:
    alarm = raise_alarm(condition(latching=True), alarm=acknowledge(latched(), command()).alarm, at=at(9)).alarm
    assert (alarm.state, alarm.latched) == (AlarmState.UNACK, False)
    with pytest.raises(ConflictError, match="only a latched"):
        reset(alarm, command())
