"""Many cameras in one process: a thread each for reading, one for looking."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import structlog
from prometheus_client import Histogram

from configs.cameras import Camera
from configs.services import Vision
from events.frame import Frame
from events.ids import SourceId
from runtime.channel import LatestChannel
from runtime.clock import Clock, utc_now
from runtime.isolation import isolated
from vision import models
from vision.attention import Attention
from vision.commands import CommandDesk
from vision.detector import Finder
from vision.detectors import build_detectors
from vision.ledger import Ledger
from vision.network import PeopleNetwork
from vision.onnx_network import OnnxNetwork
from vision.pipeline import Pipeline
from vision.reference import StoredReferences
from vision.reporter import Publisher, Reporter
from vision.rota import Rota
from vision.station import Station, Stream

log = structlog.get_logger(__name__)

CHANNEL_PICTURES = 2
ATTEND_S = 0.1
JOIN_S = 1.0
READER_PAUSE_S = 1.0

AGE = Histogram(
    "pantau_vision_picture_age_seconds",
    "Time from a picture's arrival to the end of its analysis",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)


class RunningStream(Stream, Protocol):
    """Reads one camera for ever, into the channel it was made with."""

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set."""
        ...


OpenStream = Callable[[Camera, LatestChannel[Frame]], RunningStream]
BuildPipeline = Callable[[Camera], Pipeline]


def open_network(settings: Vision) -> Finder | None:
    """Return the people network that is wanted: the operator's own, else the installed one, else None."""
    if settings.network and settings.model is not None:
        return OnnxNetwork(settings.model)
    weights = models.installed() if settings.network else None
    if weights is None:
        log.info("people are counted by movement", why="network: false" if not settings.network else "not installed")
        return None
    return PeopleNetwork(weights)


def pipeline_builder(
    data_dir: Path, network: Finder | None, settings: Vision, timezone: tzinfo | None = None
) -> BuildPipeline:
    """Return what makes a camera's pipeline, with one network and one time budget for all of them.

    Args:
        data_dir: Where clean references are kept.
        network: Finds people; None to count by foreground.
        settings: The network's budget.
        timezone: The city's, for the captions of evidence and for midday.
    """
    rota = Rota(settings.network_share, every_s=settings.network_every_s)

    def build(camera: Camera) -> Pipeline:
        references = StoredReferences(data_dir / "references" / camera.id)
        detectors = build_detectors(camera, references, timezone=timezone)
        return Pipeline(camera, detectors, Attention(network, rota, camera), timezone=timezone)

    return build


class VisionWorker:
    """Reads and looks at its cameras until told to stop.

    Reading threads hand over through channels that keep the newest two pictures; the calling thread looks at one
    picture of each camera in turn, so a busy camera costs the others at most one picture's time.
    """

    def __init__(
        self,
        worker: SourceId,
        cameras: Sequence[Camera],
        open_stream: OpenStream,
        publisher: Publisher,
        settings: Vision,
        data_dir: Path,
        clock: Clock = utc_now,
        *,
        commands: CommandDesk | None = None,
        timezone: tzinfo | None = None,
        build_pipeline: BuildPipeline | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._bell = threading.Event()
        self._commands = commands
        self._publisher = publisher
        self._reporter = Reporter(publisher, Ledger(data_dir / f"open-{worker}.json"))
        build = build_pipeline or pipeline_builder(data_dir, open_network(settings), settings, timezone)
        self._cameras: list[tuple[Station, RunningStream, LatestChannel[Frame]]] = []
        for camera in cameras:
            channel = _RingingChannel(CHANNEL_PICTURES, self._bell)
            stream = open_stream(camera, channel)
            station = Station(camera, stream, partial(build, camera), self._reporter, settings, monotonic())
            self._cameras.append((station, stream, channel))
        self._stations = {station.id: station for station, _, _ in self._cameras}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is open then is ended by the next run.

        Returns within about a second even if a camera hangs: its thread is a daemon and is left behind.
        """
        # Each operation here is far smaller than the cost of waking other threads, and cameras share the cores.
        cv2.setNumThreads(1)
        lost = self._reporter.end_left_over(self._clock())
        if lost:
            log.info("what the last run left open was ended", observations=lost)
        readers = [
            threading.Thread(target=_read, args=(stream, stop), name=f"camera-{station.id}", daemon=True)
            for station, stream, _ in self._cameras
        ]
        for reader in readers:
            reader.start()
        while not stop.is_set():
            self._bell.clear()
            if not self.take_turns():
                self._bell.wait(ATTEND_S)
        give_up_s = self._monotonic() + JOIN_S
        for reader in readers:
            reader.join(max(give_up_s - self._monotonic(), 0.0))

    def take_turns(self) -> bool:
        """Look at one waiting picture of each camera and do what else is due; False when no picture waited."""
        found = False
        for station, _, channel in self._cameras:
            frame = channel.get(timeout_s=0.0)
            if frame is not None:
                found = True
                station.take(frame, self._monotonic())
                AGE.observe(max((self._clock() - frame.taken_at).total_seconds(), 0.0))
            station.attend(self._monotonic(), self._clock())
        if self._commands is not None:
            self._commands.serve(self._stations, self._publisher, self._monotonic())
        return found


class _RingingChannel(LatestChannel[Frame]):
    """A channel that wakes the looking thread, which waits for all cameras at once."""

    def __init__(self, capacity: int, bell: threading.Event) -> None:
        super().__init__(capacity)
        self._bell = bell

    def put(self, item: Frame) -> None:
        super().put(item)
        self._bell.set()


def _read(stream: RunningStream, stop: threading.Event) -> None:
    """Keep one stream running: a bug in reading one camera is logged and must not silence it for ever."""
    while not stop.is_set():
        isolated("camera", lambda: stream.run(stop))
        stop.wait(READER_PAUSE_S)
