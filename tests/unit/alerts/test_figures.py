"""Rules on figures made of many readings: movement, standstill, indices over a day."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.figure import Method
from alerts.movement import SLOTS as MOVEMENT_SLOTS
from alerts.movement import movement, standstill
from alerts.window import mean, rain
from configs.rules import LAND_USES, AggregateRule, RateRule, Rule, StuckRule, ThresholdRule
from configs.sensors import Metric, Sensor
from events.alarm import AlarmAction
from events.reading import Quality, Reading
from indices.ispu import rounded, sub_index
from indices.noise import LIMITS_DB, lsm
from tests.unit.alerts.town import AIR, TIDE, Book, at, book, key, reading, town

RISE = RateRule(id="naik", kind="rate", metric="level", window_s=600, rises=0.3, hysteresis=0.1)
STUCK = StuckRule(id="macet", kind="stuck", metric="level", for_s=50)
HOUR, DAY = 3600, 86_400
EVERY_KIND: tuple[Rule, ...] = (
    RISE,
    STUCK,
    AggregateRule(id="rata", kind="aggregate", metric="level", figure="mean", window_s=300, above=0.6, hold_s=10),
    AggregateRule(id="puncak", kind="aggregate", metric="level", figure="maximum", window_s=100, above=1.0),
)
ENGINE = Engine(town(*EVERY_KIND))


def figures(method: Method, readings: Sequence[Reading]) -> list[float | None]:
    figure = method.begin([])
    return [figure.take(one) for one in readings]


def station(metric: str, unit: str, *rules: Rule, interval_s: float = 600) -> Book:
    """A book of a town whose only sensor measures one thing."""
    site = town()
    sensor = Sensor(id=AIR, name="Stasiun", site="shore", interval_s=interval_s, metrics={metric: Metric(unit=unit)})
    return Book(Engine(site.model_copy(update={"sensors": (sensor,), "rules": rules})))


def test_a_fast_rise_alarms_and_a_slow_one_does_not() -> None:
    kept = book(RISE)
    assert not [c for n in range(60) for c in kept.read(reading(0.01 * n, 60 * n))]  # 0.1 in ten minutes
    (raised,) = kept.read(reading(1.0, 3600))
    assert (raised.action, raised.alarm.unit) == (AlarmAction.RAISE, "m")
    assert raised.alarm.value == pytest.approx(1.0 - 0.50)
    assert raised.alarm.title == "Muka laut naik 0,5 m dalam 10 menit"


def test_a_fall_is_a_rise_in_a_mirror() -> None:
    kept = book(RateRule(id="turun", kind="rate", metric="level", window_s=600, falls=0.3))
    kept.read(reading(1.0, 0))
    assert kept.read(reading(1.5, 10)) == []
    (raised,) = kept.read(reading(1.1, 20))
    assert raised.alarm.title == "Muka laut turun 0,4 m dalam 10 menit"


def test_what_a_gap_hid_is_no_fast_rise() -> None:
    kept = book(RISE)
    kept.read(reading(0.0, 0))
    assert kept.read(reading(2.0, 601)) == []
    assert kept.read(reading(2.1, 610)) == []


def test_a_rise_ends_when_the_value_stays_where_it_is() -> None:
    kept = book(RISE)
    kept.read(reading(0.0, 0), reading(0.5, 60))
    assert kept.alarms
    assert kept.read(reading(0.5, 400)) == []
    (returned,) = kept.read(reading(0.5, 661))
    assert returned.action is AlarmAction.RETURN


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(-5, 5)), min_size=1, max_size=60))
def test_a_movement_is_never_greater_than_it_was_and_smaller_only_by_a_slot(steps: list[tuple[int, float]]) -> None:
    window_s, ts, series = 600.0, 0, []
    for step, value in steps:
        ts += step
        series.append(reading(value, ts))
    for n, found in enumerate(figures(movement(window_s, 1.0), series)):
        if found is not None:
            assert found <= rise(series[: n + 1], window_s) + 1e-8
            assert found >= rise(series[: n + 1], window_s - window_s / MOVEMENT_SLOTS) - 1e-8


def rise(series: Sequence[Reading], within_s: float) -> float:
    """Return how far the last of some readings lies above the least of those within a time of it."""
    since = series[-1].ts - timedelta(seconds=within_s)
    return series[-1].value - min(one.value for one in series if one.ts >= since)


def test_a_value_that_stands_still_alarms_and_returns_when_it_moves() -> None:
    kept = book(STUCK)
    assert not [c for n in range(6) for c in kept.read(reading(0.7, 10 * n))]
    (raised,) = kept.read(reading(0.7, 60))
    assert raised.alarm.title == "Muka laut tidak berubah selama 1 menit"
    (returned,) = kept.read(reading(0.71, 70))
    assert returned.action is AlarmAction.RETURN


def test_readings_marked_stuck_are_heard_by_stuck_rules_only() -> None:
    kept = book(STUCK, ThresholdRule(id="rob", kind="threshold", metric="level", above=0.5))
    kept.read(*(reading(0.7, 10 * n, quality=Quality.STUCK) for n in range(10)))
    assert set(kept.alarms) == {key("macet", TIDE)}


def test_equal_values_on_both_sides_of_a_gap_prove_no_standstill() -> None:
    kept = book(STUCK)  # the sensor speaks every 20 s
    assert kept.read(reading(0.7, 0), reading(0.7, 61)) == []
    assert kept.read(reading(0.7, 100)) == []


def test_a_gap_does_not_end_a_standstill_that_was_seen() -> None:
    kept = book(STUCK)
    kept.read(*(reading(0.7, 10 * n) for n in range(8)))
    assert kept.read(reading(0.7, 5000)) == []
    assert kept.alarms[key("macet", TIDE)].active


@given(st.lists(st.tuples(st.integers(1, 50), st.sampled_from([1.0, 1.04, 1.2])), min_size=1, max_size=50))
def test_standing_still_is_counted_since_the_first_of_equal_values(steps: list[tuple[int, float]]) -> None:
    ts, since, same, found = 0, 0, None, []
    method = standstill(0.05, gap_s=60, enough_s=1e9).begin([])
    for step, value in steps:
        ts += step
        if same is None or abs(value - same) > 0.05:
            since, same = ts, value
        found.append(method.take(reading(value, ts)) == ts - since)
    assert all(found)


def test_an_unhealthy_day_is_an_alarm_and_an_unhealthy_hour_is_none() -> None:
    rule = AggregateRule(id="ispu", kind="aggregate", metric="pm25", figure="ispu", category="tidak_sehat")
    kept = station("pm25", "ug/m3", rule)
    for n in range(144 + 6):
        changes = kept.read(reading(80.0, 600 * n, metric="pm25", source=AIR))
        if n * 600 < DAY - 900:
            assert changes == [], "less than a day was measured"
    alarm = kept.alarms[key("ispu", AIR)]
    assert alarm.value == rounded(sub_index("pm25", 80.0))
    assert alarm.title == "ISPU Pm25 126"


def test_a_category_is_met_from_its_first_index_on() -> None:
    rule = AggregateRule(
        id="ispu", kind="aggregate", metric="pm25", figure="ispu", category="tidak_sehat", provisional=True
    )
    kept = station("pm25", "ug/m3", rule)
    assert kept.read(reading(55.4, 0, metric="pm25", source=AIR)) == []  # 100: Sedang
    (raised,) = station("pm25", "ug/m3", rule).read(reading(56.0, 0, metric="pm25", source=AIR))
    assert raised.alarm.value == 101


def test_a_concentration_in_another_unit_is_converted_or_not_judged() -> None:
    rule = AggregateRule(id="ispu", kind="aggregate", metric="co", figure="ispu", above=100, provisional=True)
    (raised,) = station("co", "mg/m3", rule).read(reading(8.1, 0, metric="co", source=AIR))
    assert raised.alarm.value == rounded(sub_index("co", 8100.0))
    assert not list(station("co", "ppm", rule).engine._known)


def test_a_day_of_heavy_rain_alarms_as_soon_as_its_millimetres_have_fallen() -> None:
    rule = AggregateRule(id="lebat", kind="aggregate", metric="rain", figure="rain", rain_class="lebat")
    kept = station("rain", "mm/h", rule)
    raised = [
        c
        for n in range(6 * 24)
        for c in kept.read(reading(10.0 if n < 60 else 0.0, 600 * n, metric="rain", source=AIR))
    ]
    first = raised[0]
    assert at(4.5 * HOUR) <= first.alarm.met_at <= at(5.5 * HOUR)
    assert first.alarm.title.startswith("Hujan 24 jam 5")
    (returned,) = kept.read(reading(0.0, 40 * HOUR, metric="rain", source=AIR))
    assert returned.action is AlarmAction.RETURN


@given(st.lists(st.tuples(st.integers(1, 4000), st.floats(0, 50)), min_size=1, max_size=60))
def test_rain_is_never_more_than_fell(steps: list[tuple[int, float]]) -> None:
    ts, series = 0, []
    for step, amount in steps:
        ts += step
        series.append(reading(amount, ts))
    found = figures(rain(DAY, hourly=False), series)
    for n, one in enumerate(series):
        fell = sum(r.value for r in series[: n + 1] if r.ts > one.ts - timedelta(days=1))
        assert (found[n] or 0.0) <= fell + 1e-6


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50))
def test_a_mean_within_the_window_is_the_mean(values: list[float]) -> None:
    found = figures(mean(DAY), [reading(value, 600 * n) for n, value in enumerate(values)])
    assert found[-1] == pytest.approx(sum(values) / len(values), abs=1e-9)


def test_noise_is_judged_by_day_and_night_as_energy() -> None:
    rule = AggregateRule(id="bising", kind="aggregate", metric="noise", figure="lsm", land_use="perumahan")
    kept = station("noise", "dB[A]", rule)
    for n in range(144):  # from ten in the morning: 12 hours of day, 8 of night, 4 of day
        kept.read(reading(62.0 if not 72 <= n < 120 else 50.0, 600 * n, metric="noise", source=AIR))
    alarm = kept.alarms[key("bising", AIR)]
    assert alarm.value == pytest.approx(lsm(62.0, 50.0), abs=0.01)
    assert alarm.unit == "dB[A]"


def test_noise_without_a_night_is_not_known() -> None:
    rule = AggregateRule(id="bising", kind="aggregate", metric="noise", figure="lsm", above=1)
    kept = station("noise", "dB[A]", rule)
    assert not [c for n in range(71) for c in kept.read(reading(90.0, 600 * n, metric="noise", source=AIR))]


def test_the_uses_of_land_are_those_with_a_limit() -> None:
    assert set(LAND_USES) == set(LIMITS_DB)


def test_a_station_has_a_level_of_its_own() -> None:
    rule = ThresholdRule.model_validate(
        {
            "id": "rob",
            "kind": "threshold",
            "metric": "battery",
            "above": 10.0,
            "levels": {TIDE: {"above": 3.0, "datum": "nol alat"}},
        }
    )
    kept = book(rule)
    kept.read(reading(4.0, 0, metric="battery"), reading(4.0, 0, metric="battery", source=AIR))
    assert set(kept.alarms) == {key("rob", TIDE)}


def test_without_a_limit_of_its_own_only_the_stations_with_a_level_are_judged() -> None:
    rule = ThresholdRule.model_validate(
        {"id": "rob", "kind": "threshold", "metric": "battery", "levels": {TIDE: {"below": 3.0}}}
    )
    assert book(rule).engine._known == {key("rob", TIDE)}


def test_a_deadband_says_how_far_a_value_moves_before_it_is_shown() -> None:
    kept = book(ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, deadband=0.5))
    kept.read(reading(1.1, 0))
    assert kept.read(reading(1.5, 1)) == []
    assert len(kept.read(reading(1.7, 2))) == 1


def test_what_was_kept_for_another_window_is_not_misread() -> None:
    kept = book(RISE)
    kept.read(reading(0.0, 0))
    wider = RateRule(id="naik", kind="rate", metric="level", window_s=6000, rises=0.3)
    changed = Book(Engine(town(wider)), kept.states, kept.alarms)
    assert changed.read(reading(2.0, 10)) == []
    assert len(changed.read(reading(2.5, 20))) == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from([0.1, 0.5, 0.9, 1.4])), max_size=40),
    st.lists(st.integers(1, 6), min_size=40, max_size=40),
)
def test_in_one_go_in_pieces_and_across_restarts_the_alarms_are_the_same(
    steps: list[tuple[int, float]], pieces: list[int]
) -> None:
    ts, series = 0, []
    for step, value in steps:
        ts += step
        series.append(reading(value, ts))
    single, whole, joined = Book(ENGINE), Book(ENGINE), Book(ENGINE)
    for one in series:
        single.read(one)
    whole.read(*series)
    rest = series
    for size in pieces:
        joined.read(*rest[:size])
        joined = Book(ENGINE, joined.states, joined.alarms, joined.changes)
        rest = rest[size:]

    def told(kept: Book) -> list[tuple[str, ...]]:
        return sorted(
            (c.alarm.key.rule, str(c.alarm.met_at), str(c.alarm.cleared_at), str(c.action), str(c.alarm.value))
            for c in kept.changes
        )

    assert told(single) == told(whole) == told(joined)
    assert single.states == whole.states == joined.states
