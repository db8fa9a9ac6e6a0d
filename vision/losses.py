"""For how long each block of a picture has been lost: what hides a camera stays, what passes does not."""

import math

import numpy as np

from vision.blocks import COLUMNS, ROWS, Flags, Floats
from vision.faults import Comparison
from vision.stillness import Stillness

RIPE_S = 4.0
"""A lorry driving through hides no single block for so long."""
FRESH_S = 0.9
AT_ONCE_S = 2.5
"""A switch takes less."""
SUDDEN_S = 12.0
"""What is pushed before a camera, and a push against it, takes seconds; a tide or a filling car park takes minutes."""
BUSY_S = 1.5
BUSY_LEAST = 1.5
BUSY_NOISE, BUSY_MOST = 2.5, 8.0
"""A block in which something moves changes by more than this (grey levels), or this many times its noise; noise alone
makes 1.1 times itself."""
BUSY_USUAL = 1.5
"""More, too, than this many times what most blocks usually change by: leaves in the wind."""
BUSY_CUT = 4.0
"""Greater changes than so many times the limit count as that: a cover that arrives must not look busy for long."""
FORGIVEN_S = 1.0
"""A block seen again for less than this stays lost: somebody walks past a cover, light plays on it."""
AT_ONCE_SHARE, AT_ONCE_LEAST = 0.6, 0.2
"""Shares of what was lost of late, and of the textured blocks: drops of paint come by ones and twos."""


class Losses:
    """Ages of lost blocks.

    A block in which something moves is not counted, unless it is flat: a crowd is no cover, a cloth in the wind is.
    """

    def __init__(self) -> None:
        self._since_s: Floats = np.full((ROWS, COLUMNS), np.inf, np.float32)
        self._well_s: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._restless: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._flat: Flags = np.zeros((ROWS, COLUMNS), np.bool_)
        self._counted: Flags = np.zeros((ROWS, COLUMNS), np.bool_)
        self._number = 1
        self._t_s = 0.0
        self._step_s = 0.0

    def see(self, seen: Comparison, stillness: Stillness, t_s: float) -> None:
        """Take in a comparison.

        Args:
            seen: What is lost now.
            stillness: How much each block changes, and usually does.
            t_s: Now.
        """
        self._step_s, self._t_s = t_s - self._t_s, t_s
        limit = busy_limit(stillness)
        weight = np.float32(1.0 - math.exp(-self._step_s / BUSY_S))
        self._restless += weight * (np.minimum(stillness.activity, np.float32(BUSY_CUT * limit)) - self._restless)
        busy = self._restless > limit
        self._counted = seen.lost & (seen.flat | ~busy)
        self._flat = seen.flat
        self._well_s[self._counted] = 0.0
        self._well_s[~self._counted] += np.float32(self._step_s)
        self._since_s[self._counted & np.isinf(self._since_s)] = t_s
        self._since_s[self._well_s >= FORGIVEN_S] = np.inf
        self._number = max(seen.number, 1)

    @property
    def blocks(self) -> Flags:
        """The blocks that count as lost now."""
        return self._counted

    @property
    def fresh_share(self) -> float:
        """Share of the textured blocks lost for a moment already."""
        return self._older(FRESH_S)

    @property
    def ripe_share(self) -> float:
        """Share lost for so long that nothing passes by there."""
        return self._older(RIPE_S)

    @property
    def flat_share(self) -> float:
        """Share of the lost blocks in which hardly any edges are left."""
        lost = np.count_nonzero(self._counted)
        return float(np.count_nonzero(self._flat & self._counted)) / lost if lost else 0.0

    @property
    def flat_blocks_share(self) -> float:
        """Share of the textured blocks that are lost and have hardly any edges left."""
        return float(np.count_nonzero(self._flat & self._counted)) / self._number

    @property
    def sudden_share(self) -> float:
        """Largest share of the textured blocks that was lost within a few seconds (or three pictures)."""
        return _together(self._since_s[self._counted], max(SUDDEN_S, 3 * self._step_s)) / self._number

    @property
    def at_once(self) -> bool:
        """Whether many blocks, and most of those lost of late, were lost at one stroke, as when light is switched.

        What was lost long before, under a tide that rises or a car that parked, says nothing about the light.
        """
        since_s = self._since_s[self._counted]
        latest_s = since_s[since_s >= since_s.max(initial=0.0) - np.float32(SUDDEN_S)]
        least = max(AT_ONCE_SHARE * latest_s.size, AT_ONCE_LEAST * self._number)
        return bool(_together(latest_s, max(AT_ONCE_S, 2 * self._step_s)) >= least)

    def clear(self) -> None:
        """Forget all, as after the usual view was set anew."""
        self._since_s.fill(np.inf)
        self._counted = np.zeros((ROWS, COLUMNS), np.bool_)

    def _older(self, age_s: float) -> float:
        return float(np.count_nonzero(self._counted & (self._t_s - self._since_s >= age_s))) / self._number


def busy_limit(stillness: Stillness) -> float:
    """Return by how many grey levels a block changes, on average, in which something moves."""
    return max(min(max(BUSY_LEAST, BUSY_NOISE * stillness.noise), BUSY_MOST), BUSY_USUAL * stillness.usual_life)


def _together(since_s: Floats, within_s: float) -> int:
    """Return how many blocks were lost within so many seconds of each other, at most."""
    since_s = np.sort(since_s)
    ends = np.searchsorted(since_s, since_s + np.float32(within_s), side="right")
    return int((ends - np.arange(since_s.size)).max(initial=0))
