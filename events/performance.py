"""Figures of how livable an alarm stream was, each beside its target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.alarm import AlarmKey, Priority

LEAST_PERIOD = timedelta(days=30)
"""Figures of a shorter period are told with a warning: they judge the period, not the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure beside its target.

    Attributes:
        name: Short name, fit for a metric label.
        value: The figure, None where the period says nothing about it.
        unit: `1` for counts, `%` for shares.
        target: At most this is good, None where the standards give no target.
        limit: Beyond this it is bad; None where they give no limit.
        text: What it is, in Bahasa Indonesia and in English.
    """

    name: str
    value: float | None
    unit: str
    target: float | None
    limit: float | None
    text: tuple[str, str]

    @property
    def verdict(self) -> str:
        """`good`, `fair` or `bad`; `none` where there is nothing to judge."""
        if self.value is None or self.target is None:
            return "none"
        if self.value <= self.target:
            return "good"
        return "fair" if self.limit is not None and self.value <= self.limit else "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuisance:
    """An alarm that comes and goes too fast for anybody, and the delays that would have kept it quiet.

    Attributes:
        key: Rule, source, zone.
        chattered: Activations that were part of three within a minute.
        fleeting: Activations that were over in less than ten seconds and stayed away.
        hold_s: On-delay that outlasts every one of the fleeting, whole seconds; 0 where none is needed.
        clear_hold_s: Off-delay that bridges every gap in the chatter, whole seconds; 0 where none is needed.
    """

    key: AlarmKey
    chattered: int
    fleeting: int
    hold_s: int
    clear_hold_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Figures of a period.

    Attributes:
        start: Its start, aware UTC.
        end: Its end.
        operators: Among how many the alarms were shared.
        alarms: New alarms.
        figures: Each figure.
        most_frequent: The ten most frequent keys with their numbers.
        nuisances: Alarms that chattered or were fleeting, most of it first.
        floods: Start and end of each flood.
        stale: Keys of alarms that were active for more than a day at the end.
        mix: Share of each priority, 0..1.
    """

    start: datetime
    end: datetime
    operators: int
    alarms: int
    figures: Sequence[Figure]
    most_frequent: Sequence[tuple[AlarmKey, int]] = ()
    nuisances: Sequence[Nuisance] = ()
    floods: Sequence[tuple[datetime, datetime]] = ()
    stale: Sequence[AlarmKey] = ()
    mix: Mapping[Priority, float] = field(default_factory=dict)

    @property
    def too_short(self) -> bool:
        """Whether the period is too short to judge the system by."""
        return self.end - self.start < LEAST_PERIOD
