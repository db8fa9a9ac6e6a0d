"""Pictures of the last minutes, thinned out with age: many things are told long after they came."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from events.frame import Frame, Picture, Planes
from vision.detector import Person, Small
from vision.privacy import KEEP_S, Packed, pixelate_planes, unpacked

FRESH_GAP_S = 2.5
FRESH_S = 10.0
"""Younger pictures are references to what the decoder gave, nothing converted: at most five of them."""
GAP_S = 10.0
GAP_SHARE = 0.25
"""Older pictures lie ten seconds apart, or a quarter of their age where that is more: a thing told after ten minutes is
shown within two of its beginning, one told after twenty seconds within a few seconds."""

KEPT_PX = 480
"""Longest side of an older picture: the width of the smaller panels of a filmstrip."""

MOST_KEPT = 40
"""Never more, whatever the hold times: 11 MB at 270 kB a picture. Half a day of hold time needs fewer."""


@dataclass(slots=True, kw_only=True)
class Kept:
    """One picture of the past.

    Attributes:
        t_s: Its time on the view's clock.
        at: When it was taken, aware UTC.
        small: Brightness, uint8, (180, 320).
        hidden: What had to be hidden in it when it was taken.
        people: Whom the network had found last.
        source: As decoded, or converted: at most 480 px long, people pixelated, I420: uint8, (height * 3 / 2, width).
        afterwards: Where something moved in the half minute after it; None before that is known.
    """

    t_s: float
    at: datetime
    small: Small
    hidden: Packed
    people: tuple[Person, ...] = ()
    source: Frame | Planes = field(repr=False)
    afterwards: Packed | None = None

    @property
    def size_bytes(self) -> int:
        """Memory held, the decoder's buffer included (4:2:0 has half as much colour as brightness)."""
        held = self.source
        source = held.nbytes if isinstance(held, np.ndarray) else held.luma.size * 3 // 2
        afterwards = 0 if self.afterwards is None else self.afterwards.nbytes
        return source + self.small.nbytes + self.hidden.nbytes + afterwards

    def picture(self) -> Picture:
        """Return it in colour, at most 480 px long, people pixelated: uint8, (height, width, 3), BGR."""
        return np.asarray(cv2.cvtColor(self.settle(), cv2.COLOR_YUV2BGR_I420), np.uint8)

    def settle(self) -> Planes:
        """Let go of the decoded picture and keep a small one, people pixelated."""
        if not isinstance(self.source, np.ndarray):
            planes = planes_of(self.source, KEPT_PX)
            pixelate_planes(planes, unpacked(self.hidden), self.people)
            self.source = planes
        return self.source


class History:
    """The past of one camera, denser towards the present, in bounded memory.

    Nothing is converted or encoded for the newest pictures; of the older ones only those that survive the first
    thinning are, about one in eight seconds.
    """

    def __init__(self, horizon_s: float) -> None:
        """Remember as far back as `horizon_s`."""
        self._horizon_s = horizon_s
        self._kept: list[Kept] = []

    def __iter__(self) -> Iterator[Kept]:
        """Yield what is kept, oldest first."""
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(kept.size_bytes for kept in self._kept)

    def is_due(self, t_s: float) -> bool:
        """Tell whether the picture of `t_s` is to be kept."""
        return not self._kept or t_s - self._kept[-1].t_s >= FRESH_GAP_S

    def add(self, kept: Kept, moved: Callable[[], Packed]) -> None:
        """Keep a picture and thin out the older ones.

        Args:
            kept: Newer than all others.
            moved: Returns where something moved in the last half minute.
        """
        self._kept.append(kept)
        self._thin(kept.t_s)
        for one in self._kept:
            age_s = kept.t_s - one.t_s
            if one.afterwards is None and age_s >= KEEP_S:
                one.afterwards = moved()
            if age_s > FRESH_S:
                one.settle()

    def nearest(self, t_s: float, *, earliest_s: float | None = None, latest_s: float | None = None) -> Kept | None:
        """Return the picture closest to a time, within bounds if any are given; None where there is none."""
        fitting = [
            kept
            for kept in self._kept
            if (earliest_s is None or kept.t_s >= earliest_s) and (latest_s is None or kept.t_s <= latest_s)
        ]
        return min(fitting, key=lambda kept: abs(kept.t_s - t_s), default=None)

    def _thin(self, now_s: float) -> None:
        while len(self._kept) > 1 and now_s - self._kept[1].t_s > self._horizon_s:
            del self._kept[0]
        self._kept = thinned(self._kept, now_s)


def thinned(kept: list[Kept], now_s: float) -> list[Kept]:
    """Return the pictures without those whose neighbours lie close enough together for their age; ends stay."""
    result = list(kept)
    index = len(result) - 2
    while index > 0:
        gap_s = result[index + 1].t_s - result[index - 1].t_s
        if gap_s <= allowed_gap_s(now_s - result[index].t_s):
            del result[index]
        index -= 1
    while len(result) > MOST_KEPT:
        gaps = [(result[i + 1].t_s - result[i - 1].t_s, i) for i in range(1, len(result) - 1)]
        del result[min(gaps)[1]]
    return result


def allowed_gap_s(age_s: float) -> float:
    """Return how far apart pictures of this age may lie."""
    return FRESH_GAP_S if age_s < FRESH_S else max(GAP_S, GAP_SHARE * age_s)


def planes_of(frame: Frame, longest_px: int) -> Planes:
    """Return a frame in colour with its longest side at most so long, as I420: uint8, (height * 3 / 2, width)."""
    size = _even_size(frame.width_px, frame.height_px, longest_px)
    if frame.to_planes is not None:
        return frame.to_planes(*size)
    small = cv2.resize(frame.to_bgr(), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YUV_I420), np.uint8)


def _even_size(width_px: int, height_px: int, longest_px: int) -> tuple[int, int]:
    """Return width and height of a smaller picture: even, since colour is kept for two by two pixels."""
    scale = min(longest_px / max(width_px, height_px), 1.0)
    return max(round(width_px * scale / 2) * 2, 2), max(round(height_px * scale / 2) * 2, 2)
