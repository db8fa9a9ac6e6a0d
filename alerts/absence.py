"""Absence rules: a source has fallen silent, judged only up to what Pantau itself has certainly heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

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
from events.judgement import Facts, RuleState

CAMERA_LEAST = timedelta(seconds=10)
"""Least silence of a camera that alarms unless its rule says otherwise: a stream may take seconds to open again."""


FIRST_WORD_PATIENCE = 3
"""How much longer a source that was never heard may stay silent: it may be on its way to its pole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
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

    def judge(self, heard: _Heard, state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:
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
    """

    def __init__(self, site: SiteFile) -> None:
        sources = list(sources_of(site))
        self._watches = tuple(
            _watch(rule, source, site)
            for rule in site.rules
            if isinstance(rule, AbsenceRule)
            for source in judged_by(rule, sources)
            if rule.sources is not None or _is_of(rule, source)
        )

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every source it watches."""
        return (watch.subject.key for watch in self._watches)

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return every key when a canary came, else none."""
        if facts.listened_until is not None and facts.listening_since is not None:
            for watch in self._watches:
                yield watch.subject.key

    def cases(self, facts: Facts) -> Iterable[Case]:
        """Lay out what is known of each source's silence."""
        if facts.listened_until is None or facts.listening_since is None:
            return
        signs = sorted((*facts.silences, *facts.signs), key=attrgetter("at"))
        last = {sign.source: sign.at for sign in signs}
        order = len(facts.readings) + len(facts.observations)
        for watch in self._watches:
            heard = _Heard(
                order=order,
                last_at=last.get(watch.subject.key.source),
                listening_since=facts.listening_since,
                listened_until=facts.listened_until,
            )
            yield Case(watch.subject.key, partial(watch.judge, heard))


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
