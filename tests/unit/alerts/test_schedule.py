from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.schedule import is_within, last_end, pasaran
from configs.hours import Hours
from configs.rules import ObservationRule, ThresholdRule
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


@pytest.mark.parametrize(
    ("day", "name"), [(date(1945, 8, 17), "legi"), (date(1633, 7, 8), "legi"), (date(1900, 1, 1), "pahing")]
)
def test_market_days_come_every_five_days(day: date, name: str) -> None:
    assert pasaran(day) == name
    assert pasaran(day + timedelta(days=5)) == name
    assert len({pasaran(day + timedelta(days=n)) for n in range(5)}) == 5


def test_market_days_and_dates_and_weekdays_must_all_fit() -> None:
    monday_wage = wib(23, 8)
    assert is_within([Hours(pasaran=("wage",))], monday_wage, WIB)
    assert is_within([Hours(pasaran=("wage",), days=("senin",), dates=(date(2026, 11, 23),))], monday_wage, WIB)
    assert not is_within([Hours(pasaran=("wage",), days=("selasa",))], monday_wage, WIB)
    assert not is_within([Hours(pasaran=("legi",))], monday_wage, WIB)
    assert not is_within([Hours(dates=(date(2026, 11, 24),))], monday_wage, WIB)


@given(begin=st.integers(0, 23), end=st.integers(0, 23), minute=st.integers(0, 10_079))
def test_the_last_end_is_when_the_hours_were_left(begin: int, end: int, minute: int) -> None:
    hours = [Hours(days=("senin", "rabu"), start=f"{begin:02}:00", end=f"{end:02}:00")]
    moment = wib(23, 0) + timedelta(minutes=minute)
    if is_within(hours, moment, WIB):
        return
    left = last_end(hours, moment, WIB)
    assert left is not None
    assert left <= moment
    assert is_within(hours, left - timedelta(seconds=1), WIB)
    assert not is_within(hours, left, WIB)


def test_an_alarm_ends_when_the_hours_did_whoever_notices() -> None:
    rule = ThresholdRule(id="a", kind="threshold", metric="level", above=1.0, hours=MORNING)
    by_canary, by_reading = book(rule), book(rule)
    for kept in (by_canary, by_reading):
        kept.read(reading(1.4, 0))
    (one,) = by_canary.tick(75)
    (other,) = by_reading.read(reading(1.4, 90))
    assert one.alarm.cleared_at == other.alarm.cleared_at == at(60)


def test_what_lasted_when_the_hours_ended_is_counted_anew_in_the_next() -> None:
    twice = (Hours(start="10:00", end="10:01"), Hours(start="10:05", end="10:10"))
    kept = book(ThresholdRule(id="a", kind="threshold", metric="level", above=1.0, hold_s=60, hours=twice))
    assert kept.read(reading(1.4, 30), reading(1.4, 90), reading(1.4, 310)) == []
    assert len(kept.read(reading(1.4, 370))) == 1


def test_what_ends_outside_the_hours_is_over_when_they_begin_again() -> None:
    rule = ObservationRule(id="a", kind="observation", observes="crowding", hours=MORNING)
    kept = book(rule)
    kept.see(seen(1, Phase.BEGIN, 0))
    kept.see(seen(1, Phase.END, 100))
    assert not [alarm for alarm in kept.alarms.values() if alarm.active]
