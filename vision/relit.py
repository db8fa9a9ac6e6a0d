"""Tells a scene in other light from another scene, whatever the light did to its tones."""

from collections.abc import Sequence

import cv2
import numpy as np

from vision.blocks import COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, Flags, Floats
from vision.detector import Small

HEIGHT, WIDTH = 2 * HEIGHT_PX // ROWS, 2 * WIDTH_PX // COLUMNS
"""Regions of two by two blocks: enough pixels that chance explains little."""
TONES = 8
EXPLAINED = 0.35
"""Share of a region's variance explained by its usual tones. Another scene explains 0.05 to 0.2 of it by chance, the
same scene under infrared light 0.3 to 0.9, noise included."""
BETTER = 0.15
ASIDE_PX = ((0, 11), (0, -11), (9, 0), (-9, 0))
"""The scene must explain itself better at its place than shifted: doors and walls of two tones explain much by
chance."""
SHARE = 0.3
MOSTLY = 3
LEAST_REGIONS = 2
LEAST_CONTRAST = 3.0


def is_relit(half: Small, usual: Floats, lost: Flags) -> bool:
    """Tell whether the lost part of a picture is the usual scene, of which each tone has become another tone.

    Uses the correlation ratio (Roche et al. 1998, made for registering pictures of different senses): how much of the
    present brightness is explained by any function of the usual brightness. Infrared light makes leaves bright and
    skies dark, so no correlation of brightness or gradients finds the scene again.

    Args:
        half: The picture, uint8, (90, 160).
        usual: The usual view, float32, (90, 160).
        lost: Blocks whose edges are not the usual ones, bool, (6, 8).
    """
    half = np.asarray(cv2.GaussianBlur(half, (3, 3), 0), np.uint8)
    usual = np.asarray(cv2.GaussianBlur(usual, (3, 3), 0), np.float32)
    regions = [
        (slice(y, y + HEIGHT), slice(x, x + WIDTH))
        for y, row in zip(range(0, HEIGHT_PX, HEIGHT), range(0, ROWS, 2), strict=True)
        for x, column in zip(range(0, WIDTH_PX, WIDTH), range(0, COLUMNS, 2), strict=True)
        if np.count_nonzero(lost[row : row + 2, column : column + 2]) >= MOSTLY
    ]
    beside = [np.roll(usual, shift, axis=(0, 1)) for shift in ASIDE_PX]
    votes = [_is_explained(half[region], usual[region], [other[region] for other in beside]) for region in regions]
    known = [vote for vote in votes if vote is not None]
    return len(known) >= LEAST_REGIONS and sum(known) >= SHARE * len(known)


def _is_explained(now: Small, usual: Floats, beside: Sequence[Floats]) -> bool | None:
    """Tell whether the usual tones explain a region, and better than those beside it; None where it has too few."""
    _, deviation = cv2.meanStdDev(usual)
    if float(deviation[0, 0]) < LEAST_CONTRAST:
        return None
    share = _explained(now, usual)
    return share > EXPLAINED and share > BETTER + sum(_explained(now, other) for other in beside) / len(beside)


def _explained(now: Small, usual: Floats) -> float:
    """Return the share of a region's variance that its usual tones explain, 0..1."""
    values = now.ravel()[np.argsort(usual.ravel())].astype(np.float64)
    middle = values.mean()
    groups = values[: values.size // TONES * TONES].reshape(TONES, -1).mean(axis=1)
    between = float(np.square(groups - middle).mean())
    return between / max(float(np.square(values - middle).mean()), 1e-3)
