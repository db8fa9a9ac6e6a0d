"""Tells flecks of sun and shade, as below a tree, from the pieces of a heap."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Mask

Codes = npt.NDArray[np.uint8]

BESIDE = np.ones((9, 9), np.uint8)
"""So far around what is covered both lights are looked for: a fleck has the other light beside it."""
LEVEL_CODES = 10
"""A light is one level within a sixth, as everywhere where light is judged (`light.SLACK`)."""
APART_CODES = 30
"""Sun is half as bright again as shade at least: a sky alone gives a quarter to a half of what the sun adds."""
EDGE = np.ones((5, 5), np.uint8)
NEIGHBOURHOOD_PX = (25, 25)
"""Flecks are judged together: a few bags of a heap may look like flecks, all of them do not."""
ALMOST_ALL = 0.93


def flecks(covered: Mask, codes: Codes, least: int, most: int, restless: Mask | None = None) -> npt.NDArray[np.bool_]:
    """Return where what seems to cover a place is the ground itself in sun and shade.

    Light multiplies: divided by the clean picture, shaded ground has one level and sunlit ground another, and between
    both lies nothing but their common edges. A heap brings many levels: its pieces differ, have bright tops and dark
    sides, and shine. So the two levels that most pixels have are sought, and whatever has one of them, or lies on an
    edge from one to the other, is explained; where almost all of a neighbourhood is, it is light.

    Args:
        covered: What seems to cover the place, 0 or 255.
        codes: Present over clean brightness, as `light.coded` writes it, of the same shape.
        least: Code of the darkest light that may be there.
        most: Of the brightest.
        restless: What varies, and tells nothing, 0 or 255.
    """
    beside = cv2.dilate(covered, BESIDE) > 0
    if restless is not None:
        beside &= restless == 0
    lights = _two_lights(codes[beside], least, most)
    if lights is None:
        return np.zeros(covered.shape, np.bool_)
    shade, sun = lights
    explained = _level(codes, shade) | _level(codes, sun)
    # The edge of a shadow is as soft as the lens: some pixels on, both lights are there and nothing beyond them.
    explained |= (
        _level(cv2.erode(codes, EDGE), shade) & _level(cv2.dilate(codes, EDGE), sun) & (codes > shade) & (codes < sun)
    )
    inside = (covered > 0).astype(np.float32)
    together = cv2.blur(inside, NEIGHBOURHOOD_PX)
    return np.asarray(cv2.blur(inside * explained, NEIGHBOURHOOD_PX) > np.float32(ALMOST_ALL) * together, np.bool_)


def _two_lights(codes: Codes, least: int, most: int) -> tuple[int, int] | None:
    """Return the darker and the brighter of the two levels that most pixels have, None where there is but one."""
    counts = np.bincount(codes, minlength=256)
    counts[:least] = counts[most + 1 :] = 0
    up_to = np.concatenate(([0], np.cumsum(counts)))
    level = np.arange(256)
    mass = up_to[np.minimum(level + LEVEL_CODES + 1, 256)] - up_to[np.maximum(level - LEVEL_CODES, 0)]
    first = int(mass.argmax())
    mass[max(first - APART_CODES + 1, 0) : first + APART_CODES] = 0
    second = int(mass.argmax())
    return (min(first, second), max(first, second)) if mass[second] else None


def _level(codes: Codes | cv2.typing.MatLike, level: int) -> npt.NDArray[np.bool_]:
    return np.asarray(cv2.inRange(codes, (level - LEVEL_CODES,), (level + LEVEL_CODES,)) > 0, np.bool_)
