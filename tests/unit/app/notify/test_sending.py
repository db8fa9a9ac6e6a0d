from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.notify.sending import Pace, rest_until
from configs.notifications import Notifications, QuietHours

WIB = ZoneInfo("Asia/Jakarta")
NIGHT = QuietHours(start="22:00", end="05:00")
NOON_BREAK = QuietHours(start="12:00", end="13:00")


def wib(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, wib(21, 59), None),
        (NIGHT, wib(22), wib(5, day=24)),
        (NIGHT, wib(3), wib(5)),
        (NIGHT, wib(5), None),
        (NOON_BREAK, wib(12, 30), wib(13)),
        (NOON_BREAK, wib(13), None),
    ],
)
def test_rest_ends_when_quiet_hours_do(quiet: QuietHours, now: datetime, until: datetime | None) -> None:
    assert rest_until(quiet, now.astimezone(UTC), WIB) == until


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 1439))
def test_rest_never_lasts_longer_than_a_day_and_ends_in_wakefulness(begin: int, end: int, minute: int) -> None:
    quiet = QuietHours(start=f"{begin:02}:00", end=f"{end:02}:00")
    now = wib(0) + timedelta(minutes=minute)
    until = rest_until(quiet, now, WIB)
    if until is not None:
        assert timedelta() < until - now <= timedelta(days=1)
        assert rest_until(quiet, until, WIB) is None


def test_a_pace_lets_the_next_one_through_when_the_first_is_an_hour_old() -> None:
    pace = Pace(2)
    for minutes in (0, 10):
        assert pace.free_at(wib(1, minutes)) is None
        pace.spend(wib(1, minutes))
    assert pace.free_at(wib(1, 20)) == wib(2)
    assert pace.free_at(wib(2)) is None


def test_a_step_to_a_channel_that_is_not_there_is_a_mistake() -> None:
    values = {
        "channels": [{"id": "a", "url": "json://x"}, {"id": "a", "url": "json://y"}],
        "escalation": {"tinggi": [{"to": ["b"]}]},
    }
    told = [one.problem for one in Notifications.contradictions(values)]
    assert told == ['"a" is there already', 'no channel is called "b"']


def test_an_unknown_priority_is_refused() -> None:
    with pytest.raises(ValidationError):
        Notifications.model_validate({"channels": [{"id": "a", "url": "json://x"}], "escalation": {"gawat": []}})
