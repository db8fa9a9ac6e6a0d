"""One camera: pictures in, statements out."""

from collections.abc import Callable, Sequence
from datetime import datetime

from configs.cameras import Camera
from events.frame import Frame, Picture
from events.geometry import Polygon
from events.ids import SourceId, ZoneId
from vision.attention import Attention
from vision.background import Background
from vision.blinkers import Blinkers
from vision.detector import Detector, Finding, Mask, Person, View
from vision.episodes import Episodes, Statement
from vision.evidence import LONGEST_PX, EvidencePicture, render
from vision.metrics import Window
from vision.privacy import RecentMotion
from vision.seconds import Seconds
from vision.shrinker import Shrinker

SNAPSHOT_PX = 640


class ViewClock:
    """Seconds since the first picture that only run forward, whatever the wall clock does.

    Live pictures carry a clock that nobody sets; those of files and of others without one go by the time they were
    taken. A long gap shows as a long step: only detectors know what may have happened meanwhile.
    """

    def __init__(self) -> None:
        self._t_s = 0.0
        self._last: tuple[float, float | None, float | None] | None = None

    def at(self, frame: Frame) -> float:
        """Return the frame's time; where the wall clock was set back, the stream's own clock gives the step."""
        # The times alone: holding the frame would hold the decoder's picture.
        now = frame.taken_at.timestamp(), frame.media_s, frame.arrived_s
        if self._last is not None:
            taken_s, media_s, arrived_s = (_step(*pair) for pair in zip(self._last, now, strict=True))
            step_s = taken_s if arrived_s is None else arrived_s
            if step_s is not None and step_s < 0 and media_s is not None:
                step_s = media_s
            self._t_s += max(step_s or 0.0, 0.0)
        self._last = now
        return self._t_s


def _step(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before


class Pipeline:
    """Looks at one camera with all its detectors. Not for several threads at once."""

    def __init__(self, camera: Camera, detectors: Sequence[Detector], attention: Attention) -> None:
        self._detectors = tuple(detectors)
        self._attention = attention
        self._outlines: dict[ZoneId, Polygon] = {
            ZoneId(zone.id): Polygon.from_points(zone.polygon) for zone in camera.zones if zone.polygon is not None
        }
        self._clock = ViewClock()
        self._shrinker = Shrinker()
        self._blinkers = Blinkers(camera)
        self._background = Background()
        self._motion = RecentMotion()
        self._seconds = Seconds()
        self._episodes = Episodes(SourceId(camera.id))
        self._window = Window()
        self._t_s = 0.0

    def take(self, frame: Frame) -> list[Statement]:
        """Look at one picture and say what began, changed and ended."""
        t_s = self._t_s = self._clock.at(frame)
        frame = self._blinkers.cover(frame)
        small = self._blinkers.blank(self._shrinker.shrink(frame.luma))
        foreground = self._background.apply(small, t_s)
        self._blinkers.forget(foreground)
        warm = self._background.warm
        self._motion.add(foreground, t_s, warm=warm)
        picture = _once(frame.to_bgr)
        view = View(
            t_s=t_s,
            small=small,
            foreground=foreground,
            warm=warm,
            second=self._seconds.offer(small, t_s),
            at=frame.taken_at,
            width_px=frame.width_px,
            height_px=frame.height_px,
            found=lambda: self._attention.look(t_s, picture),
            colour=picture,
        )
        findings: list[Finding] = []
        for detector in self._detectors:
            looking = detector.look(view)
            findings.extend(looking.findings)
            self._window.add(looking.measurements)
        return self._episodes.take(findings, t_s, frame.taken_at, lambda finding: self._evidence(finding, picture))

    def drain_measurements(self) -> dict[str, float]:
        """Return the median of each measurement since the last call."""
        return self._window.drain()

    def snapshot(self, frame: Frame) -> bytes:
        """Return the latest picture as a JPEG with people pixelated; `frame` is the one taken last."""
        return render(*self._hiding(self._blinkers.cover(frame).to_bgr), longest_px=SNAPSHOT_PX).jpeg

    def abandon(self, at: datetime) -> list[Statement]:
        """End everything open as lost, because no more pictures come."""
        return self._episodes.abandon(at)

    def _evidence(self, finding: Finding, picture: Callable[[], Picture]) -> EvidencePicture:
        outline = None if finding.zone is None else self._outlines.get(finding.zone)
        return render(
            *self._hiding(picture),
            outlines=() if outline is None else (outline,),
            boxes=() if finding.box is None else (finding.box,),
            longest_px=LONGEST_PX,
        )

    def _hiding(self, picture: Callable[[], Picture]) -> tuple[Picture, Mask, Sequence[Person]]:
        """Return the picture with what must be hidden in it."""
        self._attention.look(self._t_s, picture)
        return picture(), self._motion.mask(self._t_s), self._attention.last.people


def _once(convert: Callable[[], Picture]) -> Callable[[], Picture]:
    """Return a function that converts at the first call and remembers."""
    converted: Picture | None = None

    def remembered() -> Picture:
        nonlocal converted
        if converted is None:
            converted = convert()
        return converted

    return remembered
