"""What stays, when passers-by, rain and noise are taken out of the last seconds."""

import math

import numpy as np
import numpy.typing as npt

from vision.ranks import rank

FORGET_S = 35.0
"""After so long without a picture (three keyframes of the slowest codecs) the old ones prove nothing."""
SAMPLES = 9
"""Whoever is there in fewer than half of these pictures leaves no trace in their median."""
LEAST_SAMPLES = 5


class SteadyPicture:
    """The temporal median of a few pictures spread over a window of time. Allocates once.

    Works from many pictures a second down to one in ten seconds: then the window is as long as the least number of
    pictures takes.
    """

    def __init__(self, shape: tuple[int, ...], *, window_s: float, least: int = LEAST_SAMPLES) -> None:
        """Set up the window.

        Args:
            shape: Of the pictures, or of whatever part of them is kept.
            window_s: Over how long the pictures are spread; longer where too few come in that time.
            least: How many pictures are enough.
        """
        self._ring: npt.NDArray[np.uint8] = np.zeros((SAMPLES, *shape), np.uint8)
        self._sorted = np.zeros_like(self._ring)
        self._lower = np.zeros_like(self._ring[0])
        self._spare = np.zeros_like(self._ring[0])
        self._times_s = [-math.inf] * SAMPLES
        self._gap_s = window_s / SAMPLES
        self._window_s = window_s
        self._least = least
        self._taken = 0

    @property
    def ready(self) -> bool:
        """Whether enough pictures are there."""
        return self._taken >= self._least

    def due(self, t_s: float) -> bool:
        """Tell whether a picture's turn has come."""
        return self._taken == 0 or t_s - self._newest_s >= self._gap_s

    def offer(self, picture: npt.NDArray[np.uint8], t_s: float) -> bool:
        """Take the picture if its turn has come; tell whether it had."""
        if not self.due(t_s):
            return False
        self.take(picture, t_s)
        return True

    def take(self, picture: npt.NDArray[np.uint8], t_s: float) -> None:
        """Take the picture; after a long gap start anew."""
        if self._taken and t_s - self._newest_s > max(self._window_s, FORGET_S):
            self._taken = 0
        place = self._taken % SAMPLES
        np.copyto(self._ring[place], picture)
        self._times_s[place] = t_s
        self._taken += 1

    def clear(self) -> None:
        """Forget all pictures."""
        self._taken = 0

    def settle(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return the median of the window's pictures and how restless each pixel was.

        Returns:
            Median, and distance between the quartiles in grey levels; both uint8 of the picture's shape, valid
            until the next call.
        """
        places = self._places()
        count = len(places)
        for kept, place in zip(self._sorted, places, strict=False):
            np.copyto(kept, self._ring[place])
        ranks = count // 4, count // 2, count - 1 - count // 4
        (low, middle, high), _ = rank(list(self._sorted[:count]), ranks, self._spare)
        # Quartiles of fewer than four values are the extremes; the ranks may coincide, never their order.
        np.subtract(high, low, out=self._lower)
        return middle, self._lower

    def latest_two(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return the newest picture and the one before, valid until the next is taken."""
        return self._ring[(self._taken - 1) % SAMPLES], self._ring[(self._taken - 2) % SAMPLES]

    @property
    def _newest_s(self) -> float:
        return self._times_s[(self._taken - 1) % SAMPLES]

    def _places(self) -> list[int]:
        """Return where in the ring the pictures of the window lie, at least the least number of them."""
        places = [(self._taken - 1 - age) % SAMPLES for age in range(min(self._taken, SAMPLES))]
        within = sum(self._newest_s - self._times_s[place] <= self._window_s for place in places)
        return places[: max(within, self._least)]


def sort_pixels(stack: npt.NDArray[np.uint8], scratch: npt.NDArray[np.uint8]) -> None:
    """Sort each pixel's values over the first axis, in place.

    A bubble sort whose exchanges are whole-picture minima and maxima: for a handful of pictures many times quicker
    than `numpy.sort`, which walks pixel by pixel.

    Args:
        stack: uint8, (n, height, width).
        scratch: uint8, (height, width).
    """
    for last in range(len(stack) - 1, 0, -1):
        for i in range(last):
            np.minimum(stack[i], stack[i + 1], out=scratch)
            np.maximum(stack[i], stack[i + 1], out=stack[i + 1])
            np.copyto(stack[i], scratch)
