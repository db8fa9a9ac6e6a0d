"""Answers of time series in formats that leave memory as they are made: what a row holds, and what is told besides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from events.series import Bucket, BucketRow, RawRow, Series
from web.filling import Fill, coverage, expected, leq

Row = RawRow | BucketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What an answer is about.

    Attributes:
        series: The series by number.
        start: First moment.
        end: First moment that is not wanted any more.
        bucket: How finely.
        fill: What stands for empty buckets.
        zone: In which times are shown.
        now: The present; what is expected is expected up to it.
    """

    series: Mapping[int, Series]
    start: datetime
    end: datetime
    bucket: Bucket
    fill: Fill
    zone: ZoneInfo
    now: datetime


class Writer(Protocol):
    """Writes one answer, part by part. Not for more than one thread at a time."""

    def begin(self) -> bytes:
        """Return what stands before the rows."""

    def rows(self, rows: Sequence[Row], /) -> bytes:
        """Return rows; perhaps later."""

    def end(self, following: str | None, /) -> bytes:
        """Return what stands after the rows.

        Args:
            following: Address of the next page, None where there is none.
        """


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a flat table.

    Attributes:
        name: Its name.
        kind: int, float, bool, time or word; words repeat.
        measured: Whether it is in the unit of its series.
    """

    name: str
    kind: str
    measured: bool = False


_WHO: Final = (
    Column("series_id", "int"),
    Column("source_id", "word"),
    Column("metric", "word"),
    Column("zone", "word"),
    Column("unit", "word"),
    Column("ts", "time"),
)

RAW: Final = (
    *_WHO,
    Column("value", "float", measured=True),
    Column("raw", "float", measured=True),
    Column("quality", "word"),
    Column("received_at", "time"),
)
BUCKETS: Final = (
    *_WHO,
    Column("mean", "float", measured=True),
    Column("min", "float", measured=True),
    Column("max", "float", measured=True),
    Column("first", "float", measured=True),
    Column("last", "float", measured=True),
    Column("leq", "float", measured=True),
    Column("received", "int"),
    Column("usable", "int"),
    Column("expected", "float"),
    Column("coverage", "float"),
    Column("filled", "bool"),
)


def columns(telling: Telling) -> tuple[Column, ...]:
    """Return the columns of an answer."""
    return RAW if telling.bucket is Bucket.RAW else BUCKETS


def flattener(telling: Telling) -> Callable[[Row], tuple[Any, ...]]:
    """Return what makes flat rows, in the order of `columns`; times are in the answer's zone."""
    who = {
        number: (number, one.source, one.metric, one.zone, one.unit) for number, one in sorted(telling.series.items())
    }
    zone = telling.zone

    def flat(row: Row) -> tuple[Any, ...]:
        if isinstance(row, RawRow):
            shown = row.ts.astimezone(zone), row.value, row.raw, row.quality.value, row.received_at.astimezone(zone)
            return (*who[row.series], *shown)
        wanted = expected(row.ts, telling.bucket, telling.series[row.series].interval_s, telling.now)
        return (
            *who[row.series],
            row.ts.astimezone(zone),
            row.mean,
            row.min,
            row.max,
            row.first,
            row.last,
            leq(row.energy_mean),
            row.total,
            row.usable,
            wanted,
            coverage(row.total, wanted),
            row.filled,
        )

    return flat


def described(telling: Telling) -> dict[str, Any]:
    """Return what is told of an answer besides its rows, as JSON would have it."""
    return {
        "from": telling.start.astimezone(telling.zone).isoformat(),
        "to": telling.end.astimezone(telling.zone).isoformat(),
        "tz": telling.zone.key,
        "bucket": telling.bucket.value,
        "fill": telling.fill,
    }
