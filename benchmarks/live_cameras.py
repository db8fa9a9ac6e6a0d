"""A live run on this machine: `python -m benchmarks.live_cameras [--cameras N] [--seconds S] [--full]`.

The demo's RTSP server, in a process of its own, plays one 640x360 clip for many cameras over loopback; one vision
worker in this process reads them all, decodes what `decode: auto` chooses and looks with every detector but the
network, each in a zone of its own. After a warm-up, in which all connect and learn, are measured: CPU of the worker,
memory over what the process held before, pictures dropped, and how long after its arrival a picture was looked at and
told of. Ends by itself within a minute (two with --full).
"""

import argparse
import multiprocessing
import socket
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import psutil
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from app.demo.cameras import run_rtsp_server
from benchmarks.evidence import cost
from benchmarks.street import all_detectors, render
from configs.cameras import Camera
from configs.services import Vision
from events.frame import Frame
from events.ids import SourceId
from ingest.camera import CameraStream
from runtime.channel import LatestChannel
from runtime.clock import utc_now
from vision.attention import Attention
from vision.detectors import build_detectors
from vision.episodes import Statement
from vision.gaps import accepted_gap_s
from vision.pipeline import Pipeline
from vision.reference import FirstSettledReferences
from vision.worker import VisionWorker

SIZE = 640, 360
CLIP_S = 8.0
CAMERAS = 48
GOAL_MB = 25.0
WARM_UP_S, SHORT_S, FULL_S = 20.0, 20.0, 60.0
SERVER_S = 20.0


@dataclass(slots=True)
class Published:
    """Takes messages as the outbox does and counts them."""

    messages: int = 0
    size_bytes: int = 0

    def publish(self, _topic: str, payload: bytes, *, qos: int, retain: bool) -> None:  # noqa: ARG002 - a protocol's
        """Count one message."""
        self.messages += 1
        self.size_bytes += len(payload)


@dataclass(slots=True)
class Delays:
    """How long after arrival pictures were looked at, in seconds."""

    all_s: list[float] = field(default_factory=list)

    def of(self, quantile: float) -> float:
        """Return a quantile."""
        return sorted(self.all_s)[min(int(quantile * len(self.all_s)), len(self.all_s) - 1)]


class TimedPipeline(Pipeline):
    """Notes how long after its arrival each picture was looked at."""

    def __init__(self, camera: Camera, delays: Delays) -> None:
        """Look at one camera with all it asks for."""
        super().__init__(camera, build_detectors(camera, FirstSettledReferences()), Attention(None))
        self._delays = delays

    def take(self, frame: Frame) -> list[Statement]:
        """Look at one picture."""
        statements = super().take(frame)
        if frame.arrived_s is not None:
            self._delays.all_s.append(time.monotonic() - frame.arrived_s)
        return statements


def camera(number: int, port: int) -> Camera:
    """Return one of the cameras."""
    url = SecretStr(f"rtsp://127.0.0.1:{port}/street.mp4?play_count=0")
    return all_detectors().model_copy(update={"id": f"cam-{number:03}", "url": url})


def served(folder: Path) -> tuple[multiprocessing.process.BaseProcess, int]:
    """Start the server in a process of its own; return it and its port once it listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=run_rtsp_server, args=(folder, port), daemon=True)
    process.start()
    give_up_s = time.monotonic() + SERVER_S
    while time.monotonic() < give_up_s:
        with closing(socket.socket()) as call:
            if call.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.1)
    process.kill()
    raise SystemExit("the RTSP server does not listen")


def run(cameras: int, seconds: float, folder: Path) -> Table:
    """Watch for so long and return what was measured."""
    server, port = served(folder)
    here, there = psutil.Process(), psutil.Process(server.pid)
    delays, published = Delays(), Published()
    streams: list[CameraStream] = []

    def opened(one: Camera, frames: LatestChannel[Frame]) -> CameraStream:
        streams.append(CameraStream(one, frames, utc_now, longest_gap_s=accepted_gap_s(one)))
        return streams[-1]

    before_bytes = here.memory_info().rss
    worker = VisionWorker(
        SourceId("vision-0"),
        [camera(number, port) for number in range(cameras)],
        opened,
        published,
        Vision(network=False),
        folder,
        build_pipeline=lambda one: TimedPipeline(one, delays),
    )
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), name="vision", daemon=True)
    thread.start()
    try:
        time.sleep(WARM_UP_S)
        states = [stream.state for stream in streams]
        delays.all_s.clear()
        began_s, here_s, there_s = time.monotonic(), here.cpu_times(), there.cpu_times()
        time.sleep(seconds)
        passed_s = time.monotonic() - began_s
        here_now_s, there_now_s = here.cpu_times(), there.cpu_times()
        after = [stream.state for stream in streams]
        held_mb = (here.memory_info().rss - before_bytes) / cameras / 1e6
    finally:
        stop.set()
        thread.join(10)
        server.kill()
    connected = sum(state.connected for state in after)
    keyframes = sum(state.decode.keyframes_only for state in after)
    pictures = sum(now.pictures - then.pictures for then, now in zip(states, after, strict=True))
    dropped = sum(now.dropped - then.dropped for then, now in zip(states, after, strict=True))
    broken = sum(now.broken - then.broken for then, now in zip(states, after, strict=True))
    cpu = (here_now_s.user + here_now_s.system - here_s.user - here_s.system) / passed_s
    server_cpu = (there_now_s.user + there_now_s.system - there_s.user - there_s.system) / passed_s
    table = Table(
        title=f"{cameras} RTSP cameras, {SIZE[0]}x{SIZE[1]} at 25/s, {passed_s:.0f} s on {psutil.cpu_count()} cores"
    )
    table.add_column("measured")
    table.add_column("value", justify="right")
    table.add_column("goal", justify="right")
    history_mb = cost(SIZE, 2.0)[3]
    for name, value, goal in (
        ("cameras that deliver", f"{connected}", f"{cameras}"),
        ("of these by keyframes alone", f"{keyframes}", ""),
        ("CPU of the worker, cores", f"{cpu:.2f}", ""),
        ("CPU a camera-second, ms", f"{1e3 * cpu / cameras:.1f}", ""),
        ("CPU of the RTSP server, cores", f"{server_cpu:.2f}", ""),
        ("memory a camera, MB", f"{held_mb:.1f}", f"<= {GOAL_MB:.0f}"),
        ("of which history will be, once full, MB", f"{history_mb:.1f}", ""),
        ("pictures decoded and looked at", f"{pictures}, {len(delays.all_s)}", ""),
        ("pictures dropped, broken", f"{dropped}, {broken}", "0, 0"),
        ("from arrival to told, median, ms", f"{1e3 * delays.of(0.5):.0f}", ""),
        ("from arrival to told, 99 %, ms", f"{1e3 * delays.of(0.99):.0f}", ""),
        ("from arrival to told, worst, ms", f"{1e3 * delays.of(1.0):.0f}", ""),
        ("messages published", f"{published.messages}", ""),
    ):
        table.add_row(name, value, goal)
    return table


def main() -> None:
    """Render the clip, serve it, watch it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=CAMERAS)
    parser.add_argument("--seconds", type=float, help="how long to measure")
    parser.add_argument("--full", action="store_true", help="measure for a minute")
    asked = parser.parse_args()
    seconds = asked.seconds or (FULL_S if asked.full else SHORT_S)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render(folder / "street.mp4", size=SIZE, length_s=CLIP_S)
        Console().print(run(asked.cameras, seconds, folder))


if __name__ == "__main__":
    main()
