"""Tells a thing that was put down from the ghost of one taken away, from light, and from noise."""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.lasting import CONTRAST_SHARE, LEAST_DIFFERENCE
from vision.likeness import DARKEST_FLOOR, Floats, similarity

Pixels = tuple[int, int, int, int]
"""x, y, width, height in the small picture."""

COMPLETED_PX = 5
SURROUND_PX = 6
"""So much around a piece is looked at to compare it with its surroundings."""
WINDOW_PX = (9, 9)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_NEAR = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
_AROUND = np.ones((2 * SURROUND_PX - 1, 2 * SURROUND_PX - 1), np.uint8)


SMALLEST_SIDE_PX, SMALLEST_BOX_PX = 8, 96
"""The smallest thing that is promised to be found: its box each way and in all, of 320x180 pixels. In pixels of the
source 6 times as much each way at 1080p, twice at 640x360."""
LEAST_PX = SMALLEST_BOX_PX // 2
"""So much of the smallest thing must show: it fills two thirds of its box, and a part is as bright as the ground.
Smaller pieces are not told from noise, or from the handle of a door left ajar."""
SURE_PX = 64
MOST_PX = 3456
"""Larger ones are not left by anybody: 6 % of the picture."""
LEAST_FILL = 0.3
MOST_ASPECT = 5.0
"""Share of its box a piece fills at least, and how many times longer than wide it is at most: what is thinner is the
rim of a shadow, a rope, a reflection."""

LEAST_PART = 0.3
"""So much of the larger one the smaller of two pieces must be to be the same thing, shown less well."""

CORE_SHARE, CORE_MOST = 0.5, 0.7
"""What differs by half of what the tenth that differs most does is the core of a piece, where it is so much smaller."""

EDGE_FLOOR = 20.0
GHOST_EVIDENCE, LEAST_EVIDENCE, SURE_EVIDENCE = -0.1, 0.0, 0.4
"""How much sharper the outline is than the same outline was in the background, as the mean logarithm of the ratio at
each of its pixels: at or below the first the place of a thing taken away, above the second a thing. A mean of
ratios rather than a ratio of means, since a kerb or a road marking under a small part of the outline is steeper than
most things. Of 2,062 composed pieces it told 4.8 % wrongly; with the contrast to the surroundings, as it was, 6.3 %."""
STANDS_OUT_FLOOR, STANDS_OUT_SHARE = 8.0, 0.25
"""By how much the inside differs from its surroundings, now over before, counts for a quarter beside the outline: on
ground full of edges an outline alone says little."""
LEAST_EDGE = 32.0
"""A step of 8 levels at a brightness of 100 or more, less in the dark: as faint as the change itself may be."""
SHARPNESS_LEAST, SHARPNESS_SURE = 0.25, 0.5
"""Step at the outline over the change inside: 1 for a thing in focus, a third for a cloud, a glare, a soft shadow."""
LIKENESS_SURE, LIKENESS_MOST = 0.25, 0.5
"""Structure that is still that of the ground: a shadow keeps it, a thing hides it."""
SHARP_LIKENESS = 0.15
IN_FOCUS_LEAST, IN_FOCUS_SURE = 0.6, 0.85
"""So much more may be alike of what has an outline twice as sharp as surely needed and is in focus, as shadows of
people are not: small things leave much of the ground in the windows in which structure is compared."""
SLIM_SURE = 3.0
"""Up to so many times longer than wide nothing is doubted; captions and rims are slimmer, things hardly ever."""
DOUBT_S = 20.0
"""A weak sign makes wait up to so long: clouds, glare and people move on meanwhile, things do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One connected part of what has changed for long.

    Attributes:
        box: Where, in pixels of the small picture.
        mask: Its pixels within the box, holes filled, uint8, (height, width), 0 or 255.
        area_px: Their number.
    """

    box: Pixels
    mask: Mask
    area_px: int


def pieces(lasting: Mask, closing_px: int) -> list[Piece]:
    """Return the connected parts of a mask, largest first.

    Args:
        lasting: uint8, (180, 320), not 0 where something lasts.
        closing_px: Gaps up to this wide are closed before.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (closing_px, closing_px))
    x0, y0, width, height = cv2.boundingRect(lasting)
    if not width:
        return []
    padded = cv2.copyMakeBorder(
        lasting[y0 : y0 + height, x0 : x0 + width],
        closing_px,
        closing_px,
        closing_px,
        closing_px,
        cv2.BORDER_CONSTANT,
        value=(0,),
    )
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Piece] = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        mask: Mask = np.zeros((h, w), np.uint8)
        cv2.drawContours(mask, [contour], -1, (255,), thickness=cv2.FILLED, offset=(-x, -y))
        box = (x + x0 - closing_px, y + y0 - closing_px, w, h)
        found.append(Piece(box=box, mask=mask, area_px=cv2.countNonZero(mask)))
    return sorted(found, key=lambda piece: -piece.area_px)


def completed(piece: Piece, now: Small, before: Small, changed: Mask) -> Piece:
    """Return a piece with what belongs to it though it differs less.

    Where a thing happens to be as bright as the ground, or as structured, it does not count as changed; beside what
    does, half the difference is enough. What counts as changed but is younger is somebody beside it.

    Args:
        piece: The piece.
        now: The picture, uint8, (180, 320).
        before: The background in the same light, uint8, (180, 320).
        changed: What differs, uint8, (180, 320), 0 or 255.
    """
    x, y, width, height = piece.box
    left, top = max(x - COMPLETED_PX, 0), max(y - COMPLETED_PX, 0)
    right, bottom = min(x + width + COMPLETED_PX, SMALL_WIDTH_PX), min(y + height + COMPLETED_PX, SMALL_HEIGHT_PX)
    then = before[top:bottom, left:right]
    least = cv2.convertScaleAbs(then, alpha=CONTRAST_SHARE / 2, beta=LEAST_DIFFERENCE / 2)
    differs = cv2.compare(cv2.absdiff(now[top:bottom, left:right], then), least, cv2.CMP_GT)
    weak = np.asarray(cv2.subtract(differs, changed[top:bottom, left:right]), np.uint8)
    mask: Mask = np.zeros_like(weak)
    mask[y - top : y - top + height, x - left : x - left + width] = piece.mask
    allowed = weak | mask
    for _ in range(COMPLETED_PX):
        mask = np.asarray(cv2.dilate(mask, _CROSS), np.uint8) & allowed
    # Threads that lead away are texture, not a part of it.
    opened = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _NEAR), np.uint8)
    opened[y - top : y - top + height, x - left : x - left + width] |= piece.mask
    whole = pieces(opened, 3)[0]
    return Piece(
        box=(whole.box[0] + left, whole.box[1] + top, whole.box[2], whole.box[3]),
        mask=whole.mask,
        area_px=whole.area_px,
    )


def core(piece: Piece, now: Small, before: Small) -> Piece | None:
    """Return the part of a piece that differs most, None where it all differs alike.

    A thing below the edge of a cloud, in a puddle that spreads or before a door that was opened has grown together
    with what differs less.

    Args:
        piece: The piece.
        now: The picture, uint8, (180, 320).
        before: The background in the same light, uint8, (180, 320).
    """
    x, y, width, height = piece.box
    window = np.s_[y : y + height, x : x + width]
    differs = cv2.absdiff(now[window], before[window])
    most = float(np.percentile(differs[piece.mask > 0], 90))
    strong = cv2.compare(differs, CORE_SHARE * most, cv2.CMP_GE)  # type: ignore[call-overload] # OpenCV takes a scalar here
    strong = cv2.morphologyEx(cv2.bitwise_and(strong, piece.mask), cv2.MORPH_OPEN, _NEAR)
    found = pieces(np.asarray(strong, np.uint8), 3)
    if not found or not LEAST_PX <= found[0].area_px <= CORE_MOST * piece.area_px:
        return None
    inner = found[0]
    return Piece(box=(inner.box[0] + x, inner.box[1] + y, *inner.box[2:]), mask=inner.mask, area_px=inner.area_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How a piece looks now, and how its place looked before.

    Attributes:
        edge: Mean gradient across its outline now (Sobel, about 4 times the step in grey levels).
        sharper: Mean logarithm of the gradient across its outline now over that in the background.
        standing_out: Logarithm of the contrast to its surroundings now over that in the background.
        likeness: Mean similarity of structure between now and before inside, -1..1.
        difference: Mean difference between now and before inside, in grey levels.
        ground: Mean brightness of its place before.
    """

    edge: float
    sharper: float
    standing_out: float
    likeness: float
    difference: float
    ground: float


class Kind(StrEnum):
    """What a piece is taken for."""

    THING = "thing"
    GHOST = "ghost"
    LIGHT = "light"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one look says about a piece.

    Attributes:
        kind: What it is taken for.
        doubt_s: For how much longer than usual a thing must look like one.
        score: How sure, 0..1.
    """

    kind: Kind
    doubt_s: float = 0.0
    score: float = 0.0


def verdict(piece: Piece, looks: Looks, aspect: float) -> Verdict:
    """Say what a piece looks like.

    Args:
        piece: The piece.
        looks: Its looks.
        aspect: Width over height of the picture before it was squeezed.
    """
    evidence = looks.sharper + STANDS_OUT_SHARE * looks.standing_out
    if evidence <= LEAST_EVIDENCE:
        return Verdict(kind=Kind.GHOST if evidence <= GHOST_EVIDENCE else Kind.UNFIT)
    sharpness = looks.edge / (4.0 * max(looks.difference, 1.0))
    least_edge = LEAST_EDGE * min(max(looks.ground * 0.01, DARKEST_FLOOR), 1.0)
    focused = (sharpness - IN_FOCUS_LEAST) / (IN_FOCUS_SURE - IN_FOCUS_LEAST)
    alike = looks.likeness - SHARP_LIKENESS * max(min(evidence / SURE_EVIDENCE - 1.0, focused, 1.0), 0.0)
    if alike >= LIKENESS_MOST or looks.edge < least_edge or sharpness < SHARPNESS_LEAST:
        return Verdict(kind=Kind.LIGHT)
    _, _, width, height = piece.box
    slimness = width * aspect * SMALL_HEIGHT_PX / SMALL_WIDTH_PX / height
    if (
        piece.area_px > MOST_PX
        or piece.area_px < LEAST_FILL * width * height
        or not 1.0 / MOST_ASPECT <= slimness <= MOST_ASPECT
    ):
        return Verdict(kind=Kind.UNFIT)
    doubts = (
        (SURE_EVIDENCE - evidence) / SURE_EVIDENCE,
        (alike - LIKENESS_SURE) / (LIKENESS_MOST - LIKENESS_SURE),
        (SHARPNESS_SURE - sharpness) / (SHARPNESS_SURE - SHARPNESS_LEAST),
        (max(slimness, 1.0 / slimness) - SLIM_SURE) / (MOST_ASPECT - SLIM_SURE),
        (SURE_PX - piece.area_px) / (SURE_PX - LEAST_PX) if evidence < 2 * SURE_EVIDENCE else 0.0,
    )
    doubt_s = DOUBT_S * sum(max(doubt, 0.0) for doubt in doubts)
    score = min(0.5 + 0.25 * evidence, 1.0) * DOUBT_S / (DOUBT_S + 0.5 * doubt_s)
    return Verdict(kind=Kind.THING, doubt_s=doubt_s, score=round(score, 3))


def looks_of(piece: Piece, now: Small, before: Small) -> Looks:
    """Measure a piece.

    Args:
        piece: The piece.
        now: The picture, uint8, (180, 320).
        before: The background in the same light, uint8, (180, 320).
    """
    x, y, width, height = piece.box
    left, top = max(x - SURROUND_PX, 0), max(y - SURROUND_PX, 0)
    right, bottom = min(x + width + SURROUND_PX, SMALL_WIDTH_PX), min(y + height + SURROUND_PX, SMALL_HEIGHT_PX)
    mask: Mask = np.zeros((bottom - top, right - left), np.uint8)
    mask[y - top : y - top + height, x - left : x - left + width] = piece.mask
    there, then = now[top:bottom, left:right], before[top:bottom, left:right]
    inside = mask > 0
    outline = (cv2.dilate(mask, _CROSS) != 0) & (cv2.erode(mask, _CROSS) == 0)
    across, down = _normals(mask)
    step_now, step_then = _step(there, across, down)[outline], _step(then, across, down)[outline]
    floor = np.float32(EDGE_FLOOR)
    around: Mask = np.asarray(cv2.subtract(cv2.dilate(mask, _AROUND), cv2.dilate(mask, _NEAR)), np.uint8)
    contrast_now, contrast_then = (
        abs(cv2.mean(picture, mask)[0] - cv2.mean(picture, around)[0]) + STANDS_OUT_FLOOR for picture in (there, then)
    )
    return Looks(
        edge=float(step_now.mean()),
        sharper=float(np.log((step_now + floor) / (step_then + floor)).mean()),
        likeness=float(similarity(there, then, WINDOW_PX)[inside].mean()),
        difference=float(cv2.absdiff(there, then)[inside].mean()),
        standing_out=math.log(contrast_now / contrast_then),
        ground=float(cv2.mean(then, mask)[0]),
    )


def _normals(mask: Mask) -> tuple[Floats, Floats]:
    """Return the direction across the outline at each pixel near it: unit vectors, float32."""
    soft = cv2.GaussianBlur(mask, (0, 0), 1.5).astype(np.float32)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    length = cv2.magnitude(across, down) + np.float32(1e-3)
    return np.asarray(across / length, np.float32), np.asarray(down / length, np.float32)


def _step(picture: Small, across: Floats, down: Floats) -> Floats:
    """Return the strongest gradient across the outline within a pixel's neighbourhood, float32.

    Only across: the texture of the ground runs in all directions, the outline of a thing does not.
    """
    step = cv2.Sobel(picture, cv2.CV_32F, 1, 0) * across + cv2.Sobel(picture, cv2.CV_32F, 0, 1) * down
    return np.asarray(cv2.dilate(np.abs(step), _NEAR), np.float32)


def near(one: Pixels, other: Pixels, reach_px: int) -> bool:
    """Tell whether two boxes overlap, or lie less than `reach_px` apart."""
    return (
        one[0] - reach_px < other[0] + other[2]
        and other[0] - reach_px < one[0] + one[2]
        and one[1] - reach_px < other[1] + other[3]
        and other[1] - reach_px < one[1] + one[3]
    )


def overlap(one: Piece, other: Piece) -> float:
    """Return the intersection over union of the pixels of two pieces, 0..1."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right = min(one.box[0] + one.box[2], other.box[0] + other.box[2])
    bottom = min(one.box[1] + one.box[3], other.box[1] + other.box[3])
    if right <= left or bottom <= top:
        return 0.0
    parts = [p.mask[top - p.box[1] : bottom - p.box[1], left - p.box[0] : right - p.box[0]] for p in (one, other)]
    both = cv2.countNonZero(parts[0] & parts[1])
    return both / (one.area_px + other.area_px - both)


def agreement(one: Piece, other: Piece) -> float:
    """Return how far the smaller of two pieces lies within the other, 0..1; 0 where it is no real part of it."""
    shared = overlap(one, other)
    both = shared * (one.area_px + other.area_px) / (1.0 + shared)
    smaller = min(one.area_px, other.area_px)
    return both / smaller if smaller >= LEAST_PART * max(one.area_px, other.area_px) else 0.0


def shares(box: Pixels) -> Box:
    """Return a box in shares of the picture."""
    x, y, width, height = box
    return Box(x / SMALL_WIDTH_PX, y / SMALL_HEIGHT_PX, width / SMALL_WIDTH_PX, height / SMALL_HEIGHT_PX)
