from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from events.shifts import shifts_between

WIB = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 11, 23, tzinfo=WIB)
BEGINS = [time(7), time(15), time(23)]


def test_a_day_has_the_shifts_that_lie_wholly_in_it() -> None:
    found = list(shifts_between(BEGINS, WIB, MONDAY, MONDAY + timedelta(days=1)))
    assert [(s.start.astimezone(WIB).hour, s.end.astimezone(WIB).hour) for s in found] == [(7, 15), (15, 23)]
    assert all(s.start.tzinfo is UTC for s in found)


def test_a_single_shift_lasts_a_day() -> None:
    (shift,) = shifts_between([time(7)], WIB, MONDAY, MONDAY + timedelta(days=2))
    assert shift.end - shift.start == timedelta(days=1)


@given(
    hours=st.lists(st.integers(0, 23), min_size=1, max_size=5, unique=True),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    length_h=st.integers(1, 200),
)
def test_shifts_follow_each_other_without_gap_and_stay_inside(hours: list[int], start: datetime, length_h: int) -> None:
    end = start + timedelta(hours=length_h)
    found = list(shifts_between([time(hour) for hour in sorted(hours)], WIB, start, end))
    assert all(start <= shift.start < shift.end <= end for shift in found)
    assert all(one.end == other.start for one, other in pairwise(found))
    longest = timedelta(days=1)
    if not found:
        assert end - start < 2 * longest
