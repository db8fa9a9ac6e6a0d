"""Judges what one transaction newly knows: which keys it concerns, and what follows."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter

from alerts.absence import Absences
from alerts.escalation import Escalation
from alerts.lifecycle import clear_alarm, clears_itself, expire_shelf, has_expired, return_alarm
from alerts.muting import hushed, mutings
from alerts.rules import RuleKind, Step
from alerts.schedule import Schedule
from alerts.sighting import Sightings
from alerts.threshold import Thresholds
from configs.site import SiteFile
from events.alarm import AlarmChange, AlarmKey
from events.ids import RuleId
from events.judgement import Facts, Memory, RuleState, Verdict
from runtime.isolation import Fault, isolated

NOTHING = RuleState()

OUT_OF_HOURS = "its rule's hours are over"

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
        self._escalation = Escalation(site.notifications)
        self._schedule = Schedule(site)
        self._known = frozenset(key for kind in self._kinds.values() for key in kind.every_key())

    def concerns(self, facts: Facts) -> frozenset[AlarmKey]:
        """Return the keys whose memory and open alarm must be read under lock before these facts are judged."""
        keys = {key for kind in self._kinds.values() for key in kind.keys(facts)}
        if facts.listened_until is not None:
            keys.update(facts.open_keys)
        return frozenset(keys)

    def judge(self, facts: Facts, memory: Memory, now: datetime) -> Verdict:
        """Return what follows from the facts. Pure: nothing is kept, no clock is read.

        A rule that raises an error changes neither its memory nor its alarm, and no other rule notices.

        Args:
            facts: What is newly known.
            memory: Of at least the keys of `concerns(facts)`.
            now: When the changes happen, aware UTC.
        """
        states: dict[AlarmKey, RuleState] = {}
        steps: list[Step] = []
        faults: dict[AlarmKey, str] = {}
        off = self._schedule.off(now)
        for kind in self._kinds.values():
            for key, judge in kind.cases(facts):
                if key.rule in off:
                    continue
                state = memory.states.get(key, NOTHING)
                outcome = isolated("rule", partial(judge, state, memory.alarms.get(key), now))
                if isinstance(outcome, Fault):
                    faults[key] = str(outcome)
                    continue
                if outcome.state != state:
                    states[key] = outcome.state
                steps.extend(outcome.steps)
        changes = _in_order(steps)
        changes += self._left_to_time(facts, memory, now, off, moved={change.alarm.key for change in changes})
        changes = list(hushed(changes, facts.maintenance, now))
        notices = tuple(self._escalation.notices(changes))
        return Verdict(states=states, changes=changes, faults=faults, notices=notices)

    def _left_to_time(
        self, facts: Facts, memory: Memory, now: datetime, off: Collection[RuleId], *, moved: Collection[AlarmKey]
    ) -> Iterable[AlarmChange]:
        """Yield what happens to open alarms without any rule: time clears them, or nobody judges them any more.

        One that a rule has just moved waits for the next canary.
        """
        if facts.listened_until is None:
            return
        left = {key: memory.alarms[key] for key in facts.open_keys if key in memory.alarms}
        muted = {change.alarm.key: change for change in mutings(left, now, facts.maintenance)}
        for key, alarm in left.items():
            if key in moved:
                continue
            if key in muted:
                yield muted[key]
            elif has_expired(alarm, by=now):
                yield expire_shelf(alarm, at=now)
            elif alarm.active and key not in self._known:
                yield return_alarm(alarm, cleared_at=facts.listened_until, at=now, reason=NOT_JUDGED)
            elif alarm.active and key.rule in off:
                yield return_alarm(alarm, cleared_at=facts.listened_until, at=now, reason=OUT_OF_HOURS)
            elif clears_itself(alarm, by=facts.listened_until):
                yield clear_alarm(alarm, at=now)


def _kinds(site: SiteFile, camera_units: Mapping[str, str]) -> Mapping[str, RuleKind]:
    """Return the explicit table: a new kind of rule is a class with the methods of `RuleKind`, and one line here."""
    return {
        "threshold": Thresholds(site, camera_units),
        "observation": Sightings(site),
        "absence": Absences(site),
    }


def _in_order(steps: Iterable[Step]) -> list[AlarmChange]:
    """Return the changes in the order of the facts behind them; a key's own steps stand in order already."""
    return [step.change for step in sorted(steps, key=attrgetter("order"))]
