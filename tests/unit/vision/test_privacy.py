import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from events.geometry import Box
from vision.detector import Mask, Person
from vision.privacy import MOST_PX_PER_M, RecentMotion, cap_detail, pixelate, pixelate_planes, unpacked
from vision.scale import Doubles

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
    assert (motion.mask() == 255).all()
    motion.add(NOBODY, 1.0, warm=False)
    assert (motion.mask() == 255).all()
    assert (unpacked(motion.packed()) == 255).all()


@pytest.mark.parametrize("period_s", [0.2, 1.0, 2.0, 10.0])
def test_a_place_stays_hidden_for_half_a_minute_after_something_moved_there(period_s: float) -> None:
    motion = RecentMotion()
    motion.add(moving(FACE), 0.0, warm=True)
    for tick in range(1, int(40 / period_s)):
        t_s = tick * period_s
        motion.add(NOBODY, t_s, warm=True)
        assert motion.mask()[60:70, 150:155].all() == (t_s < 30.0 - 1e-6)


def test_a_place_stays_hidden_for_half_a_minute_after_the_network_found_somebody_there() -> None:
    motion = RecentMotion()
    motion.add(NOBODY, 0.0, warm=True)
    motion.add_people((Person(box=FACE, score=0.3),))
    for second in range(1, 40):
        motion.add(NOBODY, float(second), warm=True)
        assert motion.mask()[60:70, 150:155].all() == (second < 30)


def test_what_moved_is_hidden_with_a_margin() -> None:
    motion = RecentMotion()
    motion.add(moving(Box(0.5, 0.5, 0.01, 0.01)), 0.0, warm=True)
    hidden = np.argwhere(motion.mask())
    assert hidden.min(axis=0).tolist() == [86, 156]


def test_a_light_jump_hides_everything_again() -> None:
    motion = RecentMotion()
    motion.add(NOBODY, 0.0, warm=True)
    assert not motion.mask().any()
    motion.add(NOBODY, 0.2, warm=False)
    assert motion.mask().all()


def test_a_thing_at_rest_is_spared_but_not_what_moves_on_it() -> None:
    motion = RecentMotion()
    thing = moving(Box(0.2, 0.4, 0.3, 0.3))
    motion.add(thing, 0.0, warm=True)
    passer_by = Box(0.30, 0.45, 0.05, 0.2)
    spare = thing.copy()
    spare[moving(passer_by) > 0] = 0
    hidden = motion.mask(spare=spare) > 0
    assert hidden[moving(passer_by) > 0].all()
    assert not hidden[100, 70]
    assert not hidden[100, 150]


def test_specks_of_noise_on_a_thing_at_rest_hide_nothing() -> None:
    motion = RecentMotion()
    thing = moving(Box(0.2, 0.4, 0.3, 0.3))
    motion.add(thing, 0.0, warm=True)
    spare = thing.copy()
    spare[80:120:7, 70:150:7] = 0
    assert not motion.mask(spare=spare).any()


def test_somebody_found_on_a_thing_at_rest_is_hidden_for_seconds() -> None:
    motion = RecentMotion()
    motion.add(NOBODY, 0.0, warm=True)
    motion.add_people((Person(box=FACE, score=0.6),))
    everything = np.full_like(NOBODY, 255)
    motion.add(NOBODY, 4.0, warm=True)
    assert motion.mask(spare=everything)[60:70, 150:155].all()
    motion.add(NOBODY, 6.0, warm=True)
    assert not motion.mask(spare=everything).any()


@settings(max_examples=20, deadline=None)
@given(arrays(np.uint8, (180, 320), elements=st.sampled_from([0, 255]), fill=st.just(0)))
def test_a_packed_mask_hides_as_much_as_the_mask(foreground: Mask) -> None:
    motion = RecentMotion()
    motion.add(foreground, 0.0, warm=True)
    assert np.array_equal(unpacked(motion.packed()), motion.mask())


@pytest.mark.parametrize("size", [(48, 27), (320, 180), (705, 397), (1920, 1080)])
def test_pictures_of_any_size_are_hidden(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    before = picture.astype(float).std()
    pixelate(picture, np.full((180, 320), 255, np.uint8), ())
    assert picture.astype(float).std() < before or size == (48, 27)


@pytest.mark.parametrize("size", [(48, 28), (320, 180), (480, 270), (704, 576)])
def test_a_kept_picture_is_hidden_like_one_in_colour(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (size[1] // 2 * 2, size[0], 3), np.uint8)
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
    box = Box(0.25, 0.25, 0.5, 0.5)
    pixelate_planes(planes, NOBODY, (Person(box=box, score=0.9),))
    shown = cv2.cvtColor(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), cv2.COLOR_BGR2GRAY)
    middle = shown[shown.shape[0] // 3 : -shown.shape[0] // 3, shown.shape[1] // 3 : -shown.shape[1] // 3]
    assert np.abs(np.diff(middle.astype(int))).mean() < 12  # 85 in the noise it was
    assert np.count_nonzero(planes != cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)) > planes.size / 5


class Mast:
    """A camera on a mast: people stand as tall as `share` of (foot + 0.08)."""

    def __init__(self, share: float) -> None:
        self._share = share

    def least(self, feet: Doubles) -> Doubles:
        return self._share * (feet + 0.08)

    def most(self, feet: Doubles) -> Doubles:
        return self._share * (feet + 0.08)


def test_far_rows_keep_all_their_detail_and_near_ones_lose_it() -> None:
    picture = street()
    before = picture.copy()
    cap_detail(picture, Mast(0.3))
    assert np.array_equal(picture[:20], before[:20])
    rows = [Box(0, y / 10, 1, 0.1) for y in range(10)]
    kept = [detail(picture, row) / detail(before, row) for row in rows]
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] < 0.05


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_no_row_holds_more_than_the_cap_at_the_distance_of_the_head_in_it(share: float) -> None:
    """A grid of lines one cell apart cannot be told from grey once cells average it away."""
    for foot in (0.5, 0.8, 1.0):
        height = share * (foot + 0.08)
        head_row = int((foot - height) * HEIGHT_PX)
        px_per_m = height * HEIGHT_PX / 1.7
        cell_px = min(px_per_m / MOST_PX_PER_M, WIDTH_PX / 48)
        if head_row < 20 or cell_px < 2.5:
            continue
        stripes = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        stripes[:, np.arange(WIDTH_PX) % max(round(cell_px / 2), 2) < max(round(cell_px / 4), 1)] = 255
        before = stripes[head_row].std()
        cap_detail(stripes, Mast(share))
        assert stripes[head_row].std() < 0.35 * before


def test_a_flat_picture_has_no_seams() -> None:
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 137, np.uint8)
    picture[:, :, 1] = np.linspace(50, 200, HEIGHT_PX, dtype=np.uint8)[:, np.newaxis]
    before = picture.astype(int)
    cap_detail(picture, Mast(0.5))
    assert np.abs(picture.astype(int) - before).max() <= 3


@pytest.mark.parametrize("size", [(2, 2), (48, 27), (353, 289), (1080, 1920), (1919, 1079)])
def test_pictures_of_any_size_are_capped(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    cap_detail(picture, Mast(0.6))
    assert picture.shape == (size[1], size[0], 3)
