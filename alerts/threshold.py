"""Threshold rules: a value over (or under) a limit, held for a while, with hysteresis on the way back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from alerts import titles
from alerts.lifecycle import Condition, raise_alarm, return_alarm, update_alarm
from alerts.rules import (
    AHEAD,
    WHOLE_SOURCE,
    Case,
    Outcome,
    Source,
    Step,
    Subject,
    judged_by,
    sources_of,
    subject_of,
)
from configs.rules import ThresholdRule
from configs.site import SiteFile
from events.alarm import Alarm, AlarmKey
from events.ids import SourceId, ZoneId
from events.judgement import Facts, RuleState
from events.reading import Quality, Reading

SHOWN_STEP = 0.1
"""How far a value must move, as a share of its limit, before an active alarm shows the new one. Our choice: without a
step every reading of a long alarm would become an event."""

Arrived = tuple[int, Reading]
"""A reading with its place in the transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """One threshold at one series.

    Values are compared after multiplication by `side`, so that `below` is `above` in a mirror.

    Attributes:
        subject: Whom it judges.
        side: 1.0 for above, -1.0 for below.
        on: Beyond it the condition holds.
        off: At or within it the condition of an active alarm is gone.
        hold: On-delay.
        clear_hold: Off-delay.
        shown_step: How far the value must move before an active alarm shows it; 0 never shows it.
        name: What people call the metric.
        unit: UCUM unit, None where unknown.
    """

    subject: Subject
    side: float
    on: float
    off: float
    hold: timedelta
    clear_hold: timedelta
    shown_step: float
    name: str
    unit: str | None

    def judge(self, readings: Sequence[Arrived], state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:
        """Judge readings of this series in arrival order.

        The on-delay starts over when a value is not beyond the limit, hysteresis or not; the off-delay starts over
        when a value is not back behind the hysteresis. Delays are counted in the data's own time, so nothing is
        raised or returned between readings.
        """
        watermark, pending, clear = state.watermark, state.pending_since, state.clear_since
        active = alarm is not None and alarm.active
        side, on, off = self.side, self.on, self.off
        steps: list[Step] = []
        for order, reading in readings:
            ts = reading.ts
            received_at = reading.received_at
            if watermark is not None and watermark > received_at and watermark - received_at > AHEAD:
                watermark, pending, clear = None, None, None
            if watermark is not None and ts <= watermark:
                continue
            watermark = ts
            level = side * reading.value
            if alarm is not None and active:
                if level > off:
                    clear = None
                    if self._worth_showing(alarm, reading.value):
                        change = update_alarm(alarm, self._condition(reading), at=now)
                        steps.append(Step(order, change))
                        alarm = change.alarm
                    continue
                clear = clear or ts
                if ts - clear >= self.clear_hold:
                    change = return_alarm(alarm, cleared_at=ts, at=now)
                    steps.append(Step(order, change))
                    alarm, active, clear = change.alarm, False, None
            elif level > on:
                pending = pending or ts
                if ts - pending >= self.hold:
                    change = raise_alarm(self._condition(reading), alarm=alarm, at=now)
                    steps.append(Step(order, change))
                    alarm, active, pending = change.alarm, True, None
            else:
                pending = None
        memory = RuleState(watermark=watermark, pending_since=pending, clear_since=clear)
        return Outcome(memory, steps)

    def _worth_showing(self, alarm: Alarm, value: float) -> bool:
        if alarm.priority != self.subject.priority or alarm.value is None:
            return True
        return self.shown_step > 0 and abs(value - alarm.value) >= self.shown_step

    def _condition(self, reading: Reading) -> Condition:
        subject = self.subject
        title = titles.of_threshold(subject.title, self.name, above=self.side > 0, value=reading.value, unit=self.unit)
        return Condition(
            key=subject.key,
            kind=subject.kind,
            priority=subject.priority,
            site=subject.site,
            title=title,
            value=reading.value,
            unit=self.unit,
            met_at=reading.ts,
            latching=subject.latching,
        )


class Thresholds:
    """All threshold rules of a site file.

    A rule on `people_count` judges `people_count` and `people_count.{zone}` of every camera, each zone by itself;
    a rule on a sensor's metric judges every sensor that has it. Only readings of quality `ok` are heard.
    """

    def __init__(self, site: SiteFile, camera_units: Mapping[str, str]) -> None:
        self._limits: dict[str, dict[SourceId, tuple[_Limit, ...]]] = {}
        sources = list(sources_of(site))
        for rule in site.rules:
            if isinstance(rule, ThresholdRule):
                for source in judged_by(rule, sources):
                    for metric, limit in _limits(rule, source, camera_units):
                        by_source = self._limits.setdefault(metric, {})
                        by_source[source.id] = (*by_source.get(source.id, ()), limit)

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every series it judges."""
        for by_source in self._limits.values():
            for limits in by_source.values():
                yield from (limit.subject.key for limit in limits)

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return the key of every rule that judges one of the readings."""
        ok, judged = Quality.OK, self._limits
        series = {(r.metric, r.source) for r in facts.readings if r.metric in judged and r.quality is ok}
        for metric, source in series:
            yield from (limit.subject.key for limit in judged[metric].get(source, ()))

    def cases(self, facts: Facts) -> Iterable[Case]:
        """Lay out the readings by series and rule."""
        for limits, readings in self._heard(facts.readings):
            for limit in limits:
                yield Case(limit.subject.key, partial(limit.judge, readings))

    def _heard(self, readings: Sequence[Reading]) -> Iterator[tuple[tuple[_Limit, ...], list[Arrived]]]:
        """Yield the readings of each series that has a limit.

        Runs once for every value of the city: a metric nobody judges costs one look-up.
        """
        ok, judged = Quality.OK, self._limits
        heard: dict[str, dict[SourceId, list[Arrived]]] = {metric: {} for metric in judged}
        for order, reading in enumerate(readings):
            of_metric = heard.get(reading.metric)
            if of_metric is None or reading.quality is not ok:
                continue
            arrived = of_metric.get(reading.source)
            if arrived is not None:
                arrived.append((order, reading))
            elif reading.source in judged[reading.metric]:
                of_metric[reading.source] = [(order, reading)]
        for metric, of_metric in heard.items():
            for source, arrived in of_metric.items():
                yield judged[metric][source], arrived


def _limits(rule: ThresholdRule, source: Source, camera_units: Mapping[str, str]) -> Iterator[tuple[str, _Limit]]:
    """Yield the rule's limits at one source, each with the full name of the metric it judges."""
    if source.sensor is not None:
        metric = source.sensor.metrics.get(rule.metric)
        if metric is not None:
            name = metric.name or titles.of_metric(rule.metric)
            yield rule.metric, _limit(rule, source, WHOLE_SOURCE, name=name, unit=metric.unit)
        return
    name, unit = titles.of_metric(rule.metric), camera_units.get(rule.metric)
    yield rule.metric, _limit(rule, source, WHOLE_SOURCE, name=name, unit=unit)
    for zone in source.zones:
        yield f"{rule.metric}.{zone}", _limit(rule, source, zone, name=name, unit=unit)


def _limit(rule: ThresholdRule, source: Source, zone: ZoneId, *, name: str, unit: str | None) -> _Limit:
    side, limit = (1.0, rule.above) if rule.above is not None else (-1.0, rule.below)
    if limit is None:
        raise ValueError(f"rule {rule.id} has neither above nor below")
    return _Limit(
        subject=subject_of(rule, source, zone, kind=rule.kind),
        side=side,
        on=side * limit,
        # Rounded, because 0.2 + 0.1 is a little more than 0.3, and a sensor that says 0.3 is back.
        off=round(side * limit - rule.hysteresis, 9),
        hold=timedelta(seconds=rule.hold_s),
        clear_hold=timedelta(seconds=rule.clear_hold_s),
        shown_step=max(rule.hysteresis, SHOWN_STEP * abs(limit)),
        name=name,
        unit=unit,
    )
