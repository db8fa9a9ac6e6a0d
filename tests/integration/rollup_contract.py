"""What rollups must answer, computed the plain way: in Python, from the readings, exactly."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from events.ids import SourceId
from events.reading import Quality, Reading
from storage.columns import QUALITY_CODES, encode_readings
from storage.database import Connection, Cursor
from storage.dirty import changed_spans, mark_dirty
from storage.editions import Edition, detect_edition
from storage.telemetry import ReadingTable, StoredReadings

UNITS = {"noise": "dB[A]", "rssi": "dB[mW]", "pm25": "ug/m3"}
STEPS = {"1m": timedelta(minutes=1), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
JAKARTA_MIDNIGHT = datetime(2026, 2, 28, 17, tzinfo=UTC)
"""2026-03-01 00:00 WIB."""


@dataclass(frozen=True)
class Bucket:
    """One row of a rollup; the mean is exact, the energy mean in Python's floats."""

    source: str
    bucket: datetime
    total: int
    count: int
    mean: float | None
    min: float | None
    max: float | None
    first: float | None
    last: float | None
    energy_mean: float | None


@dataclass(frozen=True)
class Row:
    """A reading as it must be counted: at its corrected time."""

    source: str
    at: datetime
    value: float
    quality: Quality = Quality.OK
    is_sound: bool = False


def expected(rows: Iterable[Row], level: str) -> list[Bucket]:
    """Return the rollup of readings."""
    step = STEPS[level]
    groups: dict[tuple[str, datetime], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.source, row.at - (row.at - JAKARTA_MIDNIGHT) % step), []).append(row)
    return [_bucket(source, bucket, group) for (source, bucket), group in sorted(groups.items())]


def _bucket(source: str, bucket: datetime, group: Sequence[Row]) -> Bucket:
    usable = sorted((r for r in group if r.quality in {Quality.OK, Quality.LATE}), key=lambda r: r.at)
    values = [row.value for row in usable]
    if not values:
        return Bucket(source, bucket, len(group), 0, None, None, None, None, None, None)
    mean = float(sum(map(Fraction, values)) / len(values))
    sound = usable[0].is_sound
    energy = math.fsum(10 ** (value / 10) for value in values) / len(values) if sound else None
    return Bucket(
        source, bucket, len(group), len(values), mean, min(values), max(values), values[0], values[-1], energy
    )


def answered(connection: Connection, level: str) -> list[Bucket]:
    """Return what the database answers."""
    rows = connection.execute(
        "SELECT source_id, bucket, total, count, mean, min, max, first, last, energy_mean "
        f"FROM reading_{level} JOIN series ON series.id = series_id ORDER BY source_id, bucket"
    ).fetchall()
    return [Bucket(*row) for row in rows]


def same(found: Sequence[Bucket], wanted: Sequence[Bucket]) -> bool:
    """Tell whether two answers agree: exactly, but for energies, which no two machines raise alike."""
    return [replace(b, energy_mean=None) for b in found] == [replace(b, energy_mean=None) for b in wanted] and all(
        (a.energy_mean is None) == (b.energy_mean is None)
        and (
            a.energy_mean is None or b.energy_mean is None or math.isclose(a.energy_mean, b.energy_mean, rel_tol=1e-12)
        )
        for a, b in zip(found, wanted, strict=True)
    )


class InsertingTable(ReadingTable):
    """As ReadingTable, but without COPY and in small pieces: the WebAssembly build breaks down on either."""

    def store(self, cursor: Cursor, readings: Sequence[Reading]) -> StoredReadings:
        ids = self._series.of(cursor, readings)
        rows = [
            (n, r.ts, r.received_at, float(r.raw), float(r.value), QUALITY_CODES[r.quality])
            for n, r in zip(ids, readings, strict=True)
        ]
        for begin in range(0, len(rows), 500):
            columns = [list(column) for column in zip(*rows[begin : begin + 500], strict=True)]
            cursor.execute(
                "INSERT INTO reading (series_id, ts, received_at, raw, value, quality, arrival) SELECT *, 1 "
                "FROM unnest(%s::integer[], %s::timestamptz[], %s::timestamptz[], %s::float8[], %s::float8[], "
                "%s::smallint[])",
                columns,
            )
        mark_dirty(cursor, changed_spans(encode_readings(readings, ids, 1)))
        return StoredReadings(inserted=len(rows))


def store(connection: Connection, readings: Sequence[Reading]) -> None:
    """Commit readings as ingest does."""
    is_community = detect_edition(connection) is Edition.TIMESCALE_COMMUNITY
    table = InsertingTable(UNITS) if is_community else ReadingTable(UNITS)
    table.prepare(connection)
    with connection.transaction(), connection.cursor() as cursor:
        table.store(cursor, readings)


def taken(
    source: str,
    ts: datetime,
    value: float,
    quality: Quality = Quality.OK,
    *,
    metric: str = "pm25",
    received: datetime | None = None,
) -> Reading:
    """Return a reading."""
    return Reading(SourceId(source), metric, ts, received or ts + timedelta(seconds=1), value, value, quality)
