"""Filled buckets: nothing measured is lost, every gap is told once, and what is made up says so."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.series import Bucket, BucketRow
from tests.unit.web.fakes import NOON
from web.filling import ORIGIN, Fill, coverage, expected, filled, floor

HOURS = st.dictionaries(
    st.tuples(st.integers(1, 3), st.integers(0, 30)), st.floats(-50, 50, allow_nan=False), max_size=40
)


def at(hours: float) -> timedelta:
    return timedelta(hours=hours)


def row(series: int, hour: int, value: float) -> BucketRow:
    return BucketRow(series, NOON + at(hour), 5, 4, value, value - 1, value + 1, value, value, None)


async def told(rows: Sequence[BucketRow], fill: Fill, part: int = 3) -> list[BucketRow]:
    async def parts() -> AsyncIterator[Sequence[BucketRow]]:
        for begin in range(0, len(rows), part):
            yield rows[begin : begin + part]

    found = filled(parts(), [1, 2, 3], NOON, NOON + at(31), Bucket.HOUR, fill)
    return [one async for rows in found for one in rows]


@given(HOURS, st.sampled_from(["null", "previous", "linear"]))
async def test_every_hour_of_every_series_is_told_once_and_what_was_measured_is_unchanged(
    measured: dict[tuple[int, int], float], fill: Fill
) -> None:
    rows = [row(series, hour, value) for (series, hour), value in sorted(measured.items())]
    found = await told(rows, fill)
    assert [(one.series, one.ts) for one in found] == [(s, NOON + at(h)) for s in (1, 2, 3) for h in range(31)]
    assert [one for one in found if not one.filled] == rows
    assert all(one.total == one.usable == 0 for one in found if one.filled)


@given(HOURS)
async def test_a_straight_line_stays_between_its_ends(measured: dict[tuple[int, int], float]) -> None:
    rows = [row(series, hour, value) for (series, hour), value in sorted(measured.items())]
    for one in await told(rows, "linear"):
        values = [value for (series, _), value in measured.items() if series == one.series]
        if one.mean is not None:
            assert min(values) - 1e-9 <= one.mean <= max(values) + 1e-9


@pytest.mark.parametrize("bucket", [Bucket.MINUTE, Bucket.HOUR, Bucket.DAY])
@given(st.integers(-(10**9), 10**9))
def test_a_bucket_begins_at_or_before_each_of_its_moments(bucket: Bucket, seconds: int) -> None:
    now = NOON + timedelta(seconds=seconds)
    begin = floor(now, bucket)
    assert begin <= now < begin + bucket.length
    assert (begin - ORIGIN) % bucket.length == timedelta(0)


def test_a_day_begins_at_midnight_in_jakarta() -> None:
    assert floor(NOON, Bucket.DAY).isoformat() == "2026-11-22T17:00:00+00:00"


def test_what_is_expected_is_expected_up_to_now_and_of_fast_series_only() -> None:
    begin = floor(NOON, Bucket.HOUR)
    assert expected(begin, Bucket.HOUR, 60, begin + at(2)) == 60
    assert expected(begin, Bucket.HOUR, 60, begin + at(0.5)) == 30
    assert expected(begin, Bucket.HOUR, 7200, begin + at(2)) is None
    assert expected(begin, Bucket.HOUR, None, begin + at(2)) is None
    assert [coverage(received, 60) for received in (0, 30, 61)] == [0, 0.5, 1]
    assert coverage(1, 0) is None
