"""Which alarms belong together: those of one site with one cause, so that a flood is read by its consequences."""

from events.alarm import Alarm

DEVICES = "perangkat"
"""Cause of everything that says a camera or sensor itself is in trouble."""

_OF_DEVICES = frozenset({"absence", "tamper", "pipeline_fault", "stuck"})

_OF_ITS_SOURCE = frozenset({"threshold", "rate"})
"""Kinds of which several at one source are steps of the same thing: three levels of one gauge."""


def group_of(alarm: Alarm) -> str:
    """Return the group an alarm belongs to: `site/cause`, the same text for all that belong together."""
    if alarm.kind in _OF_DEVICES:
        return f"{alarm.site}/{DEVICES}"
    if alarm.kind in _OF_ITS_SOURCE:
        return f"{alarm.site}/{alarm.key.source}"
    return f"{alarm.site}/{alarm.kind}"
