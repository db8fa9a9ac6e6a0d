import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.vision.halves import Grain, halved
from tests.unit.vision.scenes import street
from vision.detector import Small
from vision.realign import SHIFT_LEAST_PX, Displacement, Realigner

WIDE = cv2.resize(street(3), (480, 270), interpolation=cv2.INTER_LINEAR)
REALIGNER = Realigner()


def seen(across_px: float = 0.0, down_px: float = 0.0, *, turned_deg: float = 0.0, zoom: float = 1.0) -> Small:
    """Return what a camera sees that is displaced so far, in pixels of 160x90."""
    aim = np.asarray(cv2.getRotationMatrix2D((240.0, 135.0), turned_deg, zoom), np.float64)
    aim[:, 2] += (2 * across_px - 80, 2 * down_px - 45)
    return halved(np.asarray(cv2.warpAffine(WIDE, aim, (320, 180), borderMode=cv2.BORDER_REFLECT_101), np.uint8))


USUAL = seen().astype(np.float32)


@given(across_px=st.floats(-35, 35), down_px=st.floats(-20, 20), noise=st.sampled_from([0.0, 2.0, 5.0]))
@settings(max_examples=40, deadline=None)
def test_a_known_shift_is_found_within_a_pixel(across_px: float, down_px: float, noise: float) -> None:
    found = REALIGNER.search(Grain(noise).on(seen(across_px, down_px)), USUAL)
    assert found is not None
    length_px = float(np.hypot(across_px, down_px))
    assume(abs(length_px - SHIFT_LEAST_PX) > 0.5)
    assert found.elsewhere == (length_px > SHIFT_LEAST_PX)
    if found.elsewhere:
        assert found.across_px == pytest.approx(across_px, abs=1.0)
        assert found.down_px == pytest.approx(down_px, abs=1.0)


@given(turned_deg=st.floats(5, 20), way=st.sampled_from([-1, 1]))
@settings(max_examples=12, deadline=None)
def test_a_known_turn_is_found_to_its_side(turned_deg: float, way: int) -> None:
    found = REALIGNER.search(seen(turned_deg=way * turned_deg), USUAL)
    assert found is not None
    assert found.elsewhere
    assert found.turned_deg * way > 0
    assert abs(found.turned_deg) == pytest.approx(turned_deg, abs=5.0)


@pytest.mark.parametrize("zoom", [0.78, 0.88, 1.2, 1.3])
def test_a_known_zoom_is_found(zoom: float) -> None:
    found = REALIGNER.search(seen(zoom=zoom), USUAL)
    assert found is not None
    assert found.zoom == pytest.approx(zoom, abs=0.08)


@pytest.mark.parametrize("gain", [0.4, 1.0, 1.3])
def test_a_view_in_other_light_is_where_it_was(gain: float) -> None:
    found = REALIGNER.search(np.clip(seen() * gain, 0, 255).astype(np.uint8), USUAL)
    assert found is not None
    assert not found.elsewhere


@pytest.mark.parametrize("seed", range(5))
def test_another_scene_is_not_taken_for_the_usual_one(seed: int) -> None:
    assert REALIGNER.search(halved(street(100 + seed)), USUAL) is None


def test_a_cloth_shows_the_usual_view_nowhere() -> None:
    assert REALIGNER.search(Grain(2.0).on(np.full((90, 160), 70, np.uint8)), USUAL) is None


def test_fine_detail_is_whole_in_a_shifted_picture_and_gone_out_of_focus() -> None:
    assert REALIGNER.detail(seen(3, 2), USUAL) > 0.7
    blurred = np.asarray(cv2.GaussianBlur(seen(3, 2), (0, 0), 2.0), np.uint8)
    assert REALIGNER.detail(blurred, USUAL) < 0.2


def displaced(across_px: float, down_px: float, turned_deg: float = 0.0, zoom: float = 1.0) -> Displacement:
    return Displacement(across_px=across_px, down_px=down_px, turned_deg=turned_deg, zoom=zoom, agreement=0.9)


directions = st.floats(-3, 3)


@given(angle=directions, length_px=st.floats(2, 40), drift=st.floats(-0.5, 0.5))
def test_two_shifts_of_one_way_confirm_each_other_and_opposite_ones_do_not(
    angle: float, length_px: float, drift: float
) -> None:
    one = displaced(length_px * np.cos(angle), length_px * np.sin(angle))
    other = displaced(length_px * np.cos(angle + drift), length_px * np.sin(angle + drift))
    back = displaced(-one.across_px, -one.down_px)
    assert one.confirms(other)
    assert other.confirms(one)
    assert not one.confirms(back)


def test_turns_and_zooms_confirm_only_those_of_their_own_way() -> None:
    assert displaced(0, 0, 8).confirms(displaced(3, 1, 13))
    assert not displaced(0, 0, 8).confirms(displaced(0, 0, -8))
    assert displaced(0, 0, zoom=1.2).confirms(displaced(0, 0, zoom=1.3))
    assert not displaced(0, 0, zoom=1.2).confirms(displaced(0, 0, zoom=0.8))
    assert not displaced(5, 0).confirms(displaced(5, 0, 8))
