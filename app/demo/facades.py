"""Flat pictures laid onto the walls of a backdrop: shop fronts, tiles, trees, boats."""

import cv2
import numpy as np

from app.demo.arrays import floats, levels, pixels
from app.demo.canvas import Colour, Cover
from events.frame import Picture

_PX_PER_M = 60
_INK: Colour = (52, 46, 44)


def shop_front(
    random: np.random.Generator, *, width_m: float, height_m: float, wall: Colour, sign: Colour, name: str
) -> Picture:
    """Return a shop front: shutters or a door below, a sign over it, windows above; uint8, BGR."""
    width, height = round(width_m * _PX_PER_M), round(height_m * _PX_PER_M)
    picture = _rough(random, width, height, wall)
    ground_px = round(min(3.0, height_m * 0.75) * _PX_PER_M)
    _shutters(random, picture, height - ground_px + 20, height - 6)
    band = (height - ground_px - 26, height - ground_px + 14)
    cv2.rectangle(picture, (16, band[0]), (width - 16, band[1]), sign, -1)
    cv2.rectangle(picture, (16, band[0]), (width - 16, band[1]), _darker(sign, 0.6), 2)
    size = min(0.95, (width - 60) / (len(name) * 19))
    cv2.putText(picture, name, (30, band[1] - 11), cv2.FONT_HERSHEY_DUPLEX, size, (240, 240, 240), 2, cv2.LINE_AA)
    for column in range(30, width - 60, 96):
        if band[0] > 80:  # noqa: PLR2004 - room for an upper floor
            _window(random, picture, column, band[0] - 74)
    cv2.rectangle(picture, (0, 0), (width, 12), _darker(wall, 0.72), -1)
    cv2.rectangle(picture, (0, height - 14), (width, height), _darker(wall, 0.6), -1)
    return picture


def _shutters(random: np.random.Generator, picture: Picture, top: int, bottom: int) -> None:
    width = picture.shape[1]
    bays = max(1, width // 170)
    for bay in range(bays):
        left, right = round(bay * width / bays) + 14, round((bay + 1) * width / bays) - 14
        if random.random() < 0.55:  # noqa: PLR2004 - a little over half are open
            cv2.rectangle(picture, (left, top), (right, bottom), (46, 46, 50), -1)
            for shelf in range(top + 30, bottom - 20, 34):
                for column in range(left + 6, right - 16, 18):
                    goods = tuple(int(part) for part in random.integers(40, 190, 3))
                    cv2.rectangle(picture, (column, shelf), (column + 12, shelf + 20), goods, -1)
        else:
            tone = int(random.integers(118, 165))
            cv2.rectangle(picture, (left, top), (right, bottom), (tone, tone, tone - 8), -1)
            for row in range(top, bottom, 9):
                cv2.line(picture, (left, row), (right, row), (tone - 34, tone - 34, tone - 38), 2)


def _window(random: np.random.Generator, picture: Picture, column: int, row: int) -> None:
    pane = (int(random.integers(70, 110)), int(random.integers(70, 100)), int(random.integers(60, 90)))
    cv2.rectangle(picture, (column, row), (column + 48, row + 58), (222, 224, 226), -1)
    cv2.rectangle(picture, (column + 5, row + 5), (column + 43, row + 53), pane, -1)
    cv2.line(picture, (column + 24, row + 5), (column + 24, row + 53), (222, 224, 226), 3)


def roof_tiles(random: np.random.Generator, *, width_m: float, colour: Colour = (58, 82, 146)) -> Picture:
    """Return rows of clay tiles, uint8, BGR."""
    width = round(width_m * _PX_PER_M)
    picture = _rough(random, width, 150, colour)
    for row in range(0, 150, 12):
        cv2.line(picture, (0, row), (width, row), _darker(colour, 0.62), 3)
        for column in range((row // 12 % 2) * 8, width, 16):
            cv2.line(picture, (column, row), (column, row + 12), _darker(colour, 0.8), 1)
    return picture


def steel(random: np.random.Generator, *, width_m: float, height_m: float, colour: Colour, text: str = "") -> Picture:
    """Return the ribbed side of a steel container with rust, uint8, BGR."""
    width, height = round(width_m * _PX_PER_M), round(height_m * _PX_PER_M)
    picture = _rough(random, width, height, colour, grain=0.16)
    for column in range(0, width, 34):
        cv2.rectangle(picture, (column, 0), (column + 7, height), _darker(colour, 0.72), -1)
    for _ in range(width // 5):
        column, row = int(random.integers(0, width)), int(random.integers(height // 2, height))
        cv2.line(picture, (column, row), (column, min(height, row + int(random.integers(4, 26)))), (42, 66, 104), 2)
    cv2.rectangle(picture, (0, 0), (width, 9), _darker(colour, 0.55), -1)
    cv2.putText(picture, text, (18, height // 2 + 12), cv2.FONT_HERSHEY_DUPLEX, 1.0, (232, 234, 234), 2, cv2.LINE_AA)
    return picture


def tree(random: np.random.Generator, *, green: Colour = (46, 92, 66), slender: bool = False) -> Cover:
    """Return a tree: trunk and a crown of leaves lit from the upper left; uint8, BGRA."""
    width, height = (220, 420) if slender else (360, 400)
    cover = np.zeros((height, width, 4), np.uint8)
    middle = width // 2
    trunk = pixels([(middle - 11, height), (middle - 7, height // 2), (middle + 7, height // 2), (middle + 11, height)])
    cv2.fillPoly(cover, [trunk], (52, 70, 86, 255), cv2.LINE_AA)
    for _ in range(900):
        angle, away = random.uniform(0, 2 * np.pi), random.uniform(0, 1) ** 0.5
        column = middle + np.cos(angle) * away * width * 0.43
        row = height * 0.36 + np.sin(angle) * away * height * 0.33
        # The upper left catches the light; the inside and the underside are dark.
        light = 0.85 + 0.35 * (-np.sin(angle) * away) - 0.15 * np.cos(angle) * away + random.uniform(-0.18, 0.18)
        tone = tuple(int(np.clip(part * light, 0, 255)) for part in green)
        radius = int(random.integers(5, 12))
        cv2.ellipse(
            cover, (round(column), round(row)), (radius, radius * 2 // 3), 0, 0, 360, (*tone, 255), -1, cv2.LINE_AA
        )
    return cover


def boat(random: np.random.Generator, *, hull: Colour, stripe: Colour) -> Cover:
    """Return a wooden fishing boat from the side, uint8, BGRA."""
    cover = np.zeros((300, 620, 4), np.uint8)
    bright = (*_darker(stripe, 1.0), 255)
    cv2.line(cover, (250, 190), (262, 10), (60, 74, 84, 255), 6, cv2.LINE_AA)
    cv2.line(cover, (262, 30), (90, 176), (70, 74, 80, 255), 2, cv2.LINE_AA)
    cv2.line(cover, (262, 30), (560, 150), (70, 74, 80, 255), 2, cv2.LINE_AA)
    cv2.rectangle(cover, (320, 96), (470, 190), (186, 190, 186, 255), -1)
    cv2.rectangle(cover, (308, 84), (482, 100), bright, -1)
    for column in range(334, 450, 40):
        cv2.rectangle(cover, (column, 112), (column + 26, 146), (70, 64, 58, 255), -1)
    shape = pixels([(10, 150), (60, 176), (540, 172), (612, 128), (574, 262), (520, 288), (96, 288), (46, 250)])
    cv2.fillPoly(cover, [shape], (*hull, 255), cv2.LINE_AA)
    for rail, colour, width in (
        ([(14, 162), (62, 190), (540, 188), (606, 142)], bright, 11),
        ([(34, 216), (80, 226), (540, 224), (588, 200)], (214, 214, 214, 255), 6),
    ):
        cv2.polylines(cover, [pixels(rail)], isClosed=False, color=colour, thickness=width, lineType=cv2.LINE_AA)
    noise = random.standard_normal((300, 620, 1)) * 6
    cover[..., :3] = levels(cover[..., :3] + noise)
    return cover


def _rough(random: np.random.Generator, width: int, height: int, colour: Colour, *, grain: float = 0.07) -> Picture:
    """Return a wall of one colour with stains and grain, uint8, (height, width, 3)."""
    coarse = random.standard_normal((max(2, height // 40), max(2, width // 40))).astype(np.float32)
    stains = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = random.standard_normal((height, width)).astype(np.float32)
    shade = 1 + grain * (0.7 * stains + 0.4 * fine)
    return levels(floats(colour) * shade[..., None])


def _darker(colour: Colour, share: float) -> Colour:
    blue, green, red = (int(part * share) for part in colour)
    return blue, green, red
