from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.activations import WINDOW, activations, flood_periods
from alerts.lifecycle import Condition, raise_alarm, return_alarm, update_alarm
from alerts.operating import acknowledge, shelve, unacknowledge
from alerts.performance import performance
from events.alarm import AlarmChange, AlarmRecord, Priority
from events.command import Command
from events.ids import SiteId
from events.performance import Figure, Performance
from tests.unit.alerts.town import START, TIDE, at, key

DAY_S = 86_400.0


def raised(name: str, seconds: float, priority: Priority = Priority.SEDANG) -> AlarmChange:
    condition = Condition(
        key=key(name, TIDE),
        kind="threshold",
        priority=priority,
        site=SiteId("shore"),
        title="x",
        value=1.0,
        unit="m",
        met_at=at(seconds),
    )
    return raise_alarm(condition, at=at(seconds))


def over(change: AlarmChange, seconds: float) -> AlarmChange:
    return return_alarm(change.alarm, cleared_at=at(seconds), at=at(seconds))


def records(*changes: AlarmChange) -> list[AlarmRecord]:
    ordered = sorted(changes, key=lambda change: change.at)
    return [AlarmRecord(seq=seq, change=change) for seq, change in zip(count(1), ordered, strict=False)]


def judged(*changes: AlarmChange, seconds: float = DAY_S, operators: int = 1) -> Performance:
    return performance(records(*changes), start=START, end=at(seconds), operators=operators)


def figure(of: Performance, name: str) -> Figure:
    return next(one for one in of.figures if one.name == name)


def every_minute(number: int, *, start_s: float = 0.0, name: str = "a") -> list[AlarmChange]:
    return [raised(f"{name}{n}", start_s + 54.0 * n) for n in range(number)]


def test_eleven_alarms_in_ten_minutes_open_a_flood_and_ten_do_not() -> None:
    assert judged(*every_minute(10)).floods == []
    ((start, end),) = judged(*every_minute(11)).floods
    assert start == at(540)
    # Seven have left the window when fewer than five are in it.
    assert end == at(54 * 6) + WINDOW


def test_a_flood_goes_on_while_ten_minutes_hold_five() -> None:
    trickle = [raised(f"t{n}", 594 + 120.0 * n) for n in range(10)]
    ((_, end),) = judged(*every_minute(11), *trickle).floods
    assert end > at(594 + 120 * 9)


def test_two_operators_share_the_load() -> None:
    assert judged(*every_minute(11), operators=2).floods == []
    assert figure(judged(*every_minute(11), operators=2), "largest_window").value == 5.5


def test_the_load_is_told_per_ten_minutes_hour_and_day() -> None:
    found = judged(*(raised(f"a{n}", 576.0 * n) for n in range(150)))
    assert found.alarms == 150
    assert figure(found, "per_day").value == pytest.approx(150)
    assert figure(found, "per_hour").value == pytest.approx(6.25)
    assert figure(found, "per_10_min").value == pytest.approx(150 / 144)
    assert figure(found, "per_day").verdict == "good"
    assert figure(found, "per_hour").verdict == "fair"


def test_three_activations_within_a_minute_are_chatter() -> None:
    first = raised("a", 0)
    changes = [first]
    for n in range(1, 3):
        changes.append(over(changes[-1], 20 * n - 5))
        changes.append(raise_again(changes[-1], 20 * n))
    (nuisance,) = judged(*changes).nuisances
    assert (nuisance.chattered, nuisance.fleeting) == (3, 0)
    assert nuisance.clear_hold_s == 6, "an off-delay longer than the five seconds between them would have made it one"
    assert judged(*changes[:3]).nuisances == []


def raise_again(change: AlarmChange, seconds: float) -> AlarmChange:
    alarm = change.alarm
    condition = Condition(
        key=alarm.key,
        kind=alarm.kind,
        priority=alarm.priority,
        site=alarm.site,
        title=alarm.title,
        value=1.0,
        unit="m",
        met_at=at(seconds),
    )
    return raise_alarm(condition, alarm=alarm, at=at(seconds))


def test_an_alarm_over_in_ten_seconds_that_stays_away_is_fleeting() -> None:
    first = raised("a", 0)
    (nuisance,) = judged(first, over(first, 9)).nuisances
    assert (nuisance.chattered, nuisance.fleeting, nuisance.hold_s) == (0, 1, 10)
    assert judged(first, over(first, 11)).nuisances == []
    back = raise_again(over(first, 9), 60)
    assert judged(first, over(first, 9), back).nuisances == []


def test_an_alarm_active_for_more_than_a_day_is_stale_and_counts_from_then() -> None:
    old = raised("old", -DAY_S - 10)
    found = judged(old, raised("new", 10))
    assert found.stale == [key("old", TIDE)]
    assert figure(found, "stale_at_once").value == 1
    assert figure(found, "standing_at_once").value == 2
    assert found.alarms == 1, "what came before the period is none of its alarms"


def test_what_operators_do_is_no_alarm() -> None:
    first = raised("a", 0)
    accepted = acknowledge(first.alarm, Command(actor="siti", at=at(5)))
    taken_back = unacknowledge(accepted.alarm, Command(actor="siti", at=at(6)))
    shelved = shelve(taken_back.alarm, Command(actor="siti", at=at(7), reason="uji"))
    found = judged(first, accepted, taken_back, shelved)
    assert found.alarms == 1
    assert figure(found, "shelved_at_once").value == 1


def test_a_worse_priority_that_sounds_again_is_another_alarm() -> None:
    first = raised("a", 0)
    accepted = acknowledge(first.alarm, Command(actor="siti", at=at(5)))
    worse = update_alarm(accepted.alarm, _worse(first), at=at(9))
    assert judged(first, accepted, worse).alarms == 2


def _worse(change: AlarmChange) -> Condition:
    alarm = change.alarm
    return Condition(
        key=alarm.key,
        kind=alarm.kind,
        priority=Priority.TINGGI,
        site=alarm.site,
        title=alarm.title,
        value=2.0,
        unit="m",
        met_at=at(9),
    )


def test_the_mix_and_the_most_frequent_are_shares_of_all() -> None:
    changes = [raised("a", 0), raised("b", 700, Priority.RENDAH), raised("c", 1400, Priority.RENDAH)]
    found = judged(*changes)
    assert found.mix[Priority.RENDAH] == pytest.approx(2 / 3)
    assert figure(found, "top_ten").value == 100
    assert [n for _, n in found.most_frequent] == [1, 1, 1]


def test_a_quiet_period_has_no_shares_and_no_verdict_on_them() -> None:
    found = judged()
    assert figure(found, "top_ten").verdict == "none"
    assert figure(found, "largest_window").value == 0
    assert found.too_short


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        performance([], start=START, end=START)


@given(st.lists(st.floats(0, 7200), max_size=60), st.integers(1, 3))
def test_floods_agree_with_counting_every_second(seconds: Sequence[float], operators: int) -> None:
    times = sorted(at(round(s)) for s in seconds)
    end = at(3 * 3600)
    flooded: list[datetime] = []
    started = False
    for second in range(3 * 3600):
        moment = at(second)
        within = sum(moment - WINDOW < one <= moment for one in times)
        started = within >= 11 * operators if not started else within >= 5 * operators
        if started:
            flooded.append(moment)
    spans = list(flood_periods(times, operators=operators, end=end))
    told = sum(((b - a) for a, b in spans), timedelta())
    assert told == timedelta(seconds=len(flooded))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 500)), max_size=30))
def test_every_raise_is_one_activation(steps: Sequence[tuple[str, int]]) -> None:
    now, alarms, changes = 0, {}, []  # type: ignore[var-annotated]
    for name, pause_s in steps:
        now += pause_s
        known = alarms.get(name)
        if known is None:
            change = raised(name, now)
        elif known.alarm.active:
            change = over(known, now)
        else:
            change = raise_again(known, now)
        alarms[name] = change
        changes.append(change)
    found = list(activations(records(*changes)))
    assert len(found) == sum(change.action == "raise" for change in changes)
    assert [one.at for one in found] == sorted(one.at for one in found)
    still = sum(change.alarm.active for change in alarms.values())
    assert sum(one.over_at is None for one in found) == still
