"""Deletes what is older than anybody asks for of devices' lives and clocks."""

from collections.abc import Mapping
from datetime import datetime

from storage.database import connect, translated
from storage.queries import query

MOST_AT_ONCE = 10_000
"""Rows of one transaction: whoever writes beside it waits for none of them for long."""

TRIMMED = {
    "liveness_change": "trim_liveness_changes",
    "listening": "trim_listening",
    "device_clock": "trim_clocks",
    "sent_time": "trim_sent_times",
}
"""Each table with its query."""


def trim_lives(url: str, before: datetime, most: int = MOST_AT_ONCE) -> Mapping[str, int]:
    """Delete what was over by then; return how many rows of each table.

    What tells of the state at that moment stays, so that everything later can be told as before.

    Args:
        url: Database address.
        before: Beginning of what is kept, aware.
        most: Rows of one transaction.

    Raises:
        StorageError: the database is away; what was deleted so far is gone.
    """
    deleted = dict.fromkeys(TRIMMED, 0)
    with connect(url, name="trimming", autocommit=True) as connection, translated("old lives could not be trimmed"):
        for table, name in TRIMMED.items():
            rows = most
            while rows == most:
                rows = connection.execute(query(name), {"before": before, "most": most}).rowcount
                deleted[table] += rows
    return deleted
