from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.decoding import advise, cost_of
from app.camera.figures import StreamFigures
from app.camera.probe import duration_text, probe, troubles_of
from app.camera.source import find_source
from events.errors import ConfigError, SourceError
from ingest.trial import Heard
from tests.clips import write_clip


def heard(
    arrived_s: float, media_s: float | None = None, *, keyframe: bool = False, damaged: bool = False, size: int = 1000
) -> Heard:
    return Heard(
        arrived_s=arrived_s,
        media_s=media_s,
        size_bytes=size,
        keyframe=keyframe,
        damaged=damaged,
        pictures=(),
        decode_ms=4.0 if keyframe else 1.0,
    )


def stream(
    *, seconds: float = 20.0, fps: float = 25.0, gop: int = 50, late_s: float = 0.0, rate: float = 1.0
) -> StreamFigures:
    """Return an even stream whose every other packet comes late and whose own clock runs at a rate."""
    figures = StreamFigures(is_file=False)
    for number in range(int(seconds * fps)):
        t_s = number / fps
        figures.add(heard(t_s + late_s * (number % 2), 7.0 + rate * t_s, keyframe=number % gop == 0))
    return figures


def test_an_even_stream_is_measured_as_it_is() -> None:
    found = stream().figures()
    assert found.fps == pytest.approx(25.0)
    assert found.gop_pictures == 50
    assert found.gop_s == pytest.approx(2.0)
    assert found.gop_longest_s == pytest.approx(2.0)
    assert found.jitter_ms == pytest.approx(0.0, abs=1e-6)
    assert (found.gaps, found.damaged, found.clock_jumps) == (0, 0, 0)
    assert found.kbit_per_s == pytest.approx(200.0, rel=0.01)
    assert found.clock_rate == pytest.approx(1.0)
    assert found.keyframe_ms == 4.0
    assert found.decode_ms == pytest.approx(1.06)
    assert troubles_of(found) == []


def test_jitter_is_told_by_how_far_packets_stray() -> None:
    assert stream(late_s=0.3).figures().jitter_ms == pytest.approx(300, abs=1)
    assert any("Wi-Fi" in trouble for trouble in troubles_of(stream(late_s=0.3).figures()))


def test_the_burst_at_the_beginning_does_not_count_as_rate_or_jitter() -> None:
    figures = StreamFigures(is_file=False)
    for number in range(50):
        figures.add(heard(0.001 * number, number / 25 - 2.0, keyframe=number == 0))
    for number in range(250):
        figures.add(heard(0.05 + number / 25, number / 25, keyframe=number % 50 == 0))
    found = figures.figures()
    assert found.fps == pytest.approx(25, rel=0.02)
    assert found.jitter_ms == pytest.approx(0, abs=1)


def test_a_first_packet_without_a_time_does_not_hide_the_clock() -> None:
    figures = StreamFigures(is_file=False)
    figures.add(heard(0.0, None, keyframe=True))
    for number in range(1, 250):
        figures.add(heard(number / 25, number / 25, keyframe=number % 50 == 0))
    assert figures.figures().clock_rate == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "word"), [(1.25, "1.25 times"), (0.5, "0.50 times")])
def test_a_clock_that_runs_wrong_is_told(rate: float, word: str) -> None:
    assert any(word in trouble for trouble in troubles_of(stream(rate=rate).figures()))


def test_a_clock_that_jumps_back_is_told_and_the_rate_comes_from_arrivals() -> None:
    figures = StreamFigures(is_file=False)
    for number in range(250):
        figures.add(heard(number / 25, (number % 100) / 25, keyframe=number % 50 == 0))
    found = figures.figures()
    assert found.clock_jumps == 2
    assert found.fps == pytest.approx(25.0)
    assert any("went back 2 times" in trouble for trouble in troubles_of(found))


def test_a_camera_in_the_wrong_time_zone_is_told_by_its_own_clock() -> None:
    # The stream's zero was at 13:00 by the camera, and at 06:00 by us.
    found = stream().figures(camera_clock_s=7 * 3600 - 7.0, listening_since_s=0.0)
    assert found.clock_offset_s == pytest.approx(7 * 3600)
    (trouble,) = troubles_of(found)
    assert "7 h 0 min ahead of" in trouble
    assert "Asia/Jakarta" in trouble


def test_pauses_and_damage_are_counted() -> None:
    figures = StreamFigures(is_file=False)
    for number in range(250):
        pause_s = 3.0 if number >= 125 else 0.0
        figures.add(heard(number / 25 + pause_s, number / 25 + pause_s, keyframe=number % 50 == 0, damaged=number == 7))
    found = figures.figures()
    assert (found.gaps, found.damaged) == (1, 1)
    assert found.longest_gap_s == pytest.approx(3.04)
    assert len(troubles_of(found)) == 2


@given(fps=st.floats(1, 30), gop=st.integers(1, 300), seconds=st.floats(4, 40))
def test_any_even_stream_keeps_its_rate_and_its_keyframes(fps: float, gop: int, seconds: float) -> None:
    figures = stream(seconds=seconds, fps=fps, gop=gop)
    found = figures.figures()
    assert found.fps == pytest.approx(fps, rel=1e-6)
    if found.gop_s is not None:
        assert found.gop_pictures == gop
        assert found.gop_s == pytest.approx(gop / fps)
    assert found.gop_longest_s <= seconds


@pytest.mark.parametrize(
    ("gop", "mode", "word"),
    [(50, "keyframes", "every 2.0 s"), (250, "all", "smart codec"), (5000, "all", "fewer than two")],
)
def test_how_to_decode_follows_from_the_keyframes(gop: int, mode: str, word: str) -> None:
    advice = advise(stream(gop=gop).figures(), 2.5)
    assert advice.mode == mode
    assert word in advice.reason


def test_keyframes_that_stay_away_once_are_not_trusted() -> None:
    figures = StreamFigures(is_file=False)
    for number in range(600):
        figures.add(heard(number / 25, number / 25, keyframe=number % 50 == 0 and not 300 < number < 500))
    assert advise(figures.figures(), 2.5).mode == "all"


def test_cost_is_what_is_decoded_and_looked_at() -> None:
    found = stream().figures()
    all_pictures = cost_of("all", found, look_ms=2.0, analyse_fps=5)
    assert all_pictures.decoding_ms_per_s == pytest.approx(25 * 1.06)
    assert all_pictures.looking_ms_per_s == pytest.approx(10.0)
    keyframes = cost_of("keyframes", found, look_ms=2.0, analyse_fps=5)
    assert keyframes.decoding_ms_per_s == pytest.approx(2.0)
    assert keyframes.cameras_per_core == pytest.approx(1000 / 3)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0.4 s"), (45, "45 s"), (600, "10 min"), (7500, "2 h 5 min"), (200_000, "2 d 7 h")]
)
def test_durations_are_told_in_units_that_suit_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_file_is_probed_like_a_camera(tmp_path: Path, codec: str) -> None:
    clip = write_clip(tmp_path / "street.mp4", pictures=6 * 25, group=50, codec=codec)  # type: ignore[arg-type]
    found = probe(find_source(str(clip), None), seconds=5.0, finder=None)
    assert found.stream.codec == {"libx264": "h264", "libx265": "hevc"}[codec]
    assert (found.stream.width_px, found.stream.height_px) == (320, 180)
    assert found.figures.fps == pytest.approx(25.0, rel=0.01)
    assert found.figures.gop_pictures == 50
    assert found.figures.jitter_ms is None
    assert found.advice.mode == "keyframes"
    assert set(found.costs) == {"keyframes", "all"}
    assert found.picture.startswith(b"\xff\xd8")
    assert not found.hidden
    assert found.as_json()["source"] == "street.mp4"


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "street.ts", pictures=150, group=25)
    data = bytearray(clip.read_bytes())
    for at in range(20_000, len(data) - 200, 9_000):
        data[at : at + 150] = bytes(150)
    clip.write_bytes(bytes(data))
    found = probe(find_source(str(clip), None), seconds=5.0, finder=None)
    assert found.figures.damaged > 0
    assert any("damaged" in trouble for trouble in found.troubles)


@pytest.mark.parametrize("content", [b"", b"no video", b"\x00" * 5000])
def test_what_is_no_video_says_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.mp4"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=r"x\.mp4"):
        probe(find_source(str(file), None), seconds=5.0, finder=None)


def test_credentials_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    source = find_source("rtsp://u:${PW}@192.0.2.1:8554/s?password=x", None, {"PW": "geheim"})
    assert source.address == "rtsp://u:geheim@192.0.2.1:8554/s?password=x"
    assert source.shown == "rtsp://192.0.2.1:8554/s"
    assert "geheim" not in repr(source)
    secret = tmp_path / "url"
    secret.write_text("rtsp://u:geheim@192.0.2.1/s\n")
    assert find_source(f"file:{secret}", None, {}).shown == "rtsp://192.0.2.1/s"
    with pytest.raises(ConfigError, match="PW=") as refused:
        find_source("rtsp://u:${PW}@192.0.2.1/s", None, {})
    assert "single quotes" in str(refused.value)


@pytest.mark.parametrize("named", ["nowhere.mp4", "http://u:geheim@h/", "rtsp://", "rtsp://h:0/", "file:/nowhere"])
def test_what_cannot_be_looked_at_says_what_to_write(named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        find_source(named, None, {})
    assert "geheim" not in str(refused.value)


def test_a_camera_of_a_site_file_is_found_though_other_cameras_have_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        "cameras:\n"
        "  - {id: a, name: A, site: x, url: 'rtsp://u:${PW}@192.0.2.1/main', detect_url: 'rtsp://192.0.2.1/sub'}\n"
        "  - {id: b, name: B, site: x, url: 'rtsp://${UNSET}@192.0.2.2/'}\n"
    )
    source = find_source("a", file, {"PW": "geheim"})
    assert source.address == "rtsp://192.0.2.1/sub"
    assert source.camera is not None
    with pytest.raises(ConfigError, match="UNSET"):
        find_source("b", file, {})
    with pytest.raises(ConfigError, match='"a", "b"'):
        find_source("c", file, {})
