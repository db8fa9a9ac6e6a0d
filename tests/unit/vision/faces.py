"""People with faces full of detail, to measure what a picture that leaves the worker still shows of them."""

import cv2
import numpy as np
import numpy.typing as npt

from events.geometry import Box

Gray = npt.NDArray[np.uint8]

HEAD_SHARE = 1 / 7.5
"""Height of a head over that of a person, as figures are drawn."""
HEAD_WIDTH = 0.75
"""Width of a head over its height."""
LOWEST_CYCLES, HIGHEST_CYCLES = 6.0, 16.0
"""Detail in cycles across a head by which people are recognised begins at about six."""
SIDE_PX = 64


def stand(picture: Gray, x: float, foot: float, height: float, seed: int) -> Box:
    """Draw somebody into a picture and return the box of the head, in shares.

    Args:
        picture: uint8, (height, width); drawn into.
        x: Middle, in shares of the width.
        foot: Where the feet are, in shares of the height.
        height: Of the body, likewise.
        seed: Makes each face another.
    """
    height_px, width_px = picture.shape
    body_px = round(height * height_px)
    head_px = max(round(body_px * HEAD_SHARE), 2)
    wide_px = max(round(head_px * HEAD_WIDTH), 2)
    top, left = round((foot - height) * height_px), round(x * width_px - wide_px / 2)
    cv2.rectangle(
        picture,
        (round(left - wide_px / 2), top + head_px),
        (round(left + 1.5 * wide_px), round(foot * height_px)),
        60 + seed * 17 % 120,
        -1,
    )
    picture[top : top + head_px, left : left + wide_px] = _face(wide_px, head_px, seed)
    return Box(left / width_px, top / height_px, wide_px / width_px, head_px / height_px)


def _face(width_px: int, height_px: int, seed: int) -> Gray:
    """Return skin with features of all sizes that matter, at full contrast."""
    random = np.random.default_rng(seed)
    face = np.full((96, 72), 150, np.float32)
    for cells, strength in ((6, 30), (12, 40), (24, 40), (36, 30)):
        fine = random.normal(0, strength, (cells * 4 // 3, cells)).astype(np.float32)
        face += cv2.resize(fine, (72, 96), interpolation=cv2.INTER_CUBIC)
    whole = np.clip(face, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(whole, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)


def detail(picture: Gray, head: Box) -> float:
    """Return the strength of detail of 6 to 16 cycles across a head: squared grey levels.

    The head is brought to 64x64 pixels whatever its size, so that pictures of different sizes compare.
    """
    x, y, width, height = head.to_pixels(picture.shape[1], picture.shape[0])
    crop = cv2.resize(picture[y : y + height, x : x + width], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    window = np.outer(np.hanning(SIDE_PX), np.hanning(SIDE_PX))
    levels = crop.astype(float)
    power = np.square(np.abs(np.fft.fft2((levels - levels.mean()) * window))) / SIDE_PX**2
    across = np.fft.fftfreq(SIDE_PX, 1 / SIDE_PX)
    cycles = np.hypot(across[:, np.newaxis], across[np.newaxis, :])
    return float(power[(cycles >= LOWEST_CYCLES) & (cycles <= HIGHEST_CYCLES)].sum())
