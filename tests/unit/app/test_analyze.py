import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.analyze import analyze
from configs.cameras import Camera
from configs.load import default_camera
from events.errors import ConfigError, SourceError
from tests.clips import Gray, street, write_clip

KEYS = {"video", "kind", "start_s", "end_s", "bbox", "count", "t_s", "score", "zone", "attrs"}


def covered(number: int) -> Gray:
    """Eight seconds of street, ten of darkness, eight of street, at 5 pictures a second."""
    if 40 <= number < 90:
        return np.full((180, 320), 2, np.uint8)
    return street(320, 180, number)


def lines_of(folder: Path, *videos: Path, camera: Camera | None = None) -> list[dict[str, Any]]:
    output = folder / "out.jsonl"
    count = analyze(
        videos, camera or default_camera("camera"), output, on_progress=lambda _video, _share: None, network=False
    )
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(lines) == count
    assert all(set(line) == KEYS for line in lines)
    return lines


def test_people_are_counted_once_a_second_with_the_files_own_time(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "street.mp4", pictures=12 * 25)
    counts = [line for line in lines_of(tmp_path, clip) if line["kind"] == "people_count"]
    times = [line["t_s"] for line in counts]
    assert len(counts) >= 6
    assert times == sorted(times)
    assert np.diff(times) == pytest.approx(1.0, abs=0.25)
    assert {line["zone"] for line in counts} == {None}
    assert {line["start_s"] for line in counts} == {None}


def test_an_event_is_one_line_with_begin_and_end(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "dark.mp4", pictures=130, rate_hz=5, scene=covered)
    (event,) = [line for line in lines_of(tmp_path, clip) if line["kind"] == "tamper"]
    assert event["video"] == "dark.mp4"
    assert event["attrs"]["class"] == "dark"
    assert 8.0 <= event["start_s"] <= 18.0
    assert 18.0 <= event["end_s"] <= 26.0
    assert event["attrs"]["since_s"] <= event["start_s"]


def test_an_event_that_outlasts_the_video_has_no_end(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "dark.mp4", pictures=90, rate_hz=5, scene=covered)
    (event,) = [line for line in lines_of(tmp_path, clip) if line["kind"] == "tamper"]
    assert event["end_s"] is None


def test_a_zone_with_an_outline_is_named(tmp_path: Path) -> None:
    camera = Camera.model_validate(
        {
            "id": "cam",
            "name": "cam",
            "site": "x",
            "url": "rtsp://127.0.0.1/x",
            "zones": [
                {"id": "left", "polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "detect": {"crowding": {"count": 8}}}
            ],
        }
    )
    clip = write_clip(tmp_path / "street.mp4", pictures=8 * 25)
    zones = {line["zone"] for line in lines_of(tmp_path, clip, camera=camera) if line["kind"] == "people_count"}
    assert zones == {"left"}


def test_each_video_begins_anew(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=8 * 25)
    again = tmp_path / "b.mp4"
    again.write_bytes(clip.read_bytes())
    lines = lines_of(tmp_path, clip, again)
    first = [(line["t_s"], line["count"]) for line in lines if line["video"] == "a.mp4"]
    second = [(line["t_s"], line["count"]) for line in lines if line["video"] == "b.mp4"]
    assert first == second
    assert first


def test_a_video_that_cannot_be_read_is_named_and_the_others_are_still_written(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing")
    clip = write_clip(tmp_path / "street.mp4", pictures=8 * 25)
    with pytest.raises(SourceError, match=r"broken\.mp4: not a video"):
        lines_of(tmp_path, broken, clip)
    assert "street.mp4" in (tmp_path / "out.jsonl").read_text()


def test_progress_ends_at_one_for_each_video(tmp_path: Path) -> None:
    told: list[float] = []
    clip = write_clip(tmp_path / "street.mp4", pictures=50)
    analyze(
        [clip],
        default_camera("camera"),
        tmp_path / "out.jsonl",
        on_progress=lambda _video, share: told.append(share),
        network=False,
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 2


def test_an_output_that_cannot_be_written_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").mkdir()
    with pytest.raises(ConfigError, match=r"out\.jsonl: cannot be written"):
        lines_of(tmp_path, write_clip(tmp_path / "a.mp4", pictures=1))
