"""What a batch of readings says must be rolled up again."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.ids import SourceId
from events.reading import Quality, Reading
from storage.columns import encode_readings
from storage.dirty import changed_spans
from tests.material import NOON


def reading(ts_s: float, received_s: float) -> Reading:
    ts, received = NOON + timedelta(seconds=ts_s), NOON + timedelta(seconds=received_s)
    return Reading(SourceId("air"), "pm25", ts, received, 1.0, 1.0, Quality.OK)


def spans_of(batch: Sequence[tuple[int, float, float]]) -> list[tuple[int | None, float, float]]:
    rows = encode_readings([reading(ts, received) for _, ts, received in batch], [series for series, _, _ in batch], 7)
    return [(s, (b - NOON).total_seconds(), (e - NOON).total_seconds()) for s, b, e in changed_spans(rows)]


def test_live_readings_of_all_series_are_one_span() -> None:
    assert spans_of([(1, 0, 1), (2, -300, 1), (3, 299, 1)]) == [(None, -300, 299)]


def test_late_readings_are_told_by_series_and_day() -> None:
    batch = [(1, 0, 1), (2, -90_000, 1), (2, -90_060, 1), (2, -180_000, 1), (3, -90_000, 1), (3, 7200, 1)]
    assert sorted(spans_of(batch), key=str) == sorted(
        [(None, 0, 0), (2, -90_060, -90_000), (2, -180_000, -180_000), (3, -90_000, -90_000), (3, 7200, 7200)], key=str
    )


offsets = st.integers(-3_000_000, 3_000_000)


@given(st.lists(st.tuples(st.integers(1, 4), offsets, offsets), min_size=1, max_size=40))
def test_every_reading_lies_in_a_span(batch: list[tuple[int, float, float]]) -> None:
    found = spans_of(batch)
    assert all(any(s in {None, series} and b <= ts <= e for s, b, e in found) for series, ts, _ in batch)
    assert all(s is None or e - b < 86_400 for s, b, e in found)
