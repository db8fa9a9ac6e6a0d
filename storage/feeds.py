"""How far each web hook has followed the alarm stream, and what comes next for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from psycopg.rows import dict_row

from events.alarm import AlarmRecord
from storage import alarm_rows
from storage.database import connect, translated
from storage.queries import query


class FeedBook:
    """A connection to the places of the feeds; a context manager, for one thread.

    Raises:
        StorageError: the database is away; every method likewise.
    """

    def __init__(self, url: str) -> None:
        self._connection = connect(url, name="feeds", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def place(self, feed: str, now: datetime) -> int:
        """Return up to where a feed has come; a new one begins with what happens from now on."""
        with translated("the place of a feed could not be read"):
            self._connection.execute(
                "INSERT INTO alarm_feed (id, seq, moved_at) "
                "SELECT %s, coalesce(max(seq), 0), %s FROM alarm_event ON CONFLICT DO NOTHING",
                [feed, now],
            )
            (place,) = self._connection.execute("SELECT seq FROM alarm_feed WHERE id = %s", [feed]).fetchone() or (0,)
            return int(place)

    def after(self, seq: int, limit: int) -> Sequence[AlarmRecord]:
        """Return the next changes of the stream, complete up to the last one."""
        with translated("the alarm stream could not be read"), self._connection.cursor(row_factory=dict_row) as rows:
            rows.execute(query("events_after"), {"seq": seq, "limit": limit})
            return [alarm_rows.to_record(row) for row in rows]

    def move(self, feed: str, seq: int, now: datetime) -> None:
        """Write down that everything up to here was accepted."""
        with translated("the place of a feed could not be kept"):
            self._connection.execute("UPDATE alarm_feed SET seq = %s, moved_at = %s WHERE id = %s", [seq, now, feed])
