"""Waiting for a condition instead of sleeping for a guess."""

import time
from collections.abc import Callable

WAIT_S = 15.0


def until(condition: Callable[[], object], what: str = "the condition", timeout_s: float = WAIT_S) -> None:
    """Return as soon as a condition holds.

    Args:
        condition: Asked again and again.
        what: What it is, for whoever reads that it never came.
        timeout_s: How long to wait for it.

    Raises:
        AssertionError: it did not hold in time.
    """
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.01)
