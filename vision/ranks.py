"""Order statistics of a few pictures, pixel by pixel, by sorting networks of whole-picture minima and maxima."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]


class Exchange(NamedTuple):
    """One comparator: puts the smaller value of two places into the first, the larger into the second.

    Attributes:
        low: First place.
        high: Second place.
        keep_low: Whether anybody still asks for the smaller value.
        keep_high: Whether anybody still asks for the larger one.
    """

    low: int
    high: int
    keep_low: bool
    keep_high: bool


@cache
def network(count: int, ranks: tuple[int, ...]) -> tuple[Exchange, ...]:
    """Return the exchanges after which the places `ranks` hold the values of these ranks.

    Batcher's odd-even merge sort (1968) for the next power of two, without the places beyond `count`, which would
    hold infinity and never move, and without what nobody asks for: 27 exchanges instead of 36 for the median and the
    quartiles of nine.
    """
    places = 1 << (count - 1).bit_length()
    pairs = [(low, high) for low, high in _batcher(places) if high < count]
    needed, kept = set(ranks), list[Exchange]()
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            kept.append(Exchange(low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))


def _batcher(places: int) -> Sequence[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    p = 1
    while p < places:
        k = p
        while k >= 1:
            for j in range(k % p, places - k, 2 * k):
                pairs += [
                    (i + j, i + j + k)
                    for i in range(min(k, places - j - k))
                    if (i + j) // (2 * p) == (i + j + k) // (2 * p)
                ]
            k //= 2
        p *= 2
    return pairs


def rank(pictures: list[Bytes], ranks: tuple[int, ...], spare: Bytes) -> tuple[list[Bytes], Bytes]:
    """Return the pictures of some ranks at each pixel.

    Args:
        pictures: uint8, of one shape each; their contents are overwritten.
        ranks: Which ranks, 0 the smallest.
        spare: One more array of the same shape.

    Returns:
        An array for each rank, and the array left over; all among those given.
    """
    for low, high, keep_low, keep_high in network(len(pictures), ranks):
        smaller, larger = pictures[low], pictures[high]
        if keep_low and keep_high:
            np.minimum(smaller, larger, out=spare)
            np.maximum(smaller, larger, out=larger)
            pictures[low], spare = spare, smaller
        elif keep_low:
            np.minimum(smaller, larger, out=smaller)
        else:
            np.maximum(smaller, larger, out=larger)
    return [pictures[place] for place in ranks], spare
