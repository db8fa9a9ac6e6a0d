"""Several pictures of one thing on one sheet: now large, and below it how it was before and how it began."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from events.frame import Picture
from events.geometry import Box, Polygon
from vision.smaller import shrunk

NARROWEST_PX, WIDEST_PX = 640, 960
"""Width of a sheet. Smaller pictures are enlarged, because captions need room; larger ones are shrunk."""
LONGEST_PX = 960
"""Longest side of the large panel, so that a picture taken upright makes no sheet of two metres."""

BAR_PX, TEXT_SCALE, TEXT_PX = 38, 1.0, 2
"""Height of a caption's bar, OpenCV's font scale and stroke on a sheet 960 px wide: capitals 22 px high, which are 9 px
on the wall's preview of 400 px."""
GAP_PX = 4
_PAPER = (24, 24, 24)
_INK = (255, 255, 255)
_FAINT = (150, 150, 150)
_ZONE = (0, 215, 255)
_BOX = (40, 40, 255)
_SHADE = (0, 0, 0)
NO_PICTURE = "tidak ada gambar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture of a sheet.

    Attributes:
        caption: What it shows and when, ASCII.
        picture: Fit to be shown: uint8, (height, width, 3), BGR; None where there is none from then.
    """

    caption: str
    picture: Picture | None


def sheet(
    now: Panel, earlier: Sequence[Panel], *, outlines: Sequence[Polygon] = (), boxes: Sequence[Box] = ()
) -> Picture:
    """Lay pictures out: `now` over the full width at the top, the earlier ones side by side below it.

    Args:
        now: The large panel, with a picture.
        earlier: Up to as many as are legible, oldest first; none gives a sheet of one panel.
        outlines: Zones to outline in every panel.
        boxes: Places to frame in every panel.

    Raises:
        ValueError: the large panel has no picture.
    """
    if now.picture is None:
        raise ValueError("a sheet needs a picture of now")
    height_px, width_px = now.picture.shape[:2]
    large = _sized(width_px, height_px)
    parts = [_panel(now, large, outlines, boxes)]
    if earlier:
        gap_px = GAP_PX * (len(earlier) - 1)
        width = (large[0] - gap_px) // len(earlier)
        small = width, max(round(width * height_px / width_px), 1)
        row = np.full((small[1] + _bar_px(large[0]), large[0], 3), _PAPER, np.uint8)
        for number, panel in enumerate(earlier):
            left = number * (width + GAP_PX)
            row[:, left : left + width] = _panel(panel, small, outlines, boxes, sheet_px=large[0])
        parts.append(row)
    return np.concatenate(parts)


def _sized(width_px: int, height_px: int) -> tuple[int, int]:
    scale = min(max(width_px, NARROWEST_PX), WIDEST_PX) / width_px
    scale = min(scale, LONGEST_PX / height_px) if height_px > width_px else scale
    return max(round(width_px * scale), 1), max(round(height_px * scale), 1)


def _bar_px(sheet_px: int) -> int:
    return max(round(BAR_PX * sheet_px / WIDEST_PX), 1)


def _panel(
    panel: Panel,
    size: tuple[int, int],
    outlines: Sequence[Polygon],
    boxes: Sequence[Box],
    *,
    sheet_px: int | None = None,
) -> Picture:
    """Return one panel with its caption's bar above the picture."""
    sheet_px = sheet_px or size[0]
    bar_px = _bar_px(sheet_px)
    whole = np.full((bar_px + size[1], size[0], 3), _PAPER, np.uint8)
    _write(whole, panel.caption, bar_px, sheet_px)
    if panel.picture is None:
        text_scale = TEXT_SCALE * sheet_px / WIDEST_PX
        (text_px, _), _ = cv2.getTextSize(NO_PICTURE, cv2.FONT_HERSHEY_SIMPLEX, text_scale, TEXT_PX)
        place = max((size[0] - text_px) // 2, 0), bar_px + size[1] // 2
        cv2.putText(
            whole, NO_PICTURE, place, cv2.FONT_HERSHEY_SIMPLEX, text_scale, _FAINT, _stroke(sheet_px), cv2.LINE_AA
        )
        return whole
    picture = shrunk(panel.picture, max(size))
    if picture.shape[1::-1] != size:
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    whole[bar_px:] = picture
    draw(whole[bar_px:], outlines=outlines, boxes=boxes)
    return whole


def _write(whole: Picture, caption: str, bar_px: int, sheet_px: int) -> None:
    """Write a caption into the bar, smaller where it would not fit."""
    text_scale = TEXT_SCALE * sheet_px / WIDEST_PX
    stroke = _stroke(sheet_px)
    left_px = max(bar_px // 4, 1)
    (text_px, _), _ = cv2.getTextSize(caption, cv2.FONT_HERSHEY_SIMPLEX, text_scale, stroke)
    text_scale *= min((whole.shape[1] - 2 * left_px) / max(text_px, 1), 1.0)
    place = left_px, round(bar_px * 0.76)
    cv2.putText(whole, caption, place, cv2.FONT_HERSHEY_SIMPLEX, text_scale, _INK, stroke, cv2.LINE_AA)


def _stroke(sheet_px: int) -> int:
    return max(round(TEXT_PX * sheet_px / WIDEST_PX), 1)


def draw(picture: Picture, *, outlines: Sequence[Polygon] = (), boxes: Sequence[Box] = ()) -> None:
    """Outline zones and frame places, in place, each line on a dark one so that it shows on any ground.

    Args:
        picture: uint8, (height, width, 3), BGR.
        outlines: Zones.
        boxes: Places.
    """
    height_px, width_px = picture.shape[:2]
    line_px = 2 if max(picture.shape[:2]) > NARROWEST_PX // 2 else 1
    for outline in outlines:
        corners = np.array([(round(x * width_px), round(y * height_px)) for x, y in outline.points], np.int32)
        for colour, thick_px in ((_SHADE, line_px + 2), (_ZONE, line_px)):
            cv2.polylines(picture, [corners], isClosed=True, color=colour, thickness=thick_px, lineType=cv2.LINE_AA)
    for box in boxes:
        x, y, width, height = box.to_pixels(width_px, height_px)
        for colour, thick_px in ((_SHADE, line_px + 2), (_BOX, line_px)):
            cv2.rectangle(picture, (x, y), (x + width - 1, y + height - 1), colour, thick_px)
