"""Offsets of clocks: medians, bursts of held-back messages, clocks that are set."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from devices.clocks import KEPT, LEAST, Clocks
from events.clock import ClockOffset
from events.ids import SourceId
from tests.unit.devices.town import NOW, arriving, make_decoder

START = datetime(2026, 11, 23, tzinfo=UTC)
AIR = SourceId("air-1")
MINUTE = timedelta(minutes=1)
PACE = MINUTE / 2


def say(clocks: Clocks, offset_s: float, count: int, begin: int = 0, every: timedelta = MINUTE) -> None:
    for number in range(count):
        received = START + begin * MINUTE + number * every
        clocks.hear(AIR, received - timedelta(seconds=offset_s), received, PACE)


def test_an_estimate_is_the_median_of_live_messages() -> None:
    clocks = Clocks()
    for number, offset_s in enumerate([0.2, 0.1, 0.3, 3600.0, 0.2]):
        say(clocks, offset_s, 1, number)
    [estimate] = clocks.news()
    assert estimate.offset_s == pytest.approx(0.2)
    assert (estimate.source, estimate.samples) == (AIR, 5)
    assert estimate.since == START + 4 * MINUTE


def test_few_messages_say_nothing() -> None:
    clocks = Clocks()
    say(clocks, 90, LEAST - 1)
    assert clocks.news() == ()


def test_an_estimate_is_told_once_until_it_moves() -> None:
    clocks = Clocks()
    say(clocks, 90, LEAST)
    assert len(clocks.news()) == 1
    say(clocks, 90.5, LEAST, begin=LEAST)
    assert clocks.news() == ()


def test_a_clock_that_is_set_is_noticed_after_a_few_messages() -> None:
    clocks = Clocks()
    say(clocks, 900, KEPT)
    clocks.news()
    say(clocks, 0.1, LEAST, begin=KEPT)
    [estimate] = clocks.news()
    assert estimate.offset_s == pytest.approx(0.1)


def test_messages_held_back_come_in_bursts_and_do_not_count() -> None:
    clocks = Clocks()
    say(clocks, 0.1, LEAST)
    clocks.news()
    say(clocks, 7200, 500, begin=LEAST, every=timedelta(milliseconds=20))
    assert clocks.news() == ()
    say(clocks, 0.1, LEAST, begin=LEAST + 1)
    assert clocks.news() == ()


def test_the_estimate_is_a_metric_and_survives_a_restart() -> None:
    clocks = Clocks([ClockOffset(AIR, START, -45.0, 0.1, 31)])
    shown = REGISTRY.get_sample_value("pantau_device_clock_offset_seconds", {"source": AIR})
    assert shown == -45.0
    say(clocks, -45.2, LEAST)
    assert clocks.news() == ()


@settings(deadline=None)
@given(st.floats(-1e5, 1e5), st.integers(0, 2**32), st.integers(LEAST, 100))
def test_one_strange_message_in_four_does_not_mislead(offset_s: float, seed: int, count: int) -> None:
    chance = random.Random(seed)
    clocks = Clocks()
    for number in range(count):
        strange = number % 4 == 1
        say(clocks, offset_s + (chance.uniform(-1e6, 1e6) if strange else chance.uniform(0, 0.5)), 1, number)
    [estimate] = clocks.news()
    assert offset_s - 1e-3 <= estimate.offset_s <= offset_s + 0.501


def test_the_decoder_tells_it_with_a_canary() -> None:
    decoder = make_decoder(NOW)
    for number in range(LEAST):
        received = NOW + number * MINUTE
        canary = b'{"ts": "%s"}' % received.isoformat().encode()
        said = decoder.decode(arriving("pantau/v1/pantau-ingest/canary", canary, at=received)).decoded
        assert said is not None
        assert said.clocks == ()
        ts = (received - timedelta(seconds=30)).isoformat()
        decoder.decode(
            arriving("pantau/v1/air-1/telemetry", b'{"ts": "%s", "values": {"pm25": 1}}' % ts.encode(), at=received)
        )
        held_back = b'[{"ts": "2026-11-22T00:00:00Z", "values": {"pm25": 1}}, {"ts": "%s", "values": {"pm25": 1}}]'
        decoder.decode(arriving("pantau/v1/air-1/telemetry", held_back % ts.encode(), at=received))
    said = decoder.decode(arriving("pantau/v1/pantau-ingest/canary", canary, at=received)).decoded
    assert said is not None
    [estimate] = said.clocks
    assert (estimate.source, estimate.offset_s) == (AIR, 30.0)
