from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.scenes import street
from vision.detector import Small
from vision.likeness import Similarity, similarity

WINDOW_PX = (9, 9)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 50), st.floats(0.5, 1.6))
def test_likeness_is_that_of_structure_whatever_the_light(seed: int, gain: float) -> None:
    scene = street(seed)
    lit = np.clip(scene * gain, 0, 255).astype(np.uint8)
    clipped = cv2.dilate((lit == 255).astype(np.uint8), np.ones(WINDOW_PX, np.uint8)) > 0
    assert float(np.percentile(similarity(lit, scene, WINDOW_PX)[~clipped], 1)) > 0.9


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 50))
def test_likeness_is_at_most_one_and_one_of_the_same(seed: int) -> None:
    scene, other = street(seed), street(seed + 100)
    assert float(similarity(scene, other, WINDOW_PX).max()) <= 1.0 + 1e-4
    assert np.allclose(similarity(scene, scene, WINDOW_PX), 1.0, atol=1e-3)


@pytest.mark.parametrize("changed", [lambda scene: np.roll(scene, 60, axis=1), lambda scene: np.full_like(scene, 110)])
def test_likeness_is_little_of_another_place_and_of_a_flat_thing_before_texture(
    changed: Callable[[Small], Small],
) -> None:
    scene = street()
    assert float(np.median(similarity(changed(scene), scene, WINDOW_PX))) < 0.5


def test_where_a_thing_lies_two_pictures_are_not_alike_and_elsewhere_they_are() -> None:
    scene = street()
    now = scene.copy()
    now[90:120, 140:180] = 20
    alike = Similarity().alike(now, scene)
    assert not alike[95:115, 145:175].any()
    assert alike[:70].all()
