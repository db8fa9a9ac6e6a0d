"""Readings judged by the ones before them: out of order, stuck, spikes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.site import SiteFile
from devices.checks import Checks
from devices.registry import Registry
from events.ids import SourceId
from events.reading import Quality, Reading, Remembered
from tests.unit.devices.town import NOW, SITE

AIR = SourceId("air-1")
OK, STUCK, SPIKE, LATE = Quality.OK, Quality.STUCK, Quality.SPIKE, Quality.LATE
INTERVAL = timedelta(seconds=60)


def registry(**metric: object) -> Registry:
    raw: dict[str, Any] = SITE.model_dump(mode="json", include={"city", "sites", "sensors"})
    raw["sensors"][0]["metrics"] = {"x": {"unit": "cm", **metric}}
    return Registry.from_site(SiteFile.model_validate(raw))


def read(value: float, minute: float, quality: Quality = OK) -> Reading:
    ts = NOW + minute * INTERVAL
    return Reading(AIR, "x", ts, ts, value, value, quality)


def judged(values: Sequence[float], checks: Checks, begin: int = 0) -> list[Quality]:
    return [checks.check((read(value, begin + n),))[0].quality for n, value in enumerate(values)]


class TestStuck:
    def test_the_same_value_so_many_times_is_stuck_until_it_moves(self) -> None:
        found = judged([1, 5, 5, 5, 5, 6], Checks(registry(stuck_after=3)))
        assert found == [OK, OK, OK, STUCK, STUCK, OK]

    def test_zero_is_never_stuck(self) -> None:
        assert set(judged([0] * 10, Checks(registry(stuck_after=3)))) == {OK}

    @pytest.mark.parametrize(
        ("metric", "length"),
        [({"unit": "Cel"}, 360), ({"unit": "cm"}, None), ({"unit": "Cel", "stuck_after": 0}, None)],
    )
    def test_by_default_air_must_move_within_six_hours(self, metric: Mapping[str, object], length: int | None) -> None:
        found = judged([20.5] * 400, Checks(registry(**metric)))
        assert (found.index(STUCK) + 1 if STUCK in found else None) == length

    def test_a_restart_goes_on_counting(self) -> None:
        checks = Checks(registry(stuck_after=3), [Remembered(AIR, "x", NOW, 5, 5, 2)])
        assert judged([5, 5], checks, begin=1) == [STUCK, STUCK]

    def test_a_redelivery_is_not_counted(self) -> None:
        checks = Checks(registry(stuck_after=3))
        assert [checks.check((read(5, minute),))[0].quality for minute in (0, 1, 1, 1, 2)] == [OK, OK, OK, OK, STUCK]

    def test_the_site_file_may_change_meanwhile(self) -> None:
        checks = Checks(registry(stuck_after=3))
        judged([5, 5], checks)
        checks.follow(registry(stuck_after=0))
        assert judged([5, 5], checks, begin=2) == [OK, OK]


class TestSpike:
    def test_a_lone_jump_is_a_spike(self) -> None:
        assert judged([10, 90, 11], Checks(registry(max_step=20))) == [OK, SPIKE, OK]

    def test_a_jump_that_stays_is_believed_with_its_second_value(self) -> None:
        assert judged([10, 90, 91, 92], Checks(registry(max_step=20))) == [OK, SPIKE, OK, OK]

    def test_two_different_jumps_are_two_spikes(self) -> None:
        assert judged([10, 90, 500, 12], Checks(registry(max_step=20))) == [OK, SPIKE, SPIKE, OK]

    def test_after_a_pause_there_is_nothing_to_compare_with(self) -> None:
        checks = Checks(registry(max_step=20))
        judged([10], checks)
        assert judged([90], checks, begin=4) == [OK]

    def test_values_out_of_range_are_no_measure_of_jumps(self) -> None:
        checks = Checks(registry(max_step=20))
        judged([10], checks)
        assert checks.check((read(9999, 1, Quality.OUT_OF_RANGE),))[0].quality is Quality.OUT_OF_RANGE
        assert judged([11], checks, begin=2) == [OK]


class TestLate:
    def test_what_comes_after_newer_data_is_late(self) -> None:
        checks = Checks(registry())
        assert [checks.check((read(1, minute),))[0].quality for minute in (0, 3, 1, 3, 4)] == [OK, OK, LATE, OK, OK]

    def test_a_time_in_the_future_makes_nothing_late(self) -> None:
        checks = Checks(registry())
        checks.check((read(1, 10_000, Quality.CLOCK_SKEW),))
        assert judged([1, 2], checks) == [OK, OK]


def test_untouched_readings_are_the_very_same() -> None:
    readings = (read(1, 0), read(2, 1))
    assert Checks(registry()).check(readings) is readings


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0.0, 1.0, 50.0]), st.sampled_from(Quality))))
def test_no_value_is_ever_lost_and_only_good_ones_are_doubted(
    items: list[tuple[int, float, Quality]],
) -> None:
    readings = tuple(read(value, minute, quality) for minute, value, quality in items)
    checked = Checks(registry(stuck_after=2, max_step=10)).check(readings)
    assert [r._replace(quality=OK) for r in checked] == [r._replace(quality=OK) for r in readings]
    for before, after in zip(readings, checked, strict=True):
        assert after.quality is before.quality or (before.quality is OK and after.quality in {LATE, STUCK, SPIKE})
