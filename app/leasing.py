"""Waiting until this process may take messages in."""

import math
import threading
import time

import structlog
from prometheus_client import Counter, Gauge

from events.errors import LeaseHeldError, StorageError
from storage.lease import FRESH_S, Lease

log = structlog.get_logger(__name__)

LEASE_HELD = Gauge(
    "pantau_ingest_lease_held", "1 while this process takes messages in, 0 while it waits", multiprocess_mode="livesum"
)
TAKEOVERS = Counter("pantau_ingest_takeovers_total", "Times this process began after waiting for another to end")

ASK_AGAIN_S = 1.0
SAY_AGAIN_S = 60.0


def await_lease(lease: Lease, stop: threading.Event) -> bool:
    """Return once this process holds the lease; False when asked to stop before.

    Says at once, and once a minute, for whom it waits. Who had to wait gives the last holder time to learn of its loss,
    so that the two do not throw each other off the broker.
    """
    LEASE_HELD.set(0)
    waited = took_over = False
    said_s = -math.inf
    while not stop.is_set():
        try:
            lease.confirm()
        except (LeaseHeldError, StorageError) as reason:
            waited |= isinstance(reason, LeaseHeldError)
            if time.monotonic() - said_s >= SAY_AGAIN_S:
                said_s = time.monotonic()
                log.warning("waiting to take messages in", reason=str(reason))
            stop.wait(ASK_AGAIN_S)
            continue
        if waited:
            waited, took_over = False, True
            stop.wait(FRESH_S)
            continue  # the database may have gone away meanwhile: look once more
        LEASE_HELD.set(1)
        if took_over:
            TAKEOVERS.inc()
            log.info("this process takes messages in now")
        return True
    return False
