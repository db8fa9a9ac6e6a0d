"""Combination rules: several rules met at once, near each other, such as high tide and water on a street.

They hear what other rules just did. A rule that is met counts where it is met, and for `within_s` after its end: the
end by the data's own time, the wait by Pantau's receive time, so that nothing but what arrived decides, however it is
divided among transactions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from math import asin, cos, radians, sin, sqrt

import msgspec

from alerts.lifecycle import Condition, raise_alarm, return_alarm
from alerts.rules import (
    OUT_OF_HOURS,
    Case,
    Outcome,
    Source,
    Step,
    Subject,
    judged_by,
    sources_of,
    subject_of,
)
from configs.places import Position
from configs.rules import CombinationRule
from configs.site import SiteFile
from events.alarm import Alarm, AlarmAction, AlarmKey
from events.ids import RuleId, SourceId
from events.judgement import RuleState

EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG)."""


class _Member(msgspec.Struct, array_like=True):
    """One key of a rule that is, or was, met: since when and until when by the data's own time."""

    rule: str
    source: str
    zone: str
    since: datetime
    until: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.rule, self.source, self.zone


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[_Member])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """One combination where its first rule is judged.

    Attributes:
        subject: Whom it judges.
        all_of: The rules.
        near: Sources of the other rules that are near enough.
        within: For how long after its end a rule still counts.
    """

    subject: Subject
    all_of: tuple[str, ...]
    near: frozenset[SourceId]
    within: timedelta

    def hears(self, key: AlarmKey) -> bool:
        """Tell whether a rule's key takes part: the first rule at this very place, the others near it."""
        first, own = self.all_of[0], self.subject.key
        if key.rule == first:
            return (key.source, key.zone) == (own.source, own.zone)
        return key.rule in self.all_of and key.source in self.near

    def judge(
        self,
        steps: Sequence[Step],
        state: RuleState,
        alarm: Alarm | None,
        now: datetime,
        *,
        until: tuple[int, datetime] | None = None,
    ) -> Outcome:
        """Judge what the rules did, in the order in which what caused it was received.

        Args:
            steps: Changes of keys that take part.
            state: What is remembered.
            alarm: The key's open alarm.
            now: When changes happen, aware UTC.
            until: Place and time of a canary: up to when everything sent has been heard.
        """
        members = _decoder.decode(state.kept) if state.kept else []
        members = [member for member in members if member.rule in self.all_of]
        done: list[Step] = []
        moments = [(step.heard_at, step.order, step) for step in steps]
        order = 0
        for heard_at, caused, step in [*moments, *([] if until is None else [(until[1], until[0], None)])]:
            # Statements stand behind readings in a transaction that came before them; own steps must stay in order.
            order = max(order, caused)
            members, alarm, expired = self._expire(members, alarm, order, heard_at, now)
            done += expired
            if step is None:
                continue
            members, alarm, expired = self._expire(_with(members, step), alarm, order, heard_at, now)
            done += expired
            changed = self._change(members, alarm, order, heard_at, now)
            if changed is not None:
                done.append(changed)
                alarm = changed.change.alarm
        return Outcome(state._replace(kept=_encoder.encode(members).decode() if members else ""), done)

    def _expire(
        self, members: list[_Member], alarm: Alarm | None, order: int, heard_at: datetime, now: datetime
    ) -> tuple[list[_Member], Alarm | None, list[Step]]:
        """Forget rules that were met too long ago, and return the alarm when one of them is missed."""
        steps: list[Step] = []
        kept = [m for m in members if m.until is None or m.until + self.within > heard_at]
        if len(kept) < len(members) and alarm is not None and alarm.active and not self._met(kept):
            gone = [m.until + self.within for m in members if m.until is not None and m not in kept]
            over_at = max(min(gone), alarm.met_at)
            steps.append(Step(order, return_alarm(alarm, cleared_at=over_at, at=now), heard_at))
            alarm = steps[-1].change.alarm
        return kept, alarm, steps

    def _change(
        self, members: Sequence[_Member], alarm: Alarm | None, order: int, heard_at: datetime, now: datetime
    ) -> Step | None:
        timetable = self.subject.timetable
        if timetable is not None and not timetable.is_on(heard_at):
            if alarm is None or not alarm.active:
                return None
            over_at = timetable.ended(heard_at, alarm)
            return Step(order, return_alarm(alarm, cleared_at=over_at, at=now, reason=OUT_OF_HOURS), heard_at)
        met = self._met(members)
        active = alarm is not None and alarm.active
        if met and not active:
            since = max(min(m.since for m in met if m.rule == rule) for rule in self.all_of)
            return Step(order, raise_alarm(self._condition(since), alarm=alarm, at=now), heard_at)
        if active and alarm is not None and not met:
            over_at = max([alarm.met_at, *(m.until for m in members if m.until is not None)])
            return Step(order, return_alarm(alarm, cleared_at=over_at, at=now), heard_at)
        return None

    def _met(self, members: Sequence[_Member]) -> list[_Member]:
        """Return the members by which it is met, none where it is not."""
        firsts = [m for m in members if m.rule == self.all_of[0]]
        for first in firsts:
            together = [first, *(m for m in members if m.rule != first.rule and _apart(first, m) <= self.within)]
            if {m.rule for m in together} == set(self.all_of):
                return together
        return []

    def _condition(self, met_at: datetime) -> Condition:
        subject = self.subject
        return Condition(
            key=subject.key,
            kind=subject.kind,
            priority=subject.priority,
            site=subject.site,
            title=subject.title or " + ".join(self.all_of),
            value=None,
            unit=None,
            met_at=met_at,
            latching=subject.latching,
            rule_version=subject.version,
        )


def _with(members: Sequence[_Member], step: Step) -> list[_Member]:
    """Return the members after one of them changed."""
    alarm = step.change.alarm
    key = (str(alarm.key.rule), str(alarm.key.source), str(alarm.key.zone))
    others = [m for m in members if m.key != key]
    if step.change.action in {AlarmAction.RAISE, AlarmAction.UPDATE}:
        return [*others, _Member(*key, alarm.met_at)]
    if step.change.action is AlarmAction.RETURN:
        return [*others, _Member(*key, alarm.met_at, alarm.cleared_at or alarm.met_at)]
    return list(members)


def _apart(one: _Member, other: _Member) -> timedelta:
    """Return the time between two stretches of time, none where they meet."""
    gap = timedelta()
    for earlier, later in ((one, other), (other, one)):
        if earlier.until is not None:
            gap = max(gap, later.since - earlier.until)
    return gap


class Combinations:
    """All combination rules of a site file.

    Args:
        site: The city.
        keys: Every key of the rules that may take part.
    """

    def __init__(self, site: SiteFile, keys: Iterable[AlarmKey]) -> None:
        sources = {source.id: source for source in sources_of(site)}
        positions = {place.id: place.position for place in site.sites}
        judged: dict[RuleId, list[AlarmKey]] = {}
        for key in keys:
            judged.setdefault(key.rule, []).append(key)
        self._meetings = tuple(
            _meeting(rule, key, sources, positions)
            for rule in site.rules
            if isinstance(rule, CombinationRule)
            for key in judged.get(RuleId(rule.all_of[0]), ())
            if sources[key.source] in judged_by(rule, sources.values())
        )
        self._of: dict[AlarmKey, tuple[_Meeting, ...]] = {}
        self._heard: dict[AlarmKey, set[SourceId]] = {}
        for meeting in self._meetings:
            for member in meeting.all_of:
                for key in judged.get(RuleId(member), ()):
                    if meeting.hears(key):
                        self._of[key] = (*self._of.get(key, ()), meeting)
                        self._heard.setdefault(meeting.subject.key, set()).add(key.source)

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every place where its first rule is judged."""
        return (meeting.subject.key for meeting in self._meetings)

    def sources(self, keys: Iterable[AlarmKey]) -> set[SourceId]:
        """Return the sources of which the combinations among some keys hear."""
        return {source for key in keys for source in self._heard.get(key, ())}

    def keys(self, others: Iterable[AlarmKey], *, canary: bool) -> Iterable[AlarmKey]:
        """Return the keys that may change when others do; all of them with a canary, which ends waits."""
        if canary:
            yield from self.every_key()
            return
        for key in others:
            yield from (meeting.subject.key for meeting in self._of.get(key, ()))

    def cases(self, steps: Sequence[Step], until: tuple[int, datetime] | None) -> Iterable[Case]:
        """Lay out what other rules did by combination, in the order in which its causes were received."""
        heard = [
            (meeting.subject.key, step.heard_at, step.order, number, meeting, step)
            for number, step in enumerate(steps)
            for meeting in self._of.get(step.change.alarm.key, ())
        ]
        heard.sort(key=lambda entry: entry[:4])
        told: set[AlarmKey] = set()
        for key, entries in groupby(heard, key=lambda entry: entry[0]):
            listed = list(entries)
            told.add(key)
            yield Case(key, partial(listed[0][4].judge, [entry[5] for entry in listed], until=until))
        if until is not None:
            for meeting in self._meetings:
                if meeting.subject.key not in told:
                    yield Case(meeting.subject.key, partial(meeting.judge, (), until=until))


def _meeting(
    rule: CombinationRule, key: AlarmKey, sources: Mapping[SourceId, Source], positions: Mapping[str, Position]
) -> _Meeting:
    here = positions[sources[key.source].site]
    near = {
        source.id
        for source in sources.values()
        if rule.within_m is None or distance_m(here, positions[source.site]) <= rule.within_m
    }
    return _Meeting(
        subject=subject_of(rule, sources[key.source], key.zone, kind=rule.kind),
        all_of=rule.all_of,
        near=frozenset(near),
        within=timedelta(seconds=rule.within_s),
    )


def distance_m(one: Position, other: Position) -> float:
    """Return the metres between two places along the earth, taken as a ball (haversine formula)."""
    half_lat, half_lon = radians(other.lat - one.lat) / 2, radians(other.lon - one.lon) / 2
    square = sin(half_lat) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(half_lon) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(square)))
