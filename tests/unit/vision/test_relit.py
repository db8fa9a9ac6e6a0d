import cv2
import numpy as np
import pytest

from tests.unit.vision.halves import Grain, halved, scene
from tests.unit.vision.scenes import street
from vision.blocks import COLUMNS, ROWS, Floats
from vision.detector import Small
from vision.relit import is_relit

ALL = np.ones((ROWS, COLUMNS), np.bool_)
TONES = np.interp(np.arange(256), (0, 40, 90, 140, 200, 255), (30, 150, 190, 120, 40, 15)).astype(np.float32)
"""Infrared light: leaves bright, skies dark, nothing in the order it had."""


def usual(seed: int) -> Floats:
    return scene(seed).astype(np.float32)


def infrared(half: Small) -> Small:
    down, across = np.mgrid[:90, :160].astype(np.float32)
    lamp = 0.4 + 0.7 * np.exp(-(((across - 80) / 60) ** 2 + ((down - 50) / 40) ** 2))
    return np.asarray(np.clip(TONES[half] * lamp, 0, 255), np.uint8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [1.0, 4.0])
def test_the_scene_by_infrared_light_is_the_same_scene(seed: int, noise: float) -> None:
    assert is_relit(Grain(noise).on(infrared(scene(seed))), usual(seed), ALL)


@pytest.mark.parametrize("seed", range(8))
def test_another_scene_is_not_the_scene_in_other_light(seed: int) -> None:
    assert not is_relit(Grain().on(infrared(scene(seed + 50))), usual(seed), ALL)


def test_the_scene_pushed_aside_is_not_the_scene_in_other_light() -> None:
    pushed = halved(np.roll(street(1), (14, 30), axis=(0, 1)))
    assert not is_relit(Grain().on(pushed), usual(1), ALL)


def test_a_cloth_is_not_the_scene_in_other_light() -> None:
    folds = cv2.resize(np.random.default_rng(3).integers(50, 70, (4, 6)).astype(np.uint8), (160, 90))
    assert not is_relit(Grain().on(np.asarray(folds, np.uint8)), usual(1), ALL)


def test_one_lost_corner_says_too_little() -> None:
    corner = np.zeros((ROWS, COLUMNS), np.bool_)
    corner[:2, :2] = True
    assert not is_relit(infrared(scene(1)), usual(1), corner)
