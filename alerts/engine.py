"""Judges what one transaction newly knows: which keys it concerns, and what follows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from alerts.absence import Absences
from alerts.combination import Combinations
from alerts.escalation import Escalation
from alerts.lifecycle import clear_alarm, clears_itself, expire_shelf, has_expired, return_alarm
from alerts.measured import MeasuredRules
from alerts.muting import hushed, mutings
from alerts.rules import OUT_OF_HOURS, Case, RuleKind, Step, Timetable
from alerts.sighting import Sightings
from configs.site import SiteFile
from events.alarm import Alarm, AlarmChange, AlarmKey
from events.ids import RuleId
from events.judgement import Facts, Memory, RuleState, Verdict
from runtime.isolation import Fault, isolated

NOTHING = RuleState()

NOT_JUDGED = "its rule or source is no longer in the site file"
"""Reason of a return without a condition: nothing would ever end such an alarm."""


class Engine:
    """All rules of a site file.

    Holds no state of its own: everything remembered lies in the database and comes in as `Memory`, so replicas agree,
    a restart loses nothing, and the same facts in one transaction or in many give the same alarms.

    Args:
        site: The city.
        camera_units: UCUM unit of each measurement a camera makes, by metric without zone; sensors' units stand in
            the site file.
    """

    def __init__(self, site: SiteFile, *, camera_units: Mapping[str, str] | None = None) -> None:
        self._kinds = _kinds(site, camera_units or {})
        own = [key for kind in self._kinds.values() for key in kind.every_key()]
        self._combinations = Combinations(site, own)
        self._combined = frozenset(self._combinations.every_key())
        self._escalation = Escalation(site.notifications)
        local = ZoneInfo(site.city.timezone)
        self._timetables = {
            RuleId(rule.id): Timetable(hours=rule.hours, local=local) for rule in site.rules if rule.hours is not None
        }
        self._on_trial = frozenset(RuleId(rule.id) for rule in site.rules if rule.shadow)
        self._known = frozenset(own) | self._combined

    def concerns(self, facts: Facts, among: Collection[AlarmKey] | None = None) -> frozenset[AlarmKey]:
        """Return the keys whose open alarm, if there is one, must be read under lock before these facts are judged.

        Args:
            facts: What is newly known.
            among: Keys with an open alarm, or on trial with an active one, where these are known: then only they are
                returned, sooner.
        """
        if among is not None:
            return self.concerns(self._near(facts, among)).intersection(among) if among else frozenset()
        keys = {key for kind in self._kinds.values() for key in kind.keys(facts)}
        keys.update([*self._combinations.keys(keys, canary=facts.listened_until is not None)])
        if facts.listened_until is not None:
            keys.update(facts.open_keys)
            # An alarm that ends because nothing judges it any more may take part in a combination.
            keys.update(self._combinations.keys(facts.open_keys, canary=False))
        return frozenset(keys)

    def _near(self, facts: Facts, among: Collection[AlarmKey]) -> Facts:
        """Leave out the readings of sources of which no alarm is open: nearly all, in a large city."""
        sources = {key.source for key in among} | self._combinations.sources(among)
        return replace(facts, readings=[reading for reading in facts.readings if reading.source in sources])

    def judge(self, facts: Facts, memory: Memory, now: datetime) -> Verdict:
        """Return what follows from the facts. Pure: nothing is kept, no clock is read.

        A rule that raises an error changes neither its memory nor its alarm, and no other rule notices.

        Args:
            facts: What is newly known.
            memory: Of all keys, with the open alarms of at least those of `concerns`.
            now: When the changes happen, aware UTC.
        """
        turn = _Turn(memory, now, self._on_trial)
        for kind in self._kinds.values():
            turn.take(kind.cases(facts, memory, turn.states))
        until = None
        if facts.listened_until is not None:
            until = len(facts.readings) + len(facts.observations), facts.listened_until
            turn.steps += self._ended(facts.open_keys, turn, *until)
        turn.take(self._combinations.cases(turn.steps, until))
        changes = _in_order(turn.steps)
        changes += self._left_to_time(facts, turn, now, moved={change.alarm.key for change in changes})
        told = list(hushed([change for change in changes if not turn.is_apart(change)], facts.maintenance, now))
        apart = [change for change in changes if turn.is_apart(change)]
        notices = tuple(self._escalation.notices(told))
        return Verdict(states=turn.states, changes=told, faults=turn.faults, notices=notices, shadows=apart)

    def _ended(self, keys: Iterable[AlarmKey], turn: "_Turn", order: int, heard_until: datetime) -> Iterable[Step]:
        """Yield the returns of alarms that nothing judges any more, or not at this hour; not of combinations."""
        moved = {step.change.alarm.key for step in turn.steps}
        for key in keys:
            for alarm in turn.open(key):
                if key in moved or key in self._combined or not alarm.active:
                    continue
                change = self._without_judge(key, alarm, turn, heard_until)
                if change is not None:
                    yield Step(order, change, heard_until)

    def _without_judge(self, key: AlarmKey, alarm: Alarm, turn: "_Turn", heard_until: datetime) -> AlarmChange | None:
        """Return the return of an alarm whose rule is gone, has gone on trial or come from there, or is at rest."""
        if key not in self._known or turn.is_misplaced(alarm):
            return return_alarm(alarm, cleared_at=heard_until, at=turn.now, reason=NOT_JUDGED)
        timetable = self._timetables.get(key.rule)
        if timetable is None or timetable.is_on(heard_until):
            return None
        over_at = timetable.ended(heard_until, alarm)
        return return_alarm(alarm, cleared_at=over_at, at=turn.now, reason=OUT_OF_HOURS)

    def _left_to_time(
        self, facts: Facts, turn: "_Turn", now: datetime, *, moved: Collection[AlarmKey]
    ) -> Iterable[AlarmChange]:
        """Yield what happens to open alarms without any rule: time clears them, or nobody judges them any more.

        One that a rule has just moved waits for the next canary.
        """
        if facts.listened_until is None:
            return
        left = {key: turn.memory.alarms[key] for key in facts.open_keys if key in turn.memory.alarms}
        muted = {change.alarm.key: change for change in mutings(left, now, facts.maintenance)}
        for key, alarm in left.items():
            if key in moved:
                continue
            if key in muted:
                yield muted[key]
            elif has_expired(alarm, by=now):
                yield expire_shelf(alarm, at=now)
            elif alarm.active:
                change = self._without_judge(key, alarm, turn, facts.listened_until)
                if change is not None:
                    yield change
            elif clears_itself(alarm, by=facts.listened_until):
                yield clear_alarm(alarm, at=now)


class _Turn:
    """What the rules made of one transaction so far."""

    def __init__(self, memory: Memory, now: datetime, on_trial: Collection[RuleId]) -> None:
        self.memory = memory
        self.now = now
        self.states: dict[AlarmKey, RuleState] = {}
        self.steps: list[Step] = []
        self.faults: dict[AlarmKey, str] = {}
        self._on_trial = on_trial
        self._apart = {alarm.id for alarm in memory.shadows.values()}
        self._open = {alarm.id for alarm in memory.alarms.values()}

    def take(self, cases: Iterable[Case]) -> None:
        """Let each case judge; one that fails leaves the others whole."""
        # Runs once for every rule of every series of the batch.
        steps: list[Step] = []
        states, before, now, on_trial = self.states, self.memory.states, self.now, self._on_trial
        shadows, alarms = self.memory.shadows, self.memory.alarms
        for key, judge in cases:
            state = states.get(key) or before.get(key, NOTHING)
            alarm = (shadows if key.rule in on_trial else alarms).get(key)
            outcome = isolated("rule", judge, state, alarm, now)
            if isinstance(outcome, Fault):
                self.faults[key] = str(outcome)
                continue
            if outcome.state != state:
                states[key] = outcome.state
            if outcome.steps:
                steps.extend(outcome.steps)
        self.steps += steps

    def open(self, key: AlarmKey) -> Iterable[Alarm]:
        """Yield the open alarms of a key: seldom one told and one kept apart."""
        for alarms in (self.memory.alarms, self.memory.shadows):
            if key in alarms:
                yield alarms[key]

    def is_apart(self, change: AlarmChange) -> bool:
        """Tell whether a change belongs to an alarm of a rule on trial."""
        if change.alarm.id in self._open:
            return False
        return change.alarm.id in self._apart or change.alarm.key.rule in self._on_trial

    def is_misplaced(self, alarm: Alarm) -> bool:
        """Tell whether an alarm was told of and its rule is on trial now, or the other way round."""
        return (alarm.id in self._apart) != (alarm.key.rule in self._on_trial)


def _kinds(site: SiteFile, camera_units: Mapping[str, str]) -> Mapping[str, RuleKind]:
    """Return the explicit table: a new kind of rule is a class with the methods of `RuleKind`, and one line here.

    Kinds of rules on what is measured have a table of their own in `alerts.measured`; combinations come last, since
    they hear what all others did.
    """
    return {
        "measured": MeasuredRules(site, camera_units),
        "observation": Sightings(site),
        "absence": Absences(site),
    }


def _in_order(steps: Iterable[Step]) -> list[AlarmChange]:
    """Return the changes in the order of the facts behind them; a key's own steps stand in order already."""
    return [step.change for step in sorted(steps, key=attrgetter("order"))]
