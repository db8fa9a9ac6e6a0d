"""Counting people on real footage with ground truth: cadence, tiles, networks, calibration, no crowd where none is."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.camera.calibration import OperatorCount, calibrate
from app.camera.source import Source
from configs.cameras import Camera
from events.frame import Picture
from events.ids import SourceId
from ingest.recorded import read_frames
from tests import needs
from tests.integration.test_dev_clips import (
    BESIDE_CHECKOUT,
    FAULTS,
    HARMLESS,
    clip,
    events,
    mean_error,
    network,
    seen,
    truth,
)
from vision.counting import SURE_SCORE
from vision.detector import Finder
from vision.onnx_network import OnnxNetwork
from vision.sight import Sight

CLIP = "pets09_s2l1_a"
CLIP_FPS = 10


def counts() -> dict[int, int]:
    """Return how many people there are at each second of the clip."""
    return {round(sample["t_s"]): sample["count"] for sample in truth(CLIP)["people"]}


def pictures(*seconds: int) -> Iterator[Picture]:
    for number, frame in enumerate(read_frames(clip(CLIP), SourceId("cam"), datetime(2000, 1, 1, tzinfo=UTC))):
        if number % CLIP_FPS == 0 and number // CLIP_FPS in seconds:
            yield frame.to_bgr()


@pytest.mark.parametrize("fps", [1.0, 0.5])
def test_people_are_counted_nearly_as_well_at_the_cadence_of_keyframes(fps: float) -> None:
    assert mean_error(CLIP, seen(CLIP, finder=network(), analyse_fps=fps)) <= 0.9


def test_people_are_counted_by_movement_once_a_second() -> None:
    assert mean_error(CLIP, seen(CLIP, analyse_fps=1.0)) <= 1.5


@pytest.mark.parametrize("name", HARMLESS)
def test_the_network_raises_no_crowd_in_weather_night_shake_and_light(name: str) -> None:
    assert events(seen(name, finder=network()), "crowding") == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_tampered_camera_is_no_crowd(name: str) -> None:
    assert events(seen(name), "crowding") == []


def test_tiles_find_in_a_dense_picture_of_small_people_what_one_look_misses() -> None:
    four = list(pictures(10, 15, 20, 30))
    mosaic = np.vstack([np.hstack(four[:2]), np.hstack(four[2:])])
    there = sum(counts()[t_s] for t_s in (10, 15, 20, 30))
    marked = [{"head": [0.5, 0.875], "feet": [0.5, 0.95]}, {"head": [0.5, 0.135], "feet": [0.5, 0.2]}]
    camera = Camera.model_validate(
        {
            "id": "cam",
            "name": "Cam",
            "site": "s",
            "url": "rtsp://h/x",
            "people": marked,
            "zones": [{"id": "all", "detect": {"crowding": {"count": 9}}}],
        }
    )
    sure = [person for person in network().find(mosaic).people if person.score >= SURE_SCORE]
    tiled = [person for person in Sight(network(), camera).look(mosaic).people if person.score >= SURE_SCORE]
    assert len(sure) <= 0.2 * there
    assert 0.7 * there <= len(tiled) <= 1.1 * there


def own_network() -> OnnxNetwork:
    path = Path(os.environ.get("PANTAU_TEST_ONNX", BESIDE_CHECKOUT.parents[1] / "models" / "yolox_nano.onnx"))
    if not path.is_file():
        # An operator's own, which no registry has: continuous integration cannot demand it either.
        pytest.skip("needs an ONNX detector in YOLOX layout: name one in PANTAU_TEST_ONNX")
    if importlib.util.find_spec("onnxruntime") is None:
        needs.lacking("onnxruntime", "pip install 'pantau[onnx]'")
    return OnnxNetwork(path)


@pytest.mark.parametrize("make", [network, own_network])
def test_every_network_finds_most_people_where_they_are(make: Callable[[], Finder]) -> None:
    finder = make()
    seconds = range(5, 38, 4)
    found = 0
    for picture in pictures(*seconds):
        people = [person for person in finder.find(picture).people if person.score >= 0.35]
        # Nobody stands on the houses at the back of this scene.
        assert all(person.box.y + person.box.height > 0.15 for person in people)
        found += len(people)
    there = sum(counts()[t_s] for t_s in seconds)
    assert 0.75 * there <= found <= 1.35 * there


def test_ten_counts_of_an_operator_make_counting_by_movement_better() -> None:
    made = [
        OperatorCount(t_s=sample["t_s"], people=sample["count"])
        for sample in truth(CLIP)["people"]
        if sample["t_s"] > 5 and round(sample["t_s"]) % 4 == 0
    ]
    path = clip(CLIP)
    fit = calibrate(Source(shown=path.name, address=str(path), is_file=True), made)
    calibrated = {"count": 14, "hold_s": 5, "calibration": {"scale": fit.scale, "factor": fit.factor}}
    zone = {"id": "all", "detect": {"crowding": calibrated}}
    assert mean_error(CLIP, seen(CLIP, zone)) <= 0.6
    # A surge is none of the counted moments, and the same camera.
    assert mean_error("crowd_surge", seen("crowd_surge", zone)) < mean_error("crowd_surge", seen("crowd_surge"))
