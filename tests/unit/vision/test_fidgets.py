import numpy as np

from tests.unit.vision.scenes import Camera, street
from vision.detector import Mask, Small
from vision.fidgets import STILL_S, Fidgets

BAG = (slice(100, 140), slice(40, 80))
PERSON = (slice(60, 140), slice(200, 230))


def foreground() -> Mask:
    mask: Mask = np.zeros((180, 320), np.uint8)
    mask[BAG] = mask[PERSON] = 255
    return mask


def shown(camera: Camera, i: int) -> Small:
    picture = camera.picture([(40, 100, 40, 40, 30), (200, 60, 30, 80, 60)])
    picture[70:90, 200 + i % 5 : 206 + i % 5] = 200
    return picture


def seen(*, until_s: float, noise: float = 2.0) -> Mask:
    fidgets, camera = Fidgets(), Camera(street(), noise=noise)
    for i in range(int(2 * until_s) + 1):
        kept = fidgets.without_still(foreground(), shown(camera, i), i / 2)
    return kept.copy()


def test_a_bag_counts_for_half_a_minute_and_a_person_who_fidgets_for_ever() -> None:
    early, late = seen(until_s=STILL_S - 1), seen(until_s=STILL_S + 5)
    assert (early[BAG] == 255).all()
    assert not late[BAG].any()
    assert (late[70:90, 200:210] == 255).all()


def test_noise_does_not_make_a_bag_alive() -> None:
    assert not seen(until_s=STILL_S + 5, noise=8.0)[BAG].any()


def test_nothing_is_added_to_the_foreground() -> None:
    late = seen(until_s=STILL_S + 5)
    assert not late[foreground() == 0].any()


def test_light_that_flickers_everywhere_is_no_noise() -> None:
    fidgets = Fidgets()
    for i in range(int(2 * STILL_S) + 10):
        flickering: Small = np.full((180, 320), 100 + 20 * (i % 2), np.uint8)
        kept = fidgets.without_still(foreground(), flickering, i / 2)
    assert (kept == foreground()).all()
