"""Streams as cameras send them: keyframes alone, odd rates, other sizes, wrong clocks, damage."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from configs.cameras import Camera
from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.decoding import Decoder, media_s, packet_s, to_frame, video_of
from tests.clips import street, write_clip
from tests.unit.ingest.test_recorded import CAMERA, STARTED_AT, read
from vision.attention import Attention
from vision.detectors import build_detectors
from vision.pipeline import Pipeline, ViewClock
from vision.reference import FirstSettledReferences

Codec: TypeAlias = Literal["libx264", "libx265"]
CODECS: tuple[Codec, ...] = ("libx264", "libx265")
EVERYTHING = Camera.model_validate(
    {
        "id": "cam-1",
        "name": "Cam",
        "site": "x",
        "url": "rtsp://127.0.0.1/",
        "zones": [
            {"id": "a", "detect": {"crowding": {"count": 50}, "abandoned_object": {}}},
            {"id": "b", "detect": {"waste_pile": {}, "water_level": {}, "green_cover": {}}},
        ],
    }
)


def decoded(
    path: Path,
    *,
    keyframes_only: bool,
    change: Callable[[Decoder, int], None] = lambda _decoder, _number: None,
) -> list[VideoFrame | None]:
    """Return what the decoder makes of a file's packets; `change` is called before each."""
    with av.open(str(path)) as container:
        video = video_of(container)
        assert video is not None
        decoder = Decoder(video, keyframes_only=keyframes_only)
        found: list[VideoFrame | None] = []
        for number, packet in enumerate(container.demux(video)):
            change(decoder, number)
            found += decoder.decode(packet, packet_s(packet) or 0.0)
    return found


def luma(picture: VideoFrame | None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    assert picture is not None
    return to_frame(picture, CAMERA, STARTED_AT).luma.astype(np.float64)


def write_timed(path: Path, times_ms: list[int], *, group: int = 25, between: int = 0) -> Path:
    """Encode a picture for each time, with `between` B-pictures."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(
            "libx264", rate=25, options={"preset": "ultrafast", "g": str(group), "bf": str(between)}
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            picture = av.VideoFrame.from_ndarray(street(320, 180, number), format="gray").reformat(format="yuv420p")
            picture.pts, picture.time_base = time_ms, Fraction(1, 1000)
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    return path


def later(clip: Path, target: Path, by_s: float) -> bytes:
    """Copy a clip into an MPEG transport stream whose clock is `by_s` later, and return it."""
    with av.open(str(clip)) as source, av.open(str(target), "w", format="mpegts") as file:
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None and packet.dts is not None:
                ticks = round(by_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                packet.stream = stream
                file.mux(packet)
    return target.read_bytes()


def looked_at(path: Path) -> list[float]:
    """Let every detector look at a file, five pictures a second, and return the times on the view's clock."""
    pipeline = Pipeline(EVERYTHING, build_detectors(EVERYTHING, FirstSettledReferences()), Attention(None))
    due, clock = Cadence(5.0), ViewClock()
    times_s = []
    for frame in read(path):
        if due.is_due(frame.taken_at.timestamp()):
            pipeline.take(frame)
            times_s.append(clock.at(frame))
    return times_s


@pytest.mark.parametrize("codec", CODECS)
def test_keyframes_alone_come_whole_and_at_once(tmp_path: Path, codec: Codec) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=75, codec=codec)
    came = decoded(clip, keyframes_only=True)
    assert [picture is not None and picture.key_frame for picture in came] == [True] * 3
    assert [media_s(picture) for picture in came if picture is not None] == [0.0, 1.0, 2.0]


def test_keyframes_of_a_stream_with_pictures_out_of_order_are_not_held_back(tmp_path: Path) -> None:
    clip = write_timed(tmp_path / "a.mp4", [40 * number for number in range(60)], between=2)
    with av.open(str(clip)) as container:
        video = video_of(container)
        assert video is not None
        decoder = Decoder(video, keyframes_only=True)
        for packet in container.demux(video):
            came = list(decoder.decode(packet, 0.0))
            assert len(came) == (1 if packet.is_keyframe else 0)


@pytest.mark.parametrize("codec", CODECS)
def test_keyframes_alone_look_like_those_of_full_decoding_but_for_the_edges_of_blocks(
    tmp_path: Path, codec: Codec
) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=50, codec=codec)
    full = [picture for picture in decoded(clip, keyframes_only=False) if picture is not None and picture.key_frame]
    for coarse, smooth in zip(decoded(clip, keyframes_only=True), full, strict=True):
        assert np.abs(luma(coarse) - luma(smooth)).mean() < 2


@pytest.mark.parametrize("codec", CODECS)
def test_changing_between_keyframes_and_all_loses_and_breaks_nothing(tmp_path: Path, codec: Codec) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=125, codec=codec)

    def change(decoder: Decoder, number: int) -> None:
        decoder.choose(keyframes_only=not 20 <= number < 70)

    came = decoded(clip, keyframes_only=True, change=change)
    # Keyframes at 0 and 100, and everything from the keyframe at 25 up to that at 75.
    times_s = [media_s(picture) for picture in came if picture is not None]
    assert times_s == pytest.approx([0.0, *(number / 25 for number in range(25, 75)), 3.0, 4.0])
    assert None not in came


@pytest.mark.parametrize("keyframes_only", [False, True])
def test_another_size_in_mid_stream_is_followed(tmp_path: Path, *, keyframes_only: bool) -> None:
    small = write_clip(tmp_path / "small.h264", pictures=50).read_bytes()
    large = write_clip(tmp_path / "large.h264", pictures=50, width_px=640, height_px=360).read_bytes()
    both = tmp_path / "both.h264"
    both.write_bytes(small + large + small)
    sizes = [(picture.width, picture.height) for picture in decoded(both, keyframes_only=keyframes_only) if picture]
    each = 2 if keyframes_only else 50
    assert sizes == [(320, 180)] * each + [(640, 360)] * each + [(320, 180)] * each
    assert len(looked_at(both)) == 30


def test_a_rate_that_changes_is_told_by_the_files_own_times(tmp_path: Path) -> None:
    # Fluent, then one picture in two seconds as in the dark, then fluent again.
    times_ms = [*range(0, 2000, 40), *range(2000, 12000, 2000), *range(12000, 14000, 40)]
    clip = write_timed(tmp_path / "a.mp4", times_ms)
    taken_s = [(frame.taken_at - STARTED_AT).total_seconds() for frame in read(clip)]
    assert taken_s == pytest.approx([time_ms / 1000 for time_ms in times_ms])
    seen_s = looked_at(clip)
    assert 23 <= len(seen_s) <= 25  # five a second where there are more, each where there are fewer
    assert sum(later_s - earlier_s == pytest.approx(2.0, abs=0.1) for earlier_s, later_s in pairwise(seen_s)) >= 4


@pytest.mark.parametrize("jump_s", [-60.0, -1.5, 7.0, 3600.0])
def test_a_clock_that_jumps_breaks_nothing_and_never_runs_backwards(tmp_path: Path, jump_s: float) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=50)
    jumped = tmp_path / "jumped.ts"
    jumped.write_bytes(later(clip, tmp_path / "a.ts", 60.0) + later(clip, tmp_path / "b.ts", 62.0 + jump_s))
    assert len(read(jumped)) >= 98  # a transport stream hides its last picture
    seen_s = looked_at(jumped)
    assert 15 <= len(seen_s) <= 21
    assert seen_s == sorted(seen_s)


def test_nothing_is_handed_on_between_damage_and_the_next_keyframe(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=75)

    with av.open(str(clip)) as container:
        video = video_of(container)
        assert video is not None
        decoder = Decoder(video)
        whole = [
            picture is not None
            for number, packet in enumerate(container.demux(video))
            if number != 30  # lost on its way
            for picture in decoder.decode(packet, number / 25)
        ]
    # All up to the loss, nothing from there, all from the keyframe at 50.
    assert whole == [True] * 30 + [False] * 19 + [True] * 25


def test_a_frame_says_who_took_it_and_when_it_arrived(tmp_path: Path) -> None:
    (picture,) = [one for one in decoded(write_clip(tmp_path / "a.mp4", pictures=1), keyframes_only=False) if one]
    frame = to_frame(picture, SourceId("x"), STARTED_AT, arrived_s=7.0)
    assert (frame.camera, frame.taken_at, frame.arrived_s, frame.media_s) == ("x", STARTED_AT, 7.0, 0.0)


def test_a_picture_whose_stream_has_no_unit_of_time_has_no_time() -> None:
    picture = VideoFrame(16, 16, "gray")
    assert media_s(picture) is None
    picture.pts = 5
    assert media_s(picture) is None
    picture.time_base = Fraction(1, 10)
    assert media_s(picture) == 0.5


def test_the_brightness_handed_on_shows_the_decoders_rows_without_their_padding_and_cannot_be_written() -> None:
    picture = VideoFrame(20, 4, "gray")
    assert picture.planes[0].line_size > picture.width
    rows = np.arange(picture.planes[0].line_size * 4, dtype=np.uint8)
    picture.planes[0].update(rows.tobytes())
    seen = to_frame(picture, CAMERA, STARTED_AT).luma
    assert np.array_equal(seen, rows.reshape(4, -1)[:, :20])
    with pytest.raises(ValueError, match="read-only"):
        seen[0, 0] = 1
