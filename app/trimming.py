"""The trimming timer of the ingest role: once an hour, by whoever holds the lease."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from prometheus_client import Counter

from events.errors import StorageError
from runtime.clock import Clock
from storage.trimming import trim_lives

log = structlog.get_logger(__name__)

EVERY_S = 3600.0
FIRST_AFTER_S = 60.0
"""A process that has just begun has better things to do."""

TRIMMED = Counter("pantau_history_trimmed_total", "Rows deleted because they were older than is kept", ["table"])


def keep_trimming(
    url: Callable[[], str],
    days: float,
    over: threading.Event,
    clock: Clock,
    *,
    first_after_s: float = FIRST_AFTER_S,
    every_s: float = EVERY_S,
) -> None:
    """Trim what is told of devices' lives, until it is over; where the database is away, the next time comes.

    Args:
        url: Gives the database's address; raises StorageError while there is none.
        days: How much is kept.
        over: Ends it.
        clock: The present.
        first_after_s: Seconds before the first time.
        every_s: Seconds from one time to the next.
    """
    pause_s = first_after_s
    while not over.wait(pause_s):
        pause_s = every_s
        try:
            deleted = trim_lives(url(), clock() - timedelta(days=days))
        except StorageError as error:
            log.warning("what is old is trimmed in an hour", problem=str(error))
            continue
        for table, rows in deleted.items():
            TRIMMED.labels(table).inc(rows)
        if any(deleted.values()):
            log.info("what was too old was deleted", **deleted)
