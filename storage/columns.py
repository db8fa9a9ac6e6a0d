"""Readings as PostgreSQL's binary COPY format, laid out by NumPy: a tenth of the driver's own cost a row."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from events.reading import Quality, Reading

QUALITY_CODES: dict[Quality, int] = {
    Quality.OK: 0,
    Quality.MISSING: 1,
    Quality.STALE: 2,
    Quality.OUT_OF_RANGE: 3,
    Quality.STUCK: 4,
    Quality.SPIKE: 5,
    Quality.CLOCK_SKEW: 6,
    Quality.DUPLICATE: 7,
    Quality.LATE: 8,
}
"""The same as table `quality`; a code never changes its meaning."""

_COLUMNS = (
    ("series_id", ">i4"),
    ("ts", ">i8"),
    ("received_at", ">i8"),
    ("arrival", ">i8"),
    ("raw", ">f8"),
    ("value", ">f8"),
    ("quality", ">i2"),
)

_ROW = np.dtype(
    [("fields", ">i2")] + [item for name, kind in _COLUMNS for item in ((f"{name}_size", ">i4"), (name, kind))]
)
"""One tuple: the number of fields, then each field after its size in bytes (PostgreSQL documentation, COPY, binary)."""


def _empty_row() -> npt.NDArray[np.void]:
    row = np.zeros((), _ROW)
    row["fields"] = len(_COLUMNS)
    for name, kind in _COLUMNS:
        row[f"{name}_size"] = np.dtype(kind).itemsize
    return row


_EMPTY_ROW = _empty_row()
"""A tuple whose sizes are filled in, and whose values are 0."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"

_EPOCH_US = 946_684_800_000_000
"""2000-01-01 UTC, from which PostgreSQL counts, in microseconds since 1970."""

_EXACT_BELOW_S = 2.0**32
"""Up to here (year 2106) seconds in a float are good to less than half a microsecond."""

_UNIX_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def encode_readings(readings: Sequence[Reading], series_ids: Sequence[int], first_arrival: int) -> bytes:
    """Return a whole binary COPY stream for table `reading`, sorted by (series, ts, arrival).

    Args:
        readings: At least one.
        series_ids: Series of each reading.
        first_arrival: Arrival number of the first reading; the others count on.
    """
    _, _, moments, receipts, raws, values, qualities = zip(*readings, strict=True)
    # Sorted here, the server finds its sort already done. The sort is stable: equal keys stay in order of arrival.
    series, times = np.array(series_ids, np.int32), microseconds(moments)
    order = np.lexsort((times, series))
    rows = np.full(len(readings), _EMPTY_ROW)
    rows["series_id"] = series[order]
    rows["ts"] = times[order] - _EPOCH_US
    rows["received_at"] = microseconds(receipts)[order] - _EPOCH_US
    rows["arrival"] = first_arrival + order
    rows["raw"] = np.array(raws, np.float64)[order]
    rows["value"] = np.array(values, np.float64)[order]
    if qualities.count(Quality.OK) < len(qualities):
        # Hashing an enumeration's member runs Python code; nearly all are the one member whose code is 0.
        codes = [0 if quality is Quality.OK else QUALITY_CODES[quality] for quality in qualities]
        rows["quality"] = np.array(codes, np.int16)[order]
    return b"".join((_HEADER, rows.tobytes(), _TRAILER))


def decode_keys(rows: bytes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return series, time and receive time of what `encode_readings` made; int64, (n,).

    Times are microseconds since 1970.
    """
    count = (len(rows) - len(_HEADER) - len(_TRAILER)) // _ROW.itemsize
    table = np.frombuffer(rows, _ROW, count, len(_HEADER))
    series, times, received = (table[name].astype(np.int64) for name in ("series_id", "ts", "received_at"))
    return series, times + _EPOCH_US, received + _EPOCH_US


def microseconds(moments: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Return whole microseconds since 1970 of aware moments, exactly; int64, (n,)."""
    seconds = np.array(_timestamps(moments), np.float64)
    if seconds.size and np.abs(seconds).max() >= _EXACT_BELOW_S:
        return np.array([_exact_microseconds(moment) for moment in moments], np.int64)
    return np.rint(seconds * 1e6).astype(np.int64)


def _timestamps(moments: Sequence[datetime]) -> list[float]:
    """Return seconds since 1970; the values of one message share one moment, which is converted once."""
    last, last_s = None, 0.0
    return [last_s if moment is last else (last_s := (last := moment).timestamp()) for moment in moments]


def _exact_microseconds(moment: datetime) -> int:
    since = moment - _UNIX_EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
