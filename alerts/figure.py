"""Rules on figures made of many readings, and on readings put in order first: what they keep between transactions."""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from alerts.limit import Arrived, Limit
from alerts.rules import AHEAD, Outcome, Step
from events.alarm import Alarm, AlarmKey
from events.judgement import RuleState
from events.reading import Quality, Reading

MOST_WAITING = 2_000
"""Most readings of one key held back to be put in order; beyond, the oldest are judged before their time."""

Rows = list[list[float]]
"""What a figure keeps: rows of numbers, which JSON gives back exactly."""


class Figure(Protocol):
    """Makes one figure of the readings of a series, one after the other in order of time."""

    def take(self, reading: Reading) -> float | None:
        """Return the figure with this reading in it, None while it is not known."""
        ...

    def kept(self) -> Rows:
        """Return all it remembers."""
        ...


class Value:
    """The reading's own value."""

    def take(self, reading: Reading) -> float | None:
        """Return the value."""
        return reading.value

    def kept(self) -> Rows:
        """Return nothing."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a figure is made.

    Attributes:
        shape: Names everything that what is kept depends on; kept under another name, it is not understood any more.
        begin: Makes the figure from what was kept, empty at first.
    """

    shape: str
    begin: Callable[[Rows], Figure]


VALUE = Method(shape="value", begin=lambda _: Value())


class _Waiting(msgspec.Struct, frozen=True, array_like=True, order=True):
    ts: datetime
    received_at: datetime
    raw: float
    value: float
    quality: Quality

    def of(self, like: Reading) -> Reading:
        return like._replace(
            ts=self.ts, received_at=self.received_at, raw=self.raw, value=self.value, quality=self.quality
        )


class _Kept(msgspec.Struct, omit_defaults=True):
    shape: str = ""
    figure: Rows = []
    waiting: list[_Waiting] = []
    metric: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLimit:
    """One limit on a figure at one series.

    With `settle`, a reading waits until Pantau's receive time is so much later than the reading's own, and is then
    judged in the order of the readings' own times. A canary ends the wait as well: whatever is received after it is
    received later than it was sent, so that it only judges sooner what would be judged in any case.

    Attributes:
        limit: What the figure is held against.
        method: How it is made.
        settle: How late a reading may come.
        hears: Qualities that are heard.
    """

    limit: Limit
    method: Method
    settle: timedelta
    hears: frozenset[Quality] = frozenset({Quality.OK})

    @property
    def key(self) -> AlarmKey:
        """Rule, source, zone."""
        return self.limit.key

    def judge(
        self,
        readings: Sequence[Arrived],
        state: RuleState,
        alarm: Alarm | None,
        now: datetime,
        *,
        until: tuple[int, datetime] | None = None,
    ) -> Outcome:
        """Judge readings of this series in arrival order.

        Args:
            readings: The readings.
            state: What is remembered.
            alarm: The key's open alarm.
            now: When changes happen, aware UTC.
            until: Place and time of a canary: up to when everything sent has been heard.
        """
        bench = _Bench(self, state, alarm, now)
        for order, reading in readings:
            bench.hear(order, reading)
        if until is not None:
            bench.release(*until)
        return bench.outcome()


class _Bench:
    """One call of `FigureLimit.judge`."""

    def __init__(self, rule: FigureLimit, state: RuleState, alarm: Alarm | None, now: datetime) -> None:
        self._rule = rule
        self._state = state
        self._alarm = alarm
        self._now = now
        self._steps: list[Step] = []
        kept = _decoder.decode(state.kept) if state.kept else _Kept()
        fits = kept.shape == rule.method.shape
        self._figure = rule.method.begin(kept.figure if fits else [])
        self._waiting = kept.waiting
        self._like: Reading | None = None
        if self._waiting:
            first = self._waiting[0]
            source = rule.limit.subject.key.source
            self._like = Reading(
                source, kept.metric, first.ts, first.received_at, first.raw, first.value, first.quality
            )

    def hear(self, order: int, reading: Reading) -> None:
        self._like = reading
        watermark = self._state.watermark
        if watermark is not None and watermark - reading.received_at > AHEAD:
            # It was remembered while Pantau's own clock was wrong.
            self._state = RuleState(observations=self._state.observations)
            self._figure = self._rule.method.begin([])
            self._waiting = []
        if not self._rule.settle:
            self._judge(order, reading)
            return
        self.release(order, reading.received_at)
        watermark = self._state.watermark
        if watermark is not None and reading.ts <= watermark:
            return
        if all(reading.ts != one.ts for one in self._waiting):
            insort(self._waiting, _Waiting(*reading[2:]))
        self.release(order, reading.received_at)

    def release(self, order: int, heard_until: datetime) -> None:
        """Judge what has waited long enough by a moment up to which everything was heard."""
        ripe = heard_until - self._rule.settle
        count = sum(1 for one in self._waiting if one.ts <= ripe)
        count = max(count, len(self._waiting) - MOST_WAITING)
        due, self._waiting = self._waiting[:count], self._waiting[count:]
        for one in due:
            if self._like is not None:
                self._judge(order, one.of(self._like))

    def _judge(self, order: int, reading: Reading) -> None:
        watermark = self._state.watermark
        if watermark is not None and reading.ts <= watermark:
            return
        figure = self._figure.take(reading)
        if figure is None:
            # What is not known does not last.
            self._state = self._state._replace(watermark=reading.ts, pending_since=None)
            return
        outcome = self._rule.limit.judge([(order, reading._replace(value=figure))], self._state, self._alarm, self._now)
        self._state = outcome.state
        self._steps += outcome.steps
        if outcome.steps:
            self._alarm = outcome.steps[-1].change.alarm

    def outcome(self) -> Outcome:
        kept = _Kept(
            shape=self._rule.method.shape,
            figure=self._figure.kept(),
            waiting=self._waiting,
            metric=self._like.metric if self._waiting and self._like is not None else "",
        )
        return Outcome(self._state._replace(kept=_encoder.encode(kept).decode()), self._steps)
