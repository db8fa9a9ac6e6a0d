import numpy as np
import pytest

from tests.unit.vision.scenes import Camera, street
from vision.detector import Mask, Small
from vision.taking import Taking

PLACE: Mask = np.zeros((180, 320), np.uint8)
PLACE[60:140, 100:220] = 255
SCENE = street()


def taken(*, insist: bool, blocked: bool = False, for_s: int = 40) -> tuple[float, Small] | None:
    """Return when the clean look was there, and what it was."""
    camera, levels = Camera(SCENE), np.random.default_rng(2).integers(0, 255, for_s)
    taking = Taking(PLACE, 0.0, insist=insist)
    for t in range(for_s):
        picture = camera.picture([(110, 70, 100, 60, int(levels[t]))] if blocked else ())
        clean = taking.offer(picture, float(t))
        if clean is not None:
            return float(t), clean
        assert taking.too_long(float(t)) == (t > 30)
    return None


@pytest.mark.parametrize("insist", [True, False])
def test_a_steady_place_is_taken_within_ten_seconds_without_its_noise(*, insist: bool) -> None:
    done = taken(insist=insist)
    assert done is not None
    assert 3 <= done[0] <= 10
    assert float(np.abs(done[1].astype(np.int16) - SCENE).mean()) < 1.5


def test_a_place_where_something_keeps_moving_is_not_taken_where_it_must_be_steady() -> None:
    assert taken(insist=True, blocked=True) is None


def test_a_place_is_taken_as_it_is_where_nobody_insists() -> None:
    assert taken(insist=False, blocked=True) is not None
