"""The steps that people take with an alarm, as pure functions on the frozen alarm.

Edges of ISA-18.2 / IEC 62682; what Pantau does by itself stands in `alerts.lifecycle`:

    UNACK  --acknowledge-->  ACKED  --unacknowledge-->  UNACK
    RTNUN  --acknowledge-->  NORM
    LATCH  --acknowledge-->  LATCH, accepted  --reset-->  NORM
    any but DSUPR and OOSRV  --shelve-->  SHLVD  --unshelve-->  what lies beneath
    any  --withdraw-->  OOSRV  --restore-->  what lies beneath

Every other step is refused with `ConflictError` and changes nothing.
"""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from alerts.lifecycle import moved, uncovered
from events.alarm import (
    HIDDEN,
    Alarm,
    AlarmAction,
    AlarmChange,
    AlarmState,
    Priority,
    Shelf,
    ShelfKind,
    Withdrawal,
)
from events.command import Command
from events.errors import ConflictError, ForbiddenError, LimitError

SHELVED_FOR = timedelta(hours=2)
"""How long an alarm is put aside unless something else is said."""

LONGEST_SHELVING = {
    Priority.DARURAT: timedelta(hours=1),
    Priority.TINGGI: timedelta(hours=8),
    Priority.SEDANG: timedelta(hours=8),
    Priority.RENDAH: timedelta(hours=8),
}
"""Longest time on the shelf: one shift, and of the worst alarms an hour. OPC UA Part 9 asks for such a maximum for
either kind of shelving; the figures are this project's choice."""


def acknowledge(alarm: Alarm, command: Command) -> AlarmChange:
    """Accept an alarm: UNACK becomes ACKED, RTNUN becomes NORM, LATCH may be reset from now on.

    Raises:
        ConflictError: It is already acknowledged, back to normal, or hidden.
    """
    _in_sight(alarm, "acknowledge it")
    if alarm.state is AlarmState.NORM:
        raise ConflictError(f"alarm {alarm.id} is back to normal: there is nothing to acknowledge")
    if alarm.acked:
        raise ConflictError(f"alarm {alarm.id} was already acknowledged by {alarm.acked_by}")
    accepted = replace(alarm, acked=True, acked_by=command.actor, acked_at=command.at)
    return moved(AlarmAction.ACKNOWLEDGE, alarm, accepted, actor=command.actor, at=command.at)


def unacknowledge(alarm: Alarm, command: Command) -> AlarmChange:
    """Take an acknowledgement back: ACKED becomes UNACK and sounds again.

    Raises:
        ConflictError: It is in any other state.
    """
    if alarm.state is not AlarmState.ACKED:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: there is no acknowledgement to take back")
    open_again = replace(alarm, acked=False, acked_by=None, acked_at=None)
    return moved(AlarmAction.UNACKNOWLEDGE, alarm, open_again, actor=command.actor, at=command.at)


def reset(alarm: Alarm, command: Command) -> AlarmChange:
    """Let a latched alarm go: LATCH becomes NORM.

    Raises:
        ConflictError: It is not latched, its condition is still present, or nobody has acknowledged it.
    """
    if alarm.state is not AlarmState.LATCH:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: only a latched alarm is reset")
    if not alarm.acked:
        raise ConflictError(f"alarm {alarm.id} has not been acknowledged: acknowledge it before you reset it")
    return moved(AlarmAction.RESET, alarm, replace(alarm, latched=False), actor=command.actor, at=command.at)


def shelve(alarm: Alarm, command: Command) -> AlarmChange:
    """Put an alarm that nothing hides aside for a while, two hours unless something else is asked for.

    Timed shelving runs its full time however often the alarm comes and goes; one-shot ends with the condition.

    Raises:
        ConflictError: It is hidden already, or there is no condition that a one-shot shelving could end with.
        LimitError: For too long, or without a reason.
        ForbiddenError: The worst alarms are shelved by supervisors only.
    """
    _in_sight(alarm, "shelve it")
    if command.oneshot and not alarm.active:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: its condition is gone; shelve it for a time instead")
    reason = _reasoned(command)
    lasts = SHELVED_FOR if command.lasts is None else command.lasts
    longest = LONGEST_SHELVING[alarm.priority]
    if not timedelta() < lasts <= longest:
        raise LimitError(
            f"alarm {alarm.id} of priority {alarm.priority.name.lower()} is shelved for "
            f"{longest.total_seconds() / 60:g} minutes at most, not {lasts.total_seconds() / 60:g}"
        )
    if alarm.priority is Priority.DARURAT and not command.supervisor:
        raise ForbiddenError(f"alarm {alarm.id} has priority darurat: only a supervisor may shelve it")
    kind = ShelfKind.ONESHOT if command.oneshot else ShelfKind.TIMED
    shelf = Shelf(kind=kind, until=command.at + lasts, reason=reason, by=command.actor, at=command.at)
    shelved = replace(alarm, shelf=shelf)
    return moved(AlarmAction.SHELVE, alarm, shelved, actor=command.actor, at=command.at, reason=reason)


def unshelve(alarm: Alarm, command: Command) -> AlarmChange:
    """Take an alarm back before its time: active, it is acknowledged if it was; else it is back to normal.

    Raises:
        ConflictError: It is not shelved.
    """
    if alarm.state is not AlarmState.SHLVD:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: it is not shelved")
    return moved(AlarmAction.UNSHELVE, alarm, uncovered(replace(alarm, shelf=None)), actor=command.actor, at=command.at)


def withdraw(alarm: Alarm, command: Command) -> AlarmChange:
    """Take an alarm out of service, for maintenance.

    Raises:
        ConflictError: It is out of service already.
        LimitError: Without a reason.
        ForbiddenError: Not a supervisor.
    """
    if alarm.withdrawn is not None:
        raise ConflictError(f"alarm {alarm.id} was already taken out of service by {alarm.withdrawn.by}")
    reason = _reasoned(command)
    _supervised(alarm, command, "take it out of service")
    withdrawal = Withdrawal(reason=reason, by=command.actor, at=command.at)
    withdrawn = replace(alarm, withdrawn=withdrawal)
    return moved(AlarmAction.WITHDRAW, alarm, withdrawn, actor=command.actor, at=command.at, reason=reason)


def restore(alarm: Alarm, command: Command) -> AlarmChange:
    """Return an alarm to service, as it is now.

    Raises:
        ConflictError: It is in service.
        ForbiddenError: Not a supervisor.
    """
    if alarm.withdrawn is None:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: it is in service")
    _supervised(alarm, command, "return it to service")
    return moved(
        AlarmAction.RESTORE, alarm, uncovered(replace(alarm, withdrawn=None)), actor=command.actor, at=command.at
    )


STEPS = MappingProxyType(
    {
        "ack": acknowledge,
        "unack": unacknowledge,
        "reset": reset,
        "shelve": shelve,
        "unshelve": unshelve,
        "withdraw": withdraw,
        "restore": restore,
    }
)
"""Every step by the word the API calls it."""


def _in_sight(alarm: Alarm, what: str) -> None:
    if alarm.state in HIDDEN:
        raise ConflictError(f"alarm {alarm.id} is hidden ({alarm.state}): bring it back before you {what}")


def _reasoned(command: Command) -> str:
    reason = command.reason.strip()
    if not reason:
        raise LimitError("a reason is required: write why in a few words")
    return reason


def _supervised(alarm: Alarm, command: Command, what: str) -> None:
    if not command.supervisor:
        raise ForbiddenError(f"alarm {alarm.id}: only a supervisor may {what}")
