"""Several rules met at once, near each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.combination import distance_m
from alerts.engine import Engine
from configs.places import Position
from configs.rules import CombinationRule, ObservationRule, Rule, ThresholdRule
from events.alarm import AlarmAction
from events.judgement import Facts
from events.observation import Phase
from tests.unit.alerts.test_schedule import MORNING
from tests.unit.alerts.town import AIR, TIDE, Book, at, book, key, reading, seen, town

TIDE_HIGH = ThresholdRule(id="rob-siaga", kind="threshold", metric="level", above=1.0)
STREET = ObservationRule(id="tergenang", kind="observation", observes="water_level")
ROB = CombinationRule(
    id="rob", kind="combination", all_of=("rob-siaga", "tergenang"), within_s=30, priority="darurat", title="Banjir rob"
)
RULES: tuple[Rule, ...] = (TIDE_HIGH, STREET, ROB)


def water(number: int, phase: Phase, seconds: float) -> Facts:
    return Facts(observations=[seen(number, phase, seconds, kind="water_level")])


def actions(kept: Book, rule: str = "rob") -> list[tuple[str, float, float | None]]:
    return [
        (
            str(c.action),
            (c.alarm.met_at - at(0)).total_seconds(),
            None if c.alarm.cleared_at is None else (c.alarm.cleared_at - at(0)).total_seconds(),
        )
        for c in kept.changes
        if c.alarm.key.rule == rule
    ]


def test_high_tide_and_water_on_the_street_together_are_a_flood() -> None:
    kept = book(*RULES)
    kept.read(reading(1.2, 0))
    assert key("rob", TIDE) not in kept.alarms
    kept.commit(water(1, Phase.BEGIN, 10))
    alarm = kept.alarms[key("rob", TIDE)]
    assert (alarm.title, alarm.met_at, alarm.priority.name) == ("Banjir rob", at(10), "DARURAT")


def test_it_ends_so_long_after_the_first_of_them_ended() -> None:
    kept = book(*RULES)
    kept.read(reading(1.2, 0))
    kept.commit(water(1, Phase.BEGIN, 10))
    kept.commit(water(1, Phase.END, 20))
    kept.tick(49)
    assert kept.alarms[key("rob", TIDE)].active
    kept.tick(51)
    assert actions(kept) == [("raise", 10, None), ("return", 10, 50)]


def test_two_that_follow_each_other_within_the_time_meet() -> None:
    kept = book(*RULES)
    kept.read(reading(1.2, 0), reading(0.5, 10))
    kept.commit(water(1, Phase.BEGIN, 39))
    assert actions(kept) == [("raise", 39, None)]


def test_two_that_are_too_far_apart_in_time_do_not_meet() -> None:
    kept = book(*RULES)
    kept.read(reading(1.2, 0), reading(0.5, 10))
    kept.commit(water(1, Phase.BEGIN, 41))
    assert actions(kept) == []


def test_without_a_wait_it_ends_at_once() -> None:
    kept = book(TIDE_HIGH, STREET, ROB.model_copy(update={"within_s": 0.0}))
    kept.commit(water(1, Phase.BEGIN, 0))
    kept.read(reading(1.2, 10), reading(0.5, 20))
    assert actions(kept) == [("raise", 10, None), ("return", 10, 20)]


def test_what_is_farther_away_than_allowed_does_not_take_part() -> None:
    site = town(TIDE_HIGH, STREET, ROB.model_copy(update={"within_m": 500.0}))
    inland = site.sites[0].model_copy(update={"id": "inland", "position": Position(lat=-6.72, lon=111.34)})
    far = site.cameras[0].model_copy(update={"site": "inland"})
    near = Book(Engine(site))
    kept = Book(Engine(site.model_copy(update={"sites": (*site.sites, inland), "cameras": (far,)})))
    for each in (near, kept):
        each.read(reading(1.2, 0))
        each.commit(water(1, Phase.BEGIN, 10))
    assert (len(actions(near)), len(actions(kept))) == (1, 0)


def test_an_alarm_that_nothing_judges_any_more_ends_its_combination() -> None:
    kept = book(TIDE_HIGH.model_copy(update={"hours": MORNING}), STREET, ROB)
    kept.read(reading(1.2, 0))
    kept.commit(water(1, Phase.BEGIN, 10))
    kept.tick(62)
    kept.tick(95)
    assert actions(kept) == [("raise", 10, None), ("return", 10, 90)]


def test_metres_between_places_are_those_of_the_earth() -> None:
    # A minute of latitude is a nautical mile.
    one, other = Position(lat=0, lon=0), Position(lat=1 / 60, lon=0)
    assert distance_m(one, other) == pytest.approx(1852, rel=0.002)
    assert distance_m(one, one) == 0


@st.composite
def histories(draw: st.DrawFn) -> list[Facts]:
    now = 0
    facts: list[Facts] = []
    begun: list[int] = []
    for number in range(draw(st.integers(0, 30))):
        now += draw(st.integers(1, 40))
        what: int = draw(st.integers(0, 3))
        if what > 1:
            facts.append(Facts(readings=[reading(draw(st.sampled_from([0.5, 1.4])), now)]))
        elif begun and what:
            facts.append(water(begun.pop(), Phase.END, now))
        else:
            begun.append(number)
            facts.append(water(number, Phase.BEGIN, now))
    return facts


@settings(deadline=None)
@given(histories(), st.lists(st.integers(1, 6), min_size=30, max_size=30), st.data())
def test_pieces_restarts_and_canaries_change_nothing(
    facts: list[Facts], pieces: list[int], data: st.DataObject
) -> None:
    single, restarted = book(*RULES), Engine(town(*RULES))
    for one in facts:
        single.commit(one)
    single.tick(100_000)
    joined, rest = Book(restarted), facts
    for size in pieces:
        part, rest = rest[:size], rest[size:]
        together = Facts(
            readings=[r for one in part for r in one.readings],
            observations=[o for one in part for o in one.observations],
        )
        joined.commit(together)
        times = [*(r.ts for r in together.readings), *(o.at for o in together.observations)]
        ticks: bool = data.draw(st.booleans())
        if times and ticks:
            joined.tick((max(times) - at(0)).total_seconds() + 0.5)
        joined = Book(restarted, joined.states, joined.alarms, joined.changes)
    joined.tick(100_000)
    assert actions(joined) == actions(single)
    assert [a for a, *_ in actions(single)].count(str(AlarmAction.RAISE)) <= len(facts)


def test_what_another_source_says_concerns_an_open_combination_that_hears_of_it() -> None:
    smoke = ThresholdRule(id="asap", kind="threshold", metric="pm25", above=0.9)
    both = CombinationRule(id="dua", kind="combination", all_of=("rob-siaga", "asap"))
    engine = Engine(town(TIDE_HIGH, smoke, both))
    said = Facts(readings=[reading(0.5, 1, source=AIR, metric="pm25")])
    assert engine.concerns(said) >= {key("asap", AIR), key("dua", TIDE)}
    assert engine.concerns(said, {key("dua", TIDE)}) == {key("dua", TIDE)}
    assert engine.concerns(said, {key("rob-siaga", TIDE)}) == frozenset(), "nothing was said of the tide"
    assert engine.concerns(said, {key("asap", AIR), key("rob-siaga", TIDE)}) == {key("asap", AIR)}
