"""Pauses between attempts."""

import random
from collections.abc import Iterator


def full_jitter(*, first_s: float = 0.5, longest_s: float = 30.0, seed: int | None = None) -> Iterator[float]:
    """Yield pauses in seconds for ever: uniform between zero and a doubling, capped bound.

    Full jitter keeps a hundred cameras from knocking together after a switch restarts
    (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    """
    draw = random.Random(seed)  # noqa: S311 - spreads load, guards nothing
    bound_s = first_s
    while True:
        yield draw.uniform(0.0, bound_s)
        bound_s = min(bound_s * 2, longest_s)
