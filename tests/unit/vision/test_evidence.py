import hashlib

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from events.geometry import Box, Polygon
from vision.detector import Mask, Person
from vision.evidence import LARGEST_BYTES, encode, render
from vision.privacy import COLUMNS

NOTHING: Mask = np.zeros((180, 320), np.uint8)
ALL: Mask = np.full((180, 320), 255, np.uint8)


def noise(width_px: int, height_px: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 255, (height_px, width_px, 3), np.uint8)


def decoded(jpeg: bytes) -> npt.NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (1080, 1920), (352, 288), (960, 540)])
def test_even_pure_noise_fits_into_a_message(size: tuple[int, int]) -> None:
    assert len(encode(noise(*size))) <= LARGEST_BYTES


def test_a_picture_is_at_most_960_pixels_wide_and_keeps_its_shape() -> None:
    assert decoded(render(noise(1920, 1080), ALL, ()).jpeg).shape == (540, 960, 3)
    assert decoded(render(noise(1080, 1920), ALL, ()).jpeg).shape == (960, 540, 3)


def test_a_small_picture_is_not_enlarged() -> None:
    assert decoded(render(noise(352, 288), ALL, ()).jpeg).shape == (288, 352, 3)


def test_the_name_is_the_digest_of_the_bytes() -> None:
    picture = render(noise(352, 288), NOTHING, ())
    assert picture.sha256 == hashlib.sha256(picture.jpeg).hexdigest()


def test_the_frame_it_was_made_of_is_not_changed() -> None:
    original = noise(352, 288)
    before = original.copy()
    render(original, ALL, (Person(box=Box(0.1, 0.1, 0.3, 0.3), score=0.9),), boxes=(Box(0, 0, 1, 1),))
    assert np.array_equal(original, before)


def test_people_are_hidden_after_encoding_too() -> None:
    """The face survives neither as detail nor as sharp edges between mosaic cells and their insides."""
    shown = decoded(render(noise(960, 540), ALL, ()).jpeg).astype(float)
    cell_px = 960 // COLUMNS
    inside = shown[2 : cell_px - 2, 2 : cell_px - 2]
    assert inside.std(axis=(0, 1)).max() < 6


def test_the_zone_is_outlined_over_the_mosaic() -> None:
    zone = Polygon(((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    grey = np.full((540, 960, 3), 90, np.uint8)
    plain = decoded(render(grey, ALL, ()).jpeg).astype(int)
    outlined = decoded(render(grey, ALL, (), outlines=(zone,)).jpeg).astype(int)
    changed = np.abs(outlined - plain).max(axis=2) > 60
    assert changed[135, 240:720].mean() > 0.9
    assert not changed[270, 400:500].any()
