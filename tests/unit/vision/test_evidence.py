import hashlib

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from events.geometry import Box, Polygon
from vision.detector import Mask, Person
from vision.evidence import LARGEST_BYTES, encode, harmless, sealed
from vision.filmstrip import Panel, sheet
from vision.privacy import COLUMNS
from vision.scale import LearnedScale

NOTHING: Mask = np.zeros((180, 320), np.uint8)
ALL: Mask = np.full((180, 320), 255, np.uint8)
SCALE = LearnedScale()


def noise(width_px: int, height_px: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 255, (height_px, width_px, 3), np.uint8)


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (1080, 1920), (352, 288), (960, 540)])
def test_even_pure_noise_fits_into_a_message(size: tuple[int, int]) -> None:
    assert len(encode(noise(*size))) <= LARGEST_BYTES


@pytest.mark.parametrize("size", [(960, 540), (540, 960), (640, 512)])
def test_even_a_sheet_of_pure_noise_fits_into_a_message(size: tuple[int, int]) -> None:
    panel = Panel(caption="sekarang", picture=noise(*size))
    assert len(encode(sheet(panel, [panel, panel]))) <= LARGEST_BYTES


def test_a_picture_is_shrunk_to_its_longest_side_and_keeps_its_shape() -> None:
    assert harmless(noise(1920, 1080), ALL, (), SCALE, longest_px=960).shape == (540, 960, 3)
    assert harmless(noise(1080, 1920), ALL, (), SCALE, longest_px=960).shape == (960, 540, 3)


def test_a_small_picture_is_not_enlarged() -> None:
    assert harmless(noise(352, 288), ALL, (), SCALE, longest_px=960).shape == (288, 352, 3)


def test_the_name_is_the_digest_of_the_bytes() -> None:
    picture = sealed(noise(352, 288))
    assert picture.sha256 == hashlib.sha256(picture.jpeg).hexdigest()


def test_the_frame_it_was_made_of_is_not_changed() -> None:
    original = noise(352, 288)
    before = original.copy()
    harmless(original, ALL, (Person(box=Box(0.1, 0.1, 0.3, 0.3), score=0.9),), SCALE, longest_px=960)
    assert np.array_equal(original, before)


def test_people_are_hidden_after_encoding_too() -> None:
    """The face survives neither as detail nor as sharp edges between mosaic cells and their insides."""
    jpeg = encode(harmless(noise(960, 540), ALL, (), SCALE, longest_px=960))
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    cell_px = 960 // COLUMNS
    inside = shown[2 : cell_px - 2, 2 : cell_px - 2].astype(float)
    assert inside.std(axis=(0, 1)).max() < 6


def test_a_masked_area_is_never_shown() -> None:
    window = Polygon(((0.1, 0.1), (0.3, 0.1), (0.3, 0.4), (0.1, 0.4)))
    shown = harmless(np.full((540, 960, 3), 230, np.uint8), NOTHING, (), SCALE, covered=(window,), longest_px=960)
    assert shown[70:200, 110:270].max() < 60
    assert shown[300:, :].min() > 200
