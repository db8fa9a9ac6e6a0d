"""Buckets in which nothing was measured: left out, empty, or filled in, always marked as filled."""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final, Literal

from events.series import Bucket, BucketRow

Fill = Literal["none", "null", "previous", "linear"]

ORIGIN: Final = datetime(2000, 1, 1, tzinfo=timezone(timedelta(hours=7)))
"""Every bucket begins a whole number of its lengths after this midnight of Jakarta."""

PART: Final = 4_000
"""Rows handed on at a time."""


def floor(at: datetime, bucket: Bucket) -> datetime:
    """Return when the bucket of a moment begins; a raw reading is its own."""
    return at if bucket is Bucket.RAW else at - (at - ORIGIN) % bucket.length


def expected(begin: datetime, bucket: Bucket, interval_s: float | None, now: datetime) -> float | None:
    """Return how many readings a bucket should have, as far as it lies in the past.

    None where nothing is expected, or where the series speaks less often than once a bucket.
    """
    if interval_s is None or interval_s > bucket.length.total_seconds():
        return None
    passed_s = (min(begin + bucket.length, now) - begin).total_seconds()
    return max(passed_s, 0.0) / interval_s


def coverage(total: int, wanted: float | None) -> float | None:
    """Return received readings as a share of the expected ones, at most 1."""
    if wanted is None or wanted <= 0:
        return None
    return min(total / wanted, 1.0)


def leq(energy_mean: float | None) -> float | None:
    """Return the equivalent level in dB of the mean of 10^(level/10)."""
    return 10.0 * math.log10(energy_mean) if energy_mean is not None and energy_mean > 0 else None


async def filled(
    parts: AsyncIterator[Sequence[BucketRow]],
    series: Sequence[int],
    start: datetime,
    end: datetime,
    bucket: Bucket,
    fill: Fill,
) -> AsyncGenerator[list[BucketRow], None]:
    """Yield the rows with every missing bucket between start and end, by series and time.

    `previous` repeats the last measured figures and leaves what lies before the first measured bucket empty; `linear`
    draws straight lines between measured buckets and leaves both ends empty.

    Args:
        parts: Rows by series and time.
        series: Every series wanted, ascending.
        start: When the first bucket begins.
        end: No bucket begins here or later.
        bucket: Their length.
        fill: What stands for missing ones; not `none`.
    """
    gaps = _Gaps(series, start, end, bucket.length, fill)
    waiting: list[BucketRow] = []
    async for part in parts:
        for row in part:
            for one in gaps.before(row):
                waiting.append(one)
                if len(waiting) >= PART:
                    yield waiting
                    waiting = []
    for one in gaps.rest():
        waiting.append(one)
        if len(waiting) >= PART:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


class _Gaps:
    """Where the rows have come to, and what is missing before the next one."""

    def __init__(self, series: Sequence[int], start: datetime, end: datetime, step: timedelta, fill: Fill) -> None:
        self._left = list(series)
        self._start, self._end, self._step, self._fill = start, end, step, fill
        self._last: BucketRow | None = None
        self._at = start

    def before(self, row: BucketRow) -> Iterator[BucketRow]:
        """Yield what is missing before a row, and the row."""
        while self._left and self._left[0] != row.series:
            yield from self._finish()
        yield from self._gap(row.series, row.ts, row)
        yield row
        self._last, self._at = row, row.ts + self._step

    def rest(self) -> Iterator[BucketRow]:
        """Yield what is missing after the last row."""
        while self._left:
            yield from self._finish()

    def _finish(self) -> Iterator[BucketRow]:
        yield from self._gap(self._left.pop(0), self._end, None)
        self._last, self._at = None, self._start

    def _gap(self, series: int, until: datetime, following: BucketRow | None) -> Iterator[BucketRow]:
        while self._at < until:
            yield self._made(series, self._at, following)
            self._at += self._step

    def _made(self, series: int, at: datetime, following: BucketRow | None) -> BucketRow:
        empty = BucketRow(series, at, 0, 0, None, None, None, None, None, None, filled=True)
        if self._last is None:
            return empty
        if self._fill == "previous":
            return self._last._replace(ts=at, total=0, usable=0, filled=True)
        if self._fill == "linear" and following is not None:
            share = (at - self._last.ts) / (following.ts - self._last.ts)
            return _between(self._last, following, share)._replace(series=series, ts=at)
        return empty


def _between(one: BucketRow, other: BucketRow, share: float) -> BucketRow:
    """Return a filled row on the straight line between two, at a share of the way."""

    def at(name: str) -> float | None:
        begin, end = getattr(one, name), getattr(other, name)
        return None if begin is None or end is None else begin * (1.0 - share) + end * share

    return one._replace(
        total=0,
        usable=0,
        mean=at("mean"),
        min=at("min"),
        max=at("max"),
        first=at("first"),
        last=at("last"),
        energy_mean=at("energy_mean"),
        filled=True,
    )
