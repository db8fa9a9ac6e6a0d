"""Real footage as demo cameras."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from app.demo.recordings import CLIPS_FOLDER_VARIABLE, Recording, real_clips, transcode_all, write_clean_picture
from tests.clips import write_clip


def recording(source: Path) -> Recording:
    return Recording(name="rekaman-a", title="A (rekaman uji)", source=source)


def test_without_footage_there_are_no_recordings(tmp_path: Path) -> None:
    assert real_clips(folder=tmp_path, vtest=tmp_path / "vtest.avi") == ()


def test_footage_is_found_where_the_environment_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "crowd_surge.mp4")
    monkeypatch.setenv(CLIPS_FOLDER_VARIABLE, str(tmp_path))
    (found,) = real_clips(vtest=tmp_path / "vtest.avi")
    assert found.source == tmp_path / "crowd_surge.mp4"
    assert found.title.endswith("(rekaman uji)")


def test_a_slow_film_keeps_its_time_at_the_demo_rate(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "slow.mp4", pictures=40, rate_hz=10)
    (path,) = transcode_all(tmp_path / "out", (recording(source),))
    with av.open(str(path)) as container:
        times_s = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    assert times_s[-1] == pytest.approx(3.9, abs=0.11)
    assert np.diff(times_s) == pytest.approx(0.04)


def test_a_finished_clip_is_not_made_again(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4")
    (path,) = transcode_all(tmp_path / "out", (recording(source),))
    made_at = path.stat().st_mtime_ns
    assert transcode_all(tmp_path / "out", (recording(source),)) == (path,)
    assert path.stat().st_mtime_ns == made_at


def test_a_broken_file_is_told_and_left_out_while_the_others_are_made(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    good = Recording(name="rekaman-b", title="B (rekaman uji)", source=write_clip(tmp_path / "b.mp4"))
    with capture_logs() as logs:
        made = transcode_all(tmp_path / "out", (recording(broken), good))
    assert [path.name for path in made] == ["rekaman-b.mp4"]
    assert [entry["recording"] for entry in logs] == ["rekaman-a"]


def test_the_clean_picture_is_without_what_walks_by(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", pictures=100)
    clean = tmp_path / "clean.png"
    assert write_clean_picture(recording(source), clean)
    picture = cv2.imread(str(clean))
    assert picture is not None
    # The block that walks through the test clip is nearly white; the texture never is.
    assert picture.max() < 220


def test_no_clean_picture_comes_of_a_broken_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    with capture_logs():
        assert not write_clean_picture(recording(broken), tmp_path / "clean.png")
