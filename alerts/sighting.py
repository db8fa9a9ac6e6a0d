"""Observation rules: an alarm while something seen lasts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from alerts import titles
from alerts.lifecycle import Condition, raise_alarm, return_alarm, update_alarm
from alerts.rules import AHEAD, WHOLE_SOURCE, Case, Outcome, Source, Step, Subject, judged_by, sources_of, subject_of
from configs.rules import ObservationRule
from configs.site import SiteFile
from events.alarm import Alarm, AlarmChange, AlarmKey
from events.ids import SourceId, ZoneId
from events.judgement import Facts, Memory, RuleState
from events.observation import Observation, Phase

SHOWN_CHANGE = 0.2
"""How far a count or degree must move, as a share of the one shown, before an alarm shows it. Our choice: five people
more in a crowd of twenty-five are worth an event, one is not."""

MOST_AT_ONCE = 64
"""Most things of one key remembered as not ended; the oldest is forgotten beyond it, so that a camera which never ends
anything cannot fill the memory."""

Arrived = tuple[int, Observation]
"""An observation with its place in the transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lookout:
    """One rule at one source and zone.

    Several things may be seen at once under one key. The alarm speaks of one of them, its leader, and stays active
    until all have ended. Another takes the lead when it is clearly greater, or when the leader has ended.
    """

    subject: Subject
    observes: str
    classes: frozenset[str] | None
    min_score: float

    def judge(self, seen: Sequence[Arrived], state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:
        """Judge statements about this key in arrival order.

        An `update` of something unknown begins it: its begin may have been below `min_score`, or before this rule.
        Statements older than the newest judged change nothing, but an `end` always ends: to miss one would leave the
        alarm standing for ever. Two statements of one moment are both judged, since one picture may end one thing
        and begin another. A statement dated in the future, by a clock that runs ahead, is judged like any other but
        makes nothing late that is told after it.
        """
        watermark, ongoing = state.watermark, list(state.observations)
        steps: list[Step] = []
        for order, observation in seen:
            heard_at = observation.received_at or observation.at
            if watermark is not None and watermark - heard_at > AHEAD:
                watermark = None
            late = watermark is not None and observation.at < watermark
            newest = min(observation.at, heard_at)
            watermark = newest if watermark is None else max(watermark, newest)
            change: AlarmChange | None = None
            if observation.phase is Phase.END:  # heard at any hour: to miss one would leave the alarm for ever
                if observation.id in ongoing:
                    ongoing.remove(observation.id)
                    if not ongoing and alarm is not None and alarm.active:
                        change = return_alarm(alarm, cleared_at=observation.at, at=now)
            elif not late and self._is_on(heard_at) and (observation.id in ongoing or self._counts(observation)):
                if observation.id not in ongoing:
                    ongoing.append(observation.id)
                    del ongoing[:-MOST_AT_ONCE]
                change = self._begin_or_update(observation, ongoing, alarm, now)
            if change is not None:
                steps.append(Step(order, change, heard_at))
                alarm = change.alarm
        return Outcome(state._replace(watermark=watermark, observations=tuple(ongoing)), steps)

    def _is_on(self, heard_at: datetime) -> bool:
        timetable = self.subject.timetable
        return timetable is None or timetable.is_on(heard_at)

    def _counts(self, observation: Observation) -> bool:
        return observation.score >= self.min_score and (
            self.classes is None or observation.attrs.get("class") in self.classes
        )

    def _begin_or_update(
        self, observation: Observation, ongoing: Sequence[UUID], alarm: Alarm | None, now: datetime
    ) -> AlarmChange | None:
        condition = self._condition(observation)
        if alarm is None or not alarm.active:
            return raise_alarm(condition, alarm=alarm, at=now)
        if alarm.observation == observation.id:
            condition = replace(condition, evidence=condition.evidence or alarm.evidence)
            worth = _differs(alarm, condition) or condition.evidence != alarm.evidence
        else:
            worth = alarm.observation not in ongoing or (_differs(alarm, condition) and _greater(alarm, condition))
        if worth or alarm.priority != condition.priority:
            return update_alarm(alarm, condition, at=now)
        return None

    def _condition(self, observation: Observation) -> Condition:
        subject, count = self.subject, observation.count
        klass = observation.attrs.get("class")
        return Condition(
            key=subject.key,
            kind=subject.kind,
            priority=subject.priority,
            site=subject.site,
            title=titles.of_observation(
                subject.title, observation.kind, klass if isinstance(klass, str) else None, count
            ),
            value=observation.score if count is None else count,
            unit="1" if count is None else titles.COUNTED.get(observation.kind, "1"),
            met_at=observation.at,
            observation=observation.id,
            evidence=observation.evidence,
            latching=subject.latching,
            rule_version=subject.version,
        )


def _differs(alarm: Alarm, condition: Condition) -> bool:
    if alarm.value is None or condition.value is None:
        return alarm.value is not condition.value
    return abs(condition.value - alarm.value) > SHOWN_CHANGE * abs(alarm.value)


def _greater(alarm: Alarm, condition: Condition) -> bool:
    return condition.value is not None and (alarm.value is None or condition.value > alarm.value)


class Sightings:
    """All observation rules of a site file.

    Each zone is a key of its own; what lies in no zone, or in one the site file does not know, belongs to the whole
    source, so that nothing seen goes unheard.
    """

    def __init__(self, site: SiteFile) -> None:
        self._lookouts: dict[tuple[SourceId, str], dict[ZoneId, tuple[_Lookout, ...]]] = {}
        sources = list(sources_of(site))
        for rule in site.rules:
            if isinstance(rule, ObservationRule):
                for source in judged_by(rule, sources):
                    by_zone = self._lookouts.setdefault((source.id, rule.observes), {})
                    for zone in (WHOLE_SOURCE, *source.zones):
                        by_zone[zone] = (*by_zone.get(zone, ()), _lookout(rule, source, zone))

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every zone it looks at."""
        for by_zone in self._lookouts.values():
            for lookouts in by_zone.values():
                yield from (lookout.subject.key for lookout in lookouts)

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return the key of every rule that observes one of the kinds seen."""
        for observation in facts.observations:
            for lookout in self._of(observation):
                yield lookout.subject.key

    def cases(self, facts: Facts, memory: Memory, settled: dict[AlarmKey, RuleState]) -> Iterable[Case]:  # noqa: ARG002 - RuleKind
        """Lay out the observations by rule and zone."""
        seen: dict[AlarmKey, list[Arrived]] = {}
        lookouts: dict[AlarmKey, _Lookout] = {}
        for order, observation in enumerate(facts.observations, start=len(facts.readings)):
            for lookout in self._of(observation):
                lookouts[lookout.subject.key] = lookout
                seen.setdefault(lookout.subject.key, []).append((order, observation))
        for key, arrived in seen.items():
            yield Case(key, partial(lookouts[key].judge, arrived))

    def _of(self, observation: Observation) -> tuple[_Lookout, ...]:
        by_zone = self._lookouts.get((observation.source, observation.kind), {})
        return by_zone.get(observation.zone or WHOLE_SOURCE) or by_zone.get(WHOLE_SOURCE, ())


def _lookout(rule: ObservationRule, source: Source, zone: ZoneId) -> _Lookout:
    return _Lookout(
        subject=subject_of(rule, source, zone, kind=rule.observes),
        observes=rule.observes,
        classes=frozenset(rule.classes) if rule.classes is not None else None,
        min_score=rule.min_score,
    )
