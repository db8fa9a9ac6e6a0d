"""How livable the alarm stream was: the figures of ISA-18.2 and EEMUA 191 over a period, beside their targets.

Only entries into UNACK count as alarms; what operators do with them does not. Pure functions of the stream's records.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.activations import (
    FLOOD_FROM,
    STALE_AFTER,
    WINDOW,
    Activation,
    activations,
    flood_periods,
    most_at_once,
    spans,
)
from events.alarm import AlarmKey, AlarmRecord, Priority
from events.performance import Figure, Nuisance, Performance

CHATTER_TIMES, CHATTER_WITHIN = 3, timedelta(seconds=60)
"""Chattering: three activations within a minute."""
FLEETING_WITHIN, FLEETING_AWAY = timedelta(seconds=10), timedelta(seconds=60)
"""Fleeting: over in less than ten seconds, and not back within a minute."""
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
    nuisances = _nuisances(every, start, end)
    stale = sorted({span.key for span in active if span.end == end and end - span.start > STALE_AFTER})
    figures = [
        *_loads(times, start, end, operators),
        _share("flood_time", sum((b - a for a, b in floods), timedelta()) / (end - start), 1, None, FLOOD_WORDS),
        _share("top_ten", sum(n for _, n in counts.most_common(TOP)) / len(new) if new else None, 5, None, TOP_WORDS),
        _count(
            "chattering",
            sum(one.chattered > 0 for one in nuisances),
            0,
            None,
            ("Alarm yang bergetar", "Chattering alarms"),
        ),
        _count("fleeting", sum(one.fleeting > 0 for one in nuisances), 0, None, ("Alarm sekejap", "Fleeting alarms")),
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
        nuisances=nuisances,
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


def _nuisances(every: Sequence[Activation], start: datetime, end: datetime) -> list[Nuisance]:
    """Return the alarms that chattered or were fleeting in the period, most of it first."""
    by_key: defaultdict[AlarmKey, list[Activation]] = defaultdict(list)
    for activation in every:
        by_key[activation.key].append(activation)
    found = [_nuisance(key, of_key, start, end) for key, of_key in by_key.items()]
    return sorted(
        (one for one in found if one.chattered or one.fleeting), key=lambda one: -one.chattered - one.fleeting
    )


def _nuisance(key: AlarmKey, of_key: Sequence[Activation], start: datetime, end: datetime) -> Nuisance:
    inside = [activation for activation in of_key if start <= activation.at < end]
    times = [activation.at for activation in inside]
    chattered: set[int] = set()
    gaps = [timedelta()]
    for first in range(len(inside)):
        last = bisect_right(times, times[first] + CHATTER_WITHIN)
        if last - first >= CHATTER_TIMES:
            chattered.update(range(first, last))
            gaps += [b.at - a.over_at for a, b in pairwise(inside[first:last]) if a.over_at is not None]
    fleeting = [timedelta()]
    for one, following in zip(of_key, [*of_key[1:], None], strict=True):
        if one.over_at is None or not start <= one.at < end or one.over_at - one.at >= FLEETING_WITHIN:
            continue
        if following is None or following.at - one.over_at > FLEETING_AWAY:
            fleeting.append(one.over_at - one.at)
    return Nuisance(
        key=key,
        chattered=len(chattered),
        fleeting=len(fleeting) - 1,
        hold_s=_longer_than(max(fleeting)),
        clear_hold_s=_longer_than(max(gaps)),
    )


def _longer_than(span: timedelta) -> int:
    return math.floor(span.total_seconds()) + 1 if span else 0


def _count(name: str, value: float | None, target: float | None, limit: float | None, text: tuple[str, str]) -> Figure:
    return Figure(name=name, value=value, unit="1", target=target, limit=limit, text=text)


def _share(name: str, share: float | None, target: float | None, limit: float | None, text: tuple[str, str]) -> Figure:
    return Figure(
        name=name, value=None if share is None else 100.0 * share, unit="%", target=target, limit=limit, text=text
    )
