"""Reads back what checks of readings remembered before a restart: it stands in the readings themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from events.ids import SourceId
from events.reading import Remembered
from storage.database import connect, translated
from storage.queries import query
from storage.series import join_metric

FAR_ENOUGH = timedelta(days=2)
"""How far back is looked: what nobody has measured for so long is begun anew."""

MOST_EQUAL = 100_000
"""Equal values counted of one series."""


def read_remembered(url: str, sources: Sequence[SourceId], now: datetime) -> list[Remembered]:
    """Return the newest reading in time of each series of these sources.

    Raises:
        StorageError: the database is away.
    """
    parameters = {"sources": list(sources), "since": now - FAR_ENOUGH, "most": MOST_EQUAL}
    with connect(url, name="remembering") as connection, translated("the newest readings could not be read"):
        rows = connection.execute(query("series_memory"), parameters).fetchall()
    return [
        Remembered(SourceId(source), join_metric(metric, zone), ts, raw, good, run)
        for source, metric, zone, ts, raw, good, run in rows
    ]
