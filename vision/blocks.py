"""The grid of blocks in which camera health compares pictures, and means over it."""

import numpy as np
import numpy.typing as npt

from vision.detector import Small

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

WIDTH_PX, HEIGHT_PX = 160, 90
"""Half the small picture: fine enough for a lens out of focus, and a quarter of the work."""
COLUMNS, ROWS = 8, 6
BLOCKS = COLUMNS * ROWS

_ACROSS = np.kron(np.eye(COLUMNS), np.full((WIDTH_PX // COLUMNS, 1), COLUMNS / WIDTH_PX)).astype(np.float32)
_DOWN = np.kron(np.eye(ROWS), np.full((1, HEIGHT_PX // ROWS), ROWS / HEIGHT_PX)).astype(np.float32)


class BlockMeans:
    """Means over the blocks of several planes at once: two small matrix products, without allocation."""

    def __init__(self, planes: int) -> None:
        """Make room for `planes` pictures."""
        self._rows: Floats = np.empty((planes, ROWS, WIDTH_PX), np.float32)
        self._means: Floats = np.empty((planes, ROWS, COLUMNS), np.float32)

    def of(self, planes: Floats) -> Floats:
        """Return float32, (planes, 6, 8), overwritten by the next call, from float32, (planes, 90, 160)."""
        np.matmul(_DOWN, planes, out=self._rows)
        np.matmul(self._rows, _ACROSS, out=self._means)
        return self._means


def widened(blocks: Flags, out: Small) -> None:
    """Write 1 into every pixel of the chosen blocks, 0 into the others.

    Args:
        blocks: bool, (6, 8).
        out: uint8, (90, 160).
    """
    out.reshape(ROWS, HEIGHT_PX // ROWS, COLUMNS, WIDTH_PX // COLUMNS)[:] = blocks[:, None, :, None]
