"""Remembers what a camera saw and shows it as evidence: before, at the beginning, now."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import cv2
import numpy as np

from configs.cameras import Camera
from events.frame import Frame, Picture
from events.geometry import Box, Polygon
from events.ids import ZoneId
from vision import captions
from vision.atrest import BLURS_PX, around, at_rest
from vision.attention import Attention
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finding, Found, Mask, Small
from vision.evidence import EvidencePicture, encode, harmless, sealed
from vision.filmstrip import LONGEST_PX, Panel, sheet
from vision.history import KEPT_PX, History, Kept, planes_of
from vision.privacy import RecentMotion, unpacked
from vision.scale import BodyScale, LearnedScale, known_scale

BEFORE_S = 10.0
"""How long before its beginning a thing is shown not to have been there yet."""
SPARE_S = 60.0
"""History beyond the longest hold time: the picture from before, and detectors that hesitate a little longer."""
HELD_GAP_S = 1.0
"""The picture to be shown if none should follow is at most this old: while one is held the decoder writes into other
memory, which at every picture looked at costs about half a per cent of decoding."""
SNAPSHOT_PX = 640
MOST_OPEN = 16
"""Things whose early pictures are held for their updates, about 80 kB each; more are shown from what history has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Early:
    """An early panel, encoded, since it is needed minutes later or never."""

    caption: str
    jpeg: bytes | None

    def panel(self) -> Panel:
        if self.jpeg is None:
            return Panel(caption=self.caption, picture=None)
        picture = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)
        return Panel(caption=self.caption, picture=np.asarray(picture, np.uint8))


class Witness:
    """One camera's memory and the only way its pictures come out. Not for several threads at once."""

    def __init__(
        self, camera: Camera, attention: Attention, *, timezone: tzinfo | None = None, scale: BodyScale | None = None
    ) -> None:
        """Remember one camera.

        Args:
            camera: Its zones are outlined, its masks covered; its hold times say how far back to remember.
            attention: Finds people to hide.
            timezone: The city's, for captions; None writes ages only.
            scale: How large people stand in the picture; None takes what the camera's settings say, else learns it
                from those the network finds.
        """
        self._attention = attention
        self._timezone = timezone
        self._camera = camera
        self._learned = LearnedScale()
        self._scale: BodyScale = scale or self._learned
        self._sized = scale is not None
        self._outlines = {
            ZoneId(one.id): Polygon.from_points(one.polygon) for one in camera.zones if one.polygon is not None
        }
        self._covered = tuple(Polygon.from_points(area) for area in camera.mask)
        self._motion = RecentMotion()
        self._history = History(longest_hold_s(camera) + BEFORE_S + SPARE_S)
        self._early: OrderedDict[tuple[object, ...], tuple[_Early, _Early]] = OrderedDict()
        self._held: tuple[float, Frame] | None = None
        self._at: datetime | None = None
        self._aspect = 1.0
        self._small: Small = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        self._foreground: Mask = np.zeros_like(self._small)
        self._t_s = 0.0
        self._noted: Found | None = None

    @property
    def size_bytes(self) -> int:
        """Memory held by pictures of the past."""
        early = sum(len(one.jpeg or b"") for pair in self._early.values() for one in pair)
        return self._history.size_bytes + early

    def see(self, frame: Frame, t_s: float, small: Small, foreground: Mask, *, warm: bool) -> None:
        """Take in a picture before the detectors do.

        Args:
            frame: As decoded; held for a second now and then.
            t_s: Its time on the view's clock.
            small: Its brightness, uint8, (180, 320); copied where kept, else read until the next picture.
            foreground: What differs from the background, uint8, (180, 320), likewise.
            warm: Whether the foreground says anything.
        """
        self._small, self._foreground, self._t_s = small, foreground, t_s
        self._at, self._aspect = frame.taken_at, frame.width_px / frame.height_px
        if self._held is None or t_s - self._held[0] >= HELD_GAP_S:
            self._held = t_s, frame
        self._motion.add(foreground, t_s, warm=warm)
        if not self._sized:
            self._sized = True
            self._scale = known_scale(self._camera, self._aspect) or self._learned
        self._note()
        if not self._history.is_due(t_s):
            return
        kept = Kept(
            t_s=t_s,
            at=frame.taken_at,
            small=small.copy(),
            hidden=self._motion.packed(),
            people=tuple(self._attention.last.people),
            source=frame,
        )
        self._history.add(kept, self._motion.packed)

    def picture(self, finding: Finding, colour: Callable[[], Picture]) -> EvidencePicture:
        """Return the filmstrip of something that is the case in the picture seen last.

        Args:
            finding: The thing.
            colour: Returns the picture seen last in colour.
        """
        at = self._seen_at()
        now = self._shown_now(finding, colour)
        early = self._early.get(_key(finding))
        if early is None:
            early = self._before(finding, at), self._beginning(finding, at, now)
            self._early[_key(finding)] = early
            while len(self._early) > MOST_OPEN:
                self._early.popitem(last=False)
        outline = None if finding.zone is None else self._outlines.get(finding.zone)
        whole = sheet(
            Panel(caption=captions.at_clock(captions.NOW, at, self._timezone), picture=now),
            [one.panel() for one in early],
            outlines=() if outline is None else (outline,),
            boxes=() if finding.box is None else (finding.box,),
        )
        return sealed(whole, veiled=not self._motion.trusted)

    def last_seen(self) -> EvidencePicture | None:
        """Return the filmstrip of the last pictures before none came any more, None where none ever came."""
        if self._held is None:
            return None
        held_s, frame = self._held
        earlier = []
        for back_s in (BEFORE_S, BEFORE_S / 2):
            kept = self._history.nearest(held_s - back_s, latest_s=held_s - 1.0)
            if kept is not None:
                caption = captions.before(held_s - kept.t_s, kept.at, self._timezone)
                earlier.append(Panel(caption=caption, picture=self._shown_then(kept, self._motion_since(kept))))
        last = Panel(
            caption=captions.at_clock(captions.LAST, frame.taken_at, self._timezone),
            picture=self._shown(frame.to_bgr, self._motion.mask(), LONGEST_PX),
        )
        return sealed(sheet(last, earlier), veiled=not self._motion.trusted)

    def snapshot(self, frame: Frame) -> bytes:
        """Return the picture seen last as a JPEG fit to be shown.

        Shrunk before it is converted to colour: of 1080p that takes a third of the time.
        """
        self._attention.look(self._t_s, frame.to_bgr, self._small)
        small = np.asarray(cv2.cvtColor(planes_of(frame, SNAPSHOT_PX), cv2.COLOR_YUV2BGR_I420), np.uint8)
        return encode(self._harmless(small, self._motion.mask(), SNAPSHOT_PX))

    def _seen_at(self) -> datetime:
        if self._at is None:
            raise ValueError("nothing was seen yet")
        return self._at

    def _note(self) -> None:
        """Mark where the network found people, once for each of its answers."""
        last = self._attention.last
        if last is not self._noted:
            self._noted = last
            self._motion.add_people(last.people)
            self._learned.learn(last.people, self._aspect)

    def _shown_now(self, finding: Finding, colour: Callable[[], Picture]) -> Picture:
        """Return the picture seen last, with the thing itself to be seen in it."""
        self._attention.look(self._t_s, colour, self._small)
        self._note()
        spare = None
        if finding.box is not None:
            since = [(one.t_s, one.small) for one in self._history if finding.since_s <= one.t_s < self._t_s]
            spare = at_rest(finding.kind, finding.box, (self._t_s, self._small), since, self._foreground, self._scale)
        return self._shown(colour, self._motion.mask(spare=spare), LONGEST_PX)

    def _before(self, finding: Finding, now: datetime) -> _Early:
        wanted_s = finding.since_s - BEFORE_S
        kept = self._history.nearest(wanted_s, latest_s=finding.since_s - 1.0)
        if kept is None:
            at = now - timedelta(seconds=self._t_s - wanted_s)
            return _Early(caption=captions.before(BEFORE_S, at, self._timezone), jpeg=None)
        caption = captions.before(finding.since_s - kept.t_s, kept.at, self._timezone)
        return _Early(caption=caption, jpeg=encode(self._shown_then(kept, self._afterwards(kept, finding))))

    def _beginning(self, finding: Finding, at: datetime, now: Picture) -> _Early:
        kept = self._history.nearest(finding.since_s, earliest_s=finding.since_s - 1.0)
        if kept is None or self._t_s - finding.since_s <= abs(kept.t_s - finding.since_s):
            ago_s = self._t_s - finding.since_s
            return _Early(caption=captions.began(ago_s, 0.0, at, self._timezone), jpeg=encode(now))
        caption = captions.began(kept.t_s - finding.since_s, self._t_s - kept.t_s, kept.at, self._timezone)
        return _Early(caption=caption, jpeg=encode(self._shown_then(kept, self._afterwards(kept, finding))))

    def _afterwards(self, kept: Kept, finding: Finding) -> Mask:
        """Return where people showed by moving soon after the picture: those who stood still in it.

        The thing's own place is left out, since it came there itself; and of a camera that was covered or turned,
        everything moved.
        """
        if finding.kind == "tamper":
            return np.zeros_like(self._small)
        moved = self._motion_since(kept)
        if finding.kind in BLURS_PX and finding.box is not None:
            x, y, width, height = _around(finding.box)
            moved[y : y + height, x : x + width] = 0
        return moved

    def _motion_since(self, kept: Kept) -> Mask:
        if kept.afterwards is not None:
            return unpacked(kept.afterwards)
        if not self._motion.trusted:
            return np.zeros_like(self._small)
        return self._motion.mask().copy()

    def _shown_then(self, kept: Kept, afterwards: Mask) -> Picture:
        """Return a picture of the past; the network looks again for whoever stood still in it."""
        picture = kept.picture()
        found = self._attention.search(picture)
        hidden = cv2.bitwise_or(unpacked(kept.hidden), afterwards)
        return harmless(
            picture,
            np.asarray(hidden, np.uint8),
            (*kept.people, *found.people),
            self._scale,
            covered=self._covered,
            longest_px=KEPT_PX,
        )

    def _shown(self, colour: Callable[[], Picture], hidden: Mask, longest_px: int) -> Picture:
        """Return the picture seen last."""
        self._attention.look(self._t_s, colour, self._small)
        return self._harmless(colour(), hidden, longest_px)

    def _harmless(self, picture: Picture, hidden: Mask, longest_px: int) -> Picture:
        self._note()
        people = self._attention.last.people
        return harmless(picture, hidden, people, self._scale, covered=self._covered, longest_px=longest_px)


def longest_hold_s(camera: Camera) -> float:
    """Return how long after its beginning a thing may be told at this camera, by its detectors' hold times."""
    sections = [section for zone in camera.zones for _, section in zone.detect if section is not None]
    holds_s = [getattr(section, name, 0.0) for section in sections for name in ("hold_s", "after_s")]
    return max(holds_s, default=0.0)


def _around(box: Box) -> tuple[int, int, int, int]:
    return around(box).to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.zone, finding.attrs.get("class"), finding.since_s
