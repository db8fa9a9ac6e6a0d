"""Estimates how far each device's clock is off, from messages that came at their own pace."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from prometheus_client import Gauge

from events.clock import LEAST_CORRECTION_S, ClockOffset
from events.ids import SourceId

OFFSET = Gauge(
    "pantau_device_clock_offset_seconds",
    "Receive time minus device time: median of recent live messages",
    ["source"],
    multiprocess_mode="livemostrecent",
)

KEPT = 31
"""Messages remembered of each device."""

LEAST = 5
"""Messages that an estimate needs; and so many in a row that agree on another offset mean that the clock was set."""

SCALE = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution (Rousseeuw and Croux 1993)."""


@dataclass(slots=True)
class _Clock:
    """What is known of one clock: the latest messages, and the estimate that was told last."""

    samples: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    heard_at: datetime | None = None
    told: ClockOffset | None = None
    stirred: bool = False


class Clocks:
    """Watches every device's clock; for one thread.

    Only live messages count. What a device held back comes in bursts, faster than its interval: of a burst only the
    first is taken, and the median passes over it.

    Args:
        known: What was estimated before a restart.
    """

    def __init__(self, known: Iterable[ClockOffset] = ()) -> None:
        self._clocks: dict[SourceId, _Clock] = {estimate.source: _Clock(told=estimate) for estimate in known}
        for estimate in known:
            OFFSET.labels(estimate.source).set(estimate.offset_s)

    def hear(self, source: SourceId, ts: datetime, received_at: datetime, pace: timedelta) -> None:
        """Take a live message of one moment into account.

        Args:
            source: Who sent it.
            ts: The device's time.
            received_at: When it was received.
            pace: What comes faster than this after the message before was held back.
        """
        clock = self._clocks.get(source)
        if clock is None:
            clock = self._clocks[source] = _Clock()
        before, clock.heard_at = clock.heard_at, received_at
        if before is None or received_at - before >= pace:
            clock.samples.append((received_at - ts).total_seconds())
            clock.stirred = True

    def news(self) -> tuple[ClockOffset, ...]:
        """Return the estimates that have moved since the last time, and show every new one as a metric."""
        return tuple(told for source, clock in self._clocks.items() if (told := _tell(source, clock)) is not None)


def _tell(source: SourceId, clock: _Clock) -> ClockOffset | None:
    if not clock.stirred or len(clock.samples) < LEAST or clock.heard_at is None:
        return None
    clock.stirred = False
    estimate = _estimate(source, clock.heard_at, clock.samples)
    OFFSET.labels(source).set(estimate.offset_s)
    if clock.told is not None and abs(estimate.offset_s - clock.told.offset_s) <= max(
        LEAST_CORRECTION_S, estimate.spread_s
    ):
        return None
    clock.told = estimate
    return estimate


def _estimate(source: SourceId, at: datetime, samples: deque[float]) -> ClockOffset:
    """Return the median; where the latest messages agree that the clock was set meanwhile, theirs alone."""
    kept = list(samples)
    offset_s, spread_s = _middle(kept)
    latest = kept[-LEAST:]
    latest_s, latest_spread_s = _middle(latest)
    if min(abs(sample - offset_s) for sample in latest) > max(LEAST_CORRECTION_S, 3 * latest_spread_s, spread_s):
        offset_s, spread_s = latest_s, latest_spread_s
        samples.clear()
        samples.extend(latest)
    return ClockOffset(source, at, offset_s, spread_s, len(samples))


def _middle(samples: list[float]) -> tuple[float, float]:
    centre = median(samples)
    return centre, SCALE * median([abs(sample - centre) for sample in samples])
