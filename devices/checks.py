"""Checks that need a memory: readings out of order, values that stand still, values that jump."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Counter

from devices.registry import Registry
from events.ids import SourceId
from events.quantities import Quantity
from events.reading import Quality, Reading, Remembered

FLAGGED = Counter("pantau_readings_flagged_total", "Readings that are not to be trusted, by reason", ["quality"])

COMPARABLE_INTERVALS = 3
"""After so many intervals without a good value there is nothing left to which a jump could be compared."""

_ANY_PAUSE = timedelta.max
_OK = Quality.OK
_OUT = Quality.OUT_OF_RANGE


@dataclass(slots=True)
class _Series:
    """What is remembered of one series, and what is asked of it.

    Attributes:
        ts: Time of its newest reading.
        raw: Raw value of that.
        run: How many readings in a row had this raw value.
        good: Its last believed value, None before the first.
        good_at: Time of that.
        doubted: The value of the newest reading, if it was a spike.
        stuck_after: Equal values after which it is stuck; infinite for never.
        max_step: How far it may move from one reading to the next.
        comparable: How old the last good value may be.
    """

    ts: datetime
    raw: float
    run: int
    good: float | None
    good_at: datetime
    doubted: float | None = None
    stuck_after: float = math.inf
    max_step: float = math.inf
    comparable: timedelta = _ANY_PAUSE


class Checks:
    """Judges each reading by the ones before it in its series; for one thread.

    Args:
        registry: What is asked of each series.
        remembered: The newest readings before a restart.
    """

    def __init__(self, registry: Registry, remembered: Iterable[Remembered] = ()) -> None:
        self._series: dict[SourceId, dict[str, _Series]] = {}
        self._registry = registry
        for past in remembered:
            series = _Series(past.ts, past.raw, past.run, past.good, past.ts)
            self._series.setdefault(past.source, {})[past.metric] = self._asked(series, past.source, past.metric)

    def follow(self, registry: Registry) -> None:
        """Ask of each series what the registry says now."""
        self._registry = registry
        for source, known in self._series.items():
            for metric, series in known.items():
                self._asked(series, source, metric)

    def check(self, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """Return the readings with their qualities; the very same tuple where nothing was found."""
        found: list[Reading] | None = None
        of: SourceId | None = None
        known: dict[str, _Series] = {}
        for place, reading in enumerate(readings):
            source, metric, ts, _, raw, value, quality = reading
            if quality is not _OK and quality is not _OUT:
                FLAGGED.labels(quality).inc()
                continue
            if source is not of:
                of, known = source, self._series.setdefault(source, {})
            series = known.get(metric)
            # Most readings are in range, newer, differ, and are no jump. A call would cost as much as this does.
            if series is not None and quality is _OK and raw != series.raw and ts > series.ts:
                good = series.good
                if good is not None and -series.max_step <= value - good <= series.max_step:
                    series.ts = series.good_at = ts
                    series.raw, series.run = raw, 1
                    series.good, series.doubted = value, None
                    continue
            if series is None:
                series = _Series(ts, raw, 1, value if quality is Quality.OK else None, ts)
                known[metric] = self._asked(series, source, metric)
                judged = quality
            else:
                judged = _judge(series, ts, raw, value, quality)
            if judged is not Quality.OK:
                FLAGGED.labels(judged).inc()
                if judged is not quality:
                    found = found or list(readings)
                    found[place] = reading._replace(quality=judged)
        return readings if found is None else tuple(found)

    def _asked(self, series: _Series, source: SourceId, metric: str) -> _Series:
        known = self._registry.get(source)
        quantity = None if known is None else known.quantities.get(metric)
        if quantity is None:
            quantity = Quantity(unit="1")
        series.stuck_after = quantity.stuck_after or math.inf
        series.max_step = quantity.max_step
        interval_s = None if known is None else known.interval_s
        series.comparable = _ANY_PAUSE if interval_s is None else COMPARABLE_INTERVALS * timedelta(seconds=interval_s)
        return series


def _judge(series: _Series, ts: datetime, raw: float, value: float, quality: Quality) -> Quality:
    """Judge a reading by what is remembered, and remember it.

    A jump is doubted once: if the next value stays there, it was a real change. A value of zero is never stuck: no
    rain and an empty bin look like that for weeks.
    """
    if ts <= series.ts:
        # The same time again is a redelivery, which is stored once.
        return Quality.LATE if ts < series.ts and quality is Quality.OK else quality
    series.ts = ts
    if raw == series.raw:
        series.run += 1
    else:
        series.raw, series.run = raw, 1
    if quality is not Quality.OK:
        return quality
    good = series.good
    if good is not None and abs(value - good) > series.max_step and ts - series.good_at <= series.comparable:
        doubted = series.doubted
        if doubted is None or abs(value - doubted) > series.max_step:
            series.doubted = value
            return Quality.SPIKE
    series.good, series.good_at, series.doubted = value, ts, None
    return Quality.STUCK if series.run >= series.stuck_after and raw else Quality.OK
