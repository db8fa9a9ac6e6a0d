import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from configs.cameras import Camera, Zone
from configs.detection import Crowding, Detect
from configs.services import Vision
from events.frame import Frame
from events.ids import SourceId
from runtime.channel import LatestChannel
from runtime.clock import utc_now
from tests.unit.vision import bus as neighbours
from tests.unit.vision.bus import Bus
from tests.unit.vision.frames import frame, texture
from tests.waiting import until
from vision.attention import Attention
from vision.detector import Detector, Finding, Looking, View
from vision.pipeline import Pipeline
from vision.worker import VisionWorker

QUICK = Vision(network=False, report_s=0.1, snapshot_s=0.1)


def camera(name: str) -> Camera:
    return Camera(
        id=name,
        name=name,
        site="plaza",
        url=SecretStr("rtsp://127.0.0.1/x"),
        zones=(Zone(id="plaza", detect=Detect(crowding=Crowding(count=8))),),
    )


class Feed(neighbours.Stream):
    """Delivers a picture a hundred times a second until told to stop."""

    def __init__(self, source: Camera, frames: LatestChannel[Frame]) -> None:
        super().__init__()
        self._id = SourceId(source.id)
        self._frames = frames
        self._scene = texture()

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.01):
            self.pictures += 1
            self._frames.put(frame(self._scene, time.monotonic(), camera=self._id))


class Hanging(neighbours.Stream):
    """Ignores being told to stop, like a camera that hangs while it is opened."""

    def run(self, stop: threading.Event) -> None:
        threading.Event().wait()


class Buggy(Feed):
    """Fails at first, as a bug in reading would."""

    failed = False

    def run(self, stop: threading.Event) -> None:
        if not self.failed:
            self.failed = True
            raise RuntimeError("a bug in reading")
        super().run(stop)


class Crowd:
    def look(self, view: View) -> Looking:
        return Looking(findings=(Finding(kind="crowding", zone=None, since_s=0.0),))


class Failing:
    def look(self, view: View) -> Looking:
        raise ZeroDivisionError


def built(**detectors: Detector) -> Callable[[Camera], Pipeline]:
    return lambda source: Pipeline(source, [detectors[source.id]], Attention(None))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@contextlib.contextmanager
def running(worker: VisionWorker) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5.0)
        assert not thread.is_alive(), "the worker blocks shutdown"


def make(
    bus: Bus,
    folder: Path,
    *names: str,
    open_stream: Callable[[Camera, LatestChannel[Frame]], neighbours.Stream] = Feed,
    build: Callable[[Camera], Pipeline] | None = None,
) -> VisionWorker:
    return VisionWorker(
        SourceId("vision-0"),
        [camera(name) for name in names],
        open_stream,
        bus,
        QUICK,
        folder,
        utc_now,
        build_pipeline=build,
    )


def test_every_camera_is_looked_at_and_told(tmp_path: Path) -> None:
    bus = Bus()
    with running(make(bus, tmp_path, "a", "b", "c")):
        until(lambda: all(bus.of("telemetry", name) for name in "abc"))
        until(lambda: {topic for topic, _, _ in bus.messages} >= {f"pantau/v1/{name}/snapshot" for name in "abc"})


def test_a_failing_pipeline_leaves_the_others_alone(tmp_path: Path) -> None:
    bus = Bus()
    with running(make(bus, tmp_path, "a", "b", build=built(a=Failing(), b=Crowd()))):
        until(lambda: bus.events("pipeline_fault", "a") and bus.events("crowding", "b"))
        until(lambda: len(bus.of("telemetry", "b")) > 3)
    assert bus.events("pipeline_fault", "b") == []


def test_a_bug_in_reading_a_camera_does_not_silence_it_for_ever(tmp_path: Path) -> None:
    bus = Bus()
    with running(make(bus, tmp_path, "a", open_stream=Buggy)):
        until(lambda: bus.of("telemetry", "a"))


def test_a_camera_that_hangs_does_not_hold_up_the_shutdown(tmp_path: Path) -> None:
    began_s = time.monotonic()
    with running(make(Bus(), tmp_path, "a", open_stream=lambda *_: Hanging())):
        pass
    assert time.monotonic() - began_s < 3


def test_a_busy_camera_costs_the_others_one_picture_at_most(tmp_path: Path) -> None:
    """Cameras take turns: with pictures waiting at both, neither is looked at twice in a row."""
    turns: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self._name = name

        def look(self, view: View) -> Looking:
            turns.append(self._name)
            return Looking()

    channels: list[LatestChannel[Frame]] = []

    def keep(source: Camera, frames: LatestChannel[Frame]) -> neighbours.Stream:
        channels.append(frames)
        return neighbours.Stream()

    worker = make(Bus(), tmp_path, "a", "b", open_stream=keep, build=built(a=Noting("a"), b=Noting("b")))
    scene = np.zeros((90, 160), np.uint8)
    for tick in range(6):
        for channel in channels:
            channel.put(frame(scene, 2.0 * tick))
            channel.put(frame(scene, 2.0 * tick + 1.0))
        assert worker.take_turns()
        assert worker.take_turns()
    assert turns == ["a", "b"] * 12
    assert not worker.take_turns()


def test_what_a_killed_worker_left_open_is_ended_by_the_next(tmp_path: Path) -> None:
    bus = Bus()
    with running(make(bus, tmp_path, "a", build=built(a=Crowd()))):
        until(lambda: bus.events("crowding", "a"))
    (begun,) = {event["id"] for event in bus.of("event", "a")}
    later = Bus()
    with running(make(later, tmp_path, "a", build=built(a=Crowd()))):
        until(lambda: len({event["id"] for event in later.of("event", "a")}) == 2)
    end = later.of("event", "a")[0]
    assert (end["id"], end["phase"], end["attrs"]) == (begun, "end", {"lost": True})


def test_the_default_pipeline_counts_people_without_a_network(tmp_path: Path) -> None:
    bus = Bus()
    with running(make(bus, tmp_path, "a")):
        until(lambda: any("people_count.plaza" in told["values"] for told in bus.of("telemetry", "a")), timeout_s=20)


def test_sabotage_without_isolation_one_bug_stops_every_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unprotected(_part: str, work: Callable[[], object]) -> object:
        return work()

    monkeypatch.setattr("vision.station.isolated", unprotected)
    channels: list[LatestChannel[Frame]] = []

    def keep(source: Camera, frames: LatestChannel[Frame]) -> neighbours.Stream:
        channels.append(frames)
        return neighbours.Stream()

    bus = Bus()
    worker = make(bus, tmp_path, "a", "b", open_stream=keep, build=built(a=Failing(), b=Crowd()))
    for channel in channels:
        channel.put(frame(texture(), 0.0))
    with pytest.raises(ZeroDivisionError):
        worker.take_turns()
    assert bus.events("crowding", "b") == []
