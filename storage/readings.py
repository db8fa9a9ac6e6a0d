"""Readings for those who look at them."""

from events.ids import SourceId
from events.reading import LatestValue, Quality, Reading
from storage.pool import Pooled
from storage.queries import query
from storage.series import join_metric


class ReadingStore(Pooled):
    """Reads readings."""

    async def latest(self) -> list[LatestValue]:
        """Return the newest reading of every series, but those dated in the future.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("latest_readings"))
        return [
            LatestValue(
                reading=Reading(
                    source=SourceId(row["source_id"]),
                    metric=join_metric(row["metric"], row["zone"]),
                    ts=row["ts"],
                    received_at=row["received_at"],
                    raw=row["raw"],
                    value=row["value"],
                    quality=Quality(row["name"]),
                ),
                unit=row["unit"],
            )
            for row in rows
        ]
