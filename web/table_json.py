"""Time series as JSON: what it is about, its series with their units, the rows, the way to the next page."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

import msgspec

from events.reading import Quality
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
    quality: Quality
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
        # What a bucket should have that is over: the same for all of a series.
        self._last_whole = telling.now - telling.bucket.length
        self._whole = {number: self._expected(number, self._last_whole) for number in telling.series}
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
        # Runs once a row, thousands of times an answer: by position, and nothing is computed twice.
        zone = self._telling.zone
        if isinstance(row, RawRow):
            series, ts, value, raw, quality, received_at = row
            return RawItem(
                series_id=series,
                ts=ts.astimezone(zone),
                value=value if isfinite(value) else None,
                raw=raw if isfinite(raw) else None,
                quality=quality,
                received_at=received_at.astimezone(zone),
            )
        series, ts, received, usable, mean, least, most, first, last, energy_mean, filled = row
        wanted = self._whole[series] if ts <= self._last_whole else self._expected(series, ts)
        return BucketItem(
            series_id=series,
            ts=ts.astimezone(zone),
            mean=mean if mean is None or isfinite(mean) else None,
            min=least if least is None or isfinite(least) else None,
            max=most if most is None or isfinite(most) else None,
            first=first if first is None or isfinite(first) else None,
            last=last if last is None or isfinite(last) else None,
            leq=None if energy_mean is None else leq(energy_mean),
            received=received,
            usable=usable,
            expected=wanted,
            coverage=coverage(received, wanted),
            filled=filled,
        )

    def _expected(self, series: int, begin: datetime) -> float | None:
        telling = self._telling
        return expected(begin, telling.bucket, telling.series[series].interval_s, telling.now)
