"""The band in which a place differs from its reference."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vision.scenes import Camera, street
from tests.unit.vision.waters import DRY, flooded
from vision.detector import Mask, Small
from vision.waterline import Band, Place, Reference

SCENE = street()
ZONE: Mask = np.zeros((180, 320), np.uint8)
ZONE[60:180, 20:300] = 255
PLACE = Place(ZONE)
REFERENCE = Reference(PLACE, PLACE.look(Camera(SCENE).picture()))


def band(small: Small, *, before: Small | None = None) -> Band | None:
    return REFERENCE.band(PLACE.look(small), None if before is None else PLACE.look(before))


def picture(scene: Small, *, gain: float = 1.0, shift_px: tuple[int, int] = (0, 0)) -> Small:
    return Camera(scene, seed=11).picture(gain=gain, shift_px=shift_px)


@pytest.mark.parametrize("gain", [1.0, 0.5, 1.3])
def test_a_place_that_looks_as_before_has_no_band_in_any_light(gain: float) -> None:
    found = band(picture(SCENE, gain=gain))
    assert found is not None
    assert found.empty


@pytest.mark.parametrize("row", [100, 130, 160])
@pytest.mark.parametrize("gain", [1.0, 0.6])
def test_the_band_is_where_the_water_is(row: int, gain: float) -> None:
    found = band(picture(flooded(SCENE, row), gain=gain))
    assert found is not None
    _, y, _, height = PLACE.extent(found.top, found.bottom)
    assert y == pytest.approx(row, abs=5)
    assert y + height == pytest.approx(180, abs=5)
    assert found.even


def test_parked_cars_in_the_same_rows_are_uneven() -> None:
    random = np.random.default_rng(3)
    cars = SCENE.copy()
    for x in range(20, 300, 50):
        cars[120:180, x : x + 44] = random.integers(10, 240)
    found = band(picture(cars))
    assert found is not None
    assert not found.empty
    assert not found.even


def test_what_was_restless_already_has_no_say() -> None:
    reference = Reference(PLACE, PLACE.look(picture(flooded(SCENE, 120))))
    now = PLACE.look(picture(flooded(SCENE, 150, 3.0)))
    told = reference.band(now, None)
    assert told is not None
    assert not told.empty
    for t_s in range(1, 4):
        reference.restless |= reference.changed(
            PLACE.look(picture(flooded(SCENE, 120, float(t_s)))), PLACE.look(picture(flooded(SCENE, 120, t_s - 1.0)))
        )
    assert reference.restless[20:].mean() > 0.8
    assert not reference.restless[:14].any()
    silent = reference.band(now, None)
    assert silent is not None
    assert silent.empty, "the water has left what it held before"


def test_passing_traffic_is_not_calm() -> None:
    bright, dark = flooded(SCENE, 130, level=60, ripple=0), flooded(SCENE, 130, level=190, ripple=0)
    found = band(picture(bright), before=picture(dark))
    assert found is not None
    assert not found.calm
    rippled = band(picture(flooded(SCENE, 130, 0.0)), before=picture(flooded(SCENE, 130, 1.0)))
    assert rippled is not None
    assert rippled.calm


def test_another_view_says_nothing_about_water() -> None:
    assert band(picture(street(9))) is None
    assert band(picture(flooded(SCENE, 40))) is None, "nothing of the dry place is left to compare"


@pytest.mark.parametrize("shift_px", [(1, 0), (0, 1)])
def test_a_pixel_of_shake_is_no_water(shift_px: tuple[int, int]) -> None:
    found = band(picture(SCENE, shift_px=shift_px))
    assert found is None or found.empty


def test_only_the_zone_is_looked_at() -> None:
    beside = SCENE.copy()
    beside[:55] = 110
    beside[:, 305:] = 110
    found = band(picture(beside))
    assert found is not None
    assert found.empty


def test_an_even_share_of_rows_is_that_share_of_a_rectangle() -> None:
    assert PLACE.share(0, PLACE.rows) == pytest.approx(1)
    assert PLACE.share(PLACE.rows / 2, PLACE.rows) == pytest.approx(0.5)
    assert PLACE.share(PLACE.rows, 0) == 0


def test_rows_of_a_slanted_zone_weigh_by_their_width() -> None:
    triangle: Mask = np.zeros((180, 320), np.uint8)
    for y in range(60, 180):
        triangle[y, 20 : 20 + 2 * (y - 59)] = 255
    place = Place(triangle)
    assert place.share(place.rows / 2, place.rows) == pytest.approx(0.75, abs=0.05)


@given(st.integers(0, 150), st.integers(0, 280), st.integers(4, 120), st.integers(4, 160), st.data())
def test_the_rows_of_any_zone_tile_its_rectangle(y: int, x: int, height: int, width: int, data: st.DataObject) -> None:
    zone: Mask = np.zeros((180, 320), np.uint8)
    zone[y : y + height, x : x + width] = 255
    place = Place(zone)
    middle = data.draw(st.integers(0, place.rows))
    assert place.share(0, middle) + place.share(middle, place.rows) == pytest.approx(1, abs=1e-5)
    left, top, wide, high = place.extent(0, place.rows)
    assert (left, top, wide, high) == (x, y, min(width, 320 - x), min(height, 180 - y))


def test_a_dry_place_stays_dry_below_the_picture() -> None:
    found = band(picture(flooded(SCENE, DRY)))
    assert found is not None
    assert found.empty


def stirred(row: float, *, looks: int = 10, shift_px: int = 0) -> Reference:
    """Return a reference taken with water below a row, that has been asked what stirs since."""
    camera = Camera(SCENE, seed=5)
    taken = []
    for look in range(looks + 1):
        camera.scene = flooded(SCENE, row, 7.0 * look)
        taken.append(PLACE.look(camera.picture(shift_px=(shift_px * (look % 2), 0))))
    reference = Reference(PLACE, taken[0])
    stirring = [reference.stirring(now, before) for before, now in itertools.pairwise(taken)]
    reference.tell_water(np.median(np.stack(stirring), axis=0))
    return reference


def test_water_is_known_by_its_ripples_down_to_the_last_row() -> None:
    rows = np.asarray(stirred(120).restless.all(axis=1))
    surface = (120 - 60) * PLACE.rows // 120
    assert not rows[: surface - 1].any()
    assert rows[surface + 2 :].all()


@pytest.mark.parametrize("shift_px", [0, 1])
def test_dry_ground_is_not_taken_for_water_though_the_camera_shakes(shift_px: int) -> None:
    assert not stirred(DRY, shift_px=shift_px).restless.any()
