import numpy as np
import pytest

from events.errors import StorageError
from events.geometry import Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import heap, street
from vision.clean_looks import FOLLOW_EVERY_S, CleanLooks, KnownLook
from vision.detector import Look, Mask, Small
from vision.reference import FirstSettledReferences
from vision.structure import bounds
from vision.zones import zone_mask

ZONE_ID = ZoneId("corner")
ZONE = zone_mask(Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
RECT = bounds(ZONE)
DAY = street()
NIGHT = np.asarray(255 - street(seed=40), np.uint8)
"""Infrared shows other structure: leaves bright, skies dark."""
NOTHING = np.zeros_like(ZONE[RECT])


class FullDisk(FirstSettledReferences):
    def save(self, zone: ZoneId | None, small: Small, look: Look = Look.CLEAN) -> None:
        raise StorageError("no space left")


@pytest.fixture
def store() -> FirstSettledReferences:
    return FirstSettledReferences()


@pytest.fixture
def looks(store: FirstSettledReferences) -> CleanLooks:
    made = CleanLooks(ZONE_ID, ZONE, store)
    made.take(DAY, colourless=False)
    return made


def shown(looks: CleanLooks, picture: Small) -> Look | None:
    known = looks.choose(looks.surroundings.of(picture))
    return None if known is None else known.look


def followed(looks: CleanLooks, picture: Small, *, times: int, covered: Mask = NOTHING) -> KnownLook:
    around = looks.surroundings.of(picture)
    known = looks.choose(around)
    assert known is not None
    light = looks.surroundings.light(around, known.around)
    for i in range(1, times + 1):
        looks.follow(known, np.ascontiguousarray(picture[RECT]), light, covered, 1.0, i * FOLLOW_EVERY_S)
    return known


def test_without_a_look_nothing_is_shown(store: FirstSettledReferences) -> None:
    empty = CleanLooks(ZONE_ID, ZONE, store)
    assert not empty.any
    assert shown(empty, DAY) is None


@pytest.mark.parametrize("gain", [0.4, 1.0, 1.2])
def test_the_day_is_known_in_any_light_and_with_a_heap_in_the_zone(looks: CleanLooks, gain: float) -> None:
    lit = np.clip(heap(120, 70, 60, 50, DAY) * gain, 0, 255).astype(np.uint8)
    assert shown(looks, lit) is Look.CLEAN


def test_another_view_is_none_of_the_looks(looks: CleanLooks) -> None:
    assert shown(looks, street(seed=50)) is None
    assert shown(looks, NIGHT) is None


def test_infrared_becomes_a_look_of_its_own_and_colour_a_new_clean_one(looks: CleanLooks) -> None:
    looks.take(NIGHT, colourless=True)
    assert looks.knows(Look.NIGHT)
    assert shown(looks, NIGHT) is Look.NIGHT
    assert shown(looks, DAY) is Look.CLEAN
    other = street(seed=60)
    looks.take(other, colourless=False)
    assert shown(looks, other) is Look.CLEAN
    assert shown(looks, DAY) is None


def test_what_was_taken_is_known_after_a_restart(store: FirstSettledReferences, looks: CleanLooks) -> None:
    looks.take(NIGHT, colourless=True)
    again = CleanLooks(ZONE_ID, ZONE, store)
    kept = store.load(ZONE_ID)
    assert kept is not None
    again.load(kept, up_to_date=True)
    assert shown(again, DAY) is Look.CLEAN
    assert shown(again, NIGHT) is Look.NIGHT


def test_a_picture_given_anew_does_without_what_was_kept_beside_the_old_one(
    store: FirstSettledReferences, looks: CleanLooks
) -> None:
    looks.take(NIGHT, colourless=True)
    again = CleanLooks(ZONE_ID, ZONE, store)
    again.load(DAY, up_to_date=False)
    assert not again.knows(Look.NIGHT)


def test_wear_is_followed_slowly_and_kept(store: FirstSettledReferences, looks: CleanLooks) -> None:
    worn = DAY.copy()
    worn[80:100, 130:170] = np.clip(worn[80:100, 130:170].astype(np.int16) + 12, 0, 255)
    before = np.abs(DAY[80:100, 130:170].astype(np.int16) - worn[80:100, 130:170]).mean()
    known = followed(looks, worn, times=240)
    after = np.abs(known.picture()[80:100, 130:170].astype(np.int16) - worn[80:100, 130:170]).mean()
    assert after < 0.6 * before
    assert store.load(ZONE_ID, Look.FOLLOWED) is not None


def test_where_something_lies_and_beside_it_nothing_is_learned(looks: CleanLooks) -> None:
    piled = heap(130, 80, 30, 20, DAY)
    lying = (piled != DAY).astype(np.uint8)[RECT] * np.uint8(255)
    known = followed(looks, piled, times=200, covered=lying)
    drift = np.abs(known.picture()[82:98, 132:158].astype(np.int16) - DAY[82:98, 132:158])
    assert drift.max() <= 1


def test_a_heap_that_nobody_noticed_is_not_learned_beyond_its_first_quarter(looks: CleanLooks) -> None:
    piled = heap(120, 70, 60, 50, DAY)
    known = followed(looks, piled, times=600)
    inside = np.s_[75:115, 125:175]
    learned = np.abs(known.picture()[inside].astype(np.int16) - DAY[inside]).mean()
    assert learned < 0.35 * np.abs(piled[inside].astype(np.int16) - DAY[inside]).mean()


def test_a_full_disk_changes_nothing() -> None:
    looks = CleanLooks(ZONE_ID, ZONE, FullDisk())
    with pytest.raises(StorageError):
        looks.take(DAY, colourless=False)
    assert not looks.any
