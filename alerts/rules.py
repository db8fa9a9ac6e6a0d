"""What every rule kind is given and answers, and what all of them read from the site file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from alerts.schedule import is_within, last_end
from configs.cameras import Camera
from configs.hours import Hours
from configs.rules import AnyRule
from configs.sensors import Sensor
from configs.site import SiteFile
from events.alarm import Alarm, AlarmChange, AlarmKey, Priority
from events.ids import RuleId, SiteId, SourceId, ZoneId
from events.judgement import Facts, Memory, RuleState

WHOLE_SOURCE = ZoneId("")
"""The zone of an alarm that speaks of a whole source."""

INTERVALS = 3
"""Expected intervals without a message before a source counts as silent; the platform's meaning of `stale`."""

AHEAD = timedelta(minutes=5)
"""How far a remembered time may lie ahead of the present: as far as a device's clock may be off before its readings
are marked. Farther ahead, it was remembered while Pantau's own clock was wrong, and would silence its rule."""


OUT_OF_HOURS = "its rule's hours are over"
"""Reason of a return without a condition."""


class Step(NamedTuple):
    """A change, with the place in the transaction of the fact that caused it, and when Pantau received that fact."""

    order: int
    change: AlarmChange
    heard_at: datetime


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
        """Return the keys these facts concern; those of `cases` and those settled, without the work."""
        ...

    def cases(self, facts: Facts, memory: Memory, settled: dict[AlarmKey, RuleState]) -> Iterable[Case]:
        """Lay out the facts by key, each key once, facts in arrival order.

        Args:
            facts: The facts.
            memory: As `Engine.judge` is given it.
            settled: Takes the new memory of keys that are done with at once, since their rules have nothing to say.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The hours of a rule, in the city's time."""

    hours: Sequence[Hours]
    local: tzinfo

    def is_on(self, at: datetime) -> bool:
        """Tell whether the rule is judged at a moment, aware."""
        return is_within(self.hours, at, self.local)

    def ended(self, at: datetime, alarm: Alarm) -> datetime:
        """Return when its hours ended for an alarm that is still active at a moment outside them, aware.

        The hours' own end, whenever that is noticed: a replay notices it later than a canary does.
        """
        end = last_end(self.hours, at, self.local)
        return at if end is None else max(end, alarm.met_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A camera or sensor that rules may judge, exactly one of both is given; `local` is the city's time."""

    id: SourceId
    site: SiteId
    local: tzinfo = UTC
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
        timetable: When it is judged, None for always.
        version: Which version of the rule this is, None where rules are not numbered.
    """

    key: AlarmKey
    kind: str
    priority: Priority
    site: SiteId
    title: str | None
    latching: bool = False
    timetable: Timetable | None = None
    version: int | None = None


def subject_of(rule: AnyRule, source: Source, zone: ZoneId, *, kind: str) -> Subject:
    """Return the subject of a rule at one source and zone."""
    return Subject(
        key=AlarmKey(RuleId(rule.id), source.id, zone),
        kind=kind,
        priority=Priority[rule.priority.upper()],
        site=source.site,
        title=rule.title,
        latching=rule.latching,
        timetable=None if rule.hours is None else Timetable(hours=rule.hours, local=source.local),
        version=rule.version,
    )


def sources_of(site: SiteFile) -> Iterator[Source]:
    """Yield every camera and sensor of a site file."""
    local = ZoneInfo(site.city.timezone)
    for camera in site.cameras:
        yield Source(id=SourceId(camera.id), site=SiteId(camera.site), local=local, camera=camera)
    for sensor in site.sensors:
        yield Source(id=SourceId(sensor.id), site=SiteId(sensor.site), local=local, sensor=sensor)


def judged_by(rule: AnyRule, sources: Iterable[Source]) -> list[Source]:
    """Return the sources a rule names, or all where it names none."""
    return [source for source in sources if rule.sources is None or source.id in rule.sources]
