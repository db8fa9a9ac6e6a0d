"""An alarm: facets, and the one state derived from them.

Storing facets and deriving the state is the shape of OPC UA Part 9; the states and their precedence
are those of ISA-18.2 / IEC 62682.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID

from events.ids import RuleId, SiteId, SourceId, ZoneId


class Priority(IntEnum):
    """How urgent; 1 is worst."""

    DARURAT = 1
    TINGGI = 2
    SEDANG = 3
    RENDAH = 4


class AlarmState(StrEnum):
    """What an operator sees; derived, never stored as the truth."""

    NORM = "NORM"
    UNACK = "UNACK"
    ACKED = "ACKED"
    RTNUN = "RTNUN"
    LATCH = "LATCH"
    SHLVD = "SHLVD"
    DSUPR = "DSUPR"
    OOSRV = "OOSRV"


HIDDEN = frozenset({AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV})
"""States that make no sound and leave the main list; such alarms still run and record history."""


class ShelfKind(StrEnum):
    """How shelving ends: when its time is up, or at the latest when the condition goes."""

    TIMED = "timed"
    ONESHOT = "oneshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """That an operator put an alarm aside for a while.

    Attributes:
        kind: How it ends.
        until: When it ends at the latest, aware UTC.
        reason: Why, in the operator's words.
        by: Who.
        at: When it began, aware UTC.
    """

    kind: ShelfKind
    until: datetime
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """That a supervisor took an alarm out of service, for maintenance.

    Attributes:
        reason: Why, in the supervisor's words.
        by: Who.
        at: When, aware UTC.
    """

    reason: str
    by: str
    at: datetime


class AlarmKey(NamedTuple):
    """What makes two activations the same alarm: the rule and whom it judges.

    Its sort order is the lock order of `rule_state` and `alarm`.

    Attributes:
        rule: The rule.
        source: The source judged.
        zone: The zone judged, empty for the whole source.
    """

    rule: RuleId
    source: SourceId
    zone: ZoneId


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm as of one moment.

    Attributes:
        id: UUIDv7, made when the key first raises; a new activation after NORM makes a new alarm.
        version: Grows by one with each change; commands may carry the version they expect.
        key: Rule, source, zone.
        kind: What it is about: `threshold`, `absence`, `crowding`, `waste_pile`, `tamper`, ...
        priority: How urgent.
        site: Where.
        title: One short line in Bahasa Indonesia, fit for the wall.
        value: The figure that raised it, or the latest while active; None where there is none.
        unit: UCUM unit of the value, None where there is none.
        active: Whether the condition is present.
        acked: Whether an operator has accepted it.
        met_at: When the rule was met, by the data's own time, aware UTC.
        raised_at: When Pantau raised it, aware UTC.
        updated_at: When it last changed, aware UTC.
        acked_by: Who acknowledged, None before.
        acked_at: When, None before.
        cleared_at: When the condition went away, None while active.
        observation: The observation behind it, None for sensor alarms.
        evidence: SHA-256 (hex) of its picture, None without one.
        occurrences: How often the condition came back within this alarm's life, first time included.
        latching: Whether it stays after its condition until somebody resets it.
        latched: Whether it stays now, its condition gone.
        shelf: That an operator put it aside, None where not.
        suppressed: Why rules hide it, in Bahasa Indonesia; None where they do not.
        withdrawn: That it is out of service, None where not.
        rule_version: Which version of its rule last judged it, None where that was not recorded.
    """

    id: UUID
    version: int
    key: AlarmKey
    kind: str
    priority: Priority
    site: SiteId
    title: str
    value: float | None
    unit: str | None
    active: bool
    acked: bool
    met_at: datetime
    raised_at: datetime
    updated_at: datetime
    acked_by: str | None = None
    acked_at: datetime | None = None
    cleared_at: datetime | None = None
    observation: UUID | None = None
    evidence: str | None = None
    occurrences: int = 1
    latching: bool = False
    latched: bool = False
    shelf: Shelf | None = None
    suppressed: str | None = None
    withdrawn: Withdrawal | None = None
    rule_version: int | None = None

    @property
    def state(self) -> AlarmState:
        """Derive the displayed state from the facets; what hides an alarm comes before what it says."""
        if self.withdrawn is not None:
            return AlarmState.OOSRV
        if self.suppressed is not None:
            return AlarmState.DSUPR
        if self.shelf is not None:
            return AlarmState.SHLVD
        return self.beneath

    @property
    def beneath(self) -> AlarmState:
        """The state as it would be shown if nothing hid the alarm."""
        if self.active:
            return AlarmState.ACKED if self.acked else AlarmState.UNACK
        if self.latched:
            return AlarmState.LATCH
        return AlarmState.NORM if self.acked else AlarmState.RTNUN


class AlarmAction(StrEnum):
    """What moved an alarm from one version to the next."""

    RAISE = "raise"
    UPDATE = "update"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    CLEAR = "clear"
    UNACKNOWLEDGE = "unacknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    WITHDRAW = "withdraw"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange:
    """One step in an alarm's life: what becomes one immutable `alarm_event` row.

    Attributes:
        action: What happened.
        alarm: The whole alarm after it.
        before: The state before it; None at the first raise.
        actor: Who did it: a user, or `pantau`.
        at: When, aware UTC.
        reason: Why, where somebody said.
    """

    action: AlarmAction
    alarm: Alarm
    before: AlarmState | None
    actor: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """An alarm as of one `seq` of the stream."""

    seq: int
    change: AlarmChange


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """One page of a list, newest change first, with the stream position at which it was true.

    Attributes:
        items: Alarms with the `seq` of their latest change.
        next: Opaque cursor of the next page, None on the last.
        seq: Newest `seq` contained in this snapshot; a client that joins the stream after it misses nothing.
    """

    items: tuple[AlarmRecord, ...]
    next: str | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which alarms are wanted; what is None does not narrow.

    Attributes:
        priorities: Priorities.
        kinds: Kinds, as in `Alarm.kind`.
        sites: Sites.
    """

    priorities: frozenset[Priority] | None = None
    kinds: frozenset[str] | None = None
    sites: frozenset[SiteId] | None = None

    def takes(self, alarm: Alarm) -> bool:
        """Tell whether an alarm is wanted."""
        return (
            (self.priorities is None or alarm.priority in self.priorities)
            and (self.kinds is None or alarm.kind in self.kinds)
            and (self.sites is None or alarm.site in self.sites)
        )


EVERY_ALARM = Selection()
