import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from configs.cameras import Camera
from events.frame import Frame
from ingest.camera import CameraStream
from ingest.trouble import REMEDIES, Trouble
from runtime.channel import LatestChannel
from runtime.clock import utc_now
from tests.unit.ingest.rtsp_answers import Answer, answering, silence, status
from tests.waiting import until

PASSWORD = "geheim@123"
ONLY_SOUND = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\na=control:t1\r\n"


def stream_to(port: int) -> CameraStream:
    camera = Camera(
        id="cam-1", name="Camera", site="plaza", url=SecretStr(f"rtsp://admin:{PASSWORD}@127.0.0.1:{port}/live")
    )
    return CameraStream(camera, LatestChannel[Frame](2), utc_now, longest_gap_s=2.0, open_s=0.4)


@contextlib.contextmanager
def running(stream: CameraStream) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=stream.run, args=(stop,), name="camera-cam-1", daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(2.0)
    assert not thread.is_alive(), "the stream blocks shutdown"


def told(stream: CameraStream, *, attempts: int) -> list[Any]:
    with capture_logs() as logs, running(stream):
        until(lambda: stream.state.attempts >= attempts and stream.state.trouble)
    assert not any(PASSWORD in str(value) or "admin" in str(value) for line in logs for value in line.values())
    return logs


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (status("401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"'), Trouble.UNAUTHORIZED),
        (status("403 Forbidden"), Trouble.UNAUTHORIZED),
        (status("404 Not Found"), Trouble.NOT_FOUND),
        (status("453 Not Enough Bandwidth"), Trouble.REFUSED),
        (status("503 Service Unavailable"), Trouble.REFUSED),
        (status("200 OK", "Content-Type: application/sdp", body=ONLY_SOUND), Trouble.NOT_VIDEO),
        (status("200 OK", "Content-Type: application/sdp"), Trouble.NOT_VIDEO),
        (silence, Trouble.TIMEOUT),
    ],
    ids=["wrong-password", "forbidden", "wrong-path", "too-many-viewers", "overloaded", "only-sound", "empty", "mute"],
)
def test_each_trouble_gets_one_clear_sentence(answer: Answer, trouble: Trouble) -> None:
    with answering(answer) as port:
        logs = told(stream_to(port), attempts=1)
    assert [(line["trouble"], line["remedy"]) for line in logs] == [(trouble.value, REMEDIES[trouble])]


def test_a_camera_that_is_off_is_called_unreachable_once_not_at_every_attempt() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        stream = stream_to(unused.getsockname()[1])
        logs = told(stream, attempts=3)
    assert [line["trouble"] for line in logs] == ["unreachable"]


def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    with answering(status("401 Unauthorized", 'WWW-Authenticate: Basic realm="cam"')) as port:
        stream = stream_to(port)
        with capture_logs(), running(stream):
            until(lambda: stream.state.trouble)
            with pytest.raises(AssertionError):
                until(lambda: stream.state.attempts > 1, timeout_s=1.0)


def test_each_remedy_tells_what_to_do_and_names_no_address() -> None:
    for trouble in Trouble:
        assert ": " in REMEDIES[trouble]
        assert "rtsp://" not in REMEDIES[trouble]
