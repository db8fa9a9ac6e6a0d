import numpy as np
import pytest

from tests.unit.vision.scenes import Camera, street
from vision.detector import Small
from vision.lasting import LastingChange
from vision.newcomer import Piece
from vision.standing import Standing

KEEP = np.zeros((180, 320), np.uint8)
BOX = (150, 90, 20, 16)
PIECE = Piece(box=BOX, mask=np.full((16, 20), 255, np.uint8), area_px=320)
THING = (*BOX, 30)


class Watcher:
    """Shows pictures to both, a second apart."""

    def __init__(self) -> None:
        self.change, self.standing = LastingChange(), Standing()
        self._t_s = 0.0

    def show(self, *pictures: Small) -> None:
        for picture in pictures:
            self.change.take(picture, self._t_s, KEEP)
            self.standing.see(picture, 1.0)
            self._t_s += 1.0

    @property
    def somebody(self) -> bool:
        return self.standing.is_part_of_somebody(PIECE, self.change)

    @property
    def leaving(self) -> bool:
        return self.standing.is_leaving(PIECE, self.change)


@pytest.fixture
def camera() -> Camera:
    return Camera(street())


@pytest.fixture
def watcher(camera: Camera) -> Watcher:
    made = Watcher()
    made.show(*(camera.picture() for _ in range(14)))
    return made


def body(level: int) -> tuple[int, int, int, int, int]:
    """What hangs below the piece and to both sides of it."""
    return (140, 94, 40, 50, level)


def test_a_still_thing_by_itself_is_nobody(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([THING]) for _ in range(12)))
    assert not watcher.somebody


def test_a_still_part_of_something_that_stirs_is_somebody(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([body(20 + 60 * (i % 3)), THING]) for i in range(12)))
    assert watcher.somebody


def test_a_thing_by_itself_is_nobody_though_it_flutters(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([(*BOX, 20 + 25 * (i % 3))]) for i in range(14)))
    assert not watcher.somebody


def test_a_part_of_something_larger_that_does_not_stir_is_nobody(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([body(200), THING]) for _ in range(16)))
    assert not watcher.somebody


def test_somebody_who_has_gone_is_forgotten_within_fifteen_seconds(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([body(20 + 60 * (i % 3)), THING]) for i in range(12)))
    watcher.show(*(camera.picture([THING]) for _ in range(15)))
    assert not watcher.somebody


def test_a_thing_beside_another_is_nobody_though_the_camera_shakes(camera: Camera, watcher: Watcher) -> None:
    shifts = [(0, 0), (1, 0), (0, 0), (-1, 0)]
    watcher.show(*(camera.picture([body(200), THING], shift_px=shifts[i % 4]) for i in range(16)))
    assert not watcher.somebody


def test_a_piece_that_the_newest_picture_does_not_show_is_leaving(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([THING]) for _ in range(8)))
    assert not watcher.leaving
    watcher.show(camera.picture())
    assert watcher.leaving


def test_a_piece_behind_a_passer_by_is_not_leaving(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([THING]) for _ in range(8)))
    watcher.show(camera.picture([THING, (150, 80, 20, 40, 5)]))
    assert not watcher.leaving


def test_a_piece_at_the_edge_of_the_picture_is_judged_too(camera: Camera, watcher: Watcher) -> None:
    watcher.show(*(camera.picture([(0, 0, 20, 16, 250)]) for _ in range(8)))
    corner = Piece(box=(0, 0, 20, 16), mask=PIECE.mask, area_px=320)
    assert not watcher.standing.is_part_of_somebody(corner, watcher.change)
    assert not watcher.standing.is_leaving(corner, watcher.change)
