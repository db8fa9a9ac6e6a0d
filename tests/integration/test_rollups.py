"""Rollups by minute, hour and day: the same answers on every edition, number by number."""

from datetime import UTC, datetime, timedelta

import pytest

from events.reading import Quality, Reading
from storage.database import Connection
from storage.rollups import Rollups
from tests.integration.rollup_contract import STEPS, Row, answered, expected, same, store, taken

START = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""An hour before midnight in Jakarta."""


def as_rows(readings: list[Reading], *, is_sound: bool = False) -> list[Row]:
    return [Row(r.source, r.ts, r.value, r.quality, is_sound) for r in readings]


def agree(each_edition: Connection, rows: list[Row]) -> None:
    for level in STEPS:
        found, wanted = answered(each_edition, level), expected(rows, level)
        assert same(found, wanted), (level, found[:3], wanted[:3])


def minutes(source: str, count: int, *, step_s: float = 30, metric: str = "pm25") -> list[Reading]:
    return [
        taken(source, START + timedelta(seconds=step_s * n), (n * 37 % 101) / 8, metric=metric) for n in range(count)
    ]


def test_every_level_has_count_mean_extremes_first_and_last(each_edition: Connection) -> None:
    readings = minutes("air", 400) + minutes("wind", 50, step_s=7)
    store(each_edition, readings)
    Rollups(each_edition).refresh()
    agree(each_edition, as_rows(readings))


def test_the_day_is_that_of_jakarta(each_edition: Connection) -> None:
    before, after = taken("air", START + timedelta(minutes=59), 1), taken("air", START + timedelta(minutes=60), 5)
    store(each_edition, [before, after])
    Rollups(each_edition).refresh()
    days = [(bucket.bucket, bucket.mean) for bucket in answered(each_edition, "1d")]
    assert days == [(datetime(2026, 2, 28, 17, tzinfo=UTC), 1), (datetime(2026, 3, 1, 17, tzinfo=UTC), 5)]


def test_what_is_not_to_be_trusted_counts_in_the_total_alone(each_edition: Connection) -> None:
    readings = [taken("air", START + timedelta(seconds=n), n, quality) for n, quality in enumerate(Quality, start=1)]
    store(each_edition, readings)
    Rollups(each_edition).refresh()
    agree(each_edition, as_rows(readings))
    (hour,) = answered(each_edition, "1h")
    assert (hour.total, hour.count) == (len(Quality), 2), "ok, and late, which is true but old"


def test_sound_is_averaged_as_energy_and_signal_strength_is_not(each_edition: Connection) -> None:
    loud = [taken("road", START + timedelta(seconds=n), 40 + n % 40, metric="noise") for n in range(300)]
    weak = [taken("radio", START + timedelta(seconds=n), -90.0, metric="rssi") for n in range(3)]
    store(each_edition, loud + weak)
    Rollups(each_edition).refresh()
    agree(each_edition, as_rows(loud, is_sound=True) + as_rows(weak))


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 1e200, -5000.0])
def test_absurd_values_break_no_rollup(each_edition: Connection, value: float) -> None:
    store(each_edition, [taken("road", START + timedelta(seconds=n), value, metric="noise") for n in range(9)])
    Rollups(each_edition).refresh()
    (hour,) = answered(each_edition, "1h")
    assert (hour.count, hour.min, hour.last) == (9, value, value)
    assert hour.mean == pytest.approx(max(min(value, 1e290), -1e290))


def test_late_data_changes_its_own_buckets_and_no_others(each_edition: Connection) -> None:
    readings = minutes("air", 300)
    store(each_edition, readings)
    Rollups(each_edition).refresh()
    late = [
        taken("air", START + timedelta(seconds=30 * n + 1), 64, Quality.LATE, received=START + timedelta(days=3))
        for n in range(10, 40)
    ]
    store(each_edition, late)
    Rollups(each_edition).refresh()
    agree(each_edition, as_rows(readings + late))


def test_rolling_up_in_many_small_runs_gives_what_one_run_gives(each_edition: Connection) -> None:
    readings = minutes("air", 300)
    for begin in range(0, 300, 23):
        store(each_edition, readings[begin : begin + 23])
        Rollups(each_edition).refresh()
    agree(each_edition, as_rows(readings))


def test_a_clock_that_is_off_is_corrected_before_its_readings_are_counted(each_edition: Connection) -> None:
    early = minutes("air", 40)
    store(each_edition, early)
    Rollups(each_edition).refresh()
    since = START + timedelta(hours=1)
    each_edition.execute(
        "INSERT INTO device_clock (source_id, since, offset_s, spread_s, samples) VALUES "
        "('air', %s, -90, 1, 9), ('air', %s, 0.5, 1, 9), ('other', %s, 3600, 1, 9)",
        [since, since + timedelta(hours=1), START],
    )
    off = [
        taken("air", since + timedelta(seconds=30 * n + 90), n, received=since + timedelta(seconds=30 * n + 1))
        for n in range(60)
    ]
    timeless = [
        taken("air", at, 7.5, received=at)
        for at in (since + timedelta(seconds=11), since + timedelta(minutes=9, seconds=7))
    ]
    right = [
        taken("air", since + timedelta(hours=1, seconds=30 * n), n, received=since + timedelta(hours=1, seconds=30 * n))
        for n in range(60)
    ]
    store(each_edition, off + timeless)
    Rollups(each_edition).refresh()
    store(each_edition, right)
    Rollups(each_edition).refresh()
    moved = [Row(r.source, r.ts - timedelta(seconds=90), r.value) for r in off]
    agree(each_edition, as_rows(early + timeless + right) + moved)


def test_what_a_city_collected_before_is_rolled_up_too(each_edition: Connection) -> None:
    readings = minutes("air", 9000)
    store(each_edition, readings)
    steps: list[int] = []
    Rollups(each_edition).refresh(on_step=steps.append)
    assert len(steps) >= 3, "in steps of a day at most"
    agree(each_edition, as_rows(readings))
    assert Rollups(each_edition).waiting() == 0


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(each_edition: Connection) -> None:
    readings = minutes("air", 9000)
    store(each_edition, readings)
    asked = 0

    def once() -> bool:
        nonlocal asked
        asked += 1
        return asked < 2

    Rollups(each_edition).refresh(wanted=once)
    assert Rollups(each_edition).waiting() == 1
    Rollups(each_edition).refresh()
    agree(each_edition, as_rows(readings))
