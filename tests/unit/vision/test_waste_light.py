"""Piles of waste in light that changes: shadows, clouds, flecks of sun, lamps, infrared."""

import math

import cv2
import numpy as np
import pytest

from tests.unit.vision.corner import CLEAN, CORNER, PILE, PILED, References, made, watched
from tests.unit.vision.scenes import Camera, heap
from vision.detector import Look, Small


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.3])
def test_light_changes_neither_hide_a_heap_nor_make_one(gain: float) -> None:
    clean, piled = Camera(CLEAN), Camera(PILED)
    assert watched(made(), lambda _t_s: clean.picture(gain=gain), until_s=40)[1] == []
    assert watched(made(), lambda _t_s: piled.picture(gain=gain), until_s=40)[1] != []


def test_the_narrower_levels_of_video_are_not_taken_for_a_change() -> None:
    """A picture file uses 0..255, the Y plane of most cameras 16..235."""
    video = Camera(np.asarray(16 + CLEAN.astype(np.float32) * 219 / 255, np.uint8))
    coverages, _ = watched(made(), lambda _t_s: video.picture(), until_s=30)
    assert max(coverages) < 0.01


def test_a_soft_shadow_over_the_zone_is_no_heap() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[60:130, 100:230] = 0.6
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 6), np.float32)
    shaded = Camera(np.asarray(CLEAN * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def test_a_heap_of_pale_bags_is_found_below_shadows_of_clouds_that_pass_over_bare_ground() -> None:
    """The light that comes and goes is no noise that would hide the bags."""
    ground = np.asarray(cv2.blur(CLEAN, (41, 41)) // 4 + 110, np.uint8)
    piled = heap(*PILE, ground)
    piled[70:120, 110:180] = piled[70:120, 110:180] // 3 + 140
    camera, hold_s = Camera(piled), 120.0
    x = np.arange(320, dtype=np.float32)

    def show(t_s: float) -> Small:
        return np.asarray(camera.picture() * (0.78 + 0.22 * np.sin((x + 6 * t_s) / 60)), np.uint8)

    _, findings = watched(made(References(ground), hold_s=hold_s), show, until_s=3 * hold_s, every_s=1.0)
    assert findings


def test_a_heap_is_found_below_passing_clouds_though_its_window_is_long() -> None:
    camera, hold_s = Camera(PILED), 60.0
    _, findings = watched(
        made(hold_s=hold_s),
        lambda t_s: camera.picture(gain=0.75 + 0.25 * math.sin(t_s / 6)),
        until_s=4 * hold_s,
        every_s=1.0,
    )
    assert findings


def test_a_hard_shadow_that_falls_beside_the_zone_too_is_no_heap() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[:, 60:170] = 0.5
    shaded = Camera(np.asarray(CLEAN * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def below_a_tree(scene: Small) -> Small:
    """Return a scene with the hard shadow of a house, and flecks of sun below a tree that hardly reach beyond."""
    leaves = cv2.resize(np.random.default_rng(4).random((26, 44)), (320, 180), interpolation=cv2.INTER_CUBIC)
    light = np.where(leaves > 0.5, 0.5, 1.0).astype(np.float32)
    light[:46], light[146:], light[:, :90], light[:, 165:] = 1.0, 1.0, 1.0, 1.0
    light[:, :60] = 0.5
    return np.asarray(scene * cv2.GaussianBlur(light, (0, 0), 0.9), np.uint8)


def test_flecks_of_sun_below_a_tree_are_no_heap() -> None:
    camera = Camera(below_a_tree(CLEAN))
    coverages, findings = watched(made(), lambda _t_s: camera.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def test_a_heap_in_flecks_of_sun_is_found() -> None:
    camera = Camera(below_a_tree(PILED))
    assert watched(made(), lambda _t_s: camera.picture(), until_s=40)[1] != []


def test_a_heap_half_in_a_hard_shadow_is_found_whole() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[:, 60:145] = 0.5
    shaded = Camera(np.asarray(PILED * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings != []
    assert coverages[-1] == pytest.approx(0.3, abs=0.1)


def test_a_dark_flat_thing_in_even_light_is_a_heap_since_no_shadow_lies_around_it() -> None:
    camera = Camera(CLEAN)
    _, findings = watched(made(), lambda _t_s: camera.picture([(110, 70, 70, 50, 30)]), until_s=40)
    assert findings != []


def test_lamps_that_go_on_at_dusk_are_no_heap() -> None:
    y, x = np.mgrid[0:180, 0:320].astype(np.float32)
    pool = np.exp(-((x - 150) ** 2 / 70**2 + (y - 100) ** 2 / 35**2))
    dusk = Camera(np.asarray(CLEAN * (0.25 + 0.75 * pool), np.uint8))
    coverages, findings = watched(made(), lambda _t_s: dusk.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def test_infrared_over_a_zone_that_was_clean_becomes_its_look_at_night() -> None:
    references, day = References(CLEAN), Camera(CLEAN)
    inverted = np.asarray(220 - CLEAN, np.uint8)
    night, piled = Camera(inverted), Camera(heap(*PILE, inverted))
    detector = made(references, hold_s=30.0)
    watched(detector, lambda _t_s: day.picture(), until_s=400, every_s=2.0)
    _, at_dusk = watched(detector, lambda _t_s: night.picture(), from_s=400, until_s=600, every_s=2.0)
    assert at_dusk == []
    assert references.load(CORNER.zone, Look.NIGHT) is not None
    assert detector.state == "watching"
    assert watched(detector, lambda _t_s: piled.picture(), from_s=600, until_s=700, every_s=2.0)[1] != []


def test_infrared_over_a_pile_is_not_judged_and_never_learned() -> None:
    references, day = References(CLEAN), Camera(PILED)
    night = Camera(np.asarray(220 - PILED, np.uint8))
    detector = made(references, hold_s=30.0)
    watched(detector, lambda _t_s: day.picture(), until_s=400, every_s=2.0)
    coverages, still = watched(detector, lambda _t_s: night.picture(), from_s=400, until_s=600, every_s=2.0)
    assert references.load(CORNER.zone, Look.NIGHT) is None
    assert detector.state == "strange"
    assert len(still) == 100
    assert len(coverages) < 40
