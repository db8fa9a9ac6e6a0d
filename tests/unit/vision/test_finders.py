"""What every people network promises, and what an operator's own must be like."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from events.errors import ConfigError
from events.geometry import Box
from tests import needs
from tests.unit.vision.onnx_files import answer, write_onnx
from vision import models
from vision.detector import Finder
from vision.network import LEAST_SCORE, PeopleNetwork
from vision.onnx_network import OnnxNetwork

PERSON, CAR = 0, 2
SOMEBODY = (3, 4, 1.5, 4.0, PERSON, 0.9, 0.9)


def needs_onnxruntime() -> None:
    if importlib.util.find_spec("onnxruntime") is None:
        needs.lacking("onnxruntime", "pip install 'pantau[onnx]'")


def installed(_folder: Path) -> Finder:
    weights = models.installed()
    if weights is None:
        needs.lacking("the people network", "run `pantau models install`")
    return PeopleNetwork(weights)


def tiny(folder: Path) -> Finder:
    needs_onnxruntime()
    return OnnxNetwork(write_onnx(folder / "tiny.onnx", answer(SOMEBODY, (8, 4, 4.0, 2.0, CAR, 0.8, 0.9))))


FINDERS = [pytest.param(installed, id="installed"), pytest.param(tiny, id="onnx")]


@pytest.mark.parametrize("make", FINDERS)
@pytest.mark.parametrize("size", [(360, 640), (64, 96), (7, 400), (400, 9)])
def test_whatever_the_picture_boxes_lie_in_it_and_come_surest_first(
    make: Callable[[Path], Finder], size: tuple[int, int], tmp_path: Path
) -> None:
    picture = np.random.default_rng(3).integers(0, 255, (*size, 3)).astype(np.uint8)
    found = make(tmp_path).find(picture)
    for things in (found.people, found.vehicles):
        scores = [thing.score for thing in things]
        assert scores == sorted(scores, reverse=True)
        assert all(LEAST_SCORE - 1e-6 <= score <= 1 for score in scores)
        for thing in things:
            assert 0 <= thing.box.x <= thing.box.x + thing.box.width <= 1 + 1e-6
            assert 0 <= thing.box.y <= thing.box.y + thing.box.height <= 1 + 1e-6


@pytest.mark.parametrize("make", FINDERS)
def test_the_same_picture_gives_the_same_answer_and_is_left_alone(
    make: Callable[[Path], Finder], tmp_path: Path
) -> None:
    picture = np.random.default_rng(3).integers(0, 90, (90, 160, 3)).astype(np.uint8)
    before = picture.copy()
    finder = make(tmp_path)
    assert finder.find(picture) == finder.find(picture)
    assert np.array_equal(picture, before)


def test_the_installed_network_finds_nobody_in_a_grey_picture(tmp_path: Path) -> None:
    assert installed(tmp_path).find(np.full((360, 640, 3), 128, np.uint8)).people == []


def test_people_and_vehicles_stand_where_the_network_says(tmp_path: Path) -> None:
    # A picture of the network's own shape: cell (3, 4) of stride 8 is centred at (28, 36) of 96x64.
    found = tiny(tmp_path).find(np.zeros((64, 96, 3), np.uint8))
    (person,), (car,) = found.people, found.vehicles
    assert person.box == pytest.approx(Box(22 / 96, 20 / 64, 12 / 96, 32 / 64), abs=1e-5)
    assert person.score == pytest.approx(0.81, abs=1e-5)
    assert car.box == pytest.approx(Box(52 / 96, 28 / 64, 32 / 96, 16 / 64), abs=1e-5)


def test_a_narrow_picture_is_not_stretched(tmp_path: Path) -> None:
    # 64 pixels of 96 across hold the picture; the rest is padding.
    (person,) = tiny(tmp_path).find(np.zeros((320, 320, 3), np.uint8)).people
    assert person.box == pytest.approx(Box(22 / 64, 20 / 64, 12 / 64, 32 / 64), abs=1e-5)


def test_one_class_means_people_and_names_beside_the_file_mean_what_they_say(tmp_path: Path) -> None:
    needs_onnxruntime()
    black = np.zeros((64, 96, 3), np.uint8)
    one = write_onnx(tmp_path / "one.onnx", answer(SOMEBODY, classes=1))
    assert len(OnnxNetwork(one).find(black).people) == 1
    two = write_onnx(tmp_path / "two.onnx", answer((3, 4, 1.5, 4.0, 1, 0.9, 0.9), classes=2))
    two.with_suffix(".txt").write_text("Becak\nOrang\n")
    assert len(OnnxNetwork(two).find(black).people) == 1


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as told:
        OnnxNetwork(path).find(np.zeros((64, 96, 3), np.uint8))
    assert str(path) in str(told.value)
    return str(told.value)


def test_a_file_that_is_no_usable_network_is_told_with_the_reason(tmp_path: Path) -> None:
    needs_onnxruntime()
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"\x08\x08 no network")
    assert "YOLOX" in refused(damaged)
    assert "5 + classes" in refused(write_onnx(tmp_path / "cells.onnx", answer()[:, 1:]))
    assert "input" in refused(write_onnx(tmp_path / "bytes.onnx", answer(), kind=2))
    assert "multiples of 32" in refused(write_onnx(tmp_path / "odd.onnx", answer(), input_shape=(1, 3, 60, 96)))
    nameless = write_onnx(tmp_path / "nameless.onnx", answer(classes=3))
    assert "nameless.txt" in refused(nameless)
    nameless.with_suffix(".txt").write_text("cat\ndog\nhorse\n")
    assert "person" in refused(nameless)
    nameless.with_suffix(".txt").write_text("person\n")
    assert "names 1" in refused(nameless)


def test_a_missing_file_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    assert "no such model" in refused(tmp_path / "none.onnx")


def test_without_onnxruntime_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    path = tmp_path / "ours.onnx"
    path.write_bytes(b"anything")
    assert "pip install 'pantau[onnx]'" in refused(path)


def test_a_network_of_one_s_own_is_checked_and_kept_with_its_names(tmp_path: Path) -> None:
    needs_onnxruntime()
    ours = write_onnx(tmp_path / "ours.onnx", answer(SOMEBODY, classes=2))
    ours.with_suffix(".txt").write_text("person\nbus\n")
    folder = tmp_path / "models"
    kept = models.add(ours, folder)
    assert models.added(folder) == [kept]
    assert models.add(kept, folder) == kept
    assert len(OnnxNetwork(kept).find(np.zeros((64, 96, 3), np.uint8)).people) == 1


def test_an_unusable_network_is_not_kept(tmp_path: Path) -> None:
    needs_onnxruntime()
    bad = write_onnx(tmp_path / "bad.onnx", answer(classes=3))
    with pytest.raises(ConfigError):
        models.add(bad, tmp_path / "models")
    assert models.added(tmp_path / "models") == []
