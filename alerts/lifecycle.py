"""The steps that Pantau itself takes with an alarm, as pure functions on the frozen alarm.

States and edges are those of ISA-18.2 / IEC 62682; what people do stands in `alerts.operating`:

    NORM  --raise-->  UNACK  --return-->  RTNUN  --clear-->  NORM
                      ACKED  --return-->  NORM
                      UNACK, ACKED  --return, latching-->  LATCH
                      RTNUN, LATCH  --raise-->  UNACK
                      ACKED  --update to a worse priority-->  UNACK
                      SHLVD  --expire-->  UNACK, NORM or LATCH
                      any  --suppress-->  DSUPR  --unsuppress-->  what lies beneath

A hidden alarm (SHLVD, DSUPR, OOSRV) is raised, updated and returned like any other; its state stays what hides it.
Every other step is refused with `ConflictError` and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from uuid6 import uuid7

from events.alarm import HIDDEN, Alarm, AlarmAction, AlarmChange, AlarmKey, AlarmState, Priority, ShelfKind
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
        latching: Whether the alarm is to stay after the condition until somebody resets it.
        rule_version: Which version of the rule says so, None where rules are not numbered.
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
    latching: bool = False
    rule_version: int | None = None


def raise_alarm(condition: Condition, *, alarm: Alarm | None = None, at: datetime) -> AlarmChange:
    """Begin an alarm, or bring back one that had returned without being acknowledged.

    Args:
        condition: What is the matter.
        alarm: The key's latest alarm. One that is still open (RTNUN, LATCH, or hidden) is raised again under its
            own id, with one more occurrence; None and NORM make a new alarm.
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
        latched=False,
        occurrences=alarm.occurrences + 1,
    )
    return moved(AlarmAction.RAISE, alarm, again, actor=PLATFORM, at=at)


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
        return moved(AlarmAction.UPDATE, alarm, described, actor=PLATFORM, at=at)
    alarmed_again = replace(described, acked=False, acked_by=None, acked_at=None)
    return moved(AlarmAction.UPDATE, alarm, alarmed_again, actor=PLATFORM, at=at, reason="priority rose")


def return_alarm(alarm: Alarm, *, cleared_at: datetime, at: datetime, reason: str | None = None) -> AlarmChange:
    """End the condition: UNACK becomes RTNUN, ACKED becomes NORM, a latching alarm LATCH. The last figures stay.

    Shelving for one occurrence ends with it; what is left is back to normal without a person.

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
    returned = replace(alarm, active=False, cleared_at=cleared_at, latched=alarm.latching)
    if alarm.shelf is not None and alarm.shelf.kind is ShelfKind.ONESHOT:
        returned = uncovered(replace(returned, shelf=None))
    return moved(AlarmAction.RETURN, alarm, returned, actor=PLATFORM, at=at, reason=reason)


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
    return moved(AlarmAction.CLEAR, alarm, replace(alarm, acked=True), actor=PLATFORM, at=at)


def has_expired(alarm: Alarm, *, by: datetime) -> bool:
    """Tell whether the time for which an alarm was put aside is over."""
    return alarm.shelf is not None and by >= alarm.shelf.until


def expire_shelf(alarm: Alarm, *, at: datetime) -> AlarmChange:
    """Bring back an alarm whose time on the shelf is over: an active one sounds again, whoever had accepted it.

    Raises:
        ConflictError: It is not shelved, or its time is not over.
    """
    if not has_expired(alarm, by=at):
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: there is no shelving to end")
    back = replace(alarm, shelf=None)
    if alarm.active:
        back = replace(back, acked=False, acked_by=None, acked_at=None)
    return moved(AlarmAction.EXPIRE, alarm, uncovered(back), actor=PLATFORM, at=at, reason="its time was up")


def suppress(alarm: Alarm, *, reason: str, at: datetime) -> AlarmChange:
    """Hide an alarm by design, because another one explains it.

    Args:
        alarm: Any alarm.
        reason: Why, in Bahasa Indonesia, for the list of what is hidden.
        at: Now, aware UTC.

    Raises:
        ConflictError: It is suppressed already.
    """
    if alarm.suppressed is not None:
        raise ConflictError(f"alarm {alarm.id} is already suppressed: {alarm.suppressed}")
    return moved(AlarmAction.SUPPRESS, alarm, replace(alarm, suppressed=reason), actor=PLATFORM, at=at, reason=reason)


def unsuppress(alarm: Alarm, *, at: datetime) -> AlarmChange:
    """Show a suppressed alarm again, as it is now.

    Raises:
        ConflictError: It is not suppressed.
    """
    if alarm.suppressed is None:
        raise ConflictError(f"alarm {alarm.id} is {alarm.state}: it is not suppressed")
    return moved(AlarmAction.UNSUPPRESS, alarm, uncovered(replace(alarm, suppressed=None)), actor=PLATFORM, at=at)


def uncovered(alarm: Alarm) -> Alarm:
    """Return an alarm that is hidden no longer: where its condition is absent it needs nobody to accept it.

    What still hides it keeps hiding it; a latched alarm stays for its reset.
    """
    if alarm.active or alarm.acked or alarm.latched or alarm.state in HIDDEN:
        return alarm
    return replace(alarm, acked=True)


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
        latching=condition.latching,
        rule_version=condition.rule_version,
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
        latching=condition.latching,
        rule_version=condition.rule_version,
    )


def moved(
    action: AlarmAction, old: Alarm, new: Alarm, *, actor: str, at: datetime, reason: str | None = None
) -> AlarmChange:
    """Return the change from one version of an alarm to the next."""
    new = replace(new, version=old.version + 1, updated_at=at)
    return AlarmChange(action=action, alarm=new, before=old.state, actor=actor, at=at, reason=reason)
