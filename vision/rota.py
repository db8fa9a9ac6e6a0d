"""Shares a worker's time for the network among its cameras: by need and by waiting, not by who asks first."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

USUAL_LOOK_S = 0.025
"""What a look is taken to cost before one was measured."""
COST_FADE = 0.8
ACTIVE_S = 12.0
"""Who has not asked for so long waits for nothing: a keyframe every ten seconds is the slowest that is served."""
SAVED_S = 1.0
"""Time saved up at most: after an hour of quiet no flood of looks follows."""
SLACK = 0.05
"""A look is due this share of the pace earlier, lest pictures just short of it make it wait for the next one."""

LOOKS = Counter("pantau_vision_network_looks_total", "Looks of the people network")
NETWORK_TIME = Counter("pantau_vision_network_seconds_total", "Time spent in the people network")
NETWORK_REFUSED = Counter(
    "pantau_vision_network_refused_total", "Looks that were wanted once in network_every_s and not affordable"
)
PACE = Gauge("pantau_vision_network_pace_seconds", "Seconds between two looks at one camera that the budget allows now")
ANSWER_AGE = Histogram(
    "pantau_vision_network_answer_age_seconds",
    "Age of a camera's last answer when the next one came",
    buckets=(1.0, 1.5, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0),
)


@dataclass(slots=True, kw_only=True)
class Seat:
    """One camera's place in the rota.

    Attributes:
        looked_s: When the network last looked, None before.
        asked_s: When it last wanted a look.
        cost_s: What a look at it costs, smoothed: more where tiles are needed. None before the first.
    """

    looked_s: float | None = None
    asked_s: float
    cost_s: float | None = None


class Rota:
    """Says which camera may be looked at now.

    The budget is a share of one thread's time. From what looks cost and how many cameras want them follows the pace:
    the same interval for every camera, longer the more there are. Whoever's last look is as old as the pace gets one,
    those who have waited longest first: while less is saved up than they will need, others do not get theirs. Nothing
    queues: who is refused asks again with the next picture.
    """

    def __init__(self, share: float = 0.25, *, every_s: float = 1.0, now: Callable[[], float] = time.monotonic) -> None:
        """Set the budget.

        Args:
            share: Share of one thread's time, 0..1.
            every_s: Seconds between two looks at one camera where there is time enough.
            now: Monotonic seconds.
        """
        self.every_s = every_s
        self._share = share
        self._now = now
        self._seats: dict[str, Seat] = {}
        self._usual_s = USUAL_LOOK_S
        self._saved_s = SAVED_S
        self._counted_s = now()

    def seat(self, camera: str) -> Seat:
        """Return a camera's place: a new one, or the one it had before its pipeline was made anew."""
        return self._seats.setdefault(camera, Seat(asked_s=self._now() - 2 * ACTIVE_S))

    def grants(self, seat: Seat) -> bool:
        """Tell whether the network may look at a camera now."""
        now_s = self._now()
        self._saved_s = min(self._saved_s + (now_s - self._counted_s) * self._share, SAVED_S)
        self._counted_s = now_s
        seat.asked_s = now_s
        waiting = [other for other in self._seats.values() if now_s - other.asked_s <= ACTIVE_S]
        pace_s = self._pace(waiting)
        PACE.set(pace_s)
        waited_s = _waited(seat, now_s)
        granted = waited_s >= pace_s * (1 - SLACK)
        if granted:
            needier_s = sum(self._cost(other) for other in waiting if _waited(other, now_s) > max(waited_s, pace_s))
            # Never more is kept back than can be saved up, or nobody but the first would ever be looked at.
            kept_back_s = min(needier_s + self._cost(seat), SAVED_S / 2) if needier_s else 0.0
            granted = self._saved_s > kept_back_s
        if not granted and waited_s >= self.every_s * (1 - SLACK):
            NETWORK_REFUSED.inc()
        return granted

    def spend(self, spent_s: float) -> None:
        """Account for time the network took, for whatever reason."""
        self._saved_s -= spent_s
        NETWORK_TIME.inc(spent_s)

    def looked(self, seat: Seat, spent_s: float) -> None:
        """Note that a camera had its look, which took so long."""
        now_s = self._now()
        if seat.looked_s is not None:
            ANSWER_AGE.observe(now_s - seat.looked_s)
        seat.looked_s = now_s
        self._usual_s += (1 - COST_FADE) * (spent_s - self._usual_s)
        seat.cost_s = spent_s if seat.cost_s is None else COST_FADE * seat.cost_s + (1 - COST_FADE) * spent_s
        LOOKS.inc()

    def _pace(self, waiting: list[Seat]) -> float:
        if self._share <= 0:
            return float("inf")
        return max(self.every_s, sum(map(self._cost, waiting)) / self._share)

    def _cost(self, seat: Seat) -> float:
        return self._usual_s if seat.cost_s is None else seat.cost_s


def _waited(seat: Seat, now_s: float) -> float:
    return float("inf") if seat.looked_s is None else now_s - seat.looked_s
