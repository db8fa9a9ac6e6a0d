"""Time series as JSON: what it is about, its series with their units, the rows, the way to the next page."""

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from events.series import RawRow
from web.directory import Directory
from web.filling import coverage, expected, leq
from web.series_items import SeriesItem, series_item
from web.telling import Row, Telling, described
from web.wire import encode


class RawItem(msgspec.Struct, frozen=True, kw_only=True):
    """One reading; `raw` is before calibration, `value` after it."""

    series_id: int
    ts: datetime
    value: float | None
    raw: float | None
    quality: str
    received_at: datetime


class BucketItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a series was in the bucket that begins at `ts`.

    The figures are of its `usable` readings (ok and late), null without any. `leq` is the equivalent level of a sound
    series, in dB; `coverage` is `received` over `expected`, null where nothing is expected. `filled` says that nothing
    was measured.
    """

    series_id: int
    ts: datetime
    mean: float | None
    min: float | None
    max: float | None
    first: float | None
    last: float | None
    leq: float | None
    received: int
    usable: int
    expected: float | None
    coverage: float | None
    filled: bool


class _Readings(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    tz: str
    bucket: str
    fill: str
    series: list[SeriesItem]
    next: str | None


class RawReadings(_Readings, frozen=True, kw_only=True):
    """Readings of series from `from` until before `to`, by series and time; `next` is the address of the next page."""

    items: list[RawItem]


class BucketReadings(_Readings, frozen=True, kw_only=True):
    """Buckets of series that begin from `from` until before `to`, by series and time; `next` as of raw readings."""

    items: list[BucketItem]


class JsonWriter:
    """Writes `RawReadings` or `BucketReadings`.

    Args:
        telling: What the answer is about.
        directory: Names of metrics.
    """

    media = "application/json"
    ending = "json"

    def __init__(self, telling: Telling, directory: Directory) -> None:
        self._telling = telling
        self._series = [series_item(one, directory) for _, one in sorted(telling.series.items())]
        self._began = False

    def begin(self) -> bytes:
        """Return everything up to the first row."""
        head = encode(described(self._telling) | {"series": self._series})
        return head[:-1] + b',"items":['

    def rows(self, rows: Sequence[Row], /) -> bytes:
        """Return rows."""
        if not rows:
            return b""
        body = encode([self._item(row) for row in rows])[1:-1]
        body = b"," + body if self._began else body
        self._began = True
        return body

    def end(self, following: str | None, /) -> bytes:
        """Return the end, with the address of the next page."""
        return b'],"next":' + encode(following) + b"}"

    def _item(self, row: Row) -> RawItem | BucketItem:
        zone = self._telling.zone
        if isinstance(row, RawRow):
            return RawItem(
                series_id=row.series,
                ts=row.ts.astimezone(zone),
                value=_finite(row.value),
                raw=_finite(row.raw),
                quality=row.quality.value,
                received_at=row.received_at.astimezone(zone),
            )
        interval_s = self._telling.series[row.series].interval_s
        wanted = expected(row.ts, self._telling.bucket, interval_s, self._telling.now)
        return BucketItem(
            series_id=row.series,
            ts=row.ts.astimezone(zone),
            mean=_finite(row.mean),
            min=_finite(row.min),
            max=_finite(row.max),
            first=_finite(row.first),
            last=_finite(row.last),
            leq=leq(row.energy_mean),
            received=row.total,
            usable=row.usable,
            expected=wanted,
            coverage=coverage(row.total, wanted),
            filled=row.filled,
        )


def _finite(value: float | None) -> float | None:
    # JSON has no infinities and no NaN.
    return value if value is not None and math.isfinite(value) else None
