"""Time, injectable."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current time, aware UTC."""


def utc_now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)
