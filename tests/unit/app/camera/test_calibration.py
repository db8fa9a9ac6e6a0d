"""Fitting to counts, on a drawn plaza where everybody carries a load: each makes the movement of two."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.camera.calibration import Fit, OperatorCount, calibrate
from app.camera.counts import MOST_PEOPLE, TypedCounts, read_counts
from app.camera.source import Source
from app.cli import app
from configs.cameras import Camera
from events.errors import ConfigError
from tests.clips import Gray, write_clip
from tests.waiting import until

FPS = 5
BEGIN_S, EACH_S = 8, 4
NUMBERS = (1, 4, 2, 5, 0, 3)
COUNTS = [OperatorCount(t_s=BEGIN_S + EACH_S * i + 2.5, people=people) for i, people in enumerate(NUMBERS)]
FOOT_Y, HEIGHT_PX, WIDTH_PX = 150, 52, 30
"""As tall as people usually look there, and twice as wide."""

SCENE = np.random.default_rng(4).integers(90, 150, (23, 40)).astype(np.uint8).repeat(8, 0).repeat(8, 1)[:180, :320]


def plaza(number: int) -> Gray:
    """Return picture `number`: after the background is learned, as many people as NUMBERS say, shifting about."""
    picture = SCENE.copy()
    turn = (number // FPS - BEGIN_S) // EACH_S
    if 0 <= turn < len(NUMBERS):
        for i in range(NUMBERS[turn]):
            left = 20 + 60 * i + number % 5
            picture[FOOT_Y - HEIGHT_PX : FOOT_Y, left : left + WIDTH_PX] = 235
    return picture


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    length = FPS * (BEGIN_S + EACH_S * len(NUMBERS) + 2)
    return write_clip(tmp_path_factory.mktemp("plaza") / "plaza.mp4", pictures=length, rate_hz=FPS, scene=plaza)


def camera(*zones: str) -> Camera:
    described = [{"id": zone, "detect": {"crowding": {"count": 9}}} for zone in zones]
    return Camera.model_validate({"id": "cam", "name": "C", "site": "s", "url": "rtsp://h/x", "zones": described})


def recording(clip: Path, *zones: str) -> Source:
    return Source(shown=clip.name, address=str(clip), is_file=True, camera=camera(*zones) if zones else None)


def test_a_few_counts_mend_a_camera_that_counts_everybody_twice(clip: Path) -> None:
    fit = calibrate(recording(clip), COUNTS)
    assert fit.used == len(COUNTS)
    assert fit.error_before > 1.5
    assert fit.error_after < 0.6
    assert fit.helps
    assert 0.35 < fit.factor < 0.7


def test_counts_before_the_background_is_known_are_left_out(clip: Path) -> None:
    early = [OperatorCount(t_s=0.5, people=3), OperatorCount(t_s=999.0, people=3)]
    fit = calibrate(recording(clip), [*COUNTS, *early], seconds=30)
    assert (fit.used, fit.left_out) == (len(COUNTS), 2)


def test_too_few_counts_are_refused_with_advice(clip: Path) -> None:
    with pytest.raises(ConfigError, match="at least 4"):
        calibrate(recording(clip), COUNTS[:2])


def test_counts_that_no_camera_explains_are_refused(clip: Path) -> None:
    with pytest.raises(ConfigError, match="times what moves"):
        calibrate(recording(clip), [OperatorCount(t_s=count.t_s, people=60 * count.people) for count in COUNTS])


def test_the_zone_must_be_named_where_there_are_several(clip: Path) -> None:
    with pytest.raises(ConfigError, match="--zone north or south"):
        calibrate(recording(clip, "north", "south"), COUNTS)
    with pytest.raises(ConfigError, match="no zone east"):
        calibrate(recording(clip, "north", "south"), COUNTS, zone="east")
    assert calibrate(recording(clip, "north", "south"), COUNTS, zone="south").zone == "south"


def test_counts_made_while_watching_mean_now(clip: Path) -> None:
    waiting = list(COUNTS)
    seen_s = 0.0

    def told(share: float) -> None:
        nonlocal seen_s
        seen_s = 40.0 * share

    def asked() -> list[int]:
        if waiting and seen_s >= waiting[0].t_s:
            return [waiting.pop(0).people]
        return []

    fit = calibrate(recording(clip), [], seconds=40.0, asked=asked, on_progress=told)
    assert fit.used == len(COUNTS)
    assert fit.error_after < 0.8


def test_the_command_prints_what_to_paste_and_the_site_file_takes_it(clip: Path, tmp_path: Path) -> None:
    counts = tmp_path / "counts.csv"
    counts.write_text("t_s,count\n" + "".join(f"{count.t_s},{count.people}\n" for count in COUNTS))
    result = CliRunner().invoke(app, ["camera", "calibrate", str(clip), str(counts)])
    assert result.exit_code == 0, result.output
    line = next(line for line in result.output.splitlines() if line.startswith("calibration:"))
    keys = json.loads(line.removeprefix("calibration: ").replace("scale", '"scale"').replace("factor", '"factor"'))
    zones = [{"id": "all", "detect": {"crowding": {"count": 9, "calibration": keys}}}]
    Camera.model_validate({"id": "cam", "name": "C", "site": "s", "url": "rtsp://h/x", "zones": zones})
    assert CliRunner().invoke(app, ["camera", "calibrate", str(clip)]).exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "t_s,count\n12,3\n65,7\n",
        "12;3\n1:05;7\n",
        "﻿t_s\tcount\r\n12\t3\r\n\r\n1:05\t7\r\n",
        "waktu, jumlah\n12, 3\n65.0, 7",
    ],
)
def test_counts_are_read_as_people_write_them(text: str, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text, encoding="utf-8")
    assert read_counts(file) == [OperatorCount(t_s=12, people=3), OperatorCount(t_s=65, people=7)]


@pytest.mark.parametrize(
    "row", ["12", "12,many", "12,-3", "12,3.5", "-1,3", "soon,3", "nan,3", f"12,{MOST_PEOPLE + 1}"]
)
def test_a_row_that_says_nothing_is_told_with_its_line(row: str, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(f"t_s,count\n5,2\n{row}\n")
    with pytest.raises(ConfigError, match=r"counts\.csv:3"):
        read_counts(file)


@pytest.mark.parametrize("content", [b"", b"t_s,count\n", b"\xff\xfe\x00"])
def test_a_file_without_counts_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"counts\.csv"):
        read_counts(file)


def test_typed_numbers_are_counts_and_anything_else_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    typed = TypedCounts(io.StringIO("3\nmany\n\n12\n"))
    taken: list[int] = []

    def both() -> bool:
        taken.extend(typed.take())
        return len(taken) == 2

    until(both)
    assert taken == [3, 12]
    assert "number of people" in capsys.readouterr().err


def test_a_fit_that_is_no_better_says_so() -> None:
    fit = Fit(zone=None, scale=0.3, factor=1.0, used=5, left_out=0, error_before=0.4, error_after=0.5)
    assert not fit.helps
