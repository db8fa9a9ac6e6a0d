import numpy as np
import pytest

from tests.unit.vision.scenes import Camera, street
from vision.background import Background
from vision.detector import Mask


def taught(camera: Camera, *, every_s: float = 0.2, until_s: float = 8.0) -> tuple[Background, float]:
    """Return a background that saw the empty scene, and the time reached."""
    background, t_s = Background(), 0.0
    while t_s < until_s:
        background.apply(camera.picture(), t_s)
        t_s += every_s
    assert background.warm
    return background, t_s


def share(mask: Mask) -> float:
    return float(np.count_nonzero(mask)) / mask.size


def test_it_says_nothing_before_it_has_learned() -> None:
    background, camera = Background(), Camera(street())
    for i in range(10):
        mask = background.apply(camera.picture([(100, 100, 20, 40, 250)]), i * 0.2)
        assert not background.warm
        assert not mask.any()


def test_the_picture_that_ends_learning_is_not_compared_yet_and_says_so() -> None:
    background, camera = Background(), Camera(street())
    for i in range(100):
        mask = background.apply(camera.picture([(4 * i % 300, 100, 20, 40, 250)]), i * 0.2)
        if background.warm:
            break
    assert mask.any()


@pytest.mark.parametrize("every_s", [0.04, 0.2, 1.0, 2.0])
def test_noise_is_background_and_a_person_is_not_at_any_cadence(every_s: float) -> None:
    camera = Camera(street(), noise=3.0)
    background, t_s = taught(camera, every_s=every_s, until_s=12.0)
    assert share(background.apply(camera.picture(), t_s)) < 0.001
    mask = background.apply(camera.picture([(150, 60, 16, 40, 5)]), t_s + every_s)
    inside = mask[62:98, 152:164]
    assert np.count_nonzero(inside) > 0.8 * inside.size
    assert share(mask) < 1.5 * 16 * 40 / mask.size


@pytest.mark.parametrize("gain", [0.85, 1.15])
def test_a_change_of_exposure_is_not_motion(gain: float) -> None:
    camera = Camera(street())
    background, t_s = taught(camera)
    assert share(background.apply(camera.picture(gain=gain), t_s)) < 0.005


def test_a_lamp_switched_off_pauses_it_for_a_moment_and_hides_nobody_afterwards() -> None:
    camera = Camera(street())
    background, t_s = taught(camera)
    assert not background.apply(camera.picture(gain=0.45), t_s).any()
    assert not background.warm
    for i in range(1, 20):
        mask = background.apply(camera.picture([(150, 60, 16, 40, 2)], gain=0.45), t_s + 0.2 * i)
        assert mask.any() == background.warm
    assert background.warm
    assert np.count_nonzero(mask[62:98, 152:164]) > 0.5 * 36 * 12
    assert share(mask) < 0.03


def test_one_pixel_of_shake_is_not_motion() -> None:
    camera = Camera(street(), noise=1.0)
    background, t_s = taught(camera)
    assert share(background.apply(camera.picture(shift_px=(1, 0)), t_s)) < 0.01


def test_somebody_waiting_for_a_minute_still_shows() -> None:
    camera = Camera(street())
    background, t_s = taught(camera)
    for i in range(300):
        mask = background.apply(camera.picture([(150, 60, 16, 40, 250)]), t_s + 0.2 * i)
    assert np.count_nonzero(mask[62:98, 152:164]) > 0.8 * 36 * 12


def test_people_who_come_again_and_again_to_one_place_do_not_become_its_restlessness() -> None:
    camera = Camera(street())
    background, t_s = taught(camera)
    seen = []
    for i in range(1500):
        present = i % 250 < 150
        mask = background.apply(camera.picture([(150, 60, 16, 40, 250)] if present else []), t_s + 0.2 * i)
        if i % 250 == 100:
            seen.append(np.count_nonzero(mask))
    assert seen[-1] > 0.85 * seen[0]


def test_a_turned_camera_is_learned_anew() -> None:
    background, t_s = taught(Camera(street(1)))
    elsewhere = Camera(street(2))
    for i in range(100):
        mask = background.apply(elsewhere.picture(), t_s + 0.2 * i)
    assert background.warm
    assert share(mask) < 0.001


def test_the_mask_is_reused() -> None:
    camera = Camera(street())
    background, t_s = taught(camera)
    assert background.apply(camera.picture(), t_s) is background.apply(camera.picture(), t_s + 0.2)
