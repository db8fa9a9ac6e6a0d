from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from events.errors import SourceError
from events.frame import Frame
from events.ids import SourceId
from ingest.recorded import duration_s, read_frames
from tests.clips import street, write_clip

CAMERA = SourceId("cam-1")
STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def read(path: Path) -> list[Frame]:
    return list(read_frames(path, CAMERA, STARTED_AT))


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_every_picture_comes_with_the_files_own_time(tmp_path: Path, codec: Literal["libx264", "libx265"]) -> None:
    frames = read(write_clip(tmp_path / "a.mp4", pictures=50, codec=codec))
    assert len(frames) == 50
    assert [frame.taken_at for frame in frames] == [STARTED_AT + timedelta(seconds=n / 25) for n in range(50)]
    assert [n for n, frame in enumerate(frames) if frame.keyframe] == [0, 25]


def test_brightness_is_what_was_filmed(tmp_path: Path) -> None:
    frames = read(write_clip(tmp_path / "a.mp4", pictures=3, width_px=330, height_px=186))
    filmed = street(330, 186, 2).astype(np.float64)
    seen = frames[2].luma.astype(np.float64)
    assert seen.shape == (186, 330)
    # The encoder maps 0..255 to the video range 16..235 (ITU-R BT.601).
    assert np.abs(seen - (16 + filmed * 219 / 255)).mean() < 6


def test_the_brightness_plane_is_a_view_that_cannot_be_written(tmp_path: Path) -> None:
    frame = read(write_clip(tmp_path / "a.mp4", pictures=1))[0]
    assert frame.luma.base is not None
    with pytest.raises(ValueError, match="read-only"):
        frame.luma[0, 0] = 1


def test_a_frame_stays_valid_after_the_file_is_closed(tmp_path: Path) -> None:
    frames = read(write_clip(tmp_path / "a.mp4", pictures=30))
    assert frames[0].to_bgr().shape == (180, 320, 3)
    assert not np.array_equal(frames[0].luma, frames[29].luma)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("size", [(160, 90), (320, 180)])
def test_shrunk_planes_show_the_same_colours_and_belong_to_the_caller(
    tmp_path: Path, pixels: str, size: tuple[int, int]
) -> None:
    codec: Literal["libx264", "libx265"] = "libx264" if pixels == "yuv420p" else "libx265"
    frame = read(write_clip(tmp_path / "a.mp4", pictures=1, codec=codec, pixels=pixels))[0]
    assert frame.to_planes is not None
    planes = frame.to_planes(*size)
    shown = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    whole = cv2.resize(frame.to_bgr(), size, interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(float) - whole).mean() < 4
    planes[:] = 0
    assert frame.luma.any()


def test_ten_bit_video_is_brought_to_eight_bits(tmp_path: Path) -> None:
    deep = read(write_clip(tmp_path / "a.mp4", pictures=1, codec="libx265", pixels="yuv420p10le"))[0]
    flat = read(write_clip(tmp_path / "b.mp4", pictures=1))[0]
    assert deep.luma.dtype == np.uint8
    assert np.abs(deep.luma.astype(np.float64) - flat.luma).mean() < 6


def test_a_change_of_size_in_mid_stream_is_followed(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "small.h264", pictures=10).read_bytes()
    large = write_clip(tmp_path / "large.h264", pictures=10, width_px=640, height_px=360).read_bytes()
    both = tmp_path / "both.h264"
    both.write_bytes(small + large)
    assert [frame.luma.shape for frame in read(both)] == [(180, 320)] * 10 + [(360, 640)] * 10


def test_damage_in_the_middle_costs_only_pictures_around_it(tmp_path: Path) -> None:
    whole = bytearray(write_clip(tmp_path / "a.h264", pictures=100).read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 400] = b"\x55" * 400
    damaged = tmp_path / "damaged.h264"
    damaged.write_bytes(whole)
    assert 50 <= len(read(damaged)) <= 100


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.h264", pictures=100).read_bytes()
    short = tmp_path / "short.h264"
    short.write_bytes(whole[: len(whole) // 2])
    assert 30 <= len(read(short)) < 100


def test_a_file_says_how_long_it_is(tmp_path: Path) -> None:
    assert duration_s(write_clip(tmp_path / "a.mp4", pictures=50)) == pytest.approx(2.0)


def test_a_file_that_is_no_video_is_named_in_the_error(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no video here, only words\n" * 50)
    with pytest.raises(SourceError, match=r"notes\.txt: not a video that can be read"):
        read(text)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.mp4: no such file"):
        read(tmp_path / "gone.mp4")
