"""The load of the moment against the figures of the whole stream, and what belongs together."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.activations import WINDOW, activations, flood_periods
from alerts.load import LoadWatch
from alerts.operating import acknowledge
from events.alarm import AlarmState, Priority
from events.command import Command
from events.grouping import group_of
from tests.unit.alerts.test_performance import every_minute, over, raised, records
from tests.unit.alerts.town import at


def test_a_flood_opens_with_the_eleventh_alarm_stays_down_to_five_and_closes_at_four() -> None:
    watch = LoadWatch(1)
    watch.take(records(*every_minute(11)))
    assert watch.load(at(560)).flood_since == at(540)
    five_left = at(54.0 * 5) + WINDOW
    assert watch.load(five_left).new == 5
    assert watch.load(five_left).flood_since == at(540)
    assert watch.load(five_left + timedelta(seconds=54)).flood_since is None


def test_two_operators_bear_twice_as_much() -> None:
    watch = LoadWatch(2)
    watch.take(records(*every_minute(11)))
    assert (watch.load(at(560)).new, watch.load(at(560)).flood_since) == (5.5, None)


@given(st.lists(st.floats(0, 4000), max_size=60), st.integers(1, 3), st.floats(0, 5000))
def test_the_watch_says_of_a_moment_what_the_whole_stream_says(
    seconds: list[float], operators: int, asked: float
) -> None:
    happened = [one for one in sorted(seconds) if one <= asked]
    stream = records(*(raised(f"a{n}", one) for n, one in enumerate(happened)))
    watch = LoadWatch(operators)
    watch.take(stream)
    times = [one.at for one in activations(stream)]
    floods = list(flood_periods(times, operators=operators, end=at(asked)))
    load = watch.load(at(asked))
    present = floods and floods[-1][1] == at(asked) and load.new * operators >= 5 * operators
    assert load.flood_since == (floods[-1][0] if present else None)
    assert load.new == sum(at(asked) - one < WINDOW for one in times) / operators


def test_open_alarms_are_counted_by_state_and_what_stands_too_long_is_named() -> None:
    old, new, gone = raised("old", 0), raised("new", 80_000, Priority.TINGGI), raised("gone", 10)
    accepted = acknowledge(new.alarm, Command(actor="Siti", supervisor=False, at=at(80_001)))
    watch = LoadWatch(1)
    stream = records(old, gone, over(gone, 20), new, accepted)
    watch.take(stream)
    watch.take(stream)  # what comes twice is followed once
    load = watch.load(at(86_401))
    assert load.open == {
        (AlarmState.UNACK, Priority.SEDANG): 1,
        (AlarmState.RTNUN, Priority.SEDANG): 1,
        (AlarmState.ACKED, Priority.TINGGI): 1,
    }
    assert load.stale == [old.alarm.id]
    assert load.standing == 2


def test_what_has_one_cause_at_one_site_is_one_group() -> None:
    levels = {group_of(raised(name, 0).alarm, {"siaga": "level", "awas": "level"}) for name in ("siaga", "awas")}
    assert levels == {"shore/level"}
    assert group_of(raised("asap", 0).alarm, {}) == "shore/threshold"
    silent = replace(raised("diam", 0).alarm, kind="absence")
    assert group_of(silent, {}) == group_of(replace(silent, kind="tamper"), {}) == "shore/perangkat"
