"""When the people network looks: at most once a second a camera, and never more of a worker than its share."""

import time
from collections.abc import Callable
from typing import Protocol

import structlog
from prometheus_client import Counter

from events.errors import ConfigError
from events.frame import Picture
from vision.detector import Found

log = structlog.get_logger(__name__)

EVERY_S = 1.0
VALID_S = 3.0
"""How long an answer stands when the budget allows no new one; a walking person has then crossed a small zone."""

NETWORK_TIME = Counter("pantau_vision_network_seconds_total", "Time spent in the people network")
NETWORK_REFUSED = Counter("pantau_vision_network_refused_total", "Looks the budget did not allow")


class Finder(Protocol):
    """Finds people and vehicles in a picture."""

    def find(self, bgr: Picture) -> Found:
        """Return what is in a picture: uint8, (height, width, 3), BGR.

        Raises:
            ConfigError: the network cannot be used.
        """
        ...


class Budget:
    """A share of one thread's time, saved up for at most a second (a token bucket)."""

    def __init__(self, share: float = 0.5, *, saved_s: float = 1.0, now: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._most_s = saved_s
        self._credit_s = saved_s
        self._now = now
        self._at_s = now()

    def allows(self) -> bool:
        """Tell whether there is time left."""
        now_s = self._now()
        self._credit_s = min(self._credit_s + (now_s - self._at_s) * self._share, self._most_s)
        self._at_s = now_s
        return self._credit_s > 0.0

    def spend(self, spent_s: float) -> None:
        """Account for time used."""
        self._credit_s -= spent_s


class Attention:
    """Asks the network on behalf of one camera and remembers the last answer.

    Attributes:
        last: What was found last, nothing before and without a network. For hiding people an old answer is better
            than none.
    """

    def __init__(self, finder: Finder | None, budget: Budget | None = None) -> None:
        """Share one `finder` and one `budget` among the cameras of a worker; None as budget sets no bound."""
        self._finder = finder
        self._budget = budget
        self._looked_s: float | None = None
        self.last = Found()

    def look(self, t_s: float, picture: Callable[[], Picture]) -> Found | None:
        """Return what is in the picture, or the last answer where that is less than a second old.

        Args:
            t_s: The picture's time on the view's clock.
            picture: Converts it to BGR; called only when the network runs.

        Returns:
            None where there is no network, or no answer of the last seconds and no time for a new one.
        """
        if self._finder is None:
            return None
        age_s = None if self._looked_s is None else t_s - self._looked_s
        if age_s is not None and age_s < EVERY_S:
            return self.last
        if self._budget is not None and not self._budget.allows():
            NETWORK_REFUSED.inc()
            return self.last if age_s is not None and age_s < VALID_S else None
        return self._ask(self._finder, t_s, picture)

    def search(self, bgr: Picture) -> Found:
        """Return what is in a picture that is about to leave the worker, whether or not its turn has come.

        Such pictures are rare, and showing somebody is worse than looking late elsewhere; so the time spent is owed
        to the budget, not asked of it. Nothing is found without a network.

        Args:
            bgr: Any picture: uint8, (height, width, 3), BGR.
        """
        return Found() if self._finder is None else self._find(self._finder, bgr) or Found()

    def _ask(self, finder: Finder, t_s: float, picture: Callable[[], Picture]) -> Found | None:
        found = self._find(finder, picture())
        if found is None:
            return None
        self.last = found
        self._looked_s = t_s
        return found

    def _find(self, finder: Finder, bgr: Picture) -> Found | None:
        """Run the network and account for its time; None, for good, where it cannot be used."""
        began_s = time.perf_counter()
        try:
            found = finder.find(bgr)
        except ConfigError as error:
            # The cameras go on without it: counting by foreground is worse, no counting would be worst.
            log.error("the people network cannot be used; people are counted by movement", reason=str(error))  # noqa: TRY400 - the sentence says all
            self._finder = None
            return None
        spent_s = time.perf_counter() - began_s
        NETWORK_TIME.inc(spent_s)
        if self._budget is not None:
            self._budget.spend(spent_s)
        return found
