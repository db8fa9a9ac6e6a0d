"""Encoding of the demo's clips, and when they are made anew."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.demo import clips
from app.demo.clips import KEYFRAME_EVERY, encode, render_all, variant
from app.demo.planes import I420
from app.demo.scripts import scripts


def pictures(count: int) -> Iterator[I420]:
    for index in range(count):
        planes = np.full((96, 96), 128, np.uint8)
        planes[:64] = 40 + index
        yield planes


def test_a_clip_is_what_cameras_send(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    encode(path, pictures(120), width_px=96, height_px=64)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 96, 64)
        assert stream.average_rate == Fraction(25)
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    assert len(packets) == 120
    assert [n for n, packet in enumerate(packets) if packet.is_keyframe] == [0, KEYFRAME_EVERY, 2 * KEYFRAME_EVERY]
    # No picture refers to a later one: the order of decoding is that of showing.
    assert [packet.pts for packet in packets] == sorted(packet.pts for packet in packets if packet.pts is not None)


def test_a_clip_that_was_not_finished_does_not_appear(tmp_path: Path) -> None:
    def interrupted() -> Iterator[I420]:
        yield from pictures(10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode(tmp_path / "a.mp4", interrupted(), width_px=96, height_px=64)
    assert not (tmp_path / "a.mp4").exists()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the clips that drawing was asked for; drawing itself takes too long here."""
    asked: list[str] = []

    def note(folder: Path, names: list[str], **_: object) -> None:
        asked.extend(names)
        for name in names:
            (folder / f"{name}.mp4").write_bytes(b"clip")
            (folder / f"{name}-clean.png").write_bytes(b"picture")

    monkeypatch.setattr(clips, "_render_in_processes", note)
    return asked


def test_clips_are_drawn_once(tmp_path: Path, drawn: list[str]) -> None:
    names = [script.name for script in scripts(calm=False)]
    made = render_all(tmp_path, calm=False)
    assert drawn == names
    assert [path.relative_to(tmp_path) for path in made] == [Path("busy", f"{name}.mp4") for name in names]
    assert render_all(tmp_path, calm=False) == made
    assert drawn == names


def test_both_variants_live_side_by_side(tmp_path: Path, drawn: list[str]) -> None:
    busy, calm = render_all(tmp_path, calm=False), render_all(tmp_path, calm=True)
    assert not set(busy) & set(calm)
    assert variant(calm=True) != variant(calm=False)
    assert len(drawn) == len(busy) + len(calm)


@pytest.mark.parametrize("lost", ["alun-alun.mp4", "alun-alun-clean.png", "alun-alun.version"])
def test_only_what_is_missing_is_drawn_again(tmp_path: Path, drawn: list[str], lost: str) -> None:
    render_all(tmp_path, calm=False)
    drawn.clear()
    (tmp_path / "busy" / lost).unlink()
    render_all(tmp_path, calm=False)
    assert drawn == ["alun-alun"]


def test_clips_drawn_by_other_code_are_drawn_again(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    render_all(tmp_path, calm=False)
    drawn.clear()
    monkeypatch.setattr(clips, "_DRAWING", clips._DRAWING[1:])
    render_all(tmp_path, calm=False)
    assert len(drawn) == 3
