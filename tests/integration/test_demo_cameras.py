"""The demo's RTSP server, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import pytest

from tests.clips import write_clip
from tests.ports import free_ports
from tests.waiting import until

CLIP_S = 2


def command(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "app", "service", "cameras", "--folder", str(folder), "--port", str(port)]


@pytest.fixture
def port() -> int:
    return free_ports()


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    write_clip(tmp_path / "a.mp4", pictures=25 * CLIP_S)
    process = subprocess.Popen(
        command(tmp_path, port), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        until(lambda: listens(port), timeout_s=30)
        yield process
    finally:
        process.kill()
        process.communicate()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pictures(port: int, name: str, count: int) -> int:
    url = f"rtsp://127.0.0.1:{port}/{name}?play_count=0"
    # A looping stream has no length to probe for; a quarter of a second is enough to know what it is.
    options = {"rtsp_transport": "tcp", "analyzeduration": "250000"}
    seen = 0
    with av.open(url, options=options, timeout=20) as stream:
        for _ in stream.decode(video=0):
            seen += 1
            if seen == count:
                break
    return seen


@pytest.mark.usefixtures("server")
def test_a_clip_plays_on_past_its_end(port: int) -> None:
    assert pictures(port, "a.mp4", 25 * CLIP_S + 20) == 25 * CLIP_S + 20


@pytest.mark.usefixtures("server")
def test_it_serves_more_viewers_than_asyncio_has_threads(port: int) -> None:
    viewers = (os.cpu_count() or 1) + 4 + 3
    with ThreadPoolExecutor(viewers) as pool:
        seen = list(pool.map(lambda _: pictures(port, "a.mp4", 30), range(viewers)))
    assert seen == [30] * viewers


@pytest.mark.usefixtures("server")
def test_a_clip_that_appears_later_is_served(port: int, tmp_path: Path) -> None:
    with pytest.raises(av.HTTPNotFoundError):
        pictures(port, "later/b.mp4", 1)
    (tmp_path / "later").mkdir()
    write_clip(tmp_path / "later" / "b.mp4")
    assert pictures(port, "later/b.mp4", 5) == 5


def test_it_stops_on_sigterm_without_a_word_though_somebody_watches(server: subprocess.Popen[str], port: int) -> None:
    options = {"rtsp_transport": "tcp", "analyzeduration": "250000"}
    with av.open(f"rtsp://127.0.0.1:{port}/a.mp4?play_count=0", options=options, timeout=20):
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=5)
    assert server.returncode == 0
    assert "Traceback" not in output
    assert "OPTIONS" not in output


@pytest.mark.usefixtures("server")
def test_a_taken_port_is_one_clear_message(port: int, tmp_path: Path) -> None:
    second = subprocess.run(command(tmp_path, port), capture_output=True, text=True, check=False, timeout=30)
    assert second.returncode == 2
    assert f"port {port}" in second.stderr
    assert "choose another port" in second.stderr
    assert "Traceback" not in second.stderr
