"""The upkeep: rolls readings up every half minute and forgets old data every hour, while no other process does."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from prometheus_client import Counter, Gauge

from configs.site import SiteFile
from events.errors import StorageError
from runtime.clock import Clock
from runtime.isolation import isolated
from storage.retention import Keeping, Pictures, Retention
from storage.rollups import Rollups
from storage.upkeep import Upkeep

log = structlog.get_logger(__name__)

HOLDS = Gauge(
    "pantau_upkeep_held",
    "1 while this process keeps the database in order, 0 while it waits",
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "pantau_rollup_notes_waiting", "Notes of changed readings not yet rolled up", multiprocess_mode="livemostrecent"
)
ROLLED_UP = Counter("pantau_rollup_notes_total", "Notes of changed readings that were rolled up")
REFRESHED = Gauge(
    "pantau_rollup_timestamp_seconds", "When rollups were last brought up to date", multiprocess_mode="max"
)
FORGOTTEN = Counter("pantau_forgotten_total", "Rows, files or chunks forgotten because of their age", ["data_class"])

EVERY_S = 30.0
"""Between two runs: so old are rollups at most while everything keeps up."""

FORGET_EVERY_S = 3600.0


def keeping(site: SiteFile) -> Keeping:
    """Return how long a city keeps what."""
    settings = site.retention
    days = {
        name.removesuffix("_days"): getattr(settings, name)
        for name in type(settings).model_fields
        if name != "compress_after_days"
    }
    return Keeping(days=days, compress_after_days=settings.compress_after_days)


def run_upkeep(
    site: SiteFile,
    url: Callable[[], str],
    pictures: Pictures,
    stop: threading.Event,
    clock: Clock,
    *,
    every_s: float = EVERY_S,
) -> None:
    """Keep the database in order until asked to stop; the database may go away and come back meanwhile.

    Args:
        site: How long what is kept.
        url: Gives the database's address.
        pictures: Where evidence pictures lie.
        stop: Ends it, after the step it is at.
        clock: Tells the time by which data is old.
        every_s: Seconds between two runs.
    """

    def turn() -> None:
        try:
            with Upkeep(url()) as upkeep:
                _hold(site, upkeep, pictures, stop, clock, every_s)
        except StorageError as error:
            log.warning("the upkeep was broken off; it goes on where it stopped", problem=str(error))

    while not stop.is_set():
        isolated("upkeep", turn)  # what goes wrong here must not keep messages from being taken in
        HOLDS.set(0)
        stop.wait(every_s)


def _hold(
    site: SiteFile, upkeep: Upkeep, pictures: Pictures, stop: threading.Event, clock: Clock, every_s: float
) -> None:
    """Work while the connection holds the lock; return at once where another has it."""
    if not upkeep.take():
        return
    HOLDS.set(1)
    rollups, retention = Rollups(upkeep.connection), Retention(upkeep.connection, pictures)
    forgot_at: datetime | None = None
    while not stop.is_set():
        rollups.refresh(on_step=ROLLED_UP.inc, wanted=lambda: not stop.is_set())
        WAITING.set(rollups.waiting())
        REFRESHED.set(clock().timestamp())
        if forgot_at is None or (clock() - forgot_at).total_seconds() >= FORGET_EVERY_S:
            forgot_at = clock()
            retention.run(keeping(site), forgot_at, on_forgotten=_forgotten)
        stop.wait(every_s)


def _forgotten(data_class: str, count: int) -> None:
    if count:
        FORGOTTEN.labels(data_class).inc(count)
        log.info("old data was forgotten", data_class=data_class, count=count)
