"""Which of many overlapping boxes to keep, so that nobody is counted twice."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

OVERLAP_SHARE = 0.45
LOOSE_SHARE = 0.3
OVERLAPS = (np.float32(OVERLAP_SHARE), np.float32(LOOSE_SHARE))
"""Overlap, of the union, from which two boxes of one look, and of two looks, show the same person."""
INSIDE_SHARE = 0.75
"""A box lying so far inside another is a second look at the same person: head, or upper body."""


def suppress(boxes: Floats, scores: Floats, looks: npt.NDArray[np.int64] | None = None) -> list[int]:
    """Return which boxes to keep, surest first, so that nobody is counted twice.

    Greedy non-maximum suppression; a box mostly inside a surer one goes too, whatever their sizes.

    Args:
        boxes: (n, 4) as left, top, width, height.
        scores: (n,).
        looks: (n,), which look found each; None for one look. Boxes of one person from two looks lie less exactly on
            each other than two people of one look, so less overlap makes them one.
    """
    kept: list[int] = []
    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    areas = np.maximum(boxes[:, 2] * boxes[:, 3], np.float32(1e-9))
    left_over = np.argsort(-scores, kind="stable")
    while left_over.size:
        best, others = left_over[0], left_over[1:]
        kept.append(int(best))
        across = np.minimum(right[best], right[others]) - np.maximum(boxes[best, 0], boxes[others, 0])
        down = np.minimum(bottom[best], bottom[others]) - np.maximum(boxes[best, 1], boxes[others, 1])
        common = np.maximum(across, 0) * np.maximum(down, 0)
        union = areas[best] + areas[others] - common
        least = np.float32(OVERLAP_SHARE) if looks is None else np.where(looks[others] == looks[best], *OVERLAPS)
        same = (common > least * union) | (common > INSIDE_SHARE * areas[others])
        left_over = others[~same]
    return kept
