"""Finds the thing itself in a picture: what has lain unchanged since it came may be shown, though it is foreground.

Whatever is new is foreground for minutes, and foreground is hidden for fear that it is a person. A thing is told from
people by three facts: it lies where the finding says, it has looked the same for most of the time since it came, and it
does not rise tall and narrow like somebody standing there.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.scale import BodyScale

BLURS_PX = {"waste_pile": 3, "abandoned_object": 3, "water_level": 9}
"""Kinds of finding that are things at rest, and over how many pixels at 320 px width they are compared: ripples
average out over nine."""

UPRIGHT_KINDS = frozenset({"waste_pile", "abandoned_object"})
"""Kinds in which an upright shape is doubtful. Water has no height, and stands behind whoever wades in it."""

LEAST_PICTURES = 2
SPAN_S = 5.0
"""Pictures since the thing came, and seconds between the first of them and now, before anything is shown."""

SAME_SHARE = 0.6
"""Share of the time since the thing came. Passers-by change a place for less; somebody who came and stands there would
have to have come soon after the thing."""

LEAST_DIFFERENCE = 12.0
CONTRAST_SHARE = 0.06
"""As the background model has them: noise, and shadows of clouds after the common gain is taken out."""

MARGIN_SHARE, MARGIN_PX = 0.25, 8
"""Around the box, its shadow and the trail of whoever left it; places at rest there show only the ground."""

TALL_SHARE = 0.55
"""Of a standing person's height: as tall as somebody who sits on the ground."""
SIDE_SHARE, THIN_SHARE = 0.35, 0.15
"""Width of a person over its height, arms included; and from the side, where the thinnest is the head."""


def at_rest(
    kind: str,
    box: Box,
    now: tuple[float, Small],
    before: Sequence[tuple[float, Small]],
    foreground: Mask,
    scale: BodyScale,
) -> Mask | None:
    """Return where the picture shows the thing or the ground around it, and certainly nobody who came later.

    Args:
        kind: Kind of finding.
        box: Where it lies.
        now: The picture to be shown with its time: uint8, (180, 320).
        before: Earlier pictures since the thing came, each with its time, oldest first.
        foreground: What differs from the background now: uint8, (180, 320), 0 or 255.
        scale: How large people stand here.

    Returns:
        uint8, (180, 320), 0 or 255; None where nothing can be said, so that all movement stays hidden.
    """
    blur_px = BLURS_PX.get(kind)
    now_s, shown = now
    if blur_px is None or len(before) < LEAST_PICTURES or now_s - before[0][0] < SPAN_S:
        return None
    x, y, width, height = around(box).to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    place = np.s_[y : y + height, x : x + width]
    mine = cv2.blur(shown, (blur_px, blur_px))[place].astype(np.float32)
    tolerance = LEAST_DIFFERENCE + np.float32(CONTRAST_SHARE) * mine
    brightness = _brightness(shown)
    same_s: npt.NDArray[np.float32] = np.zeros(mine.shape, np.float32)
    # Each picture stands for the time until the next.
    ends_s = [t_s for t_s, _ in before[1:]] + [now_s]
    for (t_s, then), end_s in zip(before, ends_s, strict=True):
        gain = np.float32(brightness / _brightness(then))
        theirs = cv2.blur(then, (blur_px, blur_px))[place].astype(np.float32) * gain
        same_s += (np.abs(mine - theirs) <= tolerance) * np.float32(end_s - t_s)
    rest: Mask = np.zeros_like(shown)
    rest[place] = np.where(same_s >= SAME_SHARE * (now_s - before[0][0]), np.uint8(255), np.uint8(0))
    if kind in UPRIGHT_KINDS:
        cv2.bitwise_and(rest, cv2.bitwise_not(_tall(foreground, box, scale)), dst=rest)
    return rest


def _brightness(small: Small) -> float:
    return float(np.median(small[::4, ::4])) + 2.0  # as the background model has it: black divides nothing


def around(box: Box) -> Box:
    """Return the box with its surroundings, where a thing's shadow lies and whoever left it walked."""
    aside = MARGIN_SHARE * box.width + MARGIN_PX / SMALL_WIDTH_PX
    above = MARGIN_SHARE * box.height + MARGIN_PX / SMALL_HEIGHT_PX
    return Box(box.x - aside, box.y - above, box.width + 2 * aside, box.height + 2 * above)


def _tall(foreground: Mask, box: Box, scale: BodyScale) -> Mask:
    """Return pieces of foreground that stand like a person: tall and narrow, with what belongs to them beside.

    What is wider than a person at that height is a heap; of whoever stands before it, what rises above it remains.
    """
    foot = np.array([box.y + box.height])
    least_px = max(float(scale.least(foot)[0]) * SMALL_HEIGHT_PX, 1.0)
    most_px = max(float(scale.most(foot)[0]) * SMALL_HEIGHT_PX, 1.0)
    run_px, side_px = _odd(TALL_SHARE * least_px), _odd(SIDE_SHARE * most_px)
    closed = cv2.morphologyEx(foreground, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((run_px, 1), np.uint8))
    heaps = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((run_px, side_px), np.uint8))
    narrow = cv2.bitwise_and(runs, cv2.bitwise_not(heaps))
    # A heap's ragged rim is narrow too, but thinner than anybody.
    bodies = cv2.morphologyEx(narrow, cv2.MORPH_OPEN, np.ones((3, _odd(THIN_SHARE * least_px)), np.uint8))
    return np.asarray(cv2.dilate(bodies, np.ones((3, _odd(SIDE_SHARE * least_px)), np.uint8)), np.uint8)


def _odd(length_px: float) -> int:
    """Return an odd length of at least three: with even ones OpenCV's opening shifts by a pixel."""
    return max(round(length_px) | 1, 3)
