"""Figures over the last stretch of time: ISPU, rain, noise of day and night, mean, greatest and least value.

The stretch is divided into slots, of which only sums are kept, so that a day of readings fits into one row. It moves
by whole slots: a figure over 24 hours is one over 24 hours to the quarter of an hour.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from alerts.figure import Figure, Method, Rows
from events.reading import Reading
from indices import ispu, noise

SLOTS = 96
"""Slots of a window: quarters of an hour of a day."""

NOISE_SLOTS = 144
"""Of noise: the regulation's samples last ten minutes."""

DAY_FROM_H, NIGHT_FROM_H = 6, 22
"""The regulation's day begins at six, its night at ten in the evening."""


@dataclass(slots=True)
class Slot:
    """What is kept of one slot.

    Attributes:
        number: Its place since 1970.
        count: Readings in it.
        folded: Their sum, greatest or least.
        first_s: Time of the first, in seconds since 1970.
        last_s: Time of the last.
        gap_s: Longest time between two of them.
    """

    number: int
    count: int
    folded: float
    first_s: float
    last_s: float
    gap_s: float


Fold = Callable[[float, float], float]
Reckon = Callable[[Sequence[Slot], float], float | None]
"""Makes the figure of slots, oldest first, at a moment in seconds since 1970; None where it is not known."""


class _Window:
    def __init__(self, kept: Rows, *, window_s: float, slots: int, past: int, fold: Fold, reckon: Reckon) -> None:
        self._slot_s = window_s / slots
        self._past = past
        self._fold = fold
        self._reckon = reckon
        self._slots = [_slot(row) for row in kept]

    def take(self, reading: Reading) -> float | None:
        ts = reading.ts.timestamp()
        number = int(ts // self._slot_s)
        self._slots = [slot for slot in self._slots if slot.number >= number - self._past]
        last = self._slots[-1] if self._slots else None
        if last is not None and last.number == number:
            last.count += 1
            last.folded = self._fold(last.folded, reading.value)
            last.gap_s = max(last.gap_s, ts - last.last_s)
            last.last_s = ts
        else:
            self._slots.append(Slot(number, 1, self._fold(math.nan, reading.value), ts, ts, 0.0))
        return self._reckon(self._slots, ts)

    def kept(self) -> Rows:
        return [[s.number, s.count, s.folded, s.first_s, s.last_s, s.gap_s] for s in self._slots]


def _slot(row: Sequence[float]) -> Slot:
    number, count, folded, first_s, last_s, gap_s = row
    return Slot(int(number), int(count), folded, first_s, last_s, gap_s)


def _method(shape: str, window_s: float, slots: int, past: int, fold: Fold, reckon: Reckon) -> Method:
    def begin(kept: Rows) -> Figure:
        return _Window(kept, window_s=window_s, slots=slots, past=past, fold=fold, reckon=reckon)

    return Method(shape=f"{shape} {window_s} {slots}", begin=begin)


def _add(so_far: float, value: float) -> float:
    return value if math.isnan(so_far) else so_far + value


def mean(window_s: float) -> Method:
    """Return how to make the mean of the readings of a window."""

    def reckon(slots: Sequence[Slot], _: float) -> float:
        return math.fsum(s.folded for s in slots) / sum(s.count for s in slots)

    return _method("mean", window_s, SLOTS, SLOTS, _add, reckon)


def extreme(window_s: float, *, greatest: bool) -> Method:
    """Return how to make the greatest, or least, value of a window."""
    choose: Callable[..., float] = max if greatest else min

    def fold(so_far: float, value: float) -> float:
        return value if math.isnan(so_far) else choose(so_far, value)

    def reckon(slots: Sequence[Slot], _: float) -> float:
        return choose(s.folded for s in slots)

    return _method("greatest" if greatest else "least", window_s, SLOTS, SLOTS, fold, reckon)


def rain(window_s: float, *, hourly: bool) -> Method:
    """Return how to make the millimetres of rain within a window, which are never overstated.

    Args:
        window_s: The window; what is younger than its oldest slot counts.
        hourly: Whether readings are intensities in mm/h, each slot's mean of which lasts for the slot; else each is
            an amount in mm that fell since the one before.
    """
    slot_h = window_s / SLOTS / 3600

    def reckon(slots: Sequence[Slot], now_s: float) -> float:
        if not hourly:
            return math.fsum(s.folded for s in slots)
        *whole, last = slots
        under_way_h = (now_s / 3600) - last.number * slot_h
        return math.fsum(s.folded / s.count * slot_h for s in whole) + last.folded / last.count * under_way_h

    return _method(f"rain {hourly}", window_s, SLOTS, SLOTS - 1, _add, reckon)


def air(pollutant: str, *, factor: float, interval_s: float, provisional: bool) -> Method:
    """Return how to make a pollutant's rounded ISPU of the last 24 hours (Peraturan Menteri LHK P.14/2020).

    Args:
        pollutant: Metric, one of `indices.ispu.BREAKPOINTS`.
        factor: Of the readings' unit, to ug/m3.
        interval_s: Expected seconds between readings.
        provisional: Whether an index of too little is one.
    """
    window_s = ispu.PERIOD.total_seconds()
    gap_allowed = max(ispu.GAP_MOST, timedelta(seconds=1.5 * interval_s))

    def reckon(slots: Sequence[Slot], _: float) -> float | None:
        count = sum(s.count for s in slots)
        between = (b.first_s - a.last_s for a, b in pairwise(slots))
        coverage = ispu.Coverage(
            received=count,
            expected=max(round(window_s / interval_s), 1),
            span=timedelta(seconds=slots[-1].last_s - slots[0].first_s),
            longest_gap=timedelta(seconds=max(*between, *(s.gap_s for s in slots), 0.0)),
            gap_allowed=gap_allowed,
        )
        concentration = factor * math.fsum(s.folded for s in slots) / count
        if concentration < 0 or not (provisional or coverage.sufficient):
            return None
        return float(ispu.rounded(ispu.sub_index(pollutant, concentration)))

    return _method(f"ispu {pollutant} {factor}", window_s, SLOTS, SLOTS, _add, reckon)


def day_and_night(local: tzinfo) -> Method:
    """Return how to make Lsm of the last 24 hours in dB(A) (Keputusan Menteri LH 48/1996); levels average as energy.

    Not known before four samples of the day and three of the night.
    """
    window_s = 86_400.0
    slot_s = window_s / NOISE_SLOTS

    def fold(so_far: float, level_db: float) -> float:
        return _add(so_far, 10.0 ** (0.1 * level_db))

    def reckon(slots: Sequence[Slot], _: float) -> float | None:
        day: list[float] = []
        night: list[float] = []
        for slot in slots:
            begun = datetime.fromtimestamp(slot.number * slot_s, UTC).astimezone(local)
            part = day if DAY_FROM_H <= begun.hour < NIGHT_FROM_H else night
            part.append(10.0 * math.log10(slot.folded / slot.count))
        if len(day) < noise.DAY_SAMPLES_LEAST or len(night) < noise.NIGHT_SAMPLES_LEAST:
            return None
        return round(noise.lsm(noise.energy_mean(day), noise.energy_mean(night)), 3)

    return _method("lsm", window_s, NOISE_SLOTS, NOISE_SLOTS, fold, reckon)
