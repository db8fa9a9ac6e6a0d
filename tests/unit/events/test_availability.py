"""Shares of a day: states, Pantau's own outages, days of the city."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.availability import Span, availability, day_of
from events.ids import SourceId
from events.liveness import LifeChange, LifeState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = 3600.0


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def span(begin: float, end: float) -> Span:
    return at(begin), at(end)


def change(hours: float, state: LifeState) -> LifeChange:
    return LifeChange(SourceId("a"), at(hours), state)


LIFE = [change(-5, LifeState.ONLINE), change(2, LifeState.LATE), change(3, LifeState.GONE), change(4, LifeState.ONLINE)]


def test_each_state_counts_for_as_long_as_it_lasted() -> None:
    found = availability(LIFE, [span(-10, 24)], span(0, 10))
    assert (found.online_s, found.late_s, found.gone_s) == (8 * HOURS, 1 * HOURS, 1 * HOURS)
    assert found.share == pytest.approx(0.8)


def test_time_in_which_pantau_was_deaf_counts_for_nobody() -> None:
    found = availability(LIFE, [span(-10, 1), span(2.5, 24)], span(0, 10))
    assert (found.online_s, found.late_s, found.gone_s) == (7 * HOURS, 0.5 * HOURS, 1 * HOURS)


def test_two_listeners_at_once_count_once() -> None:
    found = availability(LIFE, [span(0, 6), span(1, 10)], span(0, 10))
    assert found == availability(LIFE, [span(0, 10)], span(0, 10))


def test_time_unwatched_counts_for_nobody() -> None:
    found = availability([*LIFE, change(5, LifeState.UNWATCHED)], [span(0, 10)], span(0, 10))
    assert found.online_s == 3 * HOURS


def test_a_source_never_heard_has_no_share() -> None:
    assert availability([], [span(0, 10)], span(0, 10)).share is None


def test_a_day_is_the_citys() -> None:
    begin, end = day_of(date(2026, 3, 1), ZoneInfo("Asia/Jakarta"))
    assert begin.astimezone(UTC) == datetime(2026, 2, 28, 17, tzinfo=UTC)
    assert end - begin == timedelta(days=1)


@given(
    st.lists(st.tuples(st.floats(-10, 30), st.sampled_from(LifeState)), max_size=12),
    st.lists(st.tuples(st.floats(-10, 30), st.floats(0, 5)), max_size=6),
    st.floats(0.1, 23.9),
)
def test_a_span_is_the_sum_of_its_parts(
    steps: list[tuple[float, LifeState]], runs: list[tuple[float, float]], cut: float
) -> None:
    changes = [change(hours, state) for hours, state in sorted(steps)]
    listening = [span(begin, begin + length) for begin, length in runs]
    whole = availability(changes, listening, span(0, 24))
    parts = [availability(changes, listening, span(0, cut)), availability(changes, listening, span(cut, 24))]
    for name in ("online_s", "late_s", "gone_s"):
        assert getattr(whole, name) == pytest.approx(sum(getattr(part, name) for part in parts), abs=1e-3)
