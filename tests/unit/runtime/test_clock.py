"""A clock that never tells the same time twice."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import TICK, Unrepeated

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@given(st.lists(st.integers(0, 5), min_size=1))
def test_times_only_go_forward_while_the_clock_stands_or_runs(steps: list[int]) -> None:
    now = NOON
    clock = Unrepeated(lambda: now)
    told = []
    for step in steps:
        now += step * TICK
        told.append(clock())

    assert told == sorted(set(told))
    assert all(at >= NOON for at in told)


def test_a_clock_that_is_set_back_is_followed() -> None:
    times = [NOON, NOON - timedelta(hours=1)]
    clock = Unrepeated(lambda: times.pop(0))

    assert [clock(), clock()] == [NOON, NOON - timedelta(hours=1)]
