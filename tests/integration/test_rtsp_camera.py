"""Cameras over real RTSP: a server of its own process, which can be killed, stopped and started again."""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.demo.cameras import run_rtsp_server
from configs.cameras import Camera, Zone
from configs.detection import Crowding, Detect
from configs.services import Vision
from events.frame import Frame
from events.ids import SourceId
from ingest.camera import READ_S, CameraStream
from ingest.choosing import Reason
from ingest.trouble import Trouble
from runtime.channel import LatestChannel
from runtime.clock import utc_now
from tests.clips import write_clip
from tests.ports import free_ports
from tests.unit.vision.bus import Bus
from tests.waiting import until
from vision.worker import VisionWorker

CLIP_S = 2
SPAWN = multiprocessing.get_context("spawn")


class RtspServer:
    """Serves a folder of clips from a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports()
        self._start()

    def _start(self) -> None:
        self.process = SPAWN.Process(target=run_rtsp_server, args=(self.folder, self.port), daemon=True)
        self.process.start()
        until(self._listens, timeout_s=30)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=0.5):
            return True
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.join(5)

    def restart(self) -> None:
        self.kill()
        self._start()

    def send(self, number: signal.Signals) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder / "street.mp4", pictures=CLIP_S * 25)
    write_clip(folder / "street-h265.mp4", pictures=CLIP_S * 25, codec="libx265")
    return folder


@pytest.fixture(scope="module")
def shared_server(clips: Path) -> Iterator[RtspServer]:
    server = RtspServer(clips)
    yield server
    server.kill()


@pytest.fixture
def server(shared_server: RtspServer) -> RtspServer:
    if not shared_server.process.is_alive():
        shared_server.restart()
    return shared_server


def camera(
    server: RtspServer,
    path: str = "street.mp4?play_count=0",
    *,
    decode: Literal["auto", "all", "keyframes"] = "all",
    analyse_fps: float = 5.0,
) -> Camera:
    return Camera(
        id="cam-1",
        name="Camera",
        site="plaza",
        url=SecretStr(f"rtsp://admin:geheim@127.0.0.1:{server.port}/{path}"),
        decode=decode,
        analyse_fps=analyse_fps,
        zones=(Zone(id="plaza", detect=Detect(crowding=Crowding(count=8))),),
    )


class Watched:
    """A stream read by a thread of its own, with everything it handed over and logged."""

    def __init__(
        self, source: Camera, *, capacity: int = 1000, stall_s: float = 10.0, longest_gap_s: float = 2.0
    ) -> None:
        self.frames = LatestChannel[Frame](capacity)
        self.stream = CameraStream(source, self.frames, utc_now, stall_s=stall_s, longest_gap_s=longest_gap_s)
        self.logs: list[Any] = []

    @property
    def pictures(self) -> int:
        return self.stream.pictures

    def taken(self) -> list[Frame]:
        return [frame for _ in range(len(self.frames)) if (frame := self.frames.get(0.0)) is not None]


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    stop = threading.Event()
    threads: list[threading.Thread] = []
    with capture_logs() as logs:

        def start(source: Camera, **options: Any) -> Watched:
            watched = Watched(source, **options)
            watched.logs = logs
            thread = threading.Thread(target=watched.stream.run, args=(stop,), name="camera-cam-1", daemon=True)
            thread.start()
            threads.append(thread)
            return watched

        yield start
        stop.set()
        for thread in threads:
            thread.join(3.0)
            assert not thread.is_alive(), "the stream blocks shutdown"
    assert "geheim" not in str(logs), "the password was logged"


@pytest.mark.parametrize("clip", ["street.mp4", "street-h265.mp4"])
def test_a_camera_delivers_beyond_the_loop_of_its_clip(
    server: RtspServer, watch: Callable[..., Watched], clip: str
) -> None:
    watched = watch(camera(server, f"{clip}?play_count=0"))
    until(lambda: watched.pictures > (2 * CLIP_S + 1) * 25, timeout_s=30)
    state = watched.stream.state
    assert (state.connected, state.trouble, state.attempts) == (True, None, 1)
    frames = watched.taken()
    assert [frame.taken_at for frame in frames] == sorted(frame.taken_at for frame in frames)
    assert {frame.luma.shape for frame in frames} == {(180, 320)}


def test_pictures_are_thinned_to_the_rate_of_analysis(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server, analyse_fps=5))
    until(lambda: watched.pictures >= 100, timeout_s=30)
    # Opening delivers a burst of the pictures that came meanwhile, of which one is handed on.
    assert 12 <= len(watched.taken()) <= 21


def test_keyframes_alone_are_decoded_where_the_camera_says_so(
    server: RtspServer, watch: Callable[..., Watched]
) -> None:
    watched = watch(camera(server, decode="keyframes", analyse_fps=25))
    until(lambda: watched.pictures >= 3, timeout_s=30)
    assert all(frame.keyframe for frame in watched.taken())


@pytest.mark.parametrize("clip", ["street.mp4", "street-h265.mp4"])
@pytest.mark.parametrize(
    ("accepted_s", "mode", "reason"),
    [(1.0, "keyframes", Reason.OFTEN_ENOUGH), (0.5, "all", Reason.TOO_RARE)],
)
def test_the_mode_follows_from_the_distance_of_keyframes_and_is_told(
    server: RtspServer, watch: Callable[..., Watched], clip: str, accepted_s: float, mode: str, reason: Reason
) -> None:
    watched = watch(camera(server, f"{clip}?play_count=0", decode="auto", analyse_fps=25), longest_gap_s=accepted_s)
    until(lambda: watched.stream.state.decode.reason is reason, timeout_s=30)
    watched.taken()
    until(lambda: len(watched.frames) >= 4, timeout_s=30)
    state = watched.stream.state
    assert state.decode.mode == mode
    assert state.gop_s == pytest.approx(1.0, abs=0.2)
    assert all(frame.keyframe for frame in watched.taken()) == (mode == "keyframes")
    labels = {"camera": "cam-1", "mode": mode, "reason": reason.value}
    assert REGISTRY.get_sample_value("pantau_camera_decode_mode", labels) == 1
    assert REGISTRY.get_sample_value("pantau_camera_gop_seconds", {"camera": "cam-1"}) == pytest.approx(1.0, abs=0.2)
    told = [line for line in watched.logs if line["event"] == "what is decoded of the camera"]
    assert (told[-1]["mode"], told[-1]["reason"], told[-1]["detectors_accept_s"]) == (mode, reason.value, accepted_s)


def test_the_smaller_stream_is_read_where_there_is_one(server: RtspServer, watch: Callable[..., Watched]) -> None:
    full = camera(server, "elsewhere.mp4")
    watched = watch(full.model_copy(update={"detect_url": camera(server).url}))
    until(lambda: watched.pictures > 5, timeout_s=30)


def test_a_slow_taker_gets_the_newest_pictures_and_the_rest_is_counted(
    server: RtspServer, watch: Callable[..., Watched]
) -> None:
    watched = watch(camera(server, analyse_fps=25), capacity=2)
    until(lambda: watched.stream.state.dropped > 10, timeout_s=30)
    state, frames = watched.stream.state, watched.taken()
    assert len(frames) == 2
    assert state.last_picture_at is not None
    assert (state.last_picture_at - frames[0].taken_at).total_seconds() < 1


def test_a_camera_that_comes_back_is_watched_again(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server))
    until(lambda: watched.pictures > 5, timeout_s=30)
    server.kill()
    until(lambda: watched.stream.state.trouble in {Trouble.ENDED, Trouble.UNREACHABLE}, timeout_s=30)
    assert not watched.stream.state.connected
    before = watched.pictures
    server.restart()
    until(lambda: watched.pictures > before + 5, timeout_s=60)
    assert watched.stream.state.trouble is None
    told = [line["event"] for line in watched.logs if line["event"] != "what is decoded of the camera"]
    assert told[0] == told[-1] == "camera delivers pictures"
    # Each change is told once, however often the camera was called meanwhile.
    assert len([line for line in watched.logs if line.get("trouble") == "unreachable"]) <= 1


def test_a_camera_that_freezes_is_noticed_and_watched_again(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server), stall_s=2.5)
    until(lambda: watched.pictures > 5, timeout_s=30)
    server.send(signal.SIGSTOP)
    try:
        until(lambda: watched.stream.state.trouble is Trouble.STALLED, timeout_s=30)
    finally:
        server.send(signal.SIGCONT)
    before = watched.pictures
    until(lambda: watched.stream.state.connected and watched.pictures > before, timeout_s=60)


def test_a_pause_of_the_network_is_no_disconnection(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server))
    until(lambda: watched.pictures > 5, timeout_s=30)
    server.send(signal.SIGSTOP)
    before = watched.pictures
    # Longer than a read waits, so that it is interrupted and resumed.
    with pytest.raises(AssertionError):
        until(lambda: watched.pictures > before + 10, timeout_s=READ_S + 0.7)
    server.send(signal.SIGCONT)
    until(lambda: watched.pictures > before + 50, timeout_s=30)
    assert (watched.stream.state.attempts, watched.stream.state.connected) == (1, True)


def test_a_wrong_path_is_told_once_and_without_the_password(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server, "elsewhere.mp4"))
    until(lambda: watched.stream.state.attempts >= 3, timeout_s=30)
    assert watched.stream.state.trouble is Trouble.NOT_FOUND
    (line,) = watched.logs
    assert "correct the path" in line["remedy"]


def test_a_clip_that_ends_is_opened_again(server: RtspServer, watch: Callable[..., Watched]) -> None:
    watched = watch(camera(server, "street.mp4"))
    until(lambda: watched.stream.state.attempts >= 2 and watched.pictures > CLIP_S * 25 + 5, timeout_s=60)


def test_a_worker_tells_what_a_real_camera_shows_and_that_it_is_gone(server: RtspServer, tmp_path: Path) -> None:
    bus = Bus()
    worker = VisionWorker(
        SourceId("vision-0"),
        [camera(server)],
        lambda source, frames: CameraStream(source, frames, utc_now, longest_gap_s=2.5),
        bus,
        Vision(network=False, report_s=0.5, snapshot_s=0.5),
        tmp_path,
        utc_now,
    )
    stop = threading.Event()
    with capture_logs() as logs:
        thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
        thread.start()
        until(lambda: any("people_count.plaza" in told["values"] for told in bus.of("telemetry")), timeout_s=40)
        assert 15 <= bus.of("telemetry")[-1]["values"]["pictures_per_s"] <= 35
        server.kill()
        until(lambda: bus.events("tamper") == ["begin"], timeout_s=40)
        stop.set()
        thread.join(5)
    assert not thread.is_alive()
    (event,) = [event for event in bus.of("event") if event["kind"] == "tamper"]
    assert event["attrs"]["class"] == "no_signal"
    assert event["attrs"]["reason"] in {"unreachable", "ended"}
    assert any(topic.endswith("/snapshot") for topic, _, _ in bus.messages)
    assert "geheim" not in str(logs)
    assert not any(b"geheim" in payload for _, payload, _ in bus.messages)
