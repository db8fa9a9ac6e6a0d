from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from tests.unit.vision.scenes import Camera, street
from vision.detector import Mask, Small
from vision.lasting import TICKS_PER_S, LastingChange

NOWHERE: Mask = np.zeros((180, 320), np.uint8)
THING = (150, 90, 24, 20, 25)
INSIDE = np.s_[93:107, 153:171]
OUTSIDE = np.s_[10:60, 10:300]


def take(
    change: LastingChange, pictures: Iterable[Small], *, from_s: float, every_s: float = 1.0, keep: Mask = NOWHERE
) -> list[float | None]:
    return [change.take(picture, from_s + i * every_s, keep) for i, picture in enumerate(pictures)]


@pytest.fixture
def camera() -> Camera:
    return Camera(street())


@pytest.fixture
def change(camera: Camera) -> LastingChange:
    """What has seen the empty scene for 20 s."""
    made = LastingChange()
    take(made, (camera.picture() for _ in range(20)), from_s=0)
    return made


def age_s(change: LastingChange) -> float:
    return float(np.median(change.age[INSIDE])) / TICKS_PER_S


def test_nothing_is_said_while_the_ground_is_learned(camera: Camera) -> None:
    said = take(LastingChange(), (camera.picture() for _ in range(16)), from_s=0)
    assert said[:9] == [None] * 9
    assert said[-1] == 1.0


def test_people_who_walk_through_while_it_is_learned_leave_nothing_in_the_ground(camera: Camera) -> None:
    change = LastingChange()
    take(change, (camera.picture([(20 + 30 * i, 60, 14, 50, 20)]) for i in range(10)), from_s=0)
    take(change, (camera.picture() for _ in range(12)), from_s=10)
    assert np.count_nonzero(change.changed) < 20


def test_noise_is_no_change(change: LastingChange) -> None:
    assert not change.changed.any()
    assert not change.age.any()


def test_in_a_noisy_night_a_thing_shows_that_differs_by_hardly_more_than_a_pixel_trembles() -> None:
    ground: Small = np.full((180, 320), 30, np.uint8)
    camera, change = Camera(ground, noise=3.0), LastingChange()
    take(change, (camera.picture() for _ in range(30)), from_s=0)
    assert not change.changed.any()
    take(change, (camera.picture([(155, 95, 12, 10, 18)]) for _ in range(20)), from_s=30)
    assert np.mean(change.changed[95:105, 155:167] > 0) > 0.5
    assert not change.changed[OUTSIDE].any()


@pytest.mark.parametrize("every_s", [1.0, 2.0, 4.0])
def test_a_change_ages_by_the_clock_at_any_cadence(change: LastingChange, camera: Camera, every_s: float) -> None:
    take(change, (camera.picture([THING]) for _ in range(int(40 / every_s))), from_s=20, every_s=every_s)
    assert change.changed[INSIDE].all()
    assert age_s(change) == pytest.approx(40 - 2 * every_s, abs=2.5 * every_s)
    assert not change.age[OUTSIDE].any()


def test_what_is_back_grows_young_twice_as_fast_as_it_aged(change: LastingChange, camera: Camera) -> None:
    take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
    aged_s = age_s(change)
    take(change, (camera.picture() for _ in range(6)), from_s=40)
    assert 0 < age_s(change) < aged_s - 3
    take(change, (camera.picture() for _ in range(10)), from_s=46)
    assert age_s(change) == 0


def test_who_walks_past_is_no_change_but_moves(change: LastingChange, camera: Camera) -> None:
    moved = list[bool]()
    for i in range(20):
        take(change, [camera.picture([(20 + 7 * i, 70, 14, 50, 20)])], from_s=20 + i)
        assert change.age.max() <= 2 * TICKS_PER_S
        moved.append(bool(change.moving.any()))
    assert sum(moved) > 10


def test_behind_who_moves_a_thing_keeps_most_of_its_age(change: LastingChange, camera: Camera) -> None:
    take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
    aged_s = age_s(change)
    levels = np.random.default_rng(1).integers(30, 230, 10)
    take(change, (camera.picture([THING, (145, 80, 34, 40, int(v))]) for v in levels), from_s=40)
    assert change.moving[INSIDE].any()
    assert age_s(change) > aged_s / 2


@pytest.mark.parametrize("gain", [0.5, 0.75, 1.3])
def test_lights_that_are_switched_change_nothing_and_are_told(
    change: LastingChange, camera: Camera, gain: float
) -> None:
    take(change, (camera.picture(gain=gain) for _ in range(25)), from_s=20)
    assert change.jumped_s == 20.0
    assert np.count_nonzero(change.changed) < 40


def test_a_thing_put_down_while_lights_are_switched_is_no_part_of_the_ground(
    change: LastingChange, camera: Camera
) -> None:
    take(change, (camera.picture([THING], gain=0.6) for _ in range(25)), from_s=20)
    assert change.changed[INSIDE].all()


def test_dusk_is_followed(change: LastingChange, camera: Camera) -> None:
    gains = np.geomspace(1.0, 0.4, 120)
    take(change, (camera.picture(gain=float(gain)) for gain in gains), from_s=20)
    assert change.jumped_s < 0
    assert not change.age.any()


def test_a_soft_shadow_is_light_and_in_the_end_ground(change: LastingChange, camera: Camera) -> None:
    shade = np.ones((180, 320), np.float32)
    shade[60:130, 100:220] = 0.55
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 10), np.float32)
    shadowed = [(camera.picture() * shade).astype(np.uint8) for _ in range(40)]
    take(change, shadowed, from_s=20)
    assert np.count_nonzero(change.age > 8 * TICKS_PER_S) < 40


def test_a_trembling_camera_changes_nothing(change: LastingChange, camera: Camera) -> None:
    shifts = [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)]
    take(change, (camera.picture(shift_px=shifts[i % 5]) for i in range(25)), from_s=20)
    assert np.count_nonzero(change.age > 6 * TICKS_PER_S) < 40


def test_another_scene_is_learned_anew(change: LastingChange) -> None:
    other = Camera(street(seed=99))
    take(change, (other.picture() for _ in range(40)), from_s=20)
    assert np.count_nonzero(change.changed) < 40


class TestGround:
    def test_what_is_absorbed_is_ground_from_then_on(self, change: LastingChange, camera: Camera) -> None:
        take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
        place = NOWHERE.copy()
        place[85:115, 145:180] = 255
        change.absorb(place)
        take(change, (camera.picture([THING]) for _ in range(10)), from_s=40)
        assert not change.changed[INSIDE].any()
        take(change, (camera.picture() for _ in range(10)), from_s=50)
        assert change.changed[INSIDE].any()

    def test_a_thing_is_never_learned_by_itself(self, change: LastingChange, camera: Camera) -> None:
        take(change, (camera.picture([THING]) for _ in range(100)), from_s=20)
        assert change.changed[INSIDE].all()

    def test_it_follows_what_hardly_changes_but_where_it_is_kept(self, change: LastingChange, camera: Camera) -> None:
        kept, free = np.s_[60:90, 40:80], np.s_[60:90, 240:280]
        keep = NOWHERE.copy()
        keep[kept] = 255
        paler = camera.scene.copy()
        paler[kept] += 6
        paler[free] += 6
        take(change, (Camera(paler).picture() for _ in range(80)), from_s=20, keep=keep)
        followed = change.before.astype(np.int16) - camera.scene
        assert np.median(followed[free]) >= 4
        assert np.median(followed[kept]) <= 1

    def test_rejuvenated_pixels_begin_to_age_anew(self, change: LastingChange, camera: Camera) -> None:
        take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
        change.rejuvenate(change.changed.copy())
        assert age_s(change) == 0
        take(change, (camera.picture([THING]) for _ in range(5)), from_s=40)
        assert age_s(change) == pytest.approx(5, abs=1)

    def test_after_a_pause_ages_go_on_where_they_were(self, change: LastingChange, camera: Camera) -> None:
        take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
        aged_s = age_s(change)
        change.pause()
        said = take(change, (camera.picture([THING]) for _ in range(6)), from_s=40)
        assert said[:2] == [None, None]
        assert age_s(change) > aged_s

    def test_a_long_gap_counts_for_eight_seconds_at_most(self, change: LastingChange, camera: Camera) -> None:
        take(change, (camera.picture([THING]) for _ in range(20)), from_s=20)
        aged_s = age_s(change)
        take(change, [camera.picture([THING])], from_s=1000)
        assert age_s(change) <= aged_s + 8

    def test_forgotten_it_is_learned_anew(self, change: LastingChange, camera: Camera) -> None:
        change.forget()
        said = take(change, (camera.picture([THING]) for _ in range(16)), from_s=20)
        assert said[0] is None
        assert said[-1] == 1.0
        assert not change.changed.any()
