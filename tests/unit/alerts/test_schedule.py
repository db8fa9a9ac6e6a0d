from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.schedule import is_within
from configs.rules import Hours, ObservationRule, ThresholdRule
from events.alarm import AlarmAction
from events.judgement import Facts
from events.observation import Phase
from tests.unit.alerts.town import START, at, book, reading, seen

WIB = ZoneInfo("Asia/Jakarta")
NIGHT = Hours(start="18:00", end="05:00")
MARKET = Hours(days=("sabtu",), start="04:00", end="10:00")
SATURDAY_NIGHT = Hours(days=("sabtu",), start="20:00", end="03:00")


def wib(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment; the 23rd of November 2026 is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("hours", "moment", "within"),
    [
        (NIGHT, wib(23, 17, 59), False),
        (NIGHT, wib(23, 18), True),
        (NIGHT, wib(24, 4, 59), True),
        (NIGHT, wib(24, 5), False),
        (MARKET, wib(28, 4), True),
        (MARKET, wib(28, 10), False),
        (MARKET, wib(27, 5), False),
        (SATURDAY_NIGHT, wib(28, 23), True),
        (SATURDAY_NIGHT, wib(29, 2), True),
        (SATURDAY_NIGHT, wib(28, 2), False),
        (Hours(days=("minggu",)), wib(29, 23, 59), True),
        (Hours(days=("minggu",)), wib(30, 0), False),
    ],
)
def test_hours_hold_on_their_days_and_over_midnight(hours: Hours, moment: datetime, *, within: bool) -> None:
    assert is_within([hours], moment, WIB) is within


@given(begin=st.integers(0, 23), end=st.integers(0, 23), minute=st.integers(0, 10_079))
def test_a_stretch_and_the_rest_of_the_day_cover_the_week_once(begin: int, end: int, minute: int) -> None:
    moment = wib(23, 0) + timedelta(minutes=minute)
    one, other = Hours(start=f"{begin:02}:00", end=f"{end:02}:00"), Hours(start=f"{end:02}:00", end=f"{begin:02}:00")
    both = [is_within([hours], moment, WIB) for hours in (one, other)]
    assert any(both)
    assert all(both) is (begin == end)


# START is ten in the morning in Rembang.
MORNING = (Hours(start="10:00", end="10:01"),)


def test_outside_its_hours_a_rule_raises_nothing() -> None:
    rule = ThresholdRule(id="a", kind="threshold", metric="level", above=1.0, hours=(NIGHT,))
    kept = book(rule)
    assert kept.read(reading(1.4, 0)) == []


def test_an_alarm_ends_with_the_hours_of_its_rule() -> None:
    kept = book(ThresholdRule(id="a", kind="threshold", metric="level", above=1.0, hours=MORNING))
    (raised,) = kept.read(reading(1.4, 0))
    assert raised.action is AlarmAction.RAISE
    assert kept.tick(59) == []
    (returned,) = kept.tick(61)
    assert (returned.action, returned.reason) == (AlarmAction.RETURN, "its rule's hours are over")


def test_what_began_before_the_hours_is_told_when_they_begin() -> None:
    later = (Hours(start="10:01", end="11:00"),)
    kept = book(ObservationRule(id="a", kind="observation", observes="crowding", hours=later))
    assert kept.see(seen(1, Phase.BEGIN, 0)) == []
    (raised,) = kept.commit(Facts(observations=[seen(1, Phase.UPDATE, 70)]), at(70))
    assert raised.action is AlarmAction.RAISE
    assert raised.at - START == timedelta(seconds=70)
