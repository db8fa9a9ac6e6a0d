"""The references a zone's water is compared with: which is kept, which is taken anew."""

import numpy as np

from configs.detection import WaterLevel
from events.ids import ZoneId
from tests.unit.vision.scenes import Camera, street
from tests.unit.vision.waters import DRY, flooded, linear
from vision.detector import Mask, Small
from vision.flood import UNMATCHED_S, Flood
from vision.reference import FirstSettledReferences

SCENE = street()
ZONE: Mask = np.zeros((180, 320), np.uint8)
ZONE[54:180] = 255
NAME = ZoneId("quay.water")
SETTINGS = WaterLevel()


def made(references: FirstSettledReferences) -> Flood:
    return Flood(ZONE, references, NAME, rise=SETTINGS.rise, hold_s=SETTINGS.hold_s)


def nobody(_box: object) -> float:
    return 0.0


def test_the_first_reference_is_a_median_so_whoever_crosses_is_not_in_it() -> None:
    references, camera = FirstSettledReferences(), Camera(SCENE, noise=0)
    flood = made(references)
    for t_s in range(3):
        flood.look(camera.picture([(60 * t_s, 60, 40, 110, 10)]), float(t_s), nobody)
    kept = references.load(NAME)
    assert kept is not None
    assert np.array_equal(kept, SCENE)


def test_a_camera_at_fault_in_the_first_seconds_starts_anew() -> None:
    references, camera = FirstSettledReferences(), Camera(SCENE)
    flood = made(references)
    flood.look(np.zeros((180, 320), np.uint8), 0.0, nobody)
    flood.look(np.zeros((180, 320), np.uint8), 1.0, nobody)
    flood.forget_last()
    for t_s in (2.0, 3.0, 4.0):
        flood.look(camera.picture(), t_s, nobody)
    kept = references.load(NAME)
    assert kept is not None
    assert kept.mean() > 50


def test_nothing_is_said_before_there_is_a_reference() -> None:
    flood = made(FirstSettledReferences())
    flood.look(SCENE, 0.0, nobody)
    assert flood.share is None
    assert flood.box is None
    assert flood.since_s is None


def test_a_stored_reference_of_another_view_is_taken_anew_after_a_day_and_a_half_and_no_sooner() -> None:
    references, other = FirstSettledReferences(), Camera(street(9))
    references.save(NAME, SCENE)
    flood = made(references)
    kept = references.load(NAME)
    for t_s in np.arange(0.0, UNMATCHED_S, 600.0):
        flood.look(other.picture(), float(t_s), nobody)
    assert np.array_equal(np.asarray(references.load(NAME)), np.asarray(kept))
    flood.look(other.picture(), UNMATCHED_S + 600.0, nobody)
    again = references.load(NAME)
    assert again is not None
    assert np.abs(again.astype(int) - other.scene).mean() < 3


def test_a_flood_of_two_days_is_not_learned() -> None:
    references, camera = FirstSettledReferences(), Camera(SCENE)
    flood, rise = made(references), linear(60, 120, DRY, 110)

    def show(t_s: float) -> Small:
        camera.scene = flooded(SCENE, rise(t_s), t_s)
        return camera.picture()

    for t_s in range(150):
        flood.look(show(t_s), float(t_s), nobody)
    kept, since_s = references.load(NAME), flood.since_s
    assert since_s is not None
    for later_s in np.arange(150.0, UNMATCHED_S + 3600, 900.0).tolist():
        flood.look(show(later_s), later_s, nobody)
    assert np.array_equal(np.asarray(references.load(NAME)), np.asarray(kept))
    assert flood.since_s == since_s


def mirroring(row: float, t_s: float) -> Small:
    """Return the scene above calm water that mirrors half of it."""
    out = SCENE.astype(np.float32)
    first = round(row)
    image = out[np.abs(2 * first - np.arange(first, 180))]
    out[first:] = 0.5 * image + 0.5 * flooded(SCENE, row, t_s, ripple=3.0)[first:]
    return np.asarray(out, np.uint8)


def test_water_that_mirrors_the_ground_and_falls_is_no_rise() -> None:
    flood, camera = made(FirstSettledReferences()), Camera(SCENE)
    row = linear(40.0, 1240.0, 105.0, 165.0)
    for t_s in np.arange(0.0, 1300.0, 2.0).tolist():
        camera.scene = mirroring(row(t_s), t_s)
        flood.look(camera.picture(), t_s, nobody)
        assert flood.since_s is None
