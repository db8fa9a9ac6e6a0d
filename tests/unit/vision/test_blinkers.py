from collections.abc import Callable

import cv2
import numpy as np
import pytest

from configs.cameras import Camera
from events.frame import Frame
from events.ids import SourceId
from tests.unit.vision.frames import frame, texture
from vision.attention import Attention
from vision.blinkers import Blinkers
from vision.detector import Found, Looking, Mask, Small, View
from vision.pipeline import Pipeline

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def camera(*mask: tuple[tuple[float, float], ...]) -> Camera:
    return Camera.model_validate({"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", "mask": mask})


class Watcher:
    """A detector that keeps what it was shown."""

    def __init__(self) -> None:
        self.smalls: list[Small] = []
        self.foregrounds: list[Mask] = []
        self.colours: list[np.ndarray] = []

    def look(self, view: View) -> Looking:
        self.smalls.append(view.small.copy())
        self.foregrounds.append(view.foreground.copy())
        self.colours.append(view.colour())
        return Looking()


class Eye:
    """A network that keeps the pictures it was given."""

    def __init__(self) -> None:
        self.pictures: list[np.ndarray] = []

    def find(self, bgr: np.ndarray) -> Found:
        self.pictures.append(bgr)
        return Found()


def shown(scene: Callable[[int], np.ndarray], pictures: int = 60) -> tuple[Watcher, Eye, Pipeline, Frame]:
    watcher, eye = Watcher(), Eye()
    pipeline = Pipeline(camera(LEFT_HALF), [watcher], Attention(eye))
    for number in range(pictures):
        last = frame(scene(number), number * 0.2, camera=SourceId("cam"))
        pipeline.take(last)
    return watcher, eye, pipeline, last


def intruder(left_px: int) -> Callable[[int], np.ndarray]:
    def scene(number: int) -> np.ndarray:
        picture = texture().copy()
        if number > 40:
            picture[100:240, left_px : left_px + 60] = 250
        return picture

    return scene


def test_what_moves_in_a_masked_area_is_seen_by_nobody() -> None:
    watcher, *_ = shown(intruder(60))
    assert watcher.foregrounds[-1].max() == 0
    assert np.unique(watcher.smalls[-1][:, :159]).size == 1
    assert watcher.colours[-1][:, :318].max() == 0


def test_what_moves_beside_it_is_seen() -> None:
    watcher, *_ = shown(intruder(460))
    assert np.count_nonzero(watcher.foregrounds[-1]) > 1000


def test_neither_the_network_nor_a_snapshot_gets_a_masked_area() -> None:
    _, eye, pipeline, last = shown(intruder(60))
    snapshot = pipeline.snapshot(last)
    assert eye.pictures
    assert all(picture[:, :318].max() == 0 for picture in eye.pictures)
    decoded = np.asarray(cv2.imdecode(np.frombuffer(snapshot, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    assert np.ptp(decoded[:, :300]) < 8, "the masked half is in the snapshot"
    assert decoded[:, 340:].max() > 100


def test_the_blank_has_the_tone_of_the_rest_so_that_a_dark_picture_stays_uniform() -> None:
    blinkers = Blinkers(camera(LEFT_HALF))
    dark = np.full((180, 320), 17, np.uint8)
    dark[:, :160] = 200
    assert np.unique(blinkers.blank(dark)).tolist() == [17]


def test_a_picture_that_came_in_this_size_is_not_written_to() -> None:
    blinkers = Blinkers(camera(LEFT_HALF))
    given = np.full((180, 320), 90, np.uint8)
    given[:, :100] = 10
    given.flags.writeable = False
    assert blinkers.blank(given)[0, 0] == 90
    assert given[0, 0] == 10


@pytest.mark.parametrize("mask", [(), (LEFT_HALF,)])
def test_without_a_mask_nothing_is_copied(mask: tuple[tuple[tuple[float, float], ...], ...]) -> None:
    blinkers = Blinkers(camera(*mask))
    given = np.full((180, 320), 90, np.uint8)
    assert (blinkers.blank(given) is given) == (not mask)
