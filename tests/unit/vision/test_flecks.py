"""Sun and shade below a tree are two lights on one ground; a heap is many."""

import cv2
import numpy as np

from tests.unit.vision.scenes import street
from vision.detector import Mask
from vision.flecks import flecks
from vision.light import Light

SHAPE = (90, 120)
CLEAN = street()[60:150, 100:220].astype(np.float32)
LIGHT = Light(gain=1.0, offset=0.0, least=0.5, most=1.05)
PLACE = slice(20, 70), slice(20, 100)
COVERED: Mask = np.zeros(SHAPE, np.uint8)
COVERED[PLACE] = 255


def below_a_tree(shade: float = 0.5) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return the ground in flecks of sun."""
    leaves = cv2.resize(np.random.default_rng(4).random((14, 18)), SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    light = np.where(leaves > 0.5, shade, 1.0).astype(np.float32)
    noise = np.random.default_rng(5).normal(0, 1.5, SHAPE).astype(np.float32)
    return np.asarray(CLEAN * cv2.GaussianBlur(light, (0, 0), 0.9) + noise, np.float32)


def explained(now: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", restless: Mask | None = None) -> float:
    """Return which share of what seems covered is light."""
    found = flecks(COVERED, LIGHT.codes(now, CLEAN), *LIGHT.fleck_codes, restless)
    return float(found[PLACE].mean())


def test_ground_in_flecks_of_sun_is_light() -> None:
    assert explained(below_a_tree()) > 0.98


def test_flecks_darker_than_any_light_around_are_things() -> None:
    assert explained(below_a_tree(shade=0.2)) < 0.05


def test_a_heap_has_too_many_levels_to_be_light() -> None:
    random = np.random.default_rng(3)
    for darkest, brightest in ((30, 240), (40, 130)):
        bags = random.integers(darkest, brightest, (10, 14)).astype(np.float32)
        assert explained(np.asarray(cv2.resize(bags, SHAPE[::-1]), np.float32)) < 0.1


def test_a_thing_among_flecks_stays_and_takes_only_its_neighbourhood_with_it() -> None:
    now = below_a_tree()
    now[20:44, 20:48] = 240.0
    found = flecks(COVERED, LIGHT.codes(now, CLEAN), *LIGHT.fleck_codes)
    assert not found[22:42, 22:46].any()
    assert found[PLACE][:, 48:].mean() > 0.95


def test_one_light_alone_explains_nothing() -> None:
    assert explained(CLEAN * np.float32(0.8)) == 0.0


def test_what_moves_has_no_say_in_which_lights_there_are() -> None:
    now, restless = below_a_tree(), np.zeros(SHAPE, np.uint8)
    now[:, :64] = 0.7 * CLEAN[:, :64]
    codes = LIGHT.codes(now, CLEAN)
    assert flecks(COVERED, codes, *LIGHT.fleck_codes)[PLACE][:, 64:].mean() < 0.5
    restless[:, :64] = 255
    assert flecks(COVERED, codes, *LIGHT.fleck_codes, restless)[PLACE][:, 64:].mean() > 0.95
