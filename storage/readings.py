"""Readings for those who look at them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import tuple_row

from events.ids import SourceId
from events.reading import LatestValue, Quality, Reading, Window
from runtime.clock import utc_now
from storage.columns import QUALITY_CODES
from storage.pool import Pooled
from storage.queries import query
from storage.series import join_metric

RECENTLY = timedelta(days=1)
"""Where the newest reading of most series is; the others are looked for in all of history, a second time."""

QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}


class ReadingStore(Pooled):
    """Reads readings."""

    async def windows(self, metrics: Sequence[str], start: datetime, end: datetime) -> list[Window]:
        """Return what each series of some metrics was over a period; series without a trusted reading are missing.

        Args:
            metrics: Metrics wanted.
            start: Start of the period by the devices' time, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("reading_windows"), {"metrics": list(metrics), "start": start, "end": end})
        return [
            Window(
                source=SourceId(row["source_id"]),
                metric=row["metric"],
                unit=row["unit"],
                received=row["received"],
                mean=row["mean"],
                span=row["last_at"] - row["first_at"],
                longest_gap=row["longest_gap"],
            )
            for row in rows
        ]

    async def latest(self, quality: Quality | None = None) -> list[LatestValue]:
        """Return the newest reading of every series, but those dated in the future.

        Args:
            quality: Look at readings of this quality only; None looks at all.

        Raises:
            StorageError: the database is away.
        """
        asked = {"quality": None if quality is None else QUALITY_CODES[quality], "series": None}
        recently = utc_now() - RECENTLY
        rows = await self._newest(asked | {"since": recently})
        quiet = [row[0] for row in rows if row[5] is None]
        if quiet:
            rows += await self._newest(asked | {"series": quiet, "since": "-infinity"})
        return [
            LatestValue(
                Reading(source, join_metric(metric, zone), ts, received_at, raw, value, QUALITIES[quality]), unit
            )
            for _, source, metric, zone, unit, ts, received_at, raw, value, quality in rows
            if ts is not None
        ]

    async def _newest(self, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
        # Rows of thousands of series, in their binary form and by position: read in half the time.
        async with self._connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query("latest_readings"), asked, binary=True)
            return await cursor.fetchall()
