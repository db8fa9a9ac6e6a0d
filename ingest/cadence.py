"""Which of many pictures are handed on."""


class Cadence:
    """Picks pictures so that on average `rate_hz` of them are handed on.

    The schedule moves by whole periods, so jitter in arrival does not lower the rate; after a gap, or when time
    jumps back, it starts again, so a burst of late pictures is not handed on as a burst.
    """

    def __init__(self, rate_hz: float) -> None:
        if rate_hz <= 0:
            raise ValueError("rate_hz must be positive")
        self._period_s = 1.0 / rate_hz
        self._due_s: float | None = None

    def is_due(self, t_s: float) -> bool:
        """Tell whether the picture taken at `t_s` is to be handed on; asking counts as handing it on."""
        if self._due_s is None or abs(t_s - self._due_s) > 2 * self._period_s:
            self._due_s = t_s + self._period_s
            return True
        if t_s < self._due_s:
            return False
        self._due_s += self._period_s
        return True
