"""Finds what was put down and stays: abandoned objects, and waste dumped outside the waste zones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from configs.detection import AbandonedObject
from events.geometry import Polygon
from events.observation import Attr
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finding, Looking, Mask, Measurement, Region, Small, View
from vision.lasting import TICKS_PER_S, LastingChange
from vision.lying import Lying, around, mask_of
from vision.newcomer import (
    LEAST_PX,
    Kind,
    Piece,
    Verdict,
    agreement,
    completed,
    core,
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
ROUNDING = 1e-6
GROWN = 1.4
"""What shows so much more than ever in its trial is somebody coming to rest, limb by limb: it begins anew."""
CLOSING_PX, FINE_CLOSING_PX = 5, 3
PARTED_AGES = 2.0
"""What has lasted twice as long as asked for is looked at again with less closing, to part a bag from whoever
loiters beside it."""

CORE_DOUBT_S = 10.0
"""What is a thing only within something that is none is watched longer: ground that a car uncovers has bright spots."""

MISTAKEN_S = 150.0
"""Times the share of answers that took the piece itself for somebody: five seconds for each in half a minute."""
UPRIGHT = 1.3
UPRIGHT_S, UNKNOWN_S = 12.0, 4.0
"""Without a network whatever stands upright may be somebody, who moves sooner or later; all else a part of one."""

JUMP_S = 6.0
JUMP_AROUND_S = 8.0
"""What came within eight seconds of a jump of light is watched longer."""

CALM_S = 1.9
"""While nothing differs from the background at all, it is looked at every other second."""

RESTLESS_PIECES = 6
RESTLESS_SHARE = 0.12
"""More pieces at once than this, or more of the picture, are clouds, water, lamps, not things."""
RESTLESS_S = 20.0
"""After so long of that the picture is taken as it is; when it ends, pieces are watched longer, at most by so much."""


@dataclass(slots=True, kw_only=True)
class _Trial:
    """A piece that is watched for some seconds before it is believed.

    Attributes:
        piece: As it was when the trial began.
        largest_px: How large it was at most when the trial began anew.
        believed: Share passed of what it must: each look counts by how long a thing that looks like that is watched.
        seen_s: When it was seen last.
    """

    piece: Piece
    largest_px: int
    believed: float = 0.0
    seen_s: float


@dataclass(frozen=True, slots=True)
class _Ghost:
    """What has looked like the place of something taken away for some seconds."""

    piece: Piece
    passed_s: float


class LeftObjectDetector:
    """What was put down in one zone and stays: a count at all times, and a finding for each thing.

    Looks once a second, or every other while nothing has changed at all, at what has changed against the background and
    how long each pixel has been so; what has for long enough is cut into pieces, and each piece must look like a thing
    for some seconds: with an outline that was not there before (else it is the ghost of something taken away),
    structure of its own (else it is light), and nobody recognised in it. See `docs/vision.md` for what it cannot do.
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
        self._trials: list[_Trial] = []
        self._ghosts: list[_Ghost] = []
        self._left = Lying()
        self._restless_s = 0.0
        self._unrest_s = 0.0
        self._looked = False
        self._calm = False
        self._taken_s = 0.0

    def look(self, view: View) -> Looking:
        """Take in one picture and say what lies there."""
        if self._blind():
            self._change.pause()
        elif view.second is not None:
            if self._calm and view.t_s - self._taken_s < CALM_S:
                self._change.remember(view.second, view.t_s)
            else:
                self._take(view.second, view)
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

    def _take(self, second: Small, view: View) -> None:
        self._taken_s = view.t_s
        passed_s = self._change.take(second, view.t_s, self._left.keep)
        if passed_s is not None:
            self._looked = True
            self._standing.see(second, passed_s)
            self._judge(view, passed_s)
        doubtful = self._trials or self._ghosts or len(self._left) or self._unrest_s
        self._calm = passed_s is not None and self._change.is_calm and not doubtful

    def _judge(self, view: View, passed_s: float) -> None:
        change = self._change
        if self._trials or cv2.countNonZero(change.changed) + cv2.countNonZero(change.moving) >= LEAST_PX:
            self._presence.see(view.found(), change, view.t_s, passed_s)
        self._left.end_what_is_gone(change, passed_s)
        lasting = self._lasting(self._aged_s)
        number_px = cv2.countNonZero(lasting)
        if number_px < LEAST_PX:
            self._trials.clear()
            self._ghosts.clear()
            self._settle(passed_s)
            return
        judged = [(piece, self._weigh(piece, view)) for piece in self._pieces(lasting, CLOSING_PX)]
        unexplained = [piece for piece, said in judged if said is not None and said.kind is not Kind.GHOST]
        news = [piece for piece in unexplained if not any(near(thing.box, piece.box, 0) for thing in self._left)]
        if len(news) > RESTLESS_PIECES or number_px > RESTLESS_SHARE * lasting.size:
            self._wait(lasting, passed_s)
            return
        self._settle(passed_s)
        judged += self._parted(judged, view)
        judged += self._cores(judged, view)
        self._absorb_ghosts(judged, passed_s)
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
        if self._presence.covers(piece):
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

    def _cores(self, judged: Sequence[tuple[Piece, Verdict | None]], view: View) -> list[tuple[Piece, Verdict | None]]:
        """Return what looks like a thing beyond doubt within pieces that are none as a whole."""
        things = [piece for piece, said in judged if said is not None and said.kind is Kind.THING]
        whole = [piece for piece, said in judged if said is not None and said.kind is not Kind.THING]
        cores = [core(piece, self._change.now, self._change.before) for piece in whole]
        new = [p for p in cores if p is not None and not any(near(p.box, thing.box, 0) for thing in things)]
        weighed = [(piece, self._weigh(piece, view)) for piece in new]
        return [
            (piece, replace(said, doubt_s=said.doubt_s + CORE_DOUBT_S))
            for piece, said in weighed
            if said is not None and said.kind is Kind.THING and said.doubt_s == 0.0
        ]

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
        self._change.absorb(np.asarray(cv2.subtract(place, self._left.keep), np.uint8))

    def _absorb_ghosts(self, judged: Sequence[tuple[Piece, Verdict | None]], passed_s: float) -> None:
        """Take the place of something taken away into the background, once it has looked like that for long."""
        ghosts = [piece for piece, said in judged if said is not None and said.kind is Kind.GHOST]
        things = [piece for piece, said in judged if said is not None and said.kind is Kind.THING]
        before = self._ghosts
        self._ghosts = []
        for piece in ghosts:
            known = next((ghost for ghost in before if overlap(ghost.piece, piece) >= SETTLED), None)
            passed = 0.0 if known is None else known.passed_s + passed_s
            if passed < GHOST_S:
                self._ghosts.append(_Ghost(piece, passed))
                continue
            # Its fringe goes with it, but no thing that lies in it.
            place = np.asarray(cv2.dilate(mask_of(piece), _SQUARE, iterations=2), np.uint8)
            for thing in things:
                place[around(thing.box)] = 0
            self._absorb(place)

    def _settle(self, passed_s: float) -> None:
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
        if self._left.takes_in(piece, self._change):
            return
        # Without a network only its shape tells a thing from somebody, who now bends, now stretches.
        alike, least = (agreement, KEPT) if self._presence.known(view.t_s) else (overlap, SETTLED)
        trial = max(self._trials, key=lambda trial: alike(trial.piece, piece), default=None)
        if trial is None or alike(trial.piece, piece) < least:
            self._trials.append(_Trial(piece=piece, largest_px=piece.area_px, seen_s=view.t_s))
            return
        if self._standing.is_leaving(piece, self._change):
            trial.seen_s = view.t_s
            return
        if piece.area_px > GROWN * trial.largest_px:
            trial.largest_px, trial.believed = piece.area_px, 0.0
        elif any(near(piece.box, part.box, 0) for part in somebody):
            trial.piece, trial.believed = piece, 0.0
        elif trial.seen_s != view.t_s:
            doubt_s = said.doubt_s + self._unrest_s
            doubt_s += self._likely_somebody_s(piece, view) + self._likely_light_s(piece, view.t_s)
            trial.believed += passed_s / (CONFIRM_S + doubt_s)
        trial.seen_s = view.t_s
        if trial.believed >= 1.0 - ROUNDING:
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
        scale = view.width_px * view.height_px / self._zone.size
        attrs: dict[str, Attr] = {
            "left_by": self._presence.left_by(shares(piece.box), since_s),
            "left_before_s": age_s,
            "area_px": round(piece.area_px * scale),
        }
        self._left.begin(piece, self._change, since_s=since_s, score=said.score, attrs=attrs)
