"""Which alarms belong together: those of one site with one cause, so that a flood is read by its consequences."""

from collections.abc import Mapping

from events.alarm import Alarm

DEVICES = "perangkat"
"""Cause of everything that says a camera or sensor itself is in trouble."""

_OF_DEVICES = frozenset({"absence", "tamper", "pipeline_fault", "stuck"})


def group_of(alarm: Alarm, measured: Mapping[str, str]) -> str:
    """Return the group an alarm belongs to: `site/cause`, the same text for all that belong together.

    Args:
        alarm: The alarm.
        measured: Metric that each rule judges, where it judges one: three levels of one gauge, or the same limit
            passed by four gauges of a site, have one cause.
    """
    if alarm.kind in _OF_DEVICES:
        return f"{alarm.site}/{DEVICES}"
    return f"{alarm.site}/{measured.get(alarm.key.rule, alarm.kind)}"
