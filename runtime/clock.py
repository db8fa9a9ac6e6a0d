"""Time, injectable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the current time, aware UTC."""

TICK = timedelta(microseconds=1)
"""What PostgreSQL and `datetime` can tell apart."""

_SET_BACK = timedelta(seconds=1)


def utc_now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)


class Unrepeated:
    """A clock that never tells the same time twice: what comes within its resolution is a tick apart.

    It follows a clock that is set back by more than a second. For one thread.

    Args:
        clock: The time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time, later than the last."""
        now = self._clock()
        if now <= self._told and self._told - now < _SET_BACK:
            now = self._told + TICK
        self._told = now
        return now
