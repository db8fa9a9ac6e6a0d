import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.geometry import Box
from vision.detector import Mask, Person
from vision.privacy import RecentMotion, pixelate

WIDTH_PX, HEIGHT_PX = 960, 540
FACE = Box(0.45, 0.30, 0.05, 0.10)
NOBODY: Mask = np.zeros((180, 320), np.uint8)


def street() -> npt.NDArray[np.uint8]:
    """Return a picture full of fine detail everywhere, so that what is lost can be measured."""
    draw = np.random.default_rng(5)
    return draw.integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)


def detail(picture: npt.NDArray[np.uint8], box: Box) -> float:
    """Return the mean strength of detail finer than about four pixels (Laplacian) within a box."""
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    x, y, width, height = box.to_pixels(WIDTH_PX, HEIGHT_PX)
    fine = cv2.Laplacian(gray[y : y + height, x : x + width], cv2.CV_64F)
    return float(np.abs(fine).mean())


def moving(box: Box) -> Mask:
    mask = NOBODY.copy()
    x, y, width, height = box.to_pixels(320, 180)
    mask[y : y + height, x : x + width] = 255
    return mask


def test_the_detail_of_a_face_that_moved_is_gone() -> None:
    picture = street()
    before = detail(picture, FACE)
    pixelate(picture, moving(FACE), ())
    assert detail(picture, FACE) < before / 10


def test_the_detail_of_a_face_the_network_found_is_gone() -> None:
    picture = street()
    before = detail(picture, FACE)
    pixelate(picture, NOBODY, (Person(box=FACE, score=0.3),))
    assert detail(picture, FACE) < before / 10


def test_what_neither_moved_nor_was_found_stays_sharp() -> None:
    picture = street()
    before = picture.copy()
    pixelate(picture, moving(FACE), (Person(box=FACE, score=0.9),))
    far = slice(0, HEIGHT_PX // 8)
    assert np.array_equal(picture[far], before[far])


def test_a_person_close_to_the_lens_gets_no_more_than_eight_cells_across() -> None:
    close = Box(0.2, 0.0, 0.6, 1.0)
    picture = street()
    pixelate(picture, NOBODY, (Person(box=close, score=0.9),))
    row = picture[HEIGHT_PX // 2, int(0.2 * WIDTH_PX) : int(0.8 * WIDTH_PX), 0].astype(int)
    assert np.count_nonzero(np.diff(row)) <= 8


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 0.98),
    st.floats(0, 0.98),
    st.floats(0.004, 1.0),
    st.floats(0.006, 1.0),
)
def test_no_pixel_of_a_box_keeps_its_value_wherever_the_box_lies(x: float, y: float, w: float, h: float) -> None:
    box = Box(x, y, min(w, 1 - x), min(h, 1 - y))
    picture = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    picture[::2, ::2] = 255  # whatever cell a lone white pixel falls into, its average is grey
    pixelate(picture, NOBODY, (Person(box=box, score=0.5),))
    left, top, width, height = box.to_pixels(WIDTH_PX, HEIGHT_PX)
    inside = picture[top : top + height, left : left + width]
    assert inside.max() < 200


def test_before_the_background_is_known_everything_is_hidden() -> None:
    motion = RecentMotion()
    assert (motion.mask(0.0) == 255).all()
    motion.add(NOBODY, 1.0, warm=False)
    assert (motion.mask(1.0) == 255).all()


def test_a_place_stays_hidden_for_seconds_after_something_moved_there() -> None:
    motion = RecentMotion(keep_s=10.0)
    motion.add(moving(FACE), 0.0, warm=True)
    for tick in range(1, 100):
        motion.add(NOBODY, tick / 5, warm=True)
        hidden = motion.mask(tick / 5)[60:70, 150:155].all()
        assert hidden == (tick / 5 <= 11.0)


def test_what_moved_is_hidden_with_a_margin() -> None:
    motion = RecentMotion()
    motion.add(moving(Box(0.5, 0.5, 0.01, 0.01)), 0.0, warm=True)
    hidden = np.argwhere(motion.mask(0.0))
    assert hidden.min(axis=0).tolist() == [86, 156]


def test_a_light_jump_hides_everything_again() -> None:
    motion = RecentMotion()
    motion.add(NOBODY, 0.0, warm=True)
    assert not motion.mask(0.0).any()
    motion.add(NOBODY, 0.2, warm=False)
    assert motion.mask(0.2).all()


def test_memory_is_bounded_whatever_the_cadence() -> None:
    motion = RecentMotion(keep_s=10.0)
    for tick in range(3000):
        motion.add(NOBODY, tick / 30, warm=True)
    assert len(motion._slices) <= 13


@pytest.mark.parametrize("size", [(48, 27), (320, 180), (705, 397), (1920, 1080)])
def test_pictures_of_any_size_are_hidden(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    before = picture.astype(float).std()
    pixelate(picture, np.full((180, 320), 255, np.uint8), ())
    assert picture.astype(float).std() < before or size == (48, 27)
