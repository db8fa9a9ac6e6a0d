"""Tells a scene in other light from another scene, whatever the light did to its tones."""

import cv2
import numpy as np

from vision.blocks import COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, Flags, Floats
from vision.detector import Small

DOWN, ACROSS = ROWS // 2, COLUMNS // 2
"""Regions of two by two blocks: enough pixels that chance explains little."""
TONES = 8
EXPLAINED = 0.35
"""Share of a region's variance explained by its usual tones. Another scene explains 0.05 to 0.2 of it by chance, the
same scene under infrared light 0.3 to 0.9, noise included."""
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
    height, width = HEIGHT_PX // DOWN, WIDTH_PX // ACROSS
    explained = [
        _explained(half[y : y + height, x : x + width], usual[y : y + height, x : x + width])
        for y, row in zip(range(0, HEIGHT_PX, height), range(0, ROWS, 2), strict=True)
        for x, column in zip(range(0, WIDTH_PX, width), range(0, COLUMNS, 2), strict=True)
        if np.count_nonzero(lost[row : row + 2, column : column + 2]) >= MOSTLY
    ]
    known = [share for share in explained if share is not None]
    return len(known) >= LEAST_REGIONS and sum(share > EXPLAINED for share in known) >= SHARE * len(known)


def _explained(now: Small, usual: Floats) -> float | None:
    """Return the share of the variance explained by the usual tones, None where the usual region has none to speak of."""
    tones = usual.ravel()
    _, deviation = cv2.meanStdDev(usual)
    if float(deviation[0, 0]) < LEAST_CONTRAST:
        return None
    values = now.ravel()[np.argsort(tones)].astype(np.float64)
    middle = values.mean()
    groups = values[: values.size // TONES * TONES].reshape(TONES, -1).mean(axis=1)
    between = float(np.square(groups - middle).mean())
    return between / max(float(np.square(values - middle).mean()), 1e-3)
