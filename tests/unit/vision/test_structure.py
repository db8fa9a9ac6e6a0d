import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.geometry import Polygon
from tests.unit.vision.scenes import Camera, heap, street
from vision.detector import Mask, Small
from vision.light import Light, Surroundings
from vision.structure import CleanPlace, bounds, grey_of
from vision.zones import zone_mask

ZONE = zone_mask(Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
RECT = bounds(ZONE)
CLEAN = street()
PLACE = CleanPlace(CLEAN[RECT].astype(np.float32), ZONE)
SURROUNDINGS = Surroundings(ZONE)
NOISE = 2.0


def light_of(picture: Small) -> Light:
    return SURROUNDINGS.light(SURROUNDINGS.of(picture), SURROUNDINGS.of(CLEAN).astype(np.float32))


def covered(picture: Small, restless: Mask | None = None) -> Mask:
    """Return what covers the zone, in the whole small picture."""
    whole: Mask = np.zeros((180, 320), np.uint8)
    whole[RECT] = PLACE.covered(np.ascontiguousarray(picture[RECT]), light_of(picture), NOISE, restless).surely
    return whole


def share(picture: Small) -> float:
    return PLACE.share(covered(picture)[RECT])


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.0, 1.3])
def test_the_clean_place_is_uncovered_in_any_light(gain: float) -> None:
    assert share(Camera(CLEAN, noise=NOISE).picture(gain=gain)) < 0.01


@settings(deadline=None, max_examples=40)
@given(st.integers(100, 170), st.integers(58, 100), st.integers(30, 50), st.integers(25, 40), st.integers(0, 2**16))
def test_a_heap_covers_about_its_true_share_and_only_where_it_lies(
    x: int, y: int, width: int, height: int, seed: int
) -> None:
    found = covered(heap(x, y, width, height, CLEAN, seed))
    true_px = width * height
    assert 0.6 * true_px <= cv2.countNonZero(found) <= 1.3 * true_px
    found[y - 5 : y + height + 5, x - 5 : x + width + 5] = 0
    assert not found.any()


def test_what_lies_beside_the_zone_does_not_count() -> None:
    assert share(heap(10, 60, 60, 60, CLEAN)) < 0.02


def test_a_flat_thing_is_filled_though_only_its_rim_is_unlike_the_ground() -> None:
    found = covered(Camera(CLEAN, noise=NOISE).picture([(130, 80, 50, 40, 235)]))
    assert cv2.countNonZero(found[85:115, 135:175]) > 0.95 * 30 * 40


def test_what_varies_too_much_does_not_count() -> None:
    restless = np.full_like(ZONE[RECT], 255)
    assert not covered(heap(130, 80, 50, 40, CLEAN), restless).any()


def test_specks_do_not_count() -> None:
    assert share(Camera(CLEAN, noise=NOISE).picture([(130, 80, 2, 2, 250), (170, 100, 2, 1, 5)])) == 0.0


def test_an_outline_is_framed_with_a_margin_inside_the_picture() -> None:
    corner = zone_mask(Polygon.from_points([(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)]))
    rows, columns = bounds(corner)
    assert (rows.start, columns.start) == (0, 0)
    assert rows.stop > np.flatnonzero(corner.any(axis=1)).max() + 5
    assert columns.stop > np.flatnonzero(corner.any(axis=0)).max() + 5


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_picture_of_any_size_becomes_a_small_grey_one(ending: str) -> None:
    large = cv2.cvtColor(cv2.resize(CLEAN, (1280, 720)), cv2.COLOR_GRAY2BGR)
    small = grey_of(cv2.imencode(ending, large)[1].tobytes())
    assert small is not None
    assert small.shape == (180, 320)
    assert float(np.abs(small.astype(np.int16) - CLEAN).mean()) < 3


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_gives_none(content: bytes) -> None:
    assert grey_of(content) is None
