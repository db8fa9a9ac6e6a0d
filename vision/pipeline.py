"""One camera: pictures in, statements out."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from configs.cameras import Camera
from events.frame import Frame, Picture
from events.ids import SourceId, ZoneId
from vision.attention import Attention
from vision.background import Background
from vision.blinkers import Blinkers
from vision.detector import Answer, Detector, Finding, Mask, Small, TakesClean, View
from vision.episodes import Episodes, Statement
from vision.evidence import EvidencePicture
from vision.metrics import Window
from vision.scale import BodyScale
from vision.seconds import Seconds
from vision.shrinker import Shrinker
from vision.witness import Witness


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
        taken_s, media_s, arrived_s = frame.taken_at.timestamp(), frame.media_s, frame.arrived_s
        if self._last is not None:
            last_taken_s, last_media_s, last_arrived_s = self._last
            step_s = _step(last_arrived_s, arrived_s)
            if step_s is None:
                step_s = taken_s - last_taken_s
            if step_s < 0:
                step_s = _step(last_media_s, media_s) or 0.0
            self._t_s += max(step_s, 0.0)
        self._last = taken_s, media_s, arrived_s
        return self._t_s


def _step(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before


class Pipeline:
    """Looks at one camera with all its detectors. Not for several threads at once.

    Every picture is made small and goes into the median of its second; conclusions are drawn with the first picture of
    each second. Among five pictures a second the other four would say hardly anything new of what lasts for seconds,
    and between two pictures of a decoder everything has gone from the processor's nearest memory: what is done at each
    picture costs twice what it costs by itself.
    """

    def __init__(
        self,
        camera: Camera,
        detectors: Sequence[Detector],
        attention: Attention,
        *,
        timezone: tzinfo | None = None,
        scale: BodyScale | None = None,
    ) -> None:
        """Look at one camera.

        Args:
            camera: Its settings.
            detectors: In the order in which they look.
            attention: Finds people and vehicles.
            timezone: The city's, for the captions of evidence; None writes ages only.
            scale: How large people stand in the picture, where that is known.
        """
        self._detectors = tuple(detectors)
        self._attention = attention
        self._witness = Witness(camera, attention, timezone=timezone, scale=scale)
        self._clock = ViewClock()
        self._shrinker = Shrinker()
        self._blinkers = Blinkers(camera)
        self._background = Background()
        self._seconds = Seconds()
        self._episodes = Episodes(SourceId(camera.id))
        self._window = Window()
        self._unseen: tuple[Small, float] | None = None

    def take(self, frame: Frame) -> list[Statement]:
        """Take in one picture and, once a second, say what began, changed and ended."""
        t_s = self._clock.at(frame)
        small = self._blinkers.blank(self._shrinker.shrink(frame.luma))
        if not self._seconds.begins(small, t_s):
            self._unseen = small, t_s
            return []
        frame = self._blinkers.cover(frame)
        foreground = self._see(frame, small, t_s)
        picture = _once(frame.to_bgr)
        view = View(
            t_s=t_s,
            small=small,
            foreground=foreground,
            warm=self._background.warm,
            second=self._seconds.median,
            at=frame.taken_at,
            width_px=frame.width_px,
            height_px=frame.height_px,
            found=lambda: self._attention.look(t_s, picture, small),
            colour=picture,
        )
        findings: list[Finding] = []
        for detector in self._detectors:
            looking = detector.look(view)
            findings.extend(looking.findings)
            self._window.add(looking.measurements)
        return self._episodes.take(
            findings, t_s, frame.taken_at, lambda finding: self._witness.picture(finding, picture)
        )

    def _see(self, frame: Frame, small: Small, t_s: float) -> Mask:
        """Compare a picture with the background, have the witness see it, and return what differs."""
        foreground = self._background.apply(small, t_s)
        self._blinkers.forget(foreground)
        self._witness.see(frame, t_s, small, foreground, warm=self._background.warm)
        self._unseen = None
        return foreground

    def take_clean(self, zone: ZoneId | None, answer: Answer) -> None:
        """Have a zone taken for clean as it is now.

        Args:
            zone: Which; None where the camera watches only one for waste.
            answer: Told how that went, now or with a later picture.
        """
        watched = [detector for detector in self._detectors if isinstance(detector, TakesClean)]
        asked = [detector for detector in watched if zone is None or detector.zone == zone]
        names = ", ".join(str(detector.zone) for detector in watched)
        if not watched:
            answer("no zone of this camera is watched for waste")
        elif not asked:
            answer(f"this camera has no zone {str(zone)[:80]} that is watched for waste, only {names}")
        elif len(asked) > 1:
            answer(f"this camera watches several zones for waste; name one of {names}")
        else:
            asked[0].take_clean(answer)

    def drain_measurements(self) -> dict[str, float]:
        """Return the median of each measurement since the last call."""
        return self._window.drain()

    def snapshot(self, frame: Frame) -> bytes:
        """Return the latest picture as a JPEG with people pixelated; `frame` is the one taken last."""
        frame = self._blinkers.cover(frame)
        if self._unseen is not None:
            # People may have moved since the second began, and are hidden where they are.
            self._see(frame, *self._unseen)
        return self._witness.snapshot(frame)

    def last_seen(self) -> EvidencePicture | None:
        """Return the last pictures before none came any more as evidence, None where none ever came."""
        return self._witness.last_seen()

    def abandon(self, at: datetime) -> list[Statement]:
        """End everything open as lost, because no more pictures come."""
        return self._episodes.abandon(at)


def _once(convert: Callable[[], Picture]) -> Callable[[], Picture]:
    """Return a function that converts at the first call and remembers."""
    converted: Picture | None = None

    def remembered() -> Picture:
        nonlocal converted
        if converted is None:
            converted = convert()
        return converted

    return remembered
