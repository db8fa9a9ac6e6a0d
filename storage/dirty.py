"""Notes which times of which series changed, so that their rollups are made anew."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from storage.columns import decode_keys
from storage.database import Cursor
from storage.queries import query

LIVE_US = 600 * 1_000_000
"""A reading received within ten minutes of its own time is live: what is live of a batch is noted as one span."""

DAY_US = 86_400 * 1_000_000

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[int | None, datetime, datetime]
"""Series, None for all; first and last changed time of devices."""


def changed_spans(rows: bytes) -> list[Span]:
    """Return what a COPY stream of readings changes.

    Everything live is one span over all series. What is late is noted by series and day, so that a sensor which sends
    its last year does not have a year of the whole city rolled up again.
    """
    series, times, received = decode_keys(rows)
    late = np.abs(times - received) >= LIVE_US
    spans: list[Span] = []
    live = times[~late]
    if live.size:
        spans.append((None, _moment(live.min()), _moment(live.max())))
    if late.any():
        groups, position = np.unique(np.stack((series[late], times[late] // DAY_US)), axis=1, return_inverse=True)
        firsts = np.full(groups.shape[1], np.iinfo(np.int64).max)
        lasts = np.full(groups.shape[1], np.iinfo(np.int64).min)
        np.minimum.at(firsts, position.ravel(), times[late])
        np.maximum.at(lasts, position.ravel(), times[late])
        spans += [
            (int(group), _moment(first), _moment(last))
            for group, first, last in zip(groups[0], firsts, lasts, strict=True)
        ]
    return spans


def mark_dirty(cursor: Cursor, spans: Sequence[Span]) -> None:
    """Note spans in the transaction that changes their readings."""
    if spans:
        parameters = {
            "series": [series for series, _, _ in spans],
            "begins": [begin for _, begin, _ in spans],
            "ends": [end for _, _, end in spans],
        }
        cursor.execute(query("mark_dirty"), parameters)


def _moment(microseconds: np.int64) -> datetime:
    return _UNIX_EPOCH + timedelta(microseconds=int(microseconds))
