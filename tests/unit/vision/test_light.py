import cv2
import numpy as np
import pytest

from events.geometry import Polygon
from tests.unit.vision.scenes import Camera, heap, street
from vision.detector import Small
from vision.light import Light, Surroundings, taken_out
from vision.zones import zone_mask

ZONE = zone_mask(Polygon.from_points([(0.35, 0.4), (0.65, 0.4), (0.65, 0.75), (0.35, 0.75)]))
CLEAN = street()


def light(now: Small) -> Light:
    around = Surroundings(ZONE)
    return around.light(around.of(now), around.of(CLEAN).astype(np.float32))


def kept(now: Small) -> float:
    around = Surroundings(ZONE)
    return around.kept(around.of(now), around.of(CLEAN).astype(np.float32))


def shaded(left: int, right: int, depth: float) -> Small:
    shade = np.ones((180, 320), np.float32)
    shade[:, left:right] = depth
    return np.asarray(CLEAN * shade, np.uint8)


@pytest.mark.parametrize("gain", [0.3, 0.7, 1.2])
def test_even_light_is_one_gain(gain: float) -> None:
    found = light(Camera(CLEAN).picture(gain=gain))
    assert found.gain == pytest.approx(gain, abs=0.05)
    assert found.most / found.least < 1.15


def test_video_levels_are_an_offset() -> None:
    found = light(np.asarray(16 + CLEAN.astype(np.float32) * 219 / 255, np.uint8))
    assert found.gain == pytest.approx(219 / 255, abs=0.03)
    assert found.offset == pytest.approx(16, abs=4)


def test_a_hard_shadow_beside_the_zone_says_how_dark_light_may_be() -> None:
    found = light(shaded(60, 170, 0.5))
    assert found.least / found.most == pytest.approx(0.5, abs=0.08)


def test_what_lies_in_the_zone_itself_tells_nothing_of_the_light() -> None:
    piled = heap(115, 75, 80, 55, CLEAN)
    assert light(piled) == light(CLEAN)


def test_a_hard_shadow_is_taken_out_up_to_its_edge() -> None:
    now = shaded(60, 160, 0.5)[60:150, 100:220].astype(np.float32)
    clean = CLEAN[60:150, 100:220].astype(np.float32)
    field = Light(gain=1.0, offset=0.0, least=0.5, most=1.0).field(now, clean)
    assert field is not None
    assert np.abs(taken_out(now, field) - clean).mean() < 4


def test_darker_than_any_light_around_stays_dark() -> None:
    now = CLEAN[60:150, 100:220].astype(np.float32)
    clean = now.copy()
    now[20:70, 30:90] *= 0.2
    field = Light(gain=1.0, offset=0.0, least=0.7, most=1.0).field(now, clean)
    assert field is not None
    assert taken_out(now, field)[30:60, 45:75].mean() < 0.5 * clean[30:60, 45:75].mean()


def test_a_lamp_in_the_dark_is_uneven_light_and_no_offset() -> None:
    y, x = np.mgrid[0:180, 0:320].astype(np.float32)
    lamp = 0.12 + 0.85 * np.exp(-(((x - 225) / 40) ** 2) - ((y - 100) / 40) ** 2)
    found = light(np.asarray(CLEAN * lamp, np.uint8))
    assert found.offset == 0.0
    assert found.gain * found.least == pytest.approx(0.12, abs=0.03)


def test_a_hard_shadow_is_uneven_light_and_no_offset() -> None:
    """On ground that differs little, a line through both lights fits as well with any offset."""
    ground = np.asarray(cv2.blur(CLEAN, (31, 31)) // 3 + 60, np.uint8)
    shade = np.ones((180, 320), np.float32)
    shade[:, 60:190] = 0.45
    around = Surroundings(ZONE)
    now = np.asarray(Camera(ground).picture() * shade, np.uint8)
    found = around.light(around.of(now), around.of(ground).astype(np.float32))
    assert found.offset == 0.0
    assert found.least / found.most == pytest.approx(0.45, abs=0.06)


def test_a_shadow_that_falls_where_the_ground_is_dark_is_no_offset_though_a_line_fits_better() -> None:
    """Dark ground in the shade and pale ground in the sun lie on one steep line that begins far below nothing."""
    dark = np.zeros((180, 320), np.bool_)
    dark[:, 60:190] = True
    ground = np.asarray(np.where(dark, CLEAN * 0.5 + 20, CLEAN * 0.5 + 90), np.uint8)
    around = Surroundings(ZONE)
    now = np.asarray(Camera(ground).picture() * np.where(dark, 0.6, 1.0), np.uint8)
    found = around.light(around.of(now), around.of(ground).astype(np.float32))
    assert found.offset == 0.0
    assert found.least / found.most == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("change", [lambda s: s // 4, lambda s: shaded(60, 170, 0.5), lambda s: Camera(s).picture()])
def test_the_same_scene_is_known_in_any_light(change: "object") -> None:
    assert callable(change)
    assert kept(np.asarray(change(CLEAN), np.uint8)) > 0.6


def test_another_view_and_infrared_are_not_the_same_scene() -> None:
    assert kept(street(seed=9)) < 0.3
    assert kept(np.asarray(220 - CLEAN, np.uint8)) < 0.0


def test_a_zone_that_fills_the_picture_is_asked_itself() -> None:
    around = Surroundings(zone_mask(Polygon.whole_picture()))
    assert around.light(around.of(CLEAN), around.of(CLEAN).astype(np.float32)).gain == pytest.approx(1.0)
