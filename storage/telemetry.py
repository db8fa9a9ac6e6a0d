"""Stores readings once each, however often they come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from events.errors import PlatformError, StorageError
from events.reading import Reading
from storage.columns import encode_readings
from storage.database import Connection, Cursor
from storage.dirty import Span, changed_spans, mark_dirty
from storage.queries import query
from storage.series import SeriesIds

ARRIVAL_BLOCK = 1 << 20
"""Arrival numbers a transaction may use: the increment of sequence `arrival_block`."""

MOST_DAYS = 400
"""Days in which the readings of a transaction may lie. TimescaleDB founds a chunk for each day that is new to it, and
each takes three of the locks of which a server has 6,400 unless it is told otherwise."""

STAGED_AFTERWARDS = 16
"""Batches staged without trying after one that met a known key: at worst one try in 17 is in vain."""


class ExpiredError(PlatformError):
    """Readings are older than what is kept; nothing of the batch was.

    Attributes:
        edge: The oldest time that is taken.
    """

    def __init__(self, edge: datetime) -> None:
        super().__init__(f"readings before {edge.isoformat()} are not kept any more")
        self.edge = edge


class ScatteredError(PlatformError):
    """Readings lie in more days than one transaction can hold; nothing of the batch was kept, halves of it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReadings:
    """What became of readings, named by their position.

    Attributes:
        inserted: How many rows the database says it made.
        known: Positions whose key was taken by the same value: they came before.
        conflicts: Positions whose key was taken by another value.
    """

    inserted: int = 0
    known: frozenset[int] = frozenset()
    conflicts: frozenset[int] = frozenset()


class ReadingTable:
    """Writes readings by COPY straight into their table, or by way of a staging table.

    COPY costs half of what an INSERT does, but knows no answer to a key that is there already. Live data has none, so
    it is tried first; a batch that meets a known key is staged instead, and so are some after it, since redelivery and
    quarrelling devices seldom come alone.

    Args:
        units: UCUM unit of each metric the site file does not list.

    Attributes:
        while_waiting: Called each time the server begins to take rows in.
    """

    def __init__(self, units: Mapping[str, str]) -> None:
        self.while_waiting: Callable[[], None] = _nothing
        self._series = SeriesIds(units)
        self._still_to_stage = 0

    def prepare(self, connection: Connection) -> None:
        """Make what a new connection needs; commits."""
        connection.execute(query("staging_table"))
        connection.commit()

    def store(self, cursor: Cursor, readings: Sequence[Reading]) -> StoredReadings:
        """Store what is new and tell what was not.

        Two readings are the same when series and time agree. Their raw values are compared, because calibration may
        have changed between two deliveries of one message.

        Raises:
            ExpiredError: some are older than what is kept; the caller undoes the transaction.
            ScatteredError: they lie in more than `MOST_DAYS` days; the caller undoes the transaction.
            StorageError: what became of them does not add up; the caller undoes the transaction.
        """
        if not readings:
            return StoredReadings()
        if len(readings) > ARRIVAL_BLOCK:
            raise ValueError(f"{len(readings)} readings in one transaction; at most {ARRIVAL_BLOCK}")
        series_ids = self._series.of(cursor, readings)
        (first,) = cursor.execute(query("arrival_block")).fetchone() or (0,)
        rows = encode_readings(readings, series_ids, first)
        spans = changed_spans(rows)
        _require_few_days(spans)
        _require_kept(cursor, spans)
        copied = self._copy(cursor, rows)
        stored = self._stage(cursor, readings, rows, first) if copied is None else StoredReadings(inserted=copied)
        _require_balance(len(readings), stored)
        mark_dirty(cursor, spans)
        return stored

    def _copy(self, cursor: Cursor, rows: bytes) -> int | None:
        """Copy rows into their table, and count them; None when not tried, or undone because a key was known."""
        if self._still_to_stage:
            self._still_to_stage -= 1
            return None
        try:
            # Within a transaction this is a savepoint.
            with cursor.connection.transaction(), cursor.copy(query("copy_readings")) as copy:
                self.while_waiting()
                copy.write(rows)
        except errors.UniqueViolation:
            self._still_to_stage = STAGED_AFTERWARDS
            return None
        return cursor.rowcount

    def _stage(self, cursor: Cursor, readings: Sequence[Reading], rows: bytes, first: int) -> StoredReadings:
        """Insert what is new by way of the staging table; `first` is the arrival number of the first reading."""
        with cursor.copy(query("stage_readings")) as copy:
            self.while_waiting()
            copy.write(rows)
        cursor.execute(query("insert_readings"))
        inserted = cursor.rowcount
        if inserted == len(readings):
            return StoredReadings(inserted=inserted)
        # Asked only when something was there already: fetching every inserted row costs a third of the insert.
        bounds = {"earliest": min(r.ts for r in readings), "latest": max(r.ts for r in readings)}
        found = cursor.execute(query("known_readings"), bounds).fetchall()
        return StoredReadings(
            inserted=inserted,
            known=frozenset(arrival - first for arrival, differs in found if not differs),
            conflicts=frozenset(arrival - first for arrival, differs in found if differs),
        )

    def forget(self) -> None:
        """Forget what was learnt in a transaction that failed."""
        self._series.forget()


def _nothing() -> None:
    """Do nothing."""


def _require_few_days(spans: Sequence[Span]) -> None:
    """Check that readings do not lie in more days than a transaction can hold; what is live lies in one or two.

    Raises:
        ScatteredError: they do.
    """
    if len(spans) <= MOST_DAYS:
        return
    days = len({begin.toordinal() for _, begin, _ in spans})
    if days > MOST_DAYS:
        raise ScatteredError(f"readings of {days} days in one transaction; at most {MOST_DAYS}")


def _require_kept(cursor: Cursor, spans: Sequence[Span]) -> None:
    """Check that no reading is older than what is kept.

    The edge is locked to the commit: it moves either before, and the reading is refused, or afterwards, and the
    reading is rolled up before it is dropped. Live readings cannot be that old and ask nothing.

    Raises:
        ExpiredError: one is.
    """
    late = [begin for series, begin, _ in spans if series is not None]
    if not late:
        return
    row = cursor.execute("SELECT refused_before FROM data_edge WHERE class = 'readings' FOR SHARE").fetchone()
    if row is not None and row[0] is not None and min(late) < row[0]:
        raise ExpiredError(row[0])


def _require_balance(received: int, stored: StoredReadings) -> None:
    """Check that every reading of a batch was inserted, known or in conflict, and only one of these.

    Raises:
        StorageError: it does not come out even: somebody else deleted a row meanwhile, or something is broken. The
            transaction is undone and tried again.
    """
    told = stored.inserted + len(stored.known) + len(stored.conflicts)
    if told != received:
        raise StorageError(
            f"the batch does not balance: {received} values, {stored.inserted} inserted, {len(stored.known)} known, "
            f"{len(stored.conflicts)} in conflict"
        )
