"""Keeps what is known of devices' clocks."""

from collections.abc import Sequence

from events.clock import ClockOffset, SentTime
from events.ids import SourceId
from storage.database import Cursor, connect, translated
from storage.queries import query


def record_clocks(cursor: Cursor, clocks: Sequence[ClockOffset], sent_times: Sequence[SentTime]) -> None:
    """Store new estimates, and what stood in messages in the place of a time, both in key order."""
    if clocks:
        cursor.executemany(query("add_clocks"), [estimate._asdict() for estimate in sorted(clocks)])
    if sent_times:
        cursor.executemany(query("add_sent_times"), [sent._asdict() for sent in sorted(sent_times)])


def read_clocks(url: str) -> list[ClockOffset]:
    """Return the newest estimate of each device's clock.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="clocks") as connection, translated("the clocks' offsets could not be read"):
        rows = connection.execute(query("clocks")).fetchall()
    return [ClockOffset(SourceId(source), *estimate) for source, *estimate in rows]
