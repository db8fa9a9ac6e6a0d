"""Suppression by design (ISA-18.2): what a silent camera saw last is no news, and what is worked on calls nobody."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alerts.lifecycle import suppress, unsuppress
from events.alarm import HIDDEN, Alarm, AlarmAction, AlarmChange, AlarmKey, Priority
from events.ids import SourceId
from events.maintenance import Maintenance

CAUSE = "absence"
"""Kind of alarm that explains the others of its source."""

NOT_MUTED = frozenset({CAUSE, "pipeline_fault"})

REASON = "sumber tidak mengirim"


def mutings(
    alarms: Mapping[AlarmKey, Alarm], at: datetime, maintenance: Sequence[Maintenance] = ()
) -> Iterable[AlarmChange]:
    """Yield what is to be hidden or shown again, given all open alarms.

    For a silent source alarms of priority darurat are never hidden: that a flood's camera has gone makes the flood no
    smaller. A maintenance window, which a supervisor made, hides every priority.
    """
    silent = {alarm.key.source for alarm in alarms.values() if alarm.kind == CAUSE and alarm.active}
    for alarm in alarms.values():
        reason = _reason(alarm, silent, maintenance, at)
        if reason is not None and alarm.suppressed is None:
            yield suppress(alarm, reason=reason, at=at)
        elif reason is None and alarm.suppressed is not None:
            yield unsuppress(alarm, at=at)


def hushed(changes: Iterable[AlarmChange], maintenance: Sequence[Maintenance], at: datetime) -> Iterable[AlarmChange]:
    """Yield the changes, with what hides an alarm right after it was raised while its source is worked on."""
    for change in changes:
        yield change
        alarm = change.alarm
        if change.action is AlarmAction.RAISE and alarm.state not in HIDDEN:
            reason = _worked_on(alarm, maintenance, at)
            if reason is not None:
                yield suppress(alarm, reason=reason, at=at)


def _reason(alarm: Alarm, silent: Iterable[SourceId], maintenance: Sequence[Maintenance], at: datetime) -> str | None:
    worked_on = _worked_on(alarm, maintenance, at)
    if worked_on is not None:
        return worked_on
    muted = alarm.key.source in silent and alarm.kind not in NOT_MUTED and alarm.priority is not Priority.DARURAT
    return REASON if muted else None


def _worked_on(alarm: Alarm, maintenance: Sequence[Maintenance], at: datetime) -> str | None:
    return next((f"pemeliharaan: {window.reason}" for window in maintenance if window.covers(alarm, at)), None)
