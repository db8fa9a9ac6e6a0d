"""The tools for cameras against a real RTSP server, and against cameras that answer ONVIF's question."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.camera.commission import commission
from app.camera.discover import discover, interfaces
from app.camera.source import Source, find_source
from app.camera.still import StreamPictures
from events.errors import ConfigError, SourceError
from tests.clips import write_clip
from tests.integration.test_rtsp_camera import RtspServer
from tests.onvif_camera import onvif_camera

SECRET = "geheim"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServer]:
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder / "street.mp4", pictures=8 * 25, group=50)
    server = RtspServer(folder)
    yield server
    server.kill()


def pantau(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={
            **os.environ,
            "COLUMNS": "160",
            "PW": SECRET,
            "PANTAU_MODELS": str(cwd / "none"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        stdin=subprocess.DEVNULL,
    )


def address(server: RtspServer, path: str = "street.mp4?play_count=0", *, user: str = "admin:${PW}@") -> str:
    return f"rtsp://{user}127.0.0.1:{server.port}/{path}"


def test_probe_tells_what_a_live_camera_sends_and_never_its_password(server: RtspServer, tmp_path: Path) -> None:
    done = pantau("camera", "probe", address(server), "--seconds", "6", "--json", "--picture", "a.jpg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["figures"]["fps"] == pytest.approx(25, rel=0.1)
    assert told["figures"]["gop_s"] == pytest.approx(2.0, abs=0.1)
    assert told["figures"]["jitter_ms"] is not None
    assert told["decode"]["mode"] == "keyframes"
    assert told["source"] == f"rtsp://127.0.0.1:{server.port}/street.mp4"
    assert "can be recognised" in done.stderr
    assert (tmp_path / "a.jpg").read_bytes().startswith(b"\xff\xd8")
    assert SECRET not in done.stdout + done.stderr


def test_probe_of_a_wrong_path_says_what_to_do_without_the_password(server: RtspServer, tmp_path: Path) -> None:
    done = pantau("camera", "probe", address(server, "elsewhere"), cwd=tmp_path)
    assert done.returncode == 1
    assert "correct the path" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_live_camera_gives_a_picture_to_draw_on(server: RtspServer) -> None:
    source = find_source(address(server), None, {"PW": SECRET})
    still = StreamPictures(source).take()
    assert (still.width_px, still.height_px) == (320, 180)


def test_a_trial_outlives_a_camera_that_goes_away(server: RtspServer) -> None:
    source = find_source(address(server), None, {"PW": SECRET})
    away = False

    def pause(_seconds: float) -> None:
        server.restart()

    def kill_once(share: float) -> None:
        nonlocal away
        if share > 0.3 and not away:
            away = True
            server.kill()

    found = commission(source, minutes=0.15, finder=None, on_progress=kill_once, pause=pause)
    assert len(found.outages) >= 1
    assert found.outages[0].began_s > 2.0
    assert any("was away" in trouble for trouble in found.troubles)
    assert found.record.times[-1] > found.outages[0].began_s + found.outages[0].lasted_s


def test_a_camera_that_never_answers_is_an_error_at_once() -> None:
    source = Source(shown="rtsp://127.0.0.1:9/x", address=f"rtsp://a:{SECRET}@127.0.0.1:9/x", is_file=False)
    with pytest.raises(SourceError, match="cannot be reached") as refused:
        commission(source, minutes=1, finder=None)
    assert SECRET not in str(refused.value)


def test_cameras_that_answer_are_listed_by_address_whatever_else_comes() -> None:
    scopes = (
        "onvif://www.onvif.org/name/HIKVISION%20DS-2CD2043",
        "onvif://www.onvif.org/hardware/DS-2CD2043%1b[31m",
        "onvif://www.onvif.org/location/city/rembang",
    )
    with (
        onvif_camera("192.0.2.64", *scopes, noise=b"<not xml"),
        onvif_camera("192.0.2.9", "onvif://www.onvif.org/name/Lobby"),
        onvif_camera("192.0.2.5", types="dn:Printer"),
    ):
        found = discover(timeout_s=2.0, interface="127.0.0.1")
    assert [(one.host, one.name) for one in found] == [("192.0.2.9", "Lobby"), ("192.0.2.64", "HIKVISION DS-2CD2043")]
    assert found[1].location == "city/rembang"
    assert found[1].hardware == "DS-2CD2043[31m"


def test_an_unknown_interface_is_told_with_those_that_are_there() -> None:
    with pytest.raises(ConfigError, match="wlan9") as refused:
        discover(timeout_s=1.0, interface="wlan9")
    assert all(one in str(refused.value) for one in interfaces())


def test_silence_says_what_may_be_wrong(tmp_path: Path) -> None:
    done = pantau("camera", "discover", "--timeout", "1", "--interface", "lo", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout) == []
    assert "ONVIF switched on" in done.stderr
    assert "Traceback" not in done.stderr
