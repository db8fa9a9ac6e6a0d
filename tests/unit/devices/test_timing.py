"""Times of clocks that were never set, and times that are none."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.arrival import MOST_AHEAD, WRITTEN, instant
from devices.timing import UNSET_UNTIL, is_unset, timed
from events.errors import PayloadError
from events.ids import SourceId
from events.reading import Quality
from tests.unit.devices.town import NOW, refused, understood

TOPIC = "pantau/v1/air-1/telemetry"
AIR = SourceId("air-1")
BEGIN = datetime(2002, 1, 1, tzinfo=UTC).replace(tzinfo=None)
END = (NOW + MOST_AHEAD).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("ts", "unset"),
    [
        (None, False),
        (0, True),
        (90_000, True),
        (-1, False),  # no clock counts from before its epoch
        (1_763_866_800, False),  # seconds instead of milliseconds: a mistake to be told
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (datetime.fromisoformat("1970-01-01T00:00:05+07:00"), True),
        (datetime(1980, 1, 6, tzinfo=UTC), True),  # GPS
        (datetime(2000, 1, 1, 0, 10, tzinfo=UTC), True),  # clock chips
        (datetime(1969, 7, 20, tzinfo=UTC), False),
        (UNSET_UNTIL, False),
        (NOW, False),
    ],
)
def test_clocks_that_were_never_set_are_known_by_their_years(ts: datetime | float | None, *, unset: bool) -> None:
    assert is_unset(ts) is unset


def test_their_readings_get_the_receive_time_and_what_was_sent_is_kept() -> None:
    decoded = understood(TOPIC, b'{"ts": "1970-01-01T00:02:00Z", "boot": "a", "seq": 1, "values": {"pm25": 7}}')
    [reading] = decoded.readings
    assert (reading.ts, reading.value, reading.quality) == (NOW, 7, Quality.CLOCK_SKEW)
    [sent] = decoded.sent_times
    assert (sent.source, sent.ts, sent.sent) == (AIR, NOW, "1970-01-01 00:02:00+00:00")
    assert decoded.numbers


def test_several_moments_of_such_a_clock_keep_their_distance() -> None:
    body = [{"ts": 60_000 * n, "values": {"pm25": n}} for n in range(3)]
    readings = understood(TOPIC, json.dumps(body).encode()).readings
    assert [NOW - reading.ts for reading in readings] == [timedelta(minutes=2 - n) for n in range(3)]
    assert {reading.quality for reading in readings} == {Quality.CLOCK_SKEW}


def test_a_time_in_the_future_stays_as_sent_and_is_marked() -> None:
    [reading] = understood(TOPIC, b'{"ts": "2027-11-23T03:00:00Z", "values": {"pm25": 7}}').readings
    assert (reading.ts.year, reading.quality) == (2027, Quality.CLOCK_SKEW)


@pytest.mark.parametrize("written", [str, lambda ts: f"{ts.timestamp() * 1000:.0f}"], ids=["text", "milliseconds"])
def test_a_time_more_than_a_year_ahead_is_refused_whatever_says_it(written: Callable[[datetime], str]) -> None:
    def said(ahead: timedelta) -> bytes:
        text = written(NOW + ahead)
        return b'[{"ts": %s, "values": {"pm25": 7}}]' % (text if text.isdigit() else json.dumps(text)).encode()

    assert understood(TOPIC, said(MOST_AHEAD)).readings[0].ts == NOW + MOST_AHEAD
    rejection = refused(TOPIC, said(MOST_AHEAD + timedelta(seconds=1)))
    assert rejection.reason == "bad_time"
    assert "more than a year ahead: set the clock" in rejection.detail


def test_a_pantau_whose_own_clock_was_never_set_refuses_no_device_for_it() -> None:
    never_set, years_later = datetime(1970, 1, 1, tzinfo=UTC), WRITTEN + 10 * MOST_AHEAD
    assert instant(years_later, never_set) == years_later
    with pytest.raises(PayloadError, match="set the clock"):
        instant(years_later, WRITTEN)


def test_a_senml_time_more_than_a_year_ahead_is_refused() -> None:
    far = (NOW + MOST_AHEAD).timestamp() + 1
    rejection = refused(TOPIC, json.dumps([{"n": "pm25", "v": 7, "t": far}]).encode())
    assert "more than a year ahead" in rejection.detail


@pytest.mark.parametrize("ts", ["1763866800", "-1", '"1901-01-01T00:00:00Z"', '"2101-01-01T00:00:00Z"'])
def test_what_no_clock_says_is_refused(ts: str) -> None:
    assert refused(TOPIC, b'{"ts": %s, "values": {"pm25": 7}}' % ts.encode()).reason == "bad_time"


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(0, 9e8) | st.datetimes(BEGIN, END, timezones=st.just(UTC))))
def test_every_moment_gets_a_time_and_none_in_the_future_of_an_unset_clock(
    times: list[float | datetime | None],
) -> None:
    moments, kept = timed(AIR, times, NOW)
    assert len(kept) == sum(isinstance(ts, float) for ts in times)
    for ts, moment in zip(times, moments, strict=True):
        assert moment == ts if isinstance(ts, datetime) else moment <= NOW
