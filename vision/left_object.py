"""Finds what was put down and stays: abandoned objects, dumped waste outside the waste zones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from configs.detection import AbandonedObject
from events.geometry import Box, Polygon
from events.observation import Attr
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finding, Looking, Mask, Measurement, Region, View
from vision.lasting import TICKS_PER_S, LastingChange
from vision.newcomer import Looks, Piece, Pixels, looks_of, pieces
from vision.presence import Presence
from vision.zones import zone_mask

DELAY_S = 2.0
"""The median of five pictures shows a thing two to three seconds after it was put down."""
CONFIRM_S = 3.0
"""A piece must pass every test for so long."""
CLOSING_PX, FINE_CLOSING_PX = 5, 3
PARTED_AGES = 2.0
"""What has lasted twice as long as asked for is looked at again with less closing, to part a bag from whoever
loiters beside it."""

LEAST_PX = 40
SURE_PX = 64
MOST_SHARE = 0.06
LEAST_FILL = 0.3
MOST_ASPECT = 6.0

GHOST_BELOW = 1.15
GHOST_DOUBTFUL = 1.6
EDGE_FLOOR = 20.0
LIGHT_FROM = 0.55
LIGHT_DOUBTFUL = 0.35
LIGHT_RATIO = 2.2
LEAST_EDGE = 45.0
SURE_EDGE, SURE_RATIO = 90.0, 2.2
COVERED_SHARE = 0.35
DOUBT_S = 150.0
SHARPNESS = 0.5
SETTLED = 0.7
UPRIGHT = 1.3
UPRIGHT_FACTOR = 5.0
CALM_PIECES = 6
RESTLESS_S = 20.0

GONE_SHARE = 0.3
GONE_S = 4.0
HIDDEN_SHARE = 0.3
NEAR_PX = 6
LIGHT_ABSORBED_S = 60.0
ABSORBED_S = 900.0


@dataclass(slots=True, kw_only=True)
class _Candidate:
    """A piece on trial."""

    piece: Piece
    passed_s: float
    seen_s: float


@dataclass(slots=True, kw_only=True)
class _Object:
    """A thing that lies there."""

    since_s: float
    box: Pixels
    mask: Mask = field(repr=False)
    score: float
    attrs: dict[str, Attr]
    gone_s: float = 0.0


class LeftObjectDetector:
    def __init__(
        self,
        region: Region,
        settings: AbandonedObject,
        *,
        elsewhere: Sequence[Polygon] = (),
        blind: Callable[[], bool] = lambda: False,
    ) -> None:
        self._region = region
        self._settings = settings
        self._blind = blind
        self._metric = "left_objects" if region.zone is None else f"left_objects.{region.zone}"
        self._zone = zone_mask(region.polygon)
        for polygon in elsewhere:
            self._zone[zone_mask(polygon) > 0] = 0
        self._change = LastingChange()
        self._presence = Presence()
        self._keep: Mask = np.zeros_like(self._zone)
        self._candidates: list[_Candidate] = []
        self._objects: list[_Object] = []
        self._aged_s = max(settings.after_s - DELAY_S, 2.0)
        self._looked = False
        self._restless_s = 0.0

    def look(self, view: View) -> Looking:
        if self._blind():
            self._change.pause()
            return self._told()
        if view.second is not None:
            passed_s = self._change.take(view.second, view.t_s, self._keep)
            self._looked = self._looked or passed_s is not None
            if passed_s is not None:
                self._judge(view, passed_s)
        return self._told()

    def _told(self) -> Looking:
        if not self._looked:
            return Looking()
        findings = tuple(
            Finding(
                kind="abandoned_object",
                zone=self._region.zone,
                since_s=thing.since_s,
                box=_share_of(thing.box),
                score=thing.score,
                attrs=thing.attrs,
            )
            for thing in self._objects
        )
        return Looking(findings=findings, measurements=(Measurement(metric=self._metric, value=float(len(findings))),))

    def _judge(self, view: View, passed_s: float) -> None:
        change = self._change
        busy = cv2.countNonZero(change.changed) + cv2.countNonZero(change.moving)
        if busy >= LEAST_PX or self._candidates:
            self._presence.see(view.found(), change.moving, view.t_s, passed_s)
        self._close_what_is_gone(passed_s)
        lasting = self._lasting(self._aged_s)
        good: list[tuple[Piece, float]] = []
        restless = cv2.countNonZero(lasting) > MOST_SHARE * 2 * lasting.size
        if not restless and cv2.countNonZero(lasting) >= LEAST_PX:
            good, odd = self._good(lasting, CLOSING_PX, view)
            restless = odd > CALM_PIECES
            older = self._lasting(PARTED_AGES * self._aged_s)
            if cv2.countNonZero(older) >= LEAST_PX:
                finer, _ = self._good(older, FINE_CLOSING_PX, view)
                good += [g for g in finer if not any(_near(g[0].box, h[0].box, 0) for h in good)]
        if restless:
            self._candidates.clear()
            self._restless_s += passed_s
            if self._restless_s >= RESTLESS_S:
                self._change.absorb(cv2.subtract(lasting, self._keep))
                self._restless_s = 0.0
            return
        self._restless_s = 0.0
        self._try(good, view, passed_s)

    def _lasting(self, aged_s: float) -> Mask:
        old = (self._change.age >= aged_s * TICKS_PER_S).astype(np.uint8) * np.uint8(255)
        return old & self._change.changed

    def _good(self, lasting: Mask, closing_px: int, view: View) -> tuple[list[tuple[Piece, float]], int]:
        good, odd = [], 0
        for piece in pieces(lasting, closing_px):
            if piece.area_px < LEAST_PX:
                break
            score, reason = self._weigh(piece, view)
            odd += reason not in ("ghost", "somebody") and not any(_near(t.box, piece.box, 0) for t in self._objects)
            if score:
                good.append((piece, score))
        return good, odd

    def _weigh(self, piece: Piece, view: View) -> tuple[float, str]:
        x, y, width, height = piece.box
        looks = looks_of(piece, self._change.now, self._change.before)
        ratio = looks.edge / max(looks.edge_before, EDGE_FLOOR)
        if self._presence.share(piece) > COVERED_SHARE:
            return 0.0, "somebody"
        if ratio < GHOST_BELOW or (ratio < GHOST_DOUBTFUL and looks.contrast <= looks.contrast_before):
            self._absorb(piece)
            return 0.0, "ghost"
        if looks.likeness >= LIGHT_FROM or (looks.likeness >= LIGHT_DOUBTFUL and ratio < LIGHT_RATIO):
            return 0.0, "light"
        if looks.edge < max(LEAST_EDGE, SHARPNESS * 4 * looks.difference):
            return 0.0, "faint"
        if piece.area_px < SURE_PX and not (looks.edge >= SURE_EDGE and ratio >= SURE_RATIO):
            return 0.0, "small"
        if piece.area_px > MOST_SHARE * self._zone.size or piece.area_px < LEAST_FILL * width * height:
            return 0.0, "large"
        aspect = width * view.aspect * 9 / 16 / height
        if not 1 / MOST_ASPECT <= aspect <= MOST_ASPECT:
            return 0.0, "shape"
        cx, cy = min(x + width // 2, SMALL_WIDTH_PX - 1), min(y + height // 2, SMALL_HEIGHT_PX - 1)
        if not self._zone[cy, cx]:
            return 0.0, "elsewhere"
        return min(1.0, 0.5 + ratio / 10), "thing"

    def _absorb(self, piece: Piece) -> None:
        where = np.zeros_like(self._zone)
        x, y, width, height = piece.box
        where[y : y + height, x : x + width] = piece.mask
        where = cv2.dilate(where, None, iterations=2)
        where[self._keep > 0] = 0
        self._change.absorb(where)

    def _try(self, good, view: View, passed_s: float) -> None:
        for piece, score in good:
            for thing in self._objects:
                if _near(thing.box, piece.box, NEAR_PX):
                    self._widen(thing, piece)
                    break
            else:
                self._vote(piece, score, view, passed_s)
        self._candidates = [c for c in self._candidates if view.t_s - c.seen_s <= 3 * max(passed_s, 1.0)]

    def _vote(self, piece: Piece, score: float, view: View, passed_s: float) -> None:
        for candidate in self._candidates:
            if _near(candidate.piece.box, piece.box, 0):
                break
        else:
            self._candidates.append(_Candidate(piece=piece, passed_s=0.0, seen_s=view.t_s))
            return
        if _overlap(candidate.piece, piece) < SETTLED:
            candidate.piece, candidate.passed_s = piece, 0.0
        elif candidate.seen_s != view.t_s:
            candidate.passed_s += passed_s
        candidate.seen_s = view.t_s
        if candidate.passed_s >= self._confirm_s(piece, view):
            self._candidates.remove(candidate)
            self._begin(piece, score, view)

    def _confirm_s(self, piece: Piece, view: View) -> float:
        """Return for how long a piece must pass: longer where nobody can tell it from somebody who stands there."""
        if self._presence.known(view.t_s):
            return CONFIRM_S + DOUBT_S * self._presence.mistaken(_share_of(piece.box), view.t_s)
        _, _, width, height = piece.box
        upright = height > UPRIGHT * width * view.aspect * SMALL_HEIGHT_PX / SMALL_WIDTH_PX
        return CONFIRM_S * (UPRIGHT_FACTOR if upright else 1.0)

    def _begin(self, piece: Piece, score: float, view: View) -> None:
        x, y, width, height = piece.box
        ages = self._change.age[y : y + height, x : x + width][piece.mask > 0]
        age_s = float(np.percentile(ages, 75)) / TICKS_PER_S + DELAY_S
        since_s = view.t_s - age_s
        while any(thing.since_s == since_s for thing in self._objects):
            since_s += 1e-3
        mask = np.zeros_like(self._zone)
        mask[y : y + height, x : x + width] = piece.mask
        mask &= self._change.changed
        self._objects.append(
            _Object(
                since_s=since_s, box=piece.box, mask=mask, score=round(score, 3),
                attrs={"left_by": self._presence.left_by(_share_of(piece.box), since_s), "left_before_s": round(age_s, 1),
                       "area_px": round(piece.area_px * view.width_px * view.height_px / self._zone.size)},
            )
        )
        self._protect()

    def _widen(self, thing: _Object, piece: Piece) -> None:
        x, y, width, height = piece.box
        new = np.zeros_like(self._zone)
        new[y : y + height, x : x + width] = piece.mask
        new &= self._change.changed
        thing.mask |= new
        left, top = min(thing.box[0], x), min(thing.box[1], y)
        right, bottom = max(thing.box[0] + thing.box[2], x + width), max(thing.box[1] + thing.box[3], y + height)
        thing.box = (left, top, right - left, bottom - top)
        self._protect()

    def _protect(self) -> None:
        self._keep.fill(0)
        for thing in self._objects:
            x, y, width, height = thing.box
            self._keep[max(y - 3, 0) : y + height + 3, max(x - 3, 0) : x + width + 3] = 255

    def _close_what_is_gone(self, passed_s: float) -> None:
        change = self._change
        left = []
        for thing in self._objects:
            size = max(cv2.countNonZero(thing.mask), 1)
            hidden = cv2.countNonZero(change.moving & thing.mask) / size
            remaining = cv2.countNonZero(change.changed & thing.mask) / size
            if remaining >= GONE_SHARE:
                thing.gone_s = 0.0
            elif hidden < HIDDEN_SHARE:
                thing.gone_s += passed_s
            if thing.gone_s >= GONE_S:
                change.rejuvenate(thing.mask)
            else:
                left.append(thing)
        if len(left) < len(self._objects):
            self._objects = left
            self._protect()


def _near(one: Pixels, other: Pixels, reach_px: int) -> bool:
    return (
        one[0] - reach_px < other[0] + other[2]
        and other[0] - reach_px < one[0] + one[2]
        and one[1] - reach_px < other[1] + other[3]
        and other[1] - reach_px < one[1] + one[3]
    )


def _overlap(one: Piece, other: Piece) -> float:
    """Return the intersection over union of two pieces, 0..1."""
    left, top = max(one.box[0], other.box[0]), max(one.box[1], other.box[1])
    right = min(one.box[0] + one.box[2], other.box[0] + other.box[2])
    bottom = min(one.box[1] + one.box[3], other.box[1] + other.box[3])
    if right <= left or bottom <= top:
        return 0.0
    parts = [p.mask[top - p.box[1] : bottom - p.box[1], left - p.box[0] : right - p.box[0]] for p in (one, other)]
    both = cv2.countNonZero(parts[0] & parts[1])
    return both / (one.area_px + other.area_px - both)


def _share_of(box: Pixels) -> Box:
    x, y, width, height = box
    return Box(x / SMALL_WIDTH_PX, y / SMALL_HEIGHT_PX, width / SMALL_WIDTH_PX, height / SMALL_HEIGHT_PX)
