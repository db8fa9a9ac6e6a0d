"""How finely a period is told, and how long it may be."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

from events.series import Bucket, Series
from web.problems import ProblemError

AskedBucket = Literal["raw", "1m", "1h", "1d", "auto"]

LONGEST: Final = {
    Bucket.RAW: timedelta(days=31),
    Bucket.MINUTE: timedelta(days=92),
    Bucket.HOUR: timedelta(days=1830),
    Bucket.DAY: timedelta(days=36_525),
}
"""Longest period of one request: a month of readings, a quarter of minutes, five years of hours, a century of days."""

_UNKNOWN_INTERVAL_S: Final = 1.0
"""A series nobody has expectations of is taken for a fast one."""


def bucket_of(
    asked: AskedBucket,
    series: Sequence[Series],
    start: datetime,
    end: datetime,
    *,
    points: int,
    raw_only: bool,
    no_raw: bool,
) -> Bucket:
    """Return the bucket of a request; `auto` is the finest that gives at most so many points a series.

    Buckets shorter than the interval of the fastest series say no more than its readings, so `auto` leaves them out.

    Args:
        asked: What the request says.
        series: Whose readings.
        start: First moment.
        end: First moment that is not wanted any more.
        points: Points wanted for each series.
        raw_only: Whether something is asked that only single readings can answer.
        no_raw: Whether something is asked that only buckets can answer.

    Raises:
        ProblemError: the period is too long for the bucket, or ends before it begins.
    """
    if start >= end:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "from, to: want a period that ends after it starts")
    if raw_only and asked not in {"raw", "auto"}:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"quality: buckets count usable readings only; ask for bucket=raw, not bucket={asked}",
        )
    bucket = (
        Bucket(asked)
        if asked != "auto"
        else Bucket.RAW
        if raw_only
        else _finest(series, end - start, points, no_raw=no_raw)
    )
    if end - start > LONGEST[bucket]:
        raise _too_long(bucket, end - start, raw_only=raw_only)
    return bucket


def _finest(series: Sequence[Series], length: timedelta, points: int, *, no_raw: bool) -> Bucket:
    interval = timedelta(seconds=min((one.interval_s or _UNKNOWN_INTERVAL_S for one in series), default=1.0))
    for bucket in (Bucket.RAW, Bucket.MINUTE, Bucket.HOUR)[no_raw:]:
        step = interval if bucket is Bucket.RAW else bucket.length
        if length <= LONGEST[bucket] and length <= points * step and step >= interval:
            return bucket
    return Bucket.DAY


def _too_long(bucket: Bucket, length: timedelta, *, raw_only: bool) -> ProblemError:
    longest = LONGEST[bucket]
    coarser = None if raw_only else next((one for one in LONGEST if length <= LONGEST[one]), None)
    remedy = "ask for a shorter one" if coarser is None else f"ask for bucket={coarser}, or for a shorter one"
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"from, to: this period is longer than the {longest.days} days that bucket={bucket} gives at once; {remedy}",
        extra={"bucket": bucket.value, "longest_s": longest.total_seconds(), "coarser": coarser},
    )
