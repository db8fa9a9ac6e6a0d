"""The short way for series that stay within their limits: nearly all that a city's devices say.

What it makes of readings is what `Limit.judge` would make of them, one limit after the other; it exists because that
costs as much as the rest of a transaction where thousands of series have one reading each.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from alerts.figure import FigureLimit
from alerts.limit import Arrived, Limit
from alerts.rules import AHEAD
from events.alarm import AlarmKey
from events.judgement import Memory, RuleState
from events.reading import Quality

ONLY_OK = frozenset({Quality.OK})
"""Qualities that limits on values hear."""

_new = tuple.__new__
"""Makes a named tuple at half the cost of its own `__new__`, a function in Python."""

_NOTHING = RuleState()


class Bound(NamedTuple):
    """A limit on a value, as far as it takes to see that a reading stays within it.

    Attributes:
        key: Its key.
        is_upper: Whether it lies above the values that are right.
        value: Beyond it the condition holds.
    """

    key: AlarmKey
    is_upper: bool
    value: float


@dataclass(slots=True, eq=False)
class Limits:
    """All limits of one series, by key.

    Attributes:
        bounded: Limits on values that can be judged by their bounds mostly.
        bounds: Their bounds.
        timed: Limits on values that have hours, in which the time counts as well.
        figures: Limits on figures.
        hears: Qualities that one of them hears at least.
    """

    bounded: dict[AlarmKey, Limit] = field(default_factory=dict)
    bounds: list[Bound] = field(default_factory=list)
    timed: dict[AlarmKey, Limit] = field(default_factory=dict)
    figures: dict[AlarmKey, FigureLimit] = field(default_factory=dict)
    hears: frozenset[Quality] = ONLY_OK

    def add(self, limit: Limit | FigureLimit) -> None:
        """Add one more."""
        if isinstance(limit, FigureLimit):
            self.figures[limit.key] = limit
            self.hears |= limit.hears
        elif limit.subject.timetable is not None:
            self.timed[limit.key] = limit
        else:
            self.bounded[limit.key] = limit
            self.bounds.append(Bound(limit.key, limit.side > 0, limit.side * limit.on))

    def keys(self) -> Iterator[AlarmKey]:
        """Yield the key of each."""
        yield from self.bounded
        yield from self.timed
        yield from self.figures


class Left(NamedTuple):
    """What could not be judged by bounds.

    Attributes:
        limits: Of the series.
        readings: All of them.
        heard: Those that limits on values hear.
        beyond: Bounded limits that take a closer look.
    """

    limits: Limits
    readings: list[Arrived]
    heard: list[Arrived]
    beyond: list[AlarmKey]


def rest(  # noqa: C901 - one loop, over every series of the batch
    heard: Iterable[tuple[Limits, list[Arrived]]], memory: Memory, settled: dict[AlarmKey, RuleState]
) -> Iterator[Left]:
    """Judge series by their bounds, and yield what is left to judge.

    A limit is done with where no reading is beyond its bound, no alarm is open, and no time lies so far ahead that it
    may have to be forgotten. An on-delay that runs is over with that: all there is to remember is the newest time.

    Args:
        heard: The readings of each series that has a limit, at least one each, in order of arrival.
        memory: Of all keys.
        settled: Takes the new memory of each key that was judged here.
    """
    states = memory.states
    is_open = {*memory.alarms, *memory.shadows}
    fresh, last_received_at, too_late = _NOTHING, None, datetime.max.replace(tzinfo=UTC)
    for limits, readings in heard:
        audible = readings if limits.hears is ONLY_OK else [a for a in readings if a[1].quality is Quality.OK]
        beyond: list[AlarmKey] = []
        if audible and limits.bounds:
            _, (_, _, newest, received_at, _, lowest, _) = audible[0]
            highest = lowest
            if len(audible) > 1:
                values = [reading.value for _, reading in audible]
                lowest, highest = min(values), max(values)
                newest = max([reading.ts for _, reading in audible])
                received_at = min([reading.received_at for _, reading in audible])
            if received_at is not last_received_at:  # the values of one message share their times
                last_received_at, too_late = received_at, received_at + AHEAD
            if newest is not fresh[0]:
                fresh = _new(RuleState, (newest, None, None, (), ""))
            believed = newest <= too_late
            for key, is_upper, bound in limits.bounds:
                watermark, _, clear, observations, kept = states.get(key, _NOTHING)
                if (
                    # Said so that what is no number is looked at more closely.
                    (highest <= bound if is_upper else lowest >= bound)
                    and believed
                    and clear is None
                    and not (kept or observations)
                    and not (is_open and key in is_open)
                ):
                    if watermark is None or watermark < newest:
                        settled[key] = fresh
                        continue
                    if watermark <= too_late:
                        continue
                beyond.append(key)
        if beyond or limits.timed or limits.figures:
            yield _new(Left, (limits, readings, audible, beyond))
