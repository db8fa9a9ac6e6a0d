"""How livable the alarm stream was: the figures of ISA-18.2 and EEMUA 191 over a period, beside their targets.

Only entries into UNACK count as alarms; what operators do with them does not. Pure functions of the stream's records.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.activations import (
    FLOOD_FROM,
    WINDOW,
    Activation,
    activations,
    flood_periods,
    most_at_once,
    spans,
)
from events.alarm import AlarmKey, AlarmRecord, Priority
from events.performance import Figure, Performance

CHATTER_TIMES, CHATTER_WITHIN = 3, timedelta(seconds=60)
"""Chattering: three activations within a minute."""
FLEETING_WITHIN, FLEETING_AWAY = timedelta(seconds=10), timedelta(seconds=60)
"""Fleeting: over in less than ten seconds, and not back within a minute."""
STALE_AFTER = timedelta(hours=24)
BUSY_HOUR = 30
"""New alarms in an hour beyond which it counts as overloaded."""
TOP = 10


def performance(records: Sequence[AlarmRecord], *, start: datetime, end: datetime, operators: int = 1) -> Performance:
    """Return the figures of a period.

    Args:
        records: Every change of every alarm that was open in the period, in the order of the stream; changes from
            before tell what stood at its start.
        start: Start of the period, aware UTC.
        end: Its end, later than the start.
        operators: Among how many operators the alarms were shared.

    Raises:
        ValueError: The period is empty, or there is no operator.
    """
    if end <= start or operators < 1:
        raise ValueError("want a period that ends after it starts, and at least one operator")
    every = list(activations(record for record in records if record.change.at < end))
    new = [activation for activation in every if activation.at >= start]
    times = [activation.at for activation in new]
    floods = list(flood_periods(times, operators=operators, end=end))
    active = [span for span in spans(records, end, lambda alarm: alarm.active) if span.end > start]
    shelved = [span for span in spans(records, end, lambda alarm: alarm.shelf is not None) if span.end > start]
    counts = Counter(activation.key for activation in new)
    chattering, fleeting = _chattering(new), _fleeting(every, start, end)
    stale = sorted({span.key for span in active if span.end == end and end - span.start > STALE_AFTER})
    figures = [
        *_loads(times, start, end, operators),
        _share("flood_time", sum((b - a for a, b in floods), timedelta()) / (end - start), 1, None, FLOOD_WORDS),
        _share("top_ten", sum(n for _, n in counts.most_common(TOP)) / len(new) if new else None, 5, None, TOP_WORDS),
        _count("chattering", len(chattering), 0, None, ("Alarm yang bergetar", "Chattering alarms")),
        _count("fleeting", len(fleeting), 0, None, ("Alarm sekejap", "Fleeting alarms")),
        _count("stale_at_once", most_at_once(active, start, end, least=STALE_AFTER), 4, None, STALE_WORDS),
        _count("standing_at_once", most_at_once(active, start, end), 9, None, STANDING_WORDS),
        _count("shelved_at_once", most_at_once(shelved, start, end), 29, None, SHELVED_WORDS),
    ]
    mix = Counter(activation.priority for activation in new)
    return Performance(
        start=start,
        end=end,
        operators=operators,
        alarms=len(new),
        figures=figures,
        most_frequent=counts.most_common(TOP),
        chattering=chattering,
        fleeting=fleeting,
        floods=floods,
        stale=stale,
        mix={priority: mix[priority] / len(new) for priority in Priority} if new else {},
    )


FLOOD_WORDS = ("Waktu dalam banjir alarm", "Time in flood")
TOP_WORDS = ("Bagian sepuluh alarm tersering", "Share of the ten most frequent")
STALE_WORDS = ("Terbanyak aktif lebih dari 24 jam sekaligus", "Most stale at once")
STANDING_WORDS = ("Terbanyak aktif sekaligus", "Most standing at once")
SHELVED_WORDS = ("Terbanyak ditunda sekaligus", "Most shelved at once")


def _loads(times: Sequence[datetime], start: datetime, end: datetime, operators: int) -> Iterator[Figure]:
    each = len(times) / operators
    hours = [n / operators for n in _by_bin(times, start, end, timedelta(hours=1))]
    windows = [n / operators for n in _by_bin(times, start, end, WINDOW)]
    largest = max((bisect_left(times, at + WINDOW) - i for i, at in enumerate(times)), default=0) / operators
    yield _count("per_10_min", each * WINDOW / (end - start), 1, 2, ("Per 10 menit, rata-rata", "Per 10 minutes, mean"))
    yield _count("per_hour", each * timedelta(hours=1) / (end - start), 6, 12, ("Per jam, rata-rata", "Per hour, mean"))
    per_day = each * timedelta(days=1) / (end - start)
    yield _count("per_day", per_day, 150, 300, ("Per hari, rata-rata", "Per day, mean"))
    busy = sum(n > BUSY_HOUR for n in hours) / len(hours)
    yield _share("busy_hours", busy, 1, None, ("Jam dengan lebih dari 30 alarm", "Hours with more than 30 alarms"))
    full = sum(n > FLOOD_FROM - 1 for n in windows) / len(windows)
    words = ("Selang 10 menit dengan lebih dari 10 alarm", "10-minute windows with more than 10")
    yield _share("full_windows", full, 1, None, words)
    yield _count("largest_window", largest, 10, None, ("Terbanyak dalam 10 menit", "Largest in any 10 minutes"))


def _by_bin(times: Sequence[datetime], start: datetime, end: datetime, width: timedelta) -> list[int]:
    """Count by whole bins; what is left over at the end is a bin of its own."""
    edges = [start]
    while edges[-1] < end:
        edges.append(edges[-1] + width)
    return [bisect_left(times, b) - bisect_left(times, a) for a, b in pairwise(edges)]


def _chattering(new: Sequence[Activation]) -> dict[AlarmKey, int]:
    """Return keys with three activations within a minute, with how many of their activations were part of one."""
    times = _times_by_key(new)
    found: dict[AlarmKey, int] = {}
    for key, at in times.items():
        part: set[int] = set()
        for first in range(len(at)):
            last = bisect_right(at, at[first] + CHATTER_WITHIN)
            if last - first >= CHATTER_TIMES:
                part.update(range(first, last))
        if part:
            found[key] = len(part)
    return found


def _fleeting(every: Sequence[Activation], start: datetime, end: datetime) -> dict[AlarmKey, int]:
    times = _times_by_key(every)
    found: Counter[AlarmKey] = Counter()
    for activation in every:
        over_at = activation.over_at
        if not start <= activation.at < end or over_at is None or over_at - activation.at >= FLEETING_WITHIN:
            continue
        later = times[activation.key]
        following = bisect_right(later, activation.at)
        if following == len(later) or later[following] - over_at > FLEETING_AWAY:
            found[activation.key] += 1
    return dict(found)


def _times_by_key(found: Iterable[Activation]) -> dict[AlarmKey, list[datetime]]:
    times: defaultdict[AlarmKey, list[datetime]] = defaultdict(list)
    for activation in found:
        times[activation.key].append(activation.at)
    return dict(times)


def _count(name: str, value: float | None, target: float | None, limit: float | None, text: tuple[str, str]) -> Figure:
    return Figure(name=name, value=value, unit="1", target=target, limit=limit, text=text)


def _share(name: str, share: float | None, target: float | None, limit: float | None, text: tuple[str, str]) -> Figure:
    return Figure(
        name=name, value=None if share is None else 100.0 * share, unit="%", target=target, limit=limit, text=text
    )
