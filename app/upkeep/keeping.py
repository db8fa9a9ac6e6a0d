"""The upkeep: computes again what calibrations changed, rolls readings up, forgets old data; one process at a time."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from prometheus_client import Counter, Gauge

from app.device.calibrating import finish
from configs.site import SiteFile
from events.errors import StorageError
from runtime.clock import Clock
from runtime.isolation import isolated
from storage.calibrations import CalibrationBook, unfinished_recalculations
from storage.devices import DeviceRegistry
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
RECALCULATED = Counter(
    "pantau_recalculated_readings_total", "Readings computed again because a calibration of the past changed"
)
FORGOTTEN = Counter("pantau_forgotten_total", "Rows, files or chunks forgotten because of their age", ["data_class"])

EVERY_S = 30.0
"""Between two runs: so old are rollups at most while everything keeps up."""

ACTOR = "upkeep"
"""In whose name the audit log says that a recalculation is done."""

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
            address = url()
            with Upkeep(address) as upkeep:
                _hold(site, upkeep, address, pictures, stop, clock, every_s)
        except StorageError as error:
            log.warning("the upkeep was broken off; it goes on where it stopped", problem=str(error))

    while not stop.is_set():
        isolated("upkeep", turn)  # what goes wrong here must not keep messages from being taken in
        HOLDS.set(0)
        stop.wait(every_s)


def _hold(
    site: SiteFile,
    upkeep: Upkeep,
    address: str,
    pictures: Pictures,
    stop: threading.Event,
    clock: Clock,
    every_s: float,
) -> None:
    """Work while the connection holds the lock; return at once where another has it."""
    if not upkeep.take():
        return
    HOLDS.set(1)
    rollups, retention = Rollups(upkeep.connection), Retention(upkeep.connection, pictures)
    forgot_at: datetime | None = None
    while not stop.is_set():
        if unfinished_recalculations(upkeep.connection):
            _recalculate(site, address, stop, clock)
        rollups.refresh(on_step=ROLLED_UP.inc, wanted=lambda: not stop.is_set())
        WAITING.set(rollups.waiting())
        REFRESHED.set(clock().timestamp())
        if forgot_at is None or (clock() - forgot_at).total_seconds() >= FORGET_EVERY_S:
            forgot_at = clock()
            retention.run(keeping(site), forgot_at, on_forgotten=_forgotten)
        stop.wait(every_s)


def _recalculate(site: SiteFile, address: str, stop: threading.Event, clock: Clock) -> None:
    """Compute again what calibrations of the past changed, as far as there is time; before it is rolled up."""
    with DeviceRegistry(address, actor=ACTOR) as registry, CalibrationBook(address, actor=ACTOR) as book:
        readings = finish(site, registry, book, on_step=RECALCULATED.inc, wanted=lambda: not stop.is_set(), clock=clock)
    log.info("readings were computed again after a calibration changed", readings=readings)


def _forgotten(data_class: str, count: int) -> None:
    if count:
        FORGOTTEN.labels(data_class).inc(count)
        log.info("old data was forgotten", data_class=data_class, count=count)
