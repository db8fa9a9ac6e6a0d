"""One camera within a worker: its pipeline, its faults, its silence, and what is due to be told."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zlib import crc32

import structlog
from prometheus_client import Counter

from configs.cameras import Camera
from configs.services import Vision
from events.frame import Frame
from events.ids import SourceId, ZoneId
from events.observation import Attr
from runtime.isolation import Fault, isolated
from vision.detector import Answer, Finding
from vision.episodes import Episodes, Statement
from vision.evidence import EvidencePicture
from vision.pipeline import Pipeline
from vision.reporter import Reporter

log = structlog.get_logger(__name__)

NO_SIGNAL_S = 10.0
"""Without a picture for this long a camera has no signal."""
CADENCES = 3
"""A camera that sends few pictures has no signal after missing this many."""
SIGNAL_BACK_S = 3.0
"""Pictures must come for this long before the signal counts as back."""
BROKEN_SHARE, WHOLE_SHARE = 0.5, 0.2
"""From this share of broken pictures on the stream is told as smeared, until the share falls below the other."""
BROKEN_EVERY_S = 5.0
BROKEN_LEAST = 2
LOST_S = 30.0
"""Without a picture for this long, what was open at the camera is ended as lost."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
"""A pipeline that fails is made anew after a pause that doubles up to this: a bug costs little, and no camera is
given up for ever."""
HEALTHY_S = 60.0
"""Working for this long gives a pipeline its full budget back."""
RECOVERED_S = 10.0
"""Working for this long ends the fault that was told."""

ANALYSED = Counter("pantau_vision_analysed_pictures_total", "Pictures a pipeline took without fault", ["camera"])


class Stream(Protocol):
    """Reads one camera for ever."""

    @property
    def pictures(self) -> int:
        """How many pictures came since the start."""
        ...

    @property
    def broken(self) -> int:
        """How many could not be decoded whole."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why none come, one word, None while they do."""
        ...


class Smear:
    """Since when most pictures of a stream come broken: the decoder's word, beside what the pictures look like."""

    def __init__(self, stream: Stream, now_s: float) -> None:
        """Count from now on."""
        self._stream = stream
        self._counted_s = now_s
        self._whole, self._broken = stream.pictures, stream.broken
        self._since_s: float | None = None

    def since_s(self, now_s: float) -> float | None:
        """Return since when, None while most pictures are whole; pictures are counted every five seconds."""
        if now_s - self._counted_s >= BROKEN_EVERY_S:
            broken, whole = self._stream.broken - self._broken, self._stream.pictures - self._whole
            if broken + whole >= BROKEN_LEAST:
                self._judge(broken, whole)
                self._counted_s = now_s
                self._whole, self._broken = self._stream.pictures, self._stream.broken
            elif self._since_s is not None and now_s - self._counted_s >= NO_SIGNAL_S:
                self._since_s = None  # neither broken nor whole ones come: that is silence
        return self._since_s

    def _judge(self, broken: int, whole: int) -> None:
        share = broken / (broken + whole)
        # A stream that is cut off breaks one picture, its last: that alone is no smear.
        if share >= BROKEN_SHARE and broken >= BROKEN_LEAST and self._since_s is None:
            self._since_s = self._counted_s
        elif share < WHOLE_SHARE:
            self._since_s = None


class Station:
    """Everything a worker knows of one camera. Not for several threads at once."""

    def __init__(
        self,
        camera: Camera,
        stream: Stream,
        make_pipeline: Callable[[], Pipeline],
        reporter: Reporter,
        settings: Vision,
        now_s: float,
    ) -> None:
        self.id = SourceId(camera.id)
        self._watched = camera.health
        self._no_signal_s = max(NO_SIGNAL_S, CADENCES * (camera.cadence or 0.0))
        self._lost_s = max(LOST_S, self._no_signal_s)
        self._stream = stream
        self._make_pipeline = make_pipeline
        self._reporter = reporter
        self._settings = settings
        self._own = Episodes(self.id)
        self._smear = Smear(stream, now_s)
        self._pipeline: Pipeline | None = None
        self._picture_s = now_s
        self._pictures_since_s: float | None = None
        self._silent_since_s: float | None = None
        self._report_s = self._reported_s = now_s
        self._reported_pictures = stream.pictures
        # Not all cameras of a worker at the same moment: the phase follows from the name.
        self._snapshot_s = now_s - settings.snapshot_s * crc32(self.id.encode()) / 2**32
        self._fault: tuple[float, Fault] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._retry_s = now_s
        self._working_since_s = now_s

    def take(self, frame: Frame, now_s: float) -> None:
        """Look at one picture and tell what follows from it.

        Args:
            frame: The picture.
            now_s: Monotonic seconds.
        """
        if self._pictures_since_s is None or now_s - self._picture_s >= self._no_signal_s:
            self._pictures_since_s = now_s
        self._picture_s = now_s
        if now_s < self._retry_s:
            return
        outcome = isolated("pipeline", lambda: self._look(frame, now_s))
        if isinstance(outcome, Fault):
            self._fail(outcome, now_s, frame.taken_at)
            return
        # Told out here: a publisher that fails is not this pipeline's fault.
        statements, snapshot = outcome
        self._reporter.tell(statements)
        if snapshot is not None:
            self._reporter.snapshot(self.id, snapshot)
        ANALYSED.labels(self.id).inc()
        if now_s - self._working_since_s >= HEALTHY_S:
            self._pause_s = FIRST_PAUSE_S

    def take_clean(self, zone: ZoneId | None, now_s: float, answer: Answer) -> None:
        """Have a zone taken for clean as it is now; `answer` is told how that went, now or with a later picture."""
        if self._pipeline is None or now_s - self._picture_s >= self._no_signal_s:
            answer("no pictures come from the camera just now")
        else:
            self._pipeline.take_clean(zone, answer)

    def attend(self, now_s: float, now: datetime) -> None:
        """Do what is due whether or not a picture came: telemetry, silence, faults.

        Args:
            now_s: Monotonic seconds.
            now: The same moment, aware UTC.
        """
        if now_s - self._report_s >= self._settings.report_s:
            self._report(now_s, now)
        if now_s - self._picture_s >= self._lost_s and self._pipeline is not None:
            self._reporter.tell(self._pipeline.abandon(now))
        findings = [*self._silence(now_s), *self._broken(now_s)]
        smeared_s = self._smear.since_s(now_s)
        if self._watched and smeared_s is not None:
            attrs: dict[str, Attr] = {"class": "smeared", "reason": "broken_pictures"}
            findings.append(Finding(kind="tamper", zone=None, since_s=smeared_s, attrs=attrs))
        self._reporter.tell(self._own.take(findings, now_s, now, self._picture_of))

    def _look(self, frame: Frame, now_s: float) -> tuple[list[Statement], bytes | None]:
        """Return what the pipeline says, and a snapshot when one is due."""
        if self._pipeline is None:
            self._pipeline = self._make_pipeline()
            self._working_since_s = now_s
        statements = self._pipeline.take(frame)
        if now_s - self._snapshot_s < self._settings.snapshot_s:
            return statements, None
        self._snapshot_s = now_s
        return statements, self._pipeline.snapshot(frame)

    def _fail(self, fault: Fault, now_s: float, at: datetime) -> None:
        """Throw the pipeline away and make a new one after a pause."""
        if self._pipeline is not None:
            self._reporter.tell(self._pipeline.abandon(at))
            self._pipeline = None
        since_s = now_s if self._fault is None else self._fault[0]
        self._fault = since_s, fault
        self._working_since_s = self._retry_s = now_s + self._pause_s
        log.warning(
            "a camera's pipeline failed and is made anew", camera=self.id, fault=str(fault), pause_s=self._pause_s
        )
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _report(self, now_s: float, now: datetime) -> None:
        """Publish telemetry if pictures came: silence must mean silence."""
        self._report_s = now_s
        came = self._stream.pictures - self._reported_pictures
        if came <= 0:
            return
        # Since the last report that was sent, so that a picture every ten seconds gives 0.1/s; after an outage,
        # since pictures came back.
        since_s = max(self._reported_s, self._pictures_since_s or self._reported_s)
        passed_s = max(now_s - since_s, self._settings.report_s)
        self._reported_s = now_s
        self._reported_pictures += came
        measured = {} if self._pipeline is None else self._pipeline.drain_measurements()
        self._reporter.telemetry(self.id, {"pictures_per_s": round(came / passed_s, 2), **measured}, now)

    def _silence(self, now_s: float) -> list[Finding]:
        if not self._watched:
            return []
        if now_s - self._picture_s >= self._no_signal_s and self._smear.since_s(now_s) is None:
            if self._silent_since_s is None:
                self._silent_since_s = self._picture_s
        elif self._pictures_since_s is not None and now_s - self._pictures_since_s >= SIGNAL_BACK_S:
            self._silent_since_s = None
        if self._silent_since_s is None:
            return []
        attrs = {"class": "no_signal", "reason": self._stream.trouble or "no_pictures"}
        return [Finding(kind="tamper", zone=None, since_s=self._silent_since_s, attrs={**attrs})]

    def _picture_of(self, finding: Finding) -> EvidencePicture | None:
        """Return the last pictures before a silence; a pipeline that failed has none."""
        pipeline = self._pipeline
        if finding.kind != "tamper" or pipeline is None:
            return None
        shown = isolated("evidence", pipeline.last_seen)
        return None if isinstance(shown, Fault) else shown

    def _broken(self, now_s: float) -> list[Finding]:
        if self._fault is None:
            return []
        since_s, fault = self._fault
        if now_s - self._working_since_s >= RECOVERED_S and self._pipeline is not None:
            self._fault = None
            return []
        # The error's type alone: its text may hold anything, and the log has it whole.
        return [Finding(kind="pipeline_fault", zone=None, since_s=since_s, attrs={"error": type(fault.error).__name__})]
