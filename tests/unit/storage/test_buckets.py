"""Arithmetic of buckets of time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.buckets import DAY, HOUR, MINUTE, ceiling, clipped, floor, merged, widened

JAKARTA = ZoneInfo("Asia/Jakarta")
moments = st.integers(0, 128 * 365 * 86_400_000_000).map(
    lambda n: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(microseconds=n)
)
steps = st.sampled_from([MINUTE, HOUR, DAY])
spans = st.lists(
    st.tuples(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=9))).map(lambda s: (s[0], s[0] + s[1]))
)


@given(moments)
def test_a_day_begins_at_midnight_in_jakarta(moment: datetime) -> None:
    begin = floor(moment, DAY).astimezone(JAKARTA)
    assert (begin.hour, begin.minute, begin.second, begin.microsecond) == (0, 0, 0, 0)
    assert begin.date() == moment.astimezone(JAKARTA).date()


@given(moments, steps)
def test_a_moment_lies_in_its_bucket(moment: datetime, step: timedelta) -> None:
    assert floor(moment, step) <= moment < floor(moment, step) + step
    assert ceiling(moment, step) - step < moment <= ceiling(moment, step)
    assert floor(floor(moment, step), step) == ceiling(floor(moment, step), step) == floor(moment, step)


@given(spans, moments)
def test_merging_keeps_every_moment_and_leaves_no_two_that_touch(
    found: list[tuple[datetime, datetime]], at: datetime
) -> None:
    joined = merged(found)
    assert any(b <= at < e for b, e in joined) == any(b <= at < e for b, e in found)
    assert all(one[1] < other[0] for one, other in pairwise(joined))


@given(spans, moments, steps)
def test_widened_windows_are_whole_buckets_and_none_begins_before_the_edge(
    found: list[tuple[datetime, datetime]], edge: datetime, step: timedelta
) -> None:
    for begin, end in widened({1: found}, step, edge)[1]:
        assert begin == floor(begin, step) >= edge
        assert end == floor(end, step) > begin


def test_a_bucket_that_straddles_the_edge_is_left_alone() -> None:
    edge = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
    assert clipped([(edge - HOUR, edge)], edge) == []
    windows = widened({1: [(edge, edge + MINUTE)]}, HOUR, edge)
    assert windows == {1: []}
    assert widened({1: [(edge, edge + HOUR)]}, HOUR, edge) == {
        1: [(edge + timedelta(minutes=30), edge + timedelta(minutes=90))]
    }


@pytest.mark.parametrize("step", [MINUTE, HOUR, DAY])
def test_without_an_edge_nothing_is_cut_off(step: timedelta) -> None:
    at = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
    assert widened({1: [(at, at + MINUTE)]}, step, None) == {1: [(floor(at, step), floor(at, step) + step)]}
