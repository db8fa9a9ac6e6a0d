"""Stores readings once each, however often they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.reading import Reading
from storage.columns import encode_readings
from storage.database import Connection, Cursor
from storage.queries import query
from storage.series import SeriesIds

ARRIVAL_BLOCK = 1 << 20
"""Arrival numbers a transaction may use: the increment of sequence `arrival_block`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReadings:
    """What became of readings, named by their position.

    Attributes:
        known: Positions whose key was taken by the same value: they came before.
        conflicts: Positions whose key was taken by another value.
    """

    known: frozenset[int] = frozenset()
    conflicts: frozenset[int] = frozenset()


class ReadingTable:
    """Writes readings through a staging table: COPY has no answer to a key that is there already, INSERT has."""

    def __init__(self) -> None:
        self._series = SeriesIds()

    def prepare(self, connection: Connection) -> None:
        """Make what a new connection needs; commits."""
        connection.execute(query("staging_table"))
        connection.commit()

    def store(self, cursor: Cursor, readings: Sequence[Reading]) -> StoredReadings:
        """Store what is new and tell what was not.

        Two readings are the same when series and time agree. Their raw values are compared, because calibration may
        have changed between two deliveries of one message.
        """
        if not readings:
            return StoredReadings()
        if len(readings) > ARRIVAL_BLOCK:
            raise ValueError(f"{len(readings)} readings in one transaction; at most {ARRIVAL_BLOCK}")
        series_ids = self._series.of(cursor, readings)
        (first,) = cursor.execute(query("arrival_block")).fetchone() or (0,)
        with cursor.copy(query("stage_readings")) as copy:
            copy.write(encode_readings(readings, series_ids, first))
        cursor.execute(query("insert_readings"))
        if cursor.rowcount == len(readings):
            return StoredReadings()
        # Asked only when something was there already: fetching every inserted row costs a third of the insert.
        bounds = {"earliest": min(r.ts for r in readings), "latest": max(r.ts for r in readings)}
        rows = cursor.execute(query("known_readings"), bounds).fetchall()
        return StoredReadings(
            known=frozenset(arrival - first for arrival, differs in rows if not differs),
            conflicts=frozenset(arrival - first for arrival, differs in rows if differs),
        )

    def forget(self) -> None:
        """Forget what was learnt in a transaction that failed."""
        self._series.forget()
