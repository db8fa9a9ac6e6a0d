"""What an alarm stream was made of: entries into UNACK, floods, how long things lasted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.lifecycle import PLATFORM
from events.alarm import Alarm, AlarmChange, AlarmKey, AlarmRecord, AlarmState, Priority

WINDOW = timedelta(minutes=10)
FLOOD_FROM, FLOOD_UNTIL = 11, 5
"""A flood starts when ten minutes hold more than 10 new alarms for one operator, and ends when they hold fewer than 5
(ISA-18.2)."""

STALE_AFTER = timedelta(hours=24)
"""Active for longer without a break, an alarm is stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """One entry into UNACK.

    Attributes:
        key: Rule, source, zone.
        priority: How urgent.
        at: When, aware UTC.
        over_at: When its condition was gone, None while it is present.
    """

    key: AlarmKey
    priority: Priority
    at: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, aware UTC; `key` says whose."""

    key: AlarmKey
    start: datetime
    end: datetime


def activations(records: Iterable[AlarmRecord]) -> Iterator[Activation]:
    """Yield each entry into UNACK that no person brought about, in order of time, with when its condition was over."""
    began: dict[UUID, tuple[AlarmKey, Priority, datetime]] = {}
    found: list[Activation] = []
    for record in records:
        change, alarm = record.change, record.change.alarm
        if is_activation(change):
            if alarm.id in began:  # accepted, and worse since
                found.append(_activation(began[alarm.id], over_at=None))
            began[alarm.id] = (alarm.key, alarm.priority, change.at)
        elif not alarm.active and alarm.id in began:
            found.append(_activation(began.pop(alarm.id), over_at=change.at))
    found += [_activation(entry, over_at=None) for entry in began.values()]
    return iter(sorted(found, key=lambda activation: activation.at))


def is_activation(change: AlarmChange) -> bool:
    """Tell whether a change is an entry into UNACK that no person brought about."""
    entered = change.before is not AlarmState.UNACK and change.alarm.state is AlarmState.UNACK
    return entered and change.actor == PLATFORM


def _activation(entry: tuple[AlarmKey, Priority, datetime], *, over_at: datetime | None) -> Activation:
    key, priority, at = entry
    return Activation(key=key, priority=priority, at=at, over_at=over_at)


def flood_periods(times: Sequence[datetime], *, operators: int, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield start and end of each flood: from the alarm that is one too many to when the last ten minutes are calm.

    Args:
        times: When new alarms came, in order, aware UTC.
        operators: Among how many they were shared.
        end: End of what is known.
    """
    started: datetime | None = None
    # The number within the last ten minutes rises when an alarm comes and falls when one leaves the window.
    moments = Counter(times)
    moments.subtract(at + WINDOW for at in times)
    within = 0
    for at in sorted(moments):
        within += moments[at]
        if at > end:
            break
        if started is None and within >= FLOOD_FROM * operators:
            started = at
        elif started is not None and within < FLOOD_UNTIL * operators:
            yield started, at
            started = None
    if started is not None:
        yield started, end


def spans(records: Iterable[AlarmRecord], end: datetime, holds: Callable[[Alarm], bool]) -> Iterator[Span]:
    """Yield how long something held of each alarm without a break.

    Args:
        records: Every change, in the order of the stream.
        end: End of what is known, aware UTC; what still holds then ends there.
        holds: What it is.
    """
    since: dict[UUID, tuple[AlarmKey, datetime]] = {}
    for record in records:
        change, alarm = record.change, record.change.alarm
        if change.at >= end:
            break
        held = holds(alarm)
        if held and alarm.id not in since:
            since[alarm.id] = (alarm.key, change.at)
        elif not held and alarm.id in since:
            key, start = since.pop(alarm.id)
            yield Span(key=key, start=start, end=change.at)
    for key, start in since.values():
        yield Span(key=key, start=start, end=end)


def most_at_once(found: Iterable[Span], start: datetime, end: datetime, *, least: timedelta = timedelta()) -> int:
    """Return how many spans there were at once at most within a period, each counted once it has lasted for `least`."""
    moments = [(max(span.start + least, start), 1) for span in found if span.start + least < min(span.end, end)]
    moments += [(span.end, -1) for span in found if span.start + least < min(span.end, end)]
    now = most = 0
    # At one moment, what ends makes room for what begins.
    for _, step in sorted(moment for moment in moments if moment[0] < end):
        now += step
        most = max(most, now)
    return most
