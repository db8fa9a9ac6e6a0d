"""Waiting for a condition instead of sleeping for a guess."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], *, timeout_s: float = 10.0) -> None:
    """Return as soon as the condition holds.

    Raises:
        AssertionError: it did not hold in time.
    """
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"did not come true within {timeout_s} s")
        time.sleep(0.01)
