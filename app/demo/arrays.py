"""Arrays of the two kinds that OpenCV's drawing functions take."""

import numpy as np
import numpy.typing as npt


def floats(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return values as float32, of the same shape."""
    return np.asarray(values, np.float32)


def pixels(values: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return whole pixel coordinates as int32, of the same shape; fractions are rounded."""
    return np.rint(np.asarray(values, np.float64)).astype(np.int32)


def levels(values: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return brightness or colour as uint8, of the same shape; what lies outside 0..255 is cut off."""
    return np.asarray(np.clip(np.asarray(values), 0, 255), np.uint8)
