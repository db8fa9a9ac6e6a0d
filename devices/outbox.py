"""A device's messages on disk until they are known to be kept."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import structlog
from prometheus_client import Counter

from events.errors import ConfigError, PayloadError, StorageError

log = structlog.get_logger(__name__)

DROPPED = Counter("pantau_outbox_dropped_total", "Messages given up because the outbox was full", ["kind"])

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, so that order survives removal
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    retain INTEGER NOT NULL,
    telemetry INTEGER NOT NULL,
    source TEXT,
    boot TEXT,
    seq INTEGER
);
CREATE INDEX IF NOT EXISTS item_telemetry ON item (id) WHERE telemetry;
"""

_NUMBERS = ("source TEXT", "boot TEXT", "seq INTEGER")
"""Columns that files of the first release lack."""

_NUMBER_INDEX = "CREATE INDEX IF NOT EXISTS item_number ON item (source, boot, seq) WHERE seq IS NOT NULL"

DEFAULT_MOST_BYTES = 256 * 1024 * 1024
DEFAULT_MOST_ITEMS = 200_000


class ItemNumber(NamedTuple):
    """What a message is called in its receipt."""

    source: str
    boot: str
    seq: int


class Item(NamedTuple):
    """One message that waits.

    Attributes:
        id: Grows with each message; the order of sending.
        topic: Full topic.
        payload: Bytes to publish.
        retain: Whether the broker shall keep it for later subscribers.
        number: Its number, None where it has none and so gets no receipt.
    """

    id: int
    topic: str
    payload: bytes
    retain: bool
    number: ItemNumber | None = None


class _DamagedError(Exception):
    """The file is no database of ours any more."""


def _open(path: Path) -> tuple[sqlite3.Connection, tuple[int, int, int]]:
    """Open the file as its only owner; return it with count, bytes and newest id of what it holds."""
    try:
        database = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise ConfigError(
            f"the outbox {path} cannot be used ({error}); let the user who runs this program write there"
        ) from error
    try:
        # Exclusive: a second owner would send everything twice and out of order.
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        there = {name for _, name, *_ in database.execute("PRAGMA table_info(item)")}
        for column in _NUMBERS:
            if column.split()[0] not in there:
                database.execute(f"ALTER TABLE item ADD COLUMN {column}")
        database.execute(_NUMBER_INDEX)
        row: tuple[int, int, int] = database.execute(
            "SELECT count(*), coalesce(sum(length(payload)), 0), coalesce(max(id), 0) FROM item"
        ).fetchone()
    except sqlite3.OperationalError as error:
        database.close()
        raise ConfigError(
            f"the outbox {path} cannot be used ({error}); another process may hold it, or its disk may be full: "
            "stop that process, or make room"
        ) from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise _DamagedError from error
    return database, row


def _set_aside(path: Path) -> Path:
    """Rename the file and its journals, which would otherwise be played into the new one; return its new name."""
    aside = path.with_name(f"{path.name}.damaged-{uuid4().hex[:8]}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


class Outbox:
    """A bounded queue in one SQLite file.

    Written ahead (WAL) with `synchronous=NORMAL`: what `append` returned from survives the death of the process; a
    power cut may take the last moments, which a full sync for each message would save at a hundred times the cost on
    an SD card. When full, the oldest telemetry goes first, since a later value stands for it; an event or its
    picture goes only when there is no telemetry left. The file has one owner at a time. Safe for threads.

    Args:
        path: The file; made when missing, its folder must exist.
        most_bytes: Payload bytes kept at most.
        most_items: Messages kept at most.

    A damaged file is moved aside, loudly, and a new one begun: a device that cannot speak helps nobody.

    Raises:
        ConfigError: another process holds the file, or it cannot be used.
    """

    def __init__(
        self, path: Path, *, most_bytes: int = DEFAULT_MOST_BYTES, most_items: int = DEFAULT_MOST_ITEMS
    ) -> None:
        self._most_bytes = most_bytes
        self._most_items = most_items
        self._lock = threading.Lock()
        self._full = False
        try:
            self._database, row = _open(path)
        except _DamagedError:
            # What it held is lost to this program; whoever needs it finds it. Speaking again matters more.
            aside = _set_aside(path)
            log.error("the outbox was damaged; it is kept aside and a new one begun", kept=str(aside))  # noqa: TRY400 - expected, named
            self._database, row = _open(path)
        self._items, self._bytes, self._newest_id = (int(figure) for figure in row)

    def append(
        self, topic: str, payload: bytes, *, retain: bool, telemetry: bool, number: ItemNumber | None = None
    ) -> None:
        """Keep a message, giving up older ones if there is no room.

        Args:
            topic: Full topic.
            payload: Bytes to publish.
            retain: Whether the broker shall keep it for later subscribers.
            telemetry: Whether it is given up before others.
            number: What it will be called in its receipt.

        Raises:
            PayloadError: it alone is larger than the outbox.
            StorageError: the disk did not take it; the caller still owns it.
        """
        if len(payload) > self._most_bytes:
            raise PayloadError("too_large", f"{len(payload)} bytes; the outbox holds {self._most_bytes}")
        with self._lock:
            try:
                with self._database:
                    self._database.execute("BEGIN")
                    self._make_room(len(payload))
                    cursor = self._database.execute(
                        "INSERT INTO item (topic, payload, retain, telemetry, source, boot, seq)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (topic, payload, retain, telemetry, *(number or (None, None, None))),
                    )
            except sqlite3.Error as error:
                self._recount()
                raise StorageError(f"the outbox did not take a message: {error}") from error
            self._newest_id = cursor.lastrowid or self._newest_id
            self._items += 1
            self._bytes += len(payload)

    def after(self, item_id: int, most: int) -> list[Item]:
        """Return up to `most` messages younger than an id (0 for all), oldest first.

        Raises:
            StorageError: the file cannot be read.
        """
        if item_id >= self._newest_id:
            return []  # asked at each turn of the network thread: not worth a query
        rows = self._read(
            "SELECT id, topic, payload, retain, source, boot, seq FROM item WHERE id > ? ORDER BY id LIMIT ?",
            (item_id, most),
        )
        return [_item(row) for row in rows]

    def get(self, item_id: int) -> Item | None:
        """Return one message, None where it is gone.

        Raises:
            StorageError: the file cannot be read.
        """
        rows = self._read("SELECT id, topic, payload, retain, source, boot, seq FROM item WHERE id = ?", (item_id,))
        return _item(rows[0]) if rows else None

    def lowest(self, source: str, boot: str) -> int | None:
        """Return the lowest number of a run that is still here.

        Raises:
            StorageError: the file cannot be read.
        """
        rows = self._read("SELECT min(seq) FROM item WHERE source = ? AND boot = ? AND seq IS NOT NULL", (source, boot))
        return None if rows[0][0] is None else int(rows[0][0])

    def up_to(self, number: ItemNumber) -> list[int]:
        """Return the ids of a run's messages up to a number.

        Raises:
            StorageError: the file cannot be read.
        """
        rows = self._read("SELECT id FROM item WHERE source = ? AND boot = ? AND seq <= ?", number)
        return [int(row[0]) for row in rows]

    def of_run(self, source: str, boot: str) -> list[Item]:
        """Return a run's messages, oldest first.

        Raises:
            StorageError: the file cannot be read.
        """
        rows = self._read(
            "SELECT id, topic, payload, retain, source, boot, seq FROM item WHERE source = ? AND boot = ? ORDER BY id",
            (source, boot),
        )
        return [_item(row) for row in rows]

    def rewrite(self, items: Iterable[Item]) -> None:
        """Give messages that are here another payload and number.

        Raises:
            StorageError: nothing is changed.
        """
        with self._lock:
            try:
                with self._database:
                    self._database.execute("BEGIN")
                    self._database.executemany(
                        "UPDATE item SET payload = ?, source = ?, boot = ?, seq = ? WHERE id = ?",
                        [(item.payload, *(item.number or (None, None, None)), item.id) for item in items],
                    )
            except sqlite3.Error as error:
                raise StorageError(f"the outbox did not take new numbers: {error}") from error
            finally:
                self._recount()

    def oldest(self, most: int) -> list[Item]:
        """Return up to `most` messages, oldest first."""
        return self.after(0, most)

    def remove(self, ids: Iterable[int]) -> None:
        """Forget messages that are kept elsewhere; an id that is gone already is passed over.

        Raises:
            StorageError: perhaps they are still there, and will be sent again.
        """
        with self._lock:
            try:
                with self._database:
                    self._database.execute("BEGIN")
                    for item_id in ids:
                        self._delete("SELECT id, length(payload), telemetry FROM item WHERE id = ?", (item_id,))
            except sqlite3.Error as error:
                self._recount()
                raise StorageError(f"the outbox did not forget sent messages: {error}") from error

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._database.close()

    @property
    def size_bytes(self) -> int:
        """Payload bytes kept."""
        return self._bytes

    def __len__(self) -> int:
        return self._items

    def _read(self, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._database.execute(statement, parameters).fetchall()
            except sqlite3.Error as error:
                raise StorageError(f"the outbox cannot be read: {error}") from error

    def _make_room(self, wanted_bytes: int) -> None:
        while self._items >= self._most_items or self._bytes + wanted_bytes > self._most_bytes:
            if not self._full:
                self._full = True
                log.warning("the outbox is full: the oldest telemetry is given up until the broker is back")
            telemetry = "SELECT id, length(payload), telemetry FROM item WHERE telemetry ORDER BY id LIMIT 1"
            anything = "SELECT id, length(payload), telemetry FROM item ORDER BY id LIMIT 1"
            dropped = self._delete(telemetry, ()) or self._delete(anything, ())
            if dropped is None:
                return
            DROPPED.labels(dropped).inc()

    def _delete(self, found_by: str, parameters: tuple[int, ...]) -> str | None:
        """Delete the one message a query finds; return its kind, None when there is none."""
        row = self._database.execute(found_by, parameters).fetchone()
        if row is None:
            return None
        self._database.execute("DELETE FROM item WHERE id = ?", (row[0],))
        self._items -= 1
        self._bytes -= row[1]
        self._full = self._full and self._items > 0
        return "telemetry" if row[2] else "other"

    def _recount(self) -> None:
        """Correct the sums after a transaction that did not come about; a broken file is found out by the next use."""
        try:
            row = self._database.execute("SELECT count(*), coalesce(sum(length(payload)), 0) FROM item").fetchone()
        except sqlite3.Error:
            return
        self._items, self._bytes = int(row[0]), int(row[1])


def _item(row: tuple[Any, ...]) -> Item:
    item_id, topic, payload, retain, source, boot, seq = row
    number = None if seq is None else ItemNumber(source, boot, seq)
    return Item(item_id, topic, payload, bool(retain), number)
