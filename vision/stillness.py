"""Tells a frozen picture from a quiet scene."""

import math

import cv2
import numpy as np

from vision.blocks import BLOCKS, COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, BlockMeans, Floats
from vision.detector import Small

NOISE_RANK = BLOCKS // 4
LIFE_RANK = 3 * BLOCKS // 4
"""A quarter of the blocks changes more than the life of a picture. Noise, leaves and water change most blocks, while
walkers and a clock drawn into the picture change few: they neither prove nor disprove life."""
MEAN_OF_NOISE = 1.128
"""Mean absolute difference of two pictures over the standard deviation of their Gaussian noise: 2 / sqrt(pi)."""

STILL_SHARE = 0.3
STILL_LEAST, STILL_MOST = 0.012, 0.6
"""Grey levels. Still is what changes less than this share of the life in the quietest tenth of the last minutes."""
SILENT_LEAST = 0.03
"""A camera that is as quiet as this while alive repeats pictures exactly when nothing moves: its stillness proves
nothing for a long while."""
MOVES_LEAST = 1.0
DRIFT_MOST = 1.2
"""Grey levels that a frozen picture, coded anew at each keyframe, may wander from its first: a block each."""
CLOCK_BLOCKS = 4
"""A clock or a camera's name takes at most so many blocks, in the top or bottom row."""
STIR_S = 1.3
FROZEN_S = 6.0
FROZEN_TICKS = 3
SILENT_FROZEN_S = 60.0
REPEATS = 3.0
"""A silent camera must stand still this many times longer than it ever did of late."""
FORGET_REST_S = 1800.0
"""Half-life of the longest rest seen: a quiet night must not make a camera blind for standstill by day."""
ALIVE_S = 20.0
"""Life seen before, so that a quiet camera has shown how quiet it usually is."""
MEMORY = 128
LEAST_MEMORY = 8
QUIETEST = 0.1
USUAL_S = 300.0
"""Time constant of what most blocks usually change by: a crowd must not become usual while it gathers."""
LIGHT_SHARE = 0.1
"""When brightness jumps by this share, noise changes with it, so life is learned anew."""


class Stillness:
    """Whether the picture is frozen, how noisy it is, and how much each block moves.

    A live picture has noise, so a frozen one is stiller than the camera ever was when nothing moved. One whose encoder
    smooths all noise away (`silent`) is frozen only when it rests far longer than it ever did. A short stir is a
    keyframe, a longer one is life.
    """

    def __init__(self) -> None:
        shape = (HEIGHT_PX, WIDTH_PX)
        self._last: Small = np.zeros(shape, np.uint8)
        self._first: Small = np.zeros(shape, np.uint8)
        self._difference: Small = np.zeros(shape, np.uint8)
        self._glance: Floats = np.zeros((ROWS, COLUMNS), np.float32)
        self._planes: Floats = np.zeros((2, *shape), np.float32)
        self._means, self._lively_means = BlockMeans(2), BlockMeans(1)
        self._lives = np.zeros(MEMORY, np.float32)
        self._number = 0
        self._quietest = 0.0
        self._alive_s = 0.0
        self._longest_s = 0.0
        self._seen_s: float | None = None
        self._stills = 0
        self._still_s = 0.0
        self._stirred = False
        self._level = 0.0
        self._frozen = False
        self.since_s = 0.0
        self.noise = 0.0
        self.usual_life = 0.0
        self.activity: Floats = np.zeros((ROWS, COLUMNS), np.float32)

    def see(self, half: Small, t_s: float) -> bool:
        """Take in a picture, uint8 (90, 160), and tell whether it is frozen."""
        if self._seen_s is None:
            self._rest_from(half, t_s)
        else:
            self._measure(half)
            self._judge(half, t_s, t_s - self._seen_s)
        self._seen_s = t_s
        np.copyto(self._last, half)
        return self._frozen

    def glance(self, half: Small) -> Floats:
        """Return by how many grey levels each block differs from the picture seen last: float32, (6, 8).

        Nothing is remembered of the picture.
        """
        self._differ(half, self._last, self._planes[0])
        cv2.resize(self._planes[0], (COLUMNS, ROWS), dst=self._glance, interpolation=cv2.INTER_AREA)
        return self._glance

    def is_alive(self, change: Floats) -> bool:
        """Tell of such a change whether it is more than that of a still picture could be."""
        return int(np.count_nonzero(change > self._still_most())) >= BLOCKS - LIFE_RANK

    def note(self, half: Small, t_s: float) -> None:
        """Take a picture for alive that was only glanced at: what it changes by is not learned."""
        np.copyto(self._last, half)
        self._rest_from(half, t_s)

    @property
    def resting(self) -> bool:
        """Whether nothing changed with the last picture, or a rest was only just stirred."""
        return self._stills > 0

    def forget(self) -> None:
        """Start anew, as after a gap."""
        self._seen_s = None
        self._number = 0
        self._alive_s = 0.0
        self._frozen = False
        self.activity = np.zeros((ROWS, COLUMNS), np.float32)

    def _measure(self, half: Small) -> None:
        if self._stills == 0:  # then the last picture was the first
            self._differ(half, self._last, self._planes[0])
            (self.activity,) = self._lively_means.of(self._planes[:1])
            self._drift = self.activity
            return
        for plane, other in zip(self._planes, (self._last, self._first), strict=True):
            self._differ(half, other, plane)
        self.activity, self._drift = self._means.of(self._planes)

    def _differ(self, half: Small, other: Small, plane: Floats) -> None:
        cv2.absdiff(half, other, dst=self._difference)
        np.copyto(plane, self._difference, casting="unsafe")

    def _judge(self, half: Small, t_s: float, passed_s: float) -> None:
        ordered = np.sort(self.activity, axis=None)
        life = float(ordered[LIFE_RANK])
        self.noise += (1.0 - math.exp(-passed_s / 5.0)) * (float(ordered[NOISE_RANK]) / MEAN_OF_NOISE - self.noise)
        self._longest_s *= 0.5 ** (passed_s / FORGET_REST_S)
        if self._is_still(life):
            self._stills += 1
            self._still_s = t_s
            self._stirred = False
        elif self._stills >= FROZEN_TICKS and (not self._stirred or t_s - self._still_s < STIR_S):
            self._stirred = True
        else:
            self._live(life, half, t_s, passed_s)
        if self._stills >= FROZEN_TICKS and t_s - self.since_s >= self._needed_s():
            self._frozen = True

    def _is_still(self, life: float) -> bool:
        """Tell whether nothing changed since the last picture, or since the first of this rest."""
        bound = self._still_most()
        drift = float(np.sort(self._drift, axis=None)[LIFE_RANK])
        if drift < bound and not self._moves(self._drift):
            return True
        return life < bound and drift < DRIFT_MOST and not self._moves(self.activity)

    def _still_most(self) -> float:
        return min(max(STILL_SHARE * self._quietest, STILL_LEAST), STILL_MOST)

    @staticmethod
    def _moves(change: Floats) -> bool:
        """Tell whether something moves elsewhere than a clock stands."""
        moving = change > MOVES_LEAST
        return bool(moving[1:-1].any()) or int(np.count_nonzero(moving)) > CLOCK_BLOCKS

    def _live(self, life: float, half: Small, t_s: float, passed_s: float) -> None:
        self._longest_s = max(self._longest_s, t_s - passed_s - self.since_s)
        self._alive_s += passed_s
        level = float(half[::8, ::8].mean())
        if abs(level - self._level) > LIGHT_SHARE * self._level:
            self._number = 0
            self._alive_s = 0.0
        self._level = level
        self._lives[self._number % MEMORY] = life
        self._number += 1
        known = np.sort(self._lives[: min(self._number, MEMORY)])
        self._quietest = float(known[int(QUIETEST * known.size)])
        middle = float(known[known.size // 2])
        follow = 1.0 - math.exp(-passed_s / min(USUAL_S, max(self._alive_s, 1.0)))
        self.usual_life += follow * (middle - self.usual_life)
        self._rest_from(half, t_s)

    def _needed_s(self) -> float:
        """Return how long the picture must stand still to be frozen."""
        if self._alive_s < ALIVE_S or self._number < LEAST_MEMORY:
            return math.inf
        if self._quietest < SILENT_LEAST:
            return max(SILENT_FROZEN_S, REPEATS * self._longest_s)
        return max(FROZEN_S, REPEATS * self._longest_s)

    def _rest_from(self, half: Small, t_s: float) -> None:
        np.copyto(self._first, half)
        self.since_s = t_s
        self._stills = 0
        self._stirred = self._frozen = False
