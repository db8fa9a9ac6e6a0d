"""The pipeline of a live camera over video files, with the files' own clock."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO
from uuid import UUID

import cv2

from app.onlookers import Look, Onlooker, Onlookers, nobody
from configs.cameras import Camera
from configs.services import Vision
from events.errors import ConfigError, SourceError
from events.frame import Frame
from events.ids import SourceId
from events.observation import Observation, Phase
from ingest.cadence import Cadence
from ingest.recorded import duration_s, read_frames
from vision.attention import Attention
from vision.detector import Finder
from vision.detectors import build_detectors
from vision.episodes import Statement
from vision.pipeline import Pipeline
from vision.reference import FirstSettledReferences
from vision.worker import open_network

Line = dict[str, object]
"""One JSON object of the output."""

OnProgress = Callable[[Path, float], None]
"""Told the video and the share of it done, 0..1."""

SAMPLE_S = 1.0
SLACK_S = 0.05
"""Pictures just short of a second apart are a second apart; waiting for the next would make counts late."""
COUNT_METRIC = "people_count"
PROGRESS_S = 0.5
"""Progress is told at least this much of the video apart."""

_STARTED_AT = datetime(2000, 1, 1, tzinfo=UTC)
"""Files have no date; only the seconds since their beginning come out."""


def analyze(
    videos: Sequence[Path],
    camera: Camera,
    output: Path,
    *,
    on_progress: OnProgress,
    network: bool = True,
    model: Path | None = None,
    onlookers: Onlookers = nobody,
) -> int:
    """Write what a camera with these zones would have seen in each video, as JSON Lines.

    Videos that cannot be read are left out and named in the error at the end.

    Args:
        videos: Files, each looked at from the beginning with a fresh pipeline.
        camera: Zones and detectors; its url is not used.
        output: File to write; one line per event and per second of counting.
        on_progress: Told how far a video is.
        network: Whether to use the people network where it is installed.
        model: An operator's own instead.
        onlookers: Makes those who watch the analysis of a video, to draw it.

    Returns:
        Number of lines written.

    Raises:
        SourceError: at least one video could not be read; the lines of the others are written.
        ConfigError: the output cannot be written.
    """
    cv2.setNumThreads(1)  # one thread decodes and looks; waking others for small pictures only costs
    finder = open_network(Vision(network=network, model=model))
    unreadable: list[str] = []
    count = 0
    with _opened(output) as lines:
        for video in videos:
            try:
                for line in analyzed(video, camera, finder, on_progress=on_progress, onlookers=onlookers(video)):
                    lines.write(json.dumps(line) + "\n")
                    count += 1
            except SourceError as error:
                unreadable.append(str(error))
    if unreadable:
        raise SourceError("; ".join(unreadable))
    return count


def analyzed(
    video: Path,
    camera: Camera,
    finder: Finder | None,
    *,
    on_progress: OnProgress = lambda _video, _share: None,
    onlookers: Sequence[Onlooker] = (),
) -> Iterator[Line]:
    """Yield the lines of one video: counts as they come, events when they end or the video does.

    Args:
        video: The file.
        camera: Zones and detectors.
        finder: The people network, None to count by movement.
        on_progress: Told how far it is.
        onlookers: Told every picture and every measurement; closed at the end.

    Raises:
        SourceError: the file cannot be opened or holds no video.
    """
    with ExitStack() as stack:
        for onlooker in onlookers:
            stack.enter_context(closing(onlooker))
        yield from _analyzed(video, camera, finder, on_progress, onlookers)


def _analyzed(
    video: Path, camera: Camera, finder: Finder | None, on_progress: OnProgress, onlookers: Sequence[Onlooker]
) -> Iterator[Line]:
    attention = Attention(finder, camera=camera)
    pipeline = Pipeline(camera, build_detectors(camera, FirstSettledReferences()), attention)
    account = _Account(video.name, camera)
    cadence = Cadence(camera.analyse_fps)
    length_s = duration_s(video)
    sampled_s = told_s = 0.0
    for frame in read_frames(video, SourceId(camera.id), _STARTED_AT):
        t_s = _seconds(frame.taken_at)
        if not cadence.is_due(t_s):
            continue
        statements = pipeline.take(frame)
        yield from account.take(statements, frame)
        if t_s - sampled_s >= SAMPLE_S - SLACK_S or t_s == 0.0:
            sampled_s = t_s
            values = pipeline.drain_measurements()
            yield from account.counts(values, t_s)
            for onlooker in onlookers:
                onlooker.measured(values, t_s)
        if onlookers:
            shown = partial(pipeline.snapshot, frame)
            look = Look(t_s=t_s, frame=frame, shown=shown, found=attention.last, statements=statements)
            for onlooker in onlookers:
                onlooker.look(look)
        if length_s and t_s - told_s >= PROGRESS_S:
            told_s = t_s
            on_progress(video, min(t_s / length_s, 1.0))
    yield from account.still_open()
    on_progress(video, 1.0)


class _Account:
    """Gathers the statements of one video into one line per event."""

    def __init__(self, video: str, camera: Camera) -> None:
        self._video = video
        self._whole = {zone.id for zone in camera.zones if zone.polygon is None}
        self._open: dict[UUID, Line] = {}

    def take(self, statements: Sequence[Statement], frame: Frame) -> Iterator[Line]:
        """Yield the events that ended."""
        for statement in statements:
            observation = statement.observation
            line = self._open.setdefault(observation.id, self._begun(observation))
            self._describe(line, observation, frame)
            if observation.phase is Phase.END:
                line["end_s"] = _seconds(observation.at)
                yield self._open.pop(observation.id)

    def counts(self, values: dict[str, float], t_s: float) -> Iterator[Line]:
        """Yield a line for each zone in which people were counted."""
        for metric, value in values.items():
            name, _, zone = metric.partition(".")
            if name == COUNT_METRIC:
                yield {
                    "video": self._video,
                    "kind": COUNT_METRIC,
                    "start_s": None,
                    "end_s": None,
                    "bbox": None,
                    "count": value,
                    "t_s": t_s,
                    "score": 1.0,
                    "zone": self._zone(zone),
                    "attrs": {},
                }

    def still_open(self) -> Iterator[Line]:
        """Yield the events that last beyond the end of the video."""
        yield from self._open.values()
        self._open = {}

    def _begun(self, observation: Observation) -> Line:
        """Return a line whose `start_s` is when the alarm was raised; `attrs.since_s` is when the thing began."""
        return {
            "video": self._video,
            "kind": observation.kind,
            "start_s": _seconds(observation.at),
            "end_s": None,
            "bbox": None,
            "count": None,
            "t_s": None,
            "score": 0.0,
            "zone": self._zone(observation.zone),
            "attrs": {},
        }

    def _describe(self, line: Line, observation: Observation, frame: Frame) -> None:
        """Show an event as it was at its height; what an update says of an event that shrank adds nothing."""
        before = line["score"]
        if isinstance(before, float) and observation.score < before:
            return
        box = observation.box
        line["bbox"] = None if box is None else list(box.to_pixels(frame.width_px, frame.height_px))
        line["count"] = observation.count
        line["score"] = round(observation.score, 4)
        line["attrs"] = {**observation.attrs, "since_s": _seconds(observation.started_at)}

    def _zone(self, zone: str | None) -> str | None:
        return None if not zone or zone in self._whole else zone


def _opened(output: Path) -> TextIO:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return output.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from error


def _seconds(at: datetime) -> float:
    return round((at - _STARTED_AT).total_seconds(), 3)
