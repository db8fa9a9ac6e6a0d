import numpy as np
import pytest

from events.geometry import Polygon
from tests.unit.vision.scenes import Camera, street
from vision.detector import Mask, Small
from vision.light import Surroundings
from vision.structure import bounds
from vision.zone_window import Seen, ZoneWindow
from vision.zones import zone_mask

ZONE = zone_mask(Polygon.from_points([(0.4, 0.4), (0.6, 0.4), (0.6, 0.7), (0.4, 0.7)]))
WINDOW_S = 9.0


def made() -> ZoneWindow:
    return ZoneWindow(ZONE, Surroundings(ZONE), WINDOW_S)


def shown(window: ZoneWindow, *pictures: Small, from_s: float = 0.0) -> Seen:
    for i, picture in enumerate(pictures):
        window.offer(picture, from_s + i)
    return window.settle()


def restless_picture(seen: Seen) -> Mask:
    """Return what is restless in place: uint8, (180, 320)."""
    whole: Mask = np.zeros((180, 320), np.uint8)
    rows, columns = bounds(ZONE)
    whole[rows, columns] = seen.restless
    return whole


@pytest.fixture
def camera() -> Camera:
    return Camera(street())


def test_whoever_passes_leaves_no_trace_in_the_zone(camera: Camera) -> None:
    empty = shown(made(), *(camera.picture() for _ in range(20)))
    still = empty.place.astype(np.int16)
    passing = shown(made(), *(camera.picture([(100 + 8 * i, 80, 12, 40, 20)] if i > 2 else ()) for i in range(20)))
    assert np.abs(passing.place - still).max() <= 12


def test_what_moves_in_the_zone_all_the_time_is_restless_and_the_rest_is_not(camera: Camera) -> None:
    levels = np.random.default_rng(1).integers(20, 235, 20)
    seen = shown(made(), *(camera.picture([(140, 80, 20, 20, int(level))]) for level in levels))
    there = restless_picture(seen)
    assert there[82:98, 142:158].all()
    assert not there[104:].any()


def test_clouds_that_darken_everything_make_nothing_restless(camera: Camera) -> None:
    gains = 0.75 + 0.25 * np.sin(np.arange(20) * 1.3)
    seen = shown(made(), *(camera.picture(gain=float(gain)) for gain in gains))
    assert not seen.restless.any()


def test_what_moves_below_clouds_is_restless_all_the_same(camera: Camera) -> None:
    levels = np.random.default_rng(1).integers(0, 2, 20) * 200 + 30
    gains = 0.85 + 0.15 * np.sin(np.arange(20) * 1.3)
    pictures = [
        camera.picture([(140, 80, 20, 20, int(level))], gain=float(gain))
        for level, gain in zip(levels, gains, strict=True)
    ]
    seen = shown(made(), *pictures)
    assert restless_picture(seen)[82:98, 142:158].mean() > 0.9 * 255


def test_noise_is_measured() -> None:
    scene = np.full((180, 320), 120, np.uint8)
    cameras = Camera(scene, noise=2.0), Camera(scene, noise=8.0)
    little, much = (shown(made(), *(camera.picture() for _ in range(20))).noise for camera in cameras)
    assert 2.5 < much / little < 6


def test_the_pattern_of_the_ground_is_no_noise() -> None:
    flat, patterned = Camera(np.full((180, 320), 120, np.uint8)), Camera(street())
    smooth, rough = (shown(made(), *(camera.picture() for _ in range(20))).noise for camera in (flat, patterned))
    assert rough == pytest.approx(smooth, rel=0.3)


def test_the_shadow_of_a_cloud_that_passes_is_no_noise() -> None:
    scene = Camera(np.full((180, 320), 140, np.uint8))
    x = np.arange(320, dtype=np.float32)
    passing = [
        np.asarray(scene.picture() * (0.75 + 0.25 * np.sin((x + 9 * second) / 30)), np.uint8) for second in range(20)
    ]
    still = shown(made(), *(scene.picture() for _ in range(20))).noise
    assert shown(made(), *passing).noise < 1.5 * still


def test_a_judgement_stands_until_the_zone_changes(camera: Camera) -> None:
    window = made()
    window.remember(shown(window, *(camera.picture() for _ in range(20))))
    shown(window, *(camera.picture() for _ in range(20)), from_s=20)
    assert window.unchanged
    window.offer(camera.picture([(140, 80, 20, 20, 20)]), 60.0)
    assert not window.unchanged


def test_a_judgement_falls_when_the_light_around_changes(camera: Camera) -> None:
    window = made()
    window.remember(shown(window, *(camera.picture() for _ in range(20))))
    shown(window, *(camera.picture(gain=0.9) for _ in range(20)), from_s=20)
    assert not window.unchanged
    assert not window.looks_judged(Surroundings(ZONE).of(camera.picture(gain=0.9)))


def test_cleared_it_waits_for_pictures_anew(camera: Camera) -> None:
    window = made()
    shown(window, *(camera.picture() for _ in range(20)))
    window.clear()
    assert not window.offer(camera.picture(), 30.0)
    assert not window.unchanged
