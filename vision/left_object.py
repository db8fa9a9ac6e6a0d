"""Finds what was put down and stays: abandoned objects, and waste dumped outside the waste zones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from configs.detection import AbandonedObject
from events.geometry import Polygon
from events.observation import Attr
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finding, Looking, Mask, Measurement, Region, View
from vision.lasting import TICKS_PER_S, LastingChange
from vision.newcomer import (
    LEAST_PX,
    Kind,
    Piece,
    Pixels,
    Verdict,
    agreement,
    completed,
    looks_of,
    near,
    overlap,
    pieces,
    shares,
    verdict,
)
from vision.presence import Presence
from vision.standing import Standing
from vision.zones import zone_mask

_SQUARE = np.ones((3, 3), np.uint8)

DELAY_S = 2.0
"""The median of five pictures shows a thing two to three seconds after it was put down."""
CONFIRM_S = 3.0
"""A piece must pass every test for so long, and longer where a sign is weak."""
GHOST_S = 4.0
"""What looks like the place of a thing taken away for so long becomes background."""
SETTLED = 0.7
"""Overlap with itself from which a piece keeps its shape; who shifts from foot to foot does not."""
KEPT = 0.8
"""The same where a piece shows now more, now less of a thing: of its smaller self so much must lie in the other. One
that shifts without growing is treated alike by both."""
CLOSING_PX, FINE_CLOSING_PX = 5, 3
PARTED_AGES = 2.0
"""What has lasted twice as long as asked for is looked at again with less closing, to part a bag from whoever
loiters beside it."""

COVERED_SHARE = 0.35
"""So much of late inside boxes of people or vehicles, and it is one of them."""
MISTAKEN_S = 150.0
"""Times the share of answers that took the piece itself for somebody: five seconds for each in half a minute."""
UPRIGHT = 1.3
UPRIGHT_S, UNKNOWN_S = 12.0, 4.0
"""Without a network whatever stands upright may be somebody, who moves sooner or later; all else a part of one."""

JUMP_S = 6.0
JUMP_AROUND_S = 8.0
"""What came within eight seconds of a jump of light is watched longer."""

RESTLESS_PIECES = 6
RESTLESS_SHARE = 0.12
"""More pieces at once than this, or more of the picture, are clouds, water, lamps, not things."""
RESTLESS_S = 20.0
"""After so long of that the picture is taken as it is; when it ends, pieces are watched longer, at most by so much."""

GONE_SHARE = 0.3
GONE_S = 4.0
HIDDEN_SHARE = 0.3
"""While so much of a thing is behind somebody who moves, nobody knows whether it is still there."""
NEAR_PX = 6
"""What comes up so close to a thing belongs to it: a heap that grows is one event."""


@dataclass(slots=True, kw_only=True)
class _Trial:
    """A piece that is watched for some seconds before it is believed."""

    piece: Piece
    passed_s: float = 0.0
    seen_s: float


@dataclass(slots=True, kw_only=True)
class _Left:
    """A thing that lies there.

    Attributes:
        since_s: When it appeared.
        box: Where, in pixels of the small picture.
        mask: Its pixels, uint8, (180, 320), 0 or 255.
        score: How sure.
        attrs: Told with it.
        gone_s: For how long it has looked gone.
    """

    since_s: float
    box: Pixels
    mask: Mask
    score: float
    attrs: dict[str, Attr]
    gone_s: float = 0.0


class LeftObjectDetector:
    """What was put down in one zone and stays: a count at all times, and a finding for each thing.

    Looks once a second at what has changed against the background and how long each pixel has been so; what has for
    long enough is cut into pieces, and each piece must look like a thing for some seconds: with an outline that was
    not there before (else it is the ghost of something taken away), structure of its own (else it is light), and
    nobody recognised in it. See `docs/vision.md` for what it cannot do.
    """

    def __init__(
        self,
        region: Region,
        settings: AbandonedObject,
        *,
        elsewhere: Sequence[Polygon] = (),
        blind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Watch a zone.

        Args:
            region: The zone; things whose centre lies in it count.
            settings: How long a thing must lie there.
            elsewhere: Parts of the picture where another detector tells of things.
            blind: Whether the camera is at fault just now; then nothing grows older, nothing begins and nothing ends.
        """
        self._region = region
        self._blind = blind
        self._metric = "left_objects" if region.zone is None else f"left_objects.{region.zone}"
        self._zone = zone_mask(region.polygon)
        for polygon in elsewhere:
            self._zone[zone_mask(polygon) > 0] = 0
        self._aged_s = max(settings.after_s - DELAY_S, DELAY_S)
        self._change = LastingChange()
        self._presence = Presence()
        self._standing = Standing()
        self._keep: Mask = np.zeros_like(self._zone)
        self._trials: list[_Trial] = []
        self._ghosts: list[_Trial] = []
        self._left: list[_Left] = []
        self._restless_s = 0.0
        self._unrest_s = 0.0
        self._looked = False

    def look(self, view: View) -> Looking:
        """Take in one picture and say what lies there."""
        if self._blind():
            self._change.pause()
        elif view.second is not None:
            passed_s = self._change.take(view.second, view.t_s, self._keep)
            if passed_s is not None:
                self._looked = True
                self._standing.see(view.second, passed_s)
                self._judge(view, passed_s)
        if not self._looked:
            return Looking()
        findings = tuple(
            Finding(
                kind="abandoned_object",
                zone=self._region.zone,
                since_s=thing.since_s,
                box=shares(thing.box),
                score=thing.score,
                attrs=thing.attrs,
            )
            for thing in self._left
        )
        if view.second is None:  # the count changes once a second at most
            return Looking(findings=findings)
        return Looking(findings=findings, measurements=(Measurement(metric=self._metric, value=float(len(findings))),))

    def _judge(self, view: View, passed_s: float) -> None:
        change = self._change
        if self._trials or cv2.countNonZero(change.changed) + cv2.countNonZero(change.moving) >= LEAST_PX:
            self._presence.see(view.found(), change, view.t_s, passed_s)
        self._end_what_is_gone(passed_s)
        lasting = self._lasting(self._aged_s)
        number_px = cv2.countNonZero(lasting)
        if number_px < LEAST_PX:
            self._trials.clear()
            self._ghosts.clear()
            self._calm(passed_s)
            return
        judged = [(piece, self._weigh(piece, view)) for piece in self._pieces(lasting, CLOSING_PX)]
        unexplained = [piece for piece, said in judged if said is not None and said.kind is not Kind.GHOST]
        news = [piece for piece in unexplained if not any(near(thing.box, piece.box, 0) for thing in self._left)]
        if len(news) > RESTLESS_PIECES or number_px > RESTLESS_SHARE * lasting.size:
            self._wait(lasting, passed_s)
            return
        self._calm(passed_s)
        judged += self._parted(judged, view)
        self._absorb_ghosts([piece for piece, said in judged if said and said.kind is Kind.GHOST], view.t_s, passed_s)
        things = [(piece, said) for piece, said in judged if said is not None and said.kind is Kind.THING]
        somebody = [piece for piece, _ in things if self._is_part_of_somebody(piece, view.t_s)]
        for piece, said in things:
            if self._is_ours(piece):
                self._try(piece, said, view, passed_s, somebody)
        self._trials = [trial for trial in self._trials if view.t_s - trial.seen_s <= 3.0 * max(passed_s, 1.0)]

    def _lasting(self, aged_s: float) -> Mask:
        """Return what has been changed for so long and still is."""
        old = cv2.compare(self._change.age, aged_s * TICKS_PER_S, cv2.CMP_GE)  # type: ignore[call-overload] # OpenCV takes a scalar here
        return np.asarray(cv2.bitwise_and(old, self._change.changed, dst=old), np.uint8)

    def _pieces(self, lasting: Mask, closing_px: int) -> list[Piece]:
        change = self._change
        large = (piece for piece in pieces(lasting, closing_px) if piece.area_px >= LEAST_PX)
        return [completed(piece, change.now, change.before, change.changed) for piece in large]

    def _weigh(self, piece: Piece, view: View) -> Verdict | None:
        """Return what a piece looks like, None where it is somebody."""
        if self._presence.share(piece) > COVERED_SHARE:
            return None
        return verdict(piece, looks_of(piece, self._change.now, self._change.before), view.aspect)

    def _parted(self, judged: Sequence[tuple[Piece, Verdict | None]], view: View) -> list[tuple[Piece, Verdict | None]]:
        """Return what shows when older pixels are joined less, where nothing showed before."""
        older = self._lasting(PARTED_AGES * self._aged_s)
        if cv2.countNonZero(older) < LEAST_PX:
            return []
        things = [piece for piece, said in judged if said is not None and said.kind is Kind.THING]
        finer = [p for p in self._pieces(older, FINE_CLOSING_PX) if not any(near(p.box, t.box, 0) for t in things)]
        weighed = [(piece, self._weigh(piece, view)) for piece in finer]
        return [(piece, said) for piece, said in weighed if said is not None and said.kind is Kind.THING]

    def _is_ours(self, piece: Piece) -> bool:
        x, y, width, height = piece.box
        return bool(self._zone[y + height // 2, x + width // 2])

    def _wait(self, lasting: Mask, passed_s: float) -> None:
        """Believe nothing while too much changes; in the end take the picture as it is."""
        self._trials.clear()
        self._restless_s += passed_s
        self._unrest_s = min(self._unrest_s + passed_s, RESTLESS_S)
        if self._restless_s >= RESTLESS_S:
            self._absorb(lasting)
            self._restless_s = 0.0

    def _absorb(self, place: Mask) -> None:
        """Take a place into the background, but for what is kept out of it."""
        self._change.absorb(np.asarray(cv2.subtract(place, self._keep), np.uint8))

    def _absorb_ghosts(self, ghosts: Sequence[Piece], t_s: float, passed_s: float) -> None:
        """Take the place of something taken away into the background, once it has looked like that for long."""
        before = self._ghosts
        self._ghosts = []
        for piece in ghosts:
            known = next((trial for trial in before if overlap(trial.piece, piece) >= SETTLED), None)
            passed = 0.0 if known is None else known.passed_s + passed_s
            if passed < GHOST_S:
                self._ghosts.append(_Trial(piece=piece, passed_s=passed, seen_s=t_s))
                continue
            # Its fringe goes with it.
            self._absorb(np.asarray(cv2.dilate(self._mask_of(piece), _SQUARE, iterations=2), np.uint8))

    def _calm(self, passed_s: float) -> None:
        """Things are believed again, but for as long as there was unrest only after a longer look."""
        self._restless_s = 0.0
        self._unrest_s = max(self._unrest_s - passed_s, 0.0)

    def _try(self, piece: Piece, said: Verdict, view: View, passed_s: float, somebody: Sequence[Piece]) -> None:
        """Let a piece that looks like a thing grow into one, or widen the one it belongs to.

        Where one thing shows as several pieces, each has a trial of its own.

        Args:
            piece: The piece.
            said: What it looks like.
            view: The moment.
            passed_s: Seconds since the last one.
            somebody: Pieces that are a part of somebody who stands; what they lie in is, or may be, the rest of them.
        """
        owner = next((thing for thing in self._left if near(thing.box, piece.box, NEAR_PX)), None)
        if owner is not None:
            self._widen(owner, piece)
            return
        # Without a network only its shape tells a thing from somebody, who now bends, now stretches.
        alike, least = (agreement, KEPT) if self._presence.known(view.t_s) else (overlap, SETTLED)
        trial = max(self._trials, key=lambda trial: alike(trial.piece, piece), default=None)
        if trial is None or alike(trial.piece, piece) < least:
            self._trials.append(_Trial(piece=piece, seen_s=view.t_s))
            return
        if self._standing.is_leaving(piece, self._change):
            trial.seen_s = view.t_s
            return
        if any(near(piece.box, part.box, 0) for part in somebody):
            trial.piece, trial.passed_s = piece, 0.0
        elif trial.seen_s != view.t_s:
            trial.passed_s += passed_s
        trial.seen_s = view.t_s
        doubt_s = said.doubt_s + self._unrest_s
        doubt_s += self._likely_somebody_s(piece, view) + self._likely_light_s(piece, view.t_s)
        if trial.passed_s >= CONFIRM_S + doubt_s:
            self._trials = [other for other in self._trials if other is not trial]
            self._begin(piece, said, view)

    def _is_part_of_somebody(self, piece: Piece, t_s: float) -> bool:
        return not self._presence.known(t_s) and self._standing.is_part_of_somebody(piece, self._change)

    def _likely_somebody_s(self, piece: Piece, view: View) -> float:
        """Return how much longer to wait because a piece may be somebody who stands still."""
        if self._presence.known(view.t_s):
            since_s = view.t_s - self._age_s(piece)
            return MISTAKEN_S * self._presence.mistaken(shares(piece.box), view.t_s, since_s)
        _, _, width, height = piece.box
        upright = height > UPRIGHT * width * view.aspect * SMALL_HEIGHT_PX / SMALL_WIDTH_PX
        return UPRIGHT_S if upright else UNKNOWN_S

    def _likely_light_s(self, piece: Piece, t_s: float) -> float:
        """Return how much longer to wait because a piece came with a jump of light."""
        return JUMP_S if abs(t_s - self._age_s(piece) - self._change.jumped_s) < JUMP_AROUND_S else 0.0

    def _age_s(self, piece: Piece) -> float:
        x, y, width, height = piece.box
        ages = self._change.age[y : y + height, x : x + width][piece.mask > 0]
        return round(float(np.percentile(ages, 75)) / TICKS_PER_S + DELAY_S, 1)

    def _begin(self, piece: Piece, said: Verdict, view: View) -> None:
        age_s = self._age_s(piece)
        since_s = view.t_s - age_s
        while any(thing.since_s == since_s for thing in self._left):
            since_s += 1e-3  # two things put down at once are two events
        scale = view.width_px * view.height_px / self._zone.size
        attrs: dict[str, Attr] = {
            "left_by": self._presence.left_by(shares(piece.box), since_s),
            "left_before_s": age_s,
            "area_px": round(piece.area_px * scale),
        }
        mask = self._mask_of(piece) & self._change.changed
        self._left.append(_Left(since_s=since_s, box=piece.box, mask=mask, score=said.score, attrs=attrs))
        self._protect()

    def _widen(self, thing: _Left, piece: Piece) -> None:
        cv2.bitwise_or(thing.mask, self._mask_of(piece) & self._change.changed, dst=thing.mask)
        x, y, width, height = piece.box
        left, top = min(thing.box[0], x), min(thing.box[1], y)
        right, bottom = max(thing.box[0] + thing.box[2], x + width), max(thing.box[1] + thing.box[3], y + height)
        thing.box = (left, top, right - left, bottom - top)
        self._protect()

    def _end_what_is_gone(self, passed_s: float) -> None:
        change = self._change
        for thing in self._left:
            size_px = max(cv2.countNonZero(thing.mask), 1)
            if cv2.countNonZero(change.changed & thing.mask) >= GONE_SHARE * size_px:
                thing.gone_s = 0.0
            elif cv2.countNonZero(change.moving & thing.mask) < HIDDEN_SHARE * size_px:
                thing.gone_s += passed_s
            if thing.gone_s >= GONE_S:
                change.rejuvenate(thing.mask)
        if any(thing.gone_s >= GONE_S for thing in self._left):
            self._left = [thing for thing in self._left if thing.gone_s < GONE_S]
            self._protect()

    def _protect(self) -> None:
        """Keep the background as it is where things lie, so that it is known when they are gone."""
        self._keep.fill(0)
        for thing in self._left:
            x, y, width, height = thing.box
            self._keep[max(y - 3, 0) : y + height + 3, max(x - 3, 0) : x + width + 3] = 255

    def _mask_of(self, piece: Piece) -> Mask:
        mask: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        x, y, width, height = piece.box
        mask[y : y + height, x : x + width] = piece.mask
        return mask
