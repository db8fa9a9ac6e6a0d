"""What stays, when passers-by, rain and noise are taken out of the last seconds."""

import math

import numpy as np
import numpy.typing as npt

from vision.detector import Small

SAMPLES = 9
"""Whoever is there in fewer than half of these pictures leaves no trace in their median."""
LEAST_SAMPLES = 5


class SteadyPicture:
    """The temporal median of a few pictures spread over a window of time. Allocates once."""

    def __init__(self, *, height_px: int, width_px: int, window_s: float) -> None:
        """Set up the window.

        Args:
            height_px: Height of the pictures.
            width_px: Width.
            window_s: Over how long the pictures are spread.
        """
        self._ring: npt.NDArray[np.uint8] = np.zeros((SAMPLES, height_px, width_px), np.uint8)
        self._sorted = np.zeros_like(self._ring)
        self._lower = np.zeros_like(self._ring[0])
        self._gap_s = window_s / SAMPLES
        self._window_s = window_s
        self._taken = 0
        self._taken_s = -math.inf

    @property
    def ready(self) -> bool:
        """Whether enough pictures are there."""
        return self._taken >= LEAST_SAMPLES

    def offer(self, picture: Small, t_s: float) -> bool:
        """Take the picture if its turn has come; after a gap start anew, since the old pictures prove nothing.

        Returns:
            Whether it was taken.
        """
        if t_s - self._taken_s < self._gap_s:
            return False
        if t_s - self._taken_s > max(self._window_s, 4 * self._gap_s):
            self._taken = 0
        np.copyto(self._ring[self._taken % SAMPLES], picture)
        self._taken += 1
        self._taken_s = t_s
        return True

    def clear(self) -> None:
        """Forget all pictures."""
        self._taken = 0
        self._taken_s = -math.inf

    def settle(self) -> tuple[Small, Small]:
        """Return the median picture and how restless each pixel was.

        Returns:
            Median, and distance between the quartiles in grey levels; both uint8 of the picture's shape, valid
            until the next call.
        """
        count = min(self._taken, SAMPLES)
        ordered = self._sorted[:count]
        np.copyto(ordered, self._ring[:count])
        sort_pixels(ordered, self._lower)
        low, high = ordered[count // 4], ordered[count - 1 - count // 4]
        np.subtract(high, low, out=self._lower)
        return ordered[count // 2], self._lower


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
