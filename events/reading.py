"""What a sensor measured, with its quality."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from events.ids import SourceId


class Quality(StrEnum):
    """Why a reading may or may not be trusted. Only `ok` feeds thresholds."""

    OK = "ok"
    MISSING = "missing"
    STALE = "stale"
    OUT_OF_RANGE = "out_of_range"
    STUCK = "stuck"
    SPIKE = "spike"
    CLOCK_SKEW = "clock_skew"
    DUPLICATE = "duplicate"
    LATE = "late"


class Reading(NamedTuple):
    """One value of one series.

    A NamedTuple because one is made for every value of every message.

    Attributes:
        source: Who measured.
        metric: What was measured, such as `pm25`; a camera's zone follows a dot: `people_count.plaza`.
        ts: The device's own time as sent, aware UTC; the receive time where it sent none.
        received_at: When Pantau received it, aware UTC.
        raw: The value before calibration, in the series' unit.
        value: The value after calibration, in the series' unit.
        quality: Whether it can be trusted.
    """

    source: SourceId
    metric: str
    ts: datetime
    received_at: datetime
    raw: float
    value: float
    quality: Quality


class Remembered(NamedTuple):
    """The newest reading of a series that was in time, as checks need it after a restart.

    Attributes:
        source: Who measured.
        metric: What, with a zone after a dot.
        ts: When.
        raw: Its value before calibration.
        good: Its value after calibration, None where it was not believed.
        run: How many readings in a row had this raw value.
    """

    source: SourceId
    metric: str
    ts: datetime
    raw: float
    good: float | None
    run: int


class Window(NamedTuple):
    """What a series was over a period, of readings of quality ok or late.

    Attributes:
        source: Who measured.
        metric: What was measured.
        unit: UCUM unit of the series.
        received: Number of readings.
        mean: Their mean.
        span: From the first to the last.
        longest_gap: Longest time between two.
    """

    source: SourceId
    metric: str
    unit: str
    received: int
    mean: float
    span: timedelta
    longest_gap: timedelta


class LatestValue(NamedTuple):
    """The newest reading of a series, with what is needed to show it.

    Attributes:
        reading: The reading.
        unit: UCUM unit of the series.
    """

    reading: Reading
    unit: str
