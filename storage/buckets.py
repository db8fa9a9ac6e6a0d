"""Arithmetic of buckets of time: minutes, hours, and days of Jakarta."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ORIGIN = datetime(1999, 12, 31, 17, tzinfo=UTC)
"""Midnight of 2000-01-01 in Jakarta (WIB, UTC+7 without summer time), from which every bucket counts."""

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Windows = Mapping[int, list[tuple[datetime, datetime]]]
"""For each series, times to roll up: begin, and end which is no part of it; in order, apart from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A rollup.

    Attributes:
        name: As its tables and views end: 1m, 1h, 1d.
        step: How long a bucket is.
        query: Makes its buckets anew.
        made_of: Class of data it is made of, as in table data_edge.
    """

    name: str
    step: timedelta
    query: str
    made_of: str


LEVELS = (
    Level(name="1m", step=MINUTE, query="roll_up_minutes", made_of="readings"),
    Level(name="1h", step=HOUR, query="roll_up_hours", made_of="minutes"),
    Level(name="1d", step=DAY, query="roll_up_days", made_of="hours"),
)
"""From the finest; each is made of the one before it."""


def floor(moment: datetime, step: timedelta) -> datetime:
    """Return the start of the bucket that holds a moment."""
    return moment - (moment - ORIGIN) % step


def ceiling(moment: datetime, step: timedelta) -> datetime:
    """Return the start of the first bucket that begins at a moment or after it."""
    return moment + (ORIGIN - moment) % step


def merged(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Join what overlaps or touches; in order."""
    found: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def widened(windows: Windows, step: timedelta, not_before: datetime | None) -> Windows:
    """Return windows of whole, longer buckets that hold others, without the buckets that begin before an edge.

    Rolled up again, such a bucket would lose what was dropped below the edge.
    """
    edge = None if not_before is None else ceiling(not_before, step)
    return {
        series: clipped(merged((floor(begin, step), ceiling(end, step)) for begin, end in spans), edge)
        for series, spans in windows.items()
    }


def clipped(spans: Iterable[tuple[datetime, datetime]], edge: datetime | None) -> list[tuple[datetime, datetime]]:
    """Return what of spans does not lie before an edge."""
    if edge is None:
        return list(spans)
    return [(max(begin, edge), end) for begin, end in spans if end > edge]
