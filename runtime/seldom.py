"""Lines for the log that would repeat themselves as often as a broken connection does."""

import time
from collections.abc import Callable

AGAIN_S = 60.0


class Seldom:
    """Tells whether a line is worth saying: it is new, or a minute has passed since it was said. For one thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._said_s: dict[str, float] = {}

    def worth_saying(self, line: str) -> bool:
        """Tell whether a line is due, and count it as said if so."""
        now_s = self._monotonic()
        if now_s - self._said_s.get(line, -AGAIN_S) < AGAIN_S:
            return False
        self._said_s[line] = now_s
        return True

    def forget(self) -> None:
        """Take every line for new again: things were well meanwhile."""
        self._said_s.clear()
