"""A limit on what is measured: hysteresis, on-delay and off-delay, one state machine for every kind of rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.lifecycle import Condition, raise_alarm, return_alarm, update_alarm
from alerts.rules import AHEAD, OUT_OF_HOURS, Outcome, Step, Subject, Timetable
from events.alarm import Alarm, AlarmKey
from events.judgement import RuleState
from events.reading import Reading

SHOWN_STEP = 0.1
"""How far a value must move, as a share of its limit, before an active alarm shows the new one. Our choice: without a
step every reading of a long alarm would become an event."""

Arrived = tuple[int, Reading]
"""A reading with its place in the transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit on a value or a figure of one series.

    Values are compared after multiplication by `side`, so that `below` is `above` in a mirror.

    Attributes:
        subject: Whom it judges.
        side: 1.0 for above, -1.0 for below.
        on: Beyond it the condition holds.
        off: At or within it the condition of an active alarm is gone.
        hold: On-delay.
        clear_hold: Off-delay.
        shown_step: How far the value must move before an active alarm shows it; 0 never shows it.
        words: Makes the line on the wall of a value.
        unit: UCUM unit of the value, None where unknown.
    """

    subject: Subject
    side: float
    on: float
    off: float
    hold: timedelta
    clear_hold: timedelta
    shown_step: float
    words: Callable[[float], str]
    unit: str | None

    @property
    def key(self) -> AlarmKey:
        """Rule, source, zone."""
        return self.subject.key

    def judge(self, readings: Sequence[Arrived], state: RuleState, alarm: Alarm | None, now: datetime) -> Outcome:  # noqa: C901 - one state machine
        """Judge readings of this series in arrival order.

        The on-delay starts over when a value is not beyond the limit, hysteresis or not; the off-delay starts over
        when a value is not back behind the hysteresis. Delays are counted in the data's own time, so nothing is
        raised or returned between readings.
        """
        watermark, pending, clear, _, _ = state
        active = alarm is not None and alarm.active
        side, on, off, timetable = self.side, self.on, self.off, self.subject.timetable
        steps: list[Step] = []
        for order, reading in readings:
            ts = reading.ts
            if watermark is not None and watermark - reading.received_at > AHEAD:
                watermark, pending, clear = None, None, None
            if watermark is not None and ts <= watermark:
                continue
            watermark = ts
            if timetable is not None and not timetable.is_on(reading.received_at):
                pending = clear = None  # what lasts is counted anew in the next hours
                if alarm is not None and active:
                    steps.append(_out_of_hours(order, reading, timetable, alarm, now))
                    alarm, active = steps[-1].change.alarm, False
                continue
            level = side * reading.value
            if alarm is not None and active:
                if level > off:
                    clear = None
                    if self._worth_showing(alarm, reading.value):
                        change = update_alarm(alarm, self._condition(reading), at=now)
                        steps.append(Step(order, change, reading.received_at))
                        alarm = change.alarm
                    continue
                clear = clear or ts
                if ts - clear >= self.clear_hold:
                    change = return_alarm(alarm, cleared_at=ts, at=now)
                    steps.append(Step(order, change, reading.received_at))
                    alarm, active, clear = change.alarm, False, None
            elif level > on:
                pending = pending or ts
                if ts - pending >= self.hold:
                    change = raise_alarm(self._condition(reading), alarm=alarm, at=now)
                    steps.append(Step(order, change, reading.received_at))
                    alarm, active, pending = change.alarm, True, None
            else:
                pending = None
        return Outcome(RuleState(watermark, pending, clear, (), state.kept), steps)

    def _worth_showing(self, alarm: Alarm, value: float) -> bool:
        if alarm.priority != self.subject.priority or alarm.value is None:
            return True
        return self.shown_step > 0 and abs(value - alarm.value) >= self.shown_step

    def _condition(self, reading: Reading) -> Condition:
        subject = self.subject
        return Condition(
            key=subject.key,
            kind=subject.kind,
            priority=subject.priority,
            site=subject.site,
            title=self.words(reading.value),
            value=reading.value,
            unit=self.unit,
            met_at=reading.ts,
            latching=subject.latching,
            rule_version=subject.version,
        )


def _out_of_hours(order: int, reading: Reading, timetable: Timetable, alarm: Alarm, now: datetime) -> Step:
    over_at = timetable.ended(reading.received_at, alarm)
    change = return_alarm(alarm, cleared_at=over_at, at=now, reason=OUT_OF_HOURS)
    return Step(order, change, reading.received_at)
