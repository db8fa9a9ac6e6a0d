import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.ids import SourceId
from events.reading import Quality, Reading
from storage.columns import QUALITY_CODES, encode_readings, microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))]))


def decode(stream: bytes) -> list[tuple[object, ...]]:
    """Read a binary COPY stream as PostgreSQL's documentation describes it."""
    assert stream[:11] == b"PGCOPY\n\xff\r\n\0"
    position = 19
    rows: list[tuple[object, ...]] = []
    while True:
        (fields,) = struct.unpack_from(">h", stream, position)
        position += 2
        if fields == -1:
            assert position == len(stream)
            return rows
        assert fields == 7
        row: list[object] = []
        for kind in "iqqqddh":
            (size,) = struct.unpack_from(">i", stream, position)
            assert size == struct.calcsize(">" + kind)
            row.append(struct.unpack_from(">" + kind, stream, position + 4)[0])
            position += 4 + size
        rows.append(tuple(row))


@given(st.lists(MOMENTS, max_size=5))
def test_microseconds_are_exact_for_every_date(moments: list[datetime]) -> None:
    exact = [(moment - EPOCH) // timedelta(microseconds=1) for moment in moments]
    assert microseconds(moments).tolist() == exact


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2105, 12, 31), timezones=st.just(UTC)), min_size=1))  # noqa: DTZ001 - bounds of a strategy are naive
def test_microseconds_are_exact_on_the_quick_way(moments: list[datetime]) -> None:
    exact = [(moment - EPOCH) // timedelta(microseconds=1) for moment in moments]
    assert microseconds(moments).tolist() == exact


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            MOMENTS,
            MOMENTS,
            st.floats(allow_nan=False),
            st.floats(allow_nan=False),
            st.sampled_from(Quality),
        ),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 2**62),
)
def test_a_stream_says_what_the_readings_say_in_key_order(
    items: list[tuple[int, datetime, datetime, float, float, Quality]], first: int
) -> None:
    readings = [Reading(SourceId("s"), "m", ts, heard, raw, value, q) for _, ts, heard, raw, value, q in items]
    rows = decode(encode_readings(readings, [series for series, *_ in items], first))
    expected = [
        (series, since(ts), since(heard), first + n, raw, value, QUALITY_CODES[quality])
        for n, (series, ts, heard, raw, value, quality) in enumerate(items)
    ]
    assert rows == sorted(expected, key=lambda row: (row[0], row[1], row[3]))


def since(moment: datetime) -> int:
    return (moment - POSTGRES_EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("quality", Quality)
def test_every_quality_has_a_code_of_its_own(quality: Quality) -> None:
    assert [q for q, code in QUALITY_CODES.items() if code == QUALITY_CODES[quality]] == [quality]
