"""The command line teaches, and its refusals say what to do."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.city import take_over
from app.demo.show import MARKER
from tests.ports import free_ports

COMMANDS = [
    "demo",
    "run",
    "check-config",
    "config-schema",
    "migrate",
    "analyze",
    "scenes",
    "models",
    "models install",
    "camera",
    "camera probe",
    "camera zones",
    "camera discover",
    "camera import",
    "camera commission",
]


def pantau(*arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": "200", **surroundings},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = pantau(*command.split(), "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 300
    assert "Traceback" not in done.stderr


def test_without_a_command_it_says_where_to_begin() -> None:
    assert "pantau demo" in pantau().stdout + pantau().stderr


def test_a_wrong_site_file_is_told_whole_with_places_and_remedies(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        "city: {name: Kota}\n"
        "sites: []\n"
        "cameras:\n"
        "  - {id: Cam 1, name: x, site: y, url: 'http://u:geheim@h/'}\n"
        "webb: 1\n"
    )
    done = pantau("check-config", str(file))
    assert done.returncode == 2
    for word in ("site.yaml:2", "site.yaml:4", "webb", "web", "rtsp://"):
        assert word in done.stderr
    assert "geheim" not in done.stderr + done.stdout
    refused = pantau("run", "--config", str(file))
    assert refused.returncode == 2
    assert "webb" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_missing_site_file_is_one_clear_message(tmp_path: Path) -> None:
    done = pantau("run", "--config", str(tmp_path / "nowhere.yaml"))
    assert done.returncode == 2
    assert "nowhere.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_busy_port_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = pantau("demo", "--for", "5", "--port", str(port), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_deletes_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear")
    done = pantau("demo", "--fresh", "--for", "5", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "--data" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "dear"


def test_a_second_demo_leaves_the_data_of_a_running_one_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in (MARKER, "site.yaml"):
        (data / name).write_text("of the first")
    with take_over(data):
        done = pantau("demo", "--fresh", "--for", "5", "--port", str(free_ports(3)), "--data", str(data))
    assert done.returncode == 2
    assert "already runs" in done.stderr
    assert (data / "site.yaml").read_text() == "of the first"


def test_the_schema_is_json_and_describes_cameras() -> None:
    schema = json.loads(pantau("config-schema").stdout)
    assert "cameras" in schema["properties"]


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    video = tmp_path / "note.mp4"
    video.write_text("not a video")
    done = pantau("analyze", str(video), "--output", str(tmp_path / "out.jsonl"))
    assert done.returncode == 1
    assert "note.mp4" in done.stderr
    assert "Traceback" not in done.stderr
