"""Absence rules: a source has fallen silent, judged only up to what Pantau itself has certainly heard."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from alerts import titles
from alerts.lifecycle import Condition, raise_alarm, return_alarm
from alerts.rules import (
    AHEAD,
    INTERVALS,
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
from configs.rules import AbsenceRule
from configs.site import SiteFile
from events.alarm import Alarm, AlarmKey
from events.judgement import Facts, Memory, RuleState

CAMERA_LEAST = timedelta(seconds=10)
"""Least silence of a camera that alarms unless its rule says otherwise: a stream may take seconds to open again."""


FIRST_WORD_PATIENCE = 3
"""How much longer a source that was never heard may stay silent: it may be on its way to its pole."""


STRANGE = AHEAD / 2
"""A sign of life so much later than the canary may turn out to be none: between two canaries passes less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one transaction knows of a source's silence.

    Attributes:
        order: Place in the transaction, after all other facts.
        last_at: Last sign of life, None when never heard.
        listening_since: Since when Pantau has heard everything without a gap.
        listened_until: Up to when.
    """

    order: int
    last_at: datetime | None
    listening_since: datetime
    listened_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """One rule at one source."""

    subject: Subject
    after: timedelta
    camera: bool

    def may_raise(self, last_at: datetime | None, listening_since: datetime, listened_until: datetime) -> bool:
        """Tell cheaply whether `judge` may raise an alarm, for any present later than that canary.

        True also where a sign of life seems to be still to come: what the present is decides about that.
        """
        if last_at is None:
            return listened_until - listening_since > self.after * FIRST_WORD_PATIENCE
        return listened_until - max(last_at, listening_since) > self.after or last_at - listened_until > STRANGE

    def judge(self, heard: Heard, state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:
        """Raise after too long a silence; return on a sign of life that came later than the alarm.

        A gap in Pantau's own listening makes the silence count from the end of the gap. It never returns an alarm:
        not having listened is no sign of life. Nor is a time still to come: it is from before a wrong clock of
        Pantau's was set back, when listening began anew.
        """
        last_at = heard.last_at if heard.last_at is not None and heard.last_at - now <= AHEAD else None
        since = heard.listening_since if last_at is None else max(last_at, heard.listening_since)
        after = self.after * FIRST_WORD_PATIENCE if heard.last_at is None else self.after
        silent = heard.listened_until - since > after
        if alarm is not None and alarm.active:
            if silent or last_at is None or (last_at <= alarm.met_at and alarm.met_at - now <= AHEAD):
                return Outcome(state)
            change = return_alarm(alarm, cleared_at=last_at, at=now)
            return Outcome(state, [Step(heard.order, change, heard.listened_until)])
        timetable = self.subject.timetable
        if not silent or (timetable is not None and not timetable.is_on(heard.listened_until)):
            return Outcome(state)
        change = raise_alarm(self._condition(met_at=since + after), alarm=alarm, at=now)
        return Outcome(state, [Step(heard.order, change, heard.listened_until)])

    def _condition(self, *, met_at: datetime) -> Condition:
        subject = self.subject
        return Condition(
            key=subject.key,
            kind=subject.kind,
            priority=subject.priority,
            site=subject.site,
            title=titles.of_absence(subject.title, camera=self.camera),
            value=None,
            unit=None,
            met_at=met_at,
            latching=subject.latching,
            rule_version=subject.version,
        )


class Absences:
    """All absence rules of a site file.

    They are judged only with a canary: between two canaries nothing is known of silence, and locking every source's
    key in every transaction for its sign of life would cost more than the canary's second or two are worth.

    Attributes:
        watches: One for each rule and source.
    """

    def __init__(self, site: SiteFile) -> None:
        sources = list(sources_of(site))
        self.watches = tuple(
            _watch(rule, source, site)
            for rule in site.rules
            if isinstance(rule, AbsenceRule)
            for source in judged_by(rule, sources)
            if rule.sources is not None or _is_of(rule, source)
        )

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every source it watches."""
        return (watch.subject.key for watch in self.watches)

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return every key that a canary may move, without one none.

        Of most sources something was heard just now and no alarm is open: nothing of them is read, locked or judged,
        so that a canary costs little in a large city.
        """
        return (watch.subject.key for watch, _ in self._moved(facts))

    def cases(self, facts: Facts, memory: Memory, settled: dict[AlarmKey, RuleState]) -> Iterable[Case]:  # noqa: ARG002 - RuleKind
        """Lay out what is known of the silence of each source of `keys`."""
        for watch, heard in self._moved(facts):
            yield Case(watch.subject.key, partial(watch.judge, heard))

    def _moved(self, facts: Facts) -> Iterator[tuple[_Watch, Heard]]:
        since, until = facts.listening_since, facts.listened_until
        if since is None or until is None:
            return
        last = dict(facts.silences)
        for source, at in facts.signs:
            if source not in last or at > last[source]:
                last[source] = at
        is_open = frozenset(facts.open_keys)
        order = len(facts.readings) + len(facts.observations)
        for watch in self.watches:
            key = watch.subject.key
            last_at = last.get(key.source)
            if watch.may_raise(last_at, since, until) or key in is_open:
                yield watch, Heard(order=order, last_at=last_at, listening_since=since, listened_until=until)


def _is_of(rule: AbsenceRule, source: Source) -> bool:
    return rule.of == "all" or (rule.of == "cameras") == (source.camera is not None)


def _watch(rule: AbsenceRule, source: Source, site: SiteFile) -> _Watch:
    return _Watch(
        subject=subject_of(rule, source, WHOLE_SOURCE, kind=rule.kind),
        after=_after(rule, source, site),
        camera=source.camera is not None,
    )


def _after(rule: AbsenceRule, source: Source, site: SiteFile) -> timedelta:
    """Return the silence tolerated. One rule may serve all cameras: of those that send few pictures it expects less."""
    if source.sensor is not None:
        return timedelta(seconds=INTERVALS * source.sensor.interval_s if rule.after_s is None else rule.after_s)
    cadence_s = 0.0 if source.camera is None or source.camera.cadence is None else source.camera.cadence
    if rule.after_s is not None:
        return timedelta(seconds=max(rule.after_s, INTERVALS * cadence_s))
    return max(timedelta(seconds=INTERVALS * max(site.vision.report_s, cadence_s)), CAMERA_LEAST)
