"""What every rule kind is given and answers, and what all of them read from the site file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from configs.cameras import Camera
from configs.rules import AbsenceRule, ObservationRule, ThresholdRule
from configs.sensors import Sensor
from configs.site import SiteFile
from events.alarm import Alarm, AlarmChange, AlarmKey, Priority
from events.ids import RuleId, SiteId, SourceId, ZoneId
from events.judgement import Facts, RuleState

AnyRule = ThresholdRule | ObservationRule | AbsenceRule

WHOLE_SOURCE = ZoneId("")
"""The zone of an alarm that speaks of a whole source."""

AHEAD = timedelta(minutes=5)
"""How far a remembered time may lie ahead of the present: as far as a device's clock may be off before its readings
are marked. Farther ahead, it was remembered while Pantau's own clock was wrong, and would silence its rule."""


class Step(NamedTuple):
    """A change, with the place in the transaction of the fact that caused it."""

    order: int
    change: AlarmChange


class Outcome(NamedTuple):
    """What one rule made of its facts.

    Attributes:
        state: What it remembers from now on.
        steps: What changed, in the order it happened.
    """

    state: RuleState
    steps: Sequence[Step] = ()


Judge = Callable[[RuleState, Alarm | None, datetime], Outcome]
"""Judges the facts it already holds: given memory, the key's open alarm and now (aware UTC). Pure."""


class Case(NamedTuple):
    """One key with facts to judge; cases share nothing, so one that fails leaves the others whole."""

    key: AlarmKey
    judge: Judge


class RuleKind(Protocol):
    """All rules of one kind in a site file.

    Every key is built from the site file alone, never from a payload: their number is bounded by it.
    """

    def every_key(self) -> Iterable[AlarmKey]:
        """Return every key these rules can ever speak of."""
        ...

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return the keys these facts concern; those of `cases`, without the work."""
        ...

    def cases(self, facts: Facts) -> Iterable[Case]:
        """Lay out the facts by key, each key once, facts in arrival order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A camera or sensor that rules may judge; exactly one of both is given."""

    id: SourceId
    site: SiteId
    camera: Camera | None = None
    sensor: Sensor | None = None

    @property
    def zones(self) -> tuple[ZoneId, ...]:
        """Its zones; a sensor has none."""
        return tuple(ZoneId(zone.id) for zone in self.camera.zones) if self.camera is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a rule judges, in the words every alarm of it shares.

    Attributes:
        key: Rule, source, zone.
        kind: As in `Alarm.kind`.
        priority: How urgent.
        site: Where.
        title: The rule's own words, None where the default is to be made.
        latching: Whether its alarms stay until somebody resets them.
    """

    key: AlarmKey
    kind: str
    priority: Priority
    site: SiteId
    title: str | None
    latching: bool = False


def subject_of(rule: AnyRule, source: Source, zone: ZoneId, *, kind: str) -> Subject:
    """Return the subject of a rule at one source and zone."""
    return Subject(
        key=AlarmKey(RuleId(rule.id), source.id, zone),
        kind=kind,
        priority=Priority[rule.priority.upper()],
        site=source.site,
        title=rule.title,
        latching=rule.latching,
    )


def sources_of(site: SiteFile) -> Iterator[Source]:
    """Yield every camera and sensor of a site file."""
    for camera in site.cameras:
        yield Source(id=SourceId(camera.id), site=SiteId(camera.site), camera=camera)
    for sensor in site.sensors:
        yield Source(id=SourceId(sensor.id), site=SiteId(sensor.site), sensor=sensor)


def judged_by(rule: AnyRule, sources: Iterable[Source]) -> list[Source]:
    """Return the sources a rule names, or all where it names none."""
    return [source for source in sources if rule.sources is None or source.id in rule.sources]
