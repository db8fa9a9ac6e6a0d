"""Suppression by design: while a camera says nothing, what it saw last is no news (ISA-18.2's designed suppression)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.lifecycle import suppress, unsuppress
from events.alarm import Alarm, AlarmChange, AlarmKey, Priority
from events.ids import SourceId

CAUSE = "absence"
"""Kind of alarm that explains the others of its source."""

NOT_MUTED = frozenset({CAUSE, "pipeline_fault"})

REASON = "sumber tidak mengirim"


def mutings(alarms: Mapping[AlarmKey, Alarm], at: datetime) -> Iterable[AlarmChange]:
    """Yield what is to be hidden or shown again, given all open alarms.

    Alarms of priority darurat are never hidden: that a flood's camera has gone makes the flood no smaller.
    """
    silent = {alarm.key.source for alarm in alarms.values() if alarm.kind == CAUSE and alarm.active}
    for alarm in alarms.values():
        muted = _is_muted(alarm, silent)
        if muted and alarm.suppressed is None:
            yield suppress(alarm, reason=REASON, at=at)
        elif not muted and alarm.suppressed is not None:
            yield unsuppress(alarm, at=at)


def _is_muted(alarm: Alarm, silent: Iterable[SourceId]) -> bool:
    return alarm.key.source in silent and alarm.kind not in NOT_MUTED and alarm.priority is not Priority.DARURAT
