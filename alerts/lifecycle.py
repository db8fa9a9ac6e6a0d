"""The steps an alarm can take, as pure functions on the frozen alarm.

States and edges are those of ISA-18.2 / IEC 62682, as far as they are built:

    NORM  --raise-->  UNACK  --acknowledge-->  ACKED  --return-->  NORM
                      UNACK  --return-->       RTNUN  --acknowledge or clear-->  NORM
                                               RTNUN  --raise-->   UNACK
                      ACKED  --update to a worse priority-->       UNACK

Every other step is refused with `ConflictError` and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from uuid6 import uuid7

from events.alarm import Alarm, AlarmAction, AlarmChange, AlarmKey, AlarmState, Priority
from events.errors import ConflictError
from events.ids import SiteId

PLATFORM = "pantau"
"""Actor of every step that no person took."""

CLEARS_ITSELF_AFTER = timedelta(minutes=15)
"""How long a returned alarm waits for a person before it clears itself. Practice differs (process control: never);
15 minutes is this project's choice."""

CLEARS_ITSELF = frozenset({Priority.SEDANG, Priority.RENDAH})
"""Priorities that need no acknowledgement once the condition is gone; the two above them always do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is the matter: all that an alarm says apart from its own life.

    Attributes:
        key: Rule, source, zone.
        kind: What it is about, as in `Alarm.kind`.
        priority: How urgent.
        site: Where.
        title: One short line in Bahasa Indonesia.
        value: The figure behind it, None where there is none.
        unit: UCUM unit of the value, None where there is none.
        met_at: When the rule was met, by the data's own time, aware UTC.
        observation: The observation behind it, None for sensor alarms.
        evidence: SHA-256 (hex) of its picture, None without one.
    """

    key: AlarmKey
    kind: str
    priority: Priority
    site: SiteId
    title: str
    value: float | None
    unit: str | None
    met_at: datetime
    observation: UUID | None = None
    evidence: str | None = None


def raise_alarm(condition: Condition, *, alarm: Alarm | None = None, at: datetime) -> AlarmChange:
    """Begin an alarm, or bring back one that had returned without being acknowledged.

    Args:
        condition: What is the matter.
        alarm: The key's latest alarm. RTNUN is raised again under its own id, with one more occurrence;
            None and NORM make a new alarm.
        at: Now, aware UTC. `met_at` and `raised_at` always speak of the latest occurrence.

    Raises:
        ConflictError: The alarm is already active.
    """
    if alarm is not None and alarm.active:
        raise ConflictError(f"alarm {alarm.id} is already active ({alarm.state}): nothing to raise")
    if alarm is None or alarm.state is AlarmState.NORM:
        begun = _begun(condition, at)
        return AlarmChange(action=AlarmAction.RAISE, alarm=begun, before=None, actor=PLATFORM, at=at)
    again = replace(
        _described(alarm, condition),
        active=True,
        acked=False,
        acked_by=None,
        acked_at=None,
        met_at=condition.met_at,
        raised_at=at,
        cleared_at=None,
        occurrences=alarm.occurrences + 1,
    )
    return _moved(AlarmAction.RAISE, alarm, again, actor=PLATFORM, at=at)


def update_alarm(alarm: Alarm, condition: Condition, *, at: datetime) -> AlarmChange:
    """Give an active alarm the latest figures; `met_at` stays when this occurrence began.

    A priority worse than the one acknowledged takes the acknowledgement back, so that the alarm sounds again.

    Raises:
        ConflictError: The alarm is not active.
    """
    if not alarm.active:
        raise ConflictError(f"alarm {alarm.id} is not active ({alarm.state}): raise it instead of updating it")
    described = _described(alarm, condition)
    if not (alarm.acked and condition.priority < alarm.priority):
        return _moved(AlarmAction.UPDATE, alarm, described, actor=PLATFORM, at=at)
    alarmed_again = replace(described, acked=False, acked_by=None, acked_at=None)
    return _moved(AlarmAction.UPDATE, alarm, alarmed_again, actor=PLATFORM, at=at, reason="priority rose")


def return_alarm(alarm: Alarm, *, cleared_at: datetime, at: datetime, reason: str | None = None) -> AlarmChange:
    """End the condition: UNACK becomes RTNUN, ACKED becomes NORM. The last figures stay.

    Args:
        alarm: An active alarm.
        cleared_at: When the condition went away, by the data's own time, aware UTC.
        at: Now, aware UTC.
        reason: Why, where it was not the condition itself.

    Raises:
        ConflictError: The alarm is not active.
    """
    if not alarm.active:
        raise ConflictError(f"alarm {alarm.id} is not active ({alarm.state}): it cannot return to normal again")
    returned = replace(alarm, active=False, cleared_at=cleared_at)
    return _moved(AlarmAction.RETURN, alarm, returned, actor=PLATFORM, at=at, reason=reason)


def acknowledge(alarm: Alarm, *, actor: str, at: datetime) -> AlarmChange:
    """Accept an alarm: UNACK becomes ACKED, RTNUN becomes NORM.

    Args:
        alarm: An alarm nobody has accepted yet.
        actor: Who accepts it.
        at: Now, aware UTC.

    Raises:
        ConflictError: It is already acknowledged, or back to normal.
    """
    if alarm.state is AlarmState.NORM:
        raise ConflictError(f"alarm {alarm.id} is back to normal: there is nothing to acknowledge")
    if alarm.acked:
        raise ConflictError(f"alarm {alarm.id} was already acknowledged by {alarm.acked_by}")
    accepted = replace(alarm, acked=True, acked_by=actor, acked_at=at)
    return _moved(AlarmAction.ACKNOWLEDGE, alarm, accepted, actor=actor, at=at)


def clears_itself(alarm: Alarm, *, by: datetime) -> bool:
    """Tell whether a returned alarm has waited long enough to leave the wall without a person.

    Counted from its last change, which is when it appeared as returned, and not from `cleared_at`: data that came
    late must not take the time an operator has to see it.
    """
    return (
        alarm.state is AlarmState.RTNUN
        and alarm.priority in CLEARS_ITSELF
        and by - alarm.updated_at >= CLEARS_ITSELF_AFTER
    )


def clear_alarm(alarm: Alarm, *, at: datetime) -> AlarmChange:
    """Let a returned alarm go without a person: RTNUN becomes NORM, and `acked_by` stays empty.

    Raises:
        ConflictError: The alarm has not returned, is already back to normal, or its priority asks for a person.
    """
    if alarm.state is not AlarmState.RTNUN:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: only a returned alarm clears itself")
    if alarm.priority not in CLEARS_ITSELF:
        raise ConflictError(
            f"alarm {alarm.id} has priority {alarm.priority.name.lower()}: a person must acknowledge it"
        )
    return _moved(AlarmAction.CLEAR, alarm, replace(alarm, acked=True), actor=PLATFORM, at=at)


def _begun(condition: Condition, at: datetime) -> Alarm:
    return Alarm(
        # uuid6 returns a class of its own; the plain one is what every other room knows.
        id=UUID(int=uuid7().int),
        version=1,
        key=condition.key,
        kind=condition.kind,
        priority=condition.priority,
        site=condition.site,
        title=condition.title,
        value=condition.value,
        unit=condition.unit,
        active=True,
        acked=False,
        met_at=condition.met_at,
        raised_at=at,
        updated_at=at,
        observation=condition.observation,
        evidence=condition.evidence,
    )


def _described(alarm: Alarm, condition: Condition) -> Alarm:
    if alarm.key != condition.key:
        raise ValueError(f"condition of {condition.key} given to an alarm of {alarm.key}")
    return replace(
        alarm,
        kind=condition.kind,
        priority=condition.priority,
        site=condition.site,
        title=condition.title,
        value=condition.value,
        unit=condition.unit,
        observation=condition.observation,
        evidence=condition.evidence,
    )


def _moved(
    action: AlarmAction, old: Alarm, new: Alarm, *, actor: str, at: datetime, reason: str | None = None
) -> AlarmChange:
    new = replace(new, version=old.version + 1, updated_at=at)
    return AlarmChange(action=action, alarm=new, before=old.state, actor=actor, at=at, reason=reason)
