import numpy as np
import pytest

from events.geometry import Box
from tests.unit.vision.scenes import NOTHING, Camera, heap, street
from vision.atrest import at_rest
from vision.detector import Mask, Small
from vision.scale import LearnedScale

SCALE = LearnedScale()
BOX = Box(0.4, 0.6, 0.2, 0.15)
PILE = np.s_[108:135, 128:192]


def foreground(*places: tuple[slice, slice]) -> Mask:
    mask = NOTHING.copy()
    for place in places:
        mask[place] = 255
    return mask


def life(*, pile_at_s: float, now_s: float = 30.0, passing: bool = False) -> tuple[list[tuple[float, Small]], Small]:
    """Return pictures of a place every 2.5 s since a pile came, and the one of now."""
    scene = street()
    camera = Camera(heap(128, 108, 64, 27, scene))
    times_s = np.arange(pile_at_s, now_s, 2.5).tolist()
    pictures = [
        (t_s, camera.picture(((int(100 + 5 * t_s) % 200, 100, 6, 30, 30),) if passing else ())) for t_s in times_s
    ]
    return pictures, camera.picture()


@pytest.mark.parametrize("kind", ["waste_pile", "abandoned_object", "water_level"])
def test_what_lies_unchanged_since_it_came_is_at_rest(kind: str) -> None:
    before, now = life(pile_at_s=10.0)
    rest = at_rest(kind, BOX, (30.0, now), before, foreground(PILE), SCALE)
    assert rest is not None
    assert (rest[PILE] > 0).mean() > 0.97
    assert not rest[:80].any()


def test_people_passing_in_front_now_and_then_change_nothing() -> None:
    before, now = life(pile_at_s=0.0, passing=True)
    rest = at_rest("waste_pile", BOX, (30.0, now), before, foreground(PILE), SCALE)
    assert rest is not None
    assert (rest[PILE] > 0).mean() > 0.9


def test_whoever_passes_now_is_not_at_rest() -> None:
    before, _ = life(pile_at_s=10.0)
    now = Camera(before[-1][1]).picture(((150, 100, 8, 30, 20),))
    rest = at_rest("waste_pile", BOX, (30.0, now), before, foreground(PILE), SCALE)
    assert rest is not None
    assert (rest[108:130, 150:158] == 0).mean() > 0.9


def test_whoever_came_later_and_stands_still_is_not_at_rest() -> None:
    """Twelve of twenty seconds would be needed; this one has stood there for eight."""
    before, now = life(pile_at_s=10.0)
    place = np.s_[110:126, 150:158]
    for t_s, picture in before:
        if t_s >= 22.0:
            picture[place] = 20
    now[place] = 20
    rest = at_rest("waste_pile", BOX, (30.0, now), before, foreground(PILE), SCALE)
    assert rest is not None
    assert (rest[place] == 0).mean() > 0.85


def test_whoever_stands_as_still_as_the_pile_shows_no_more_than_legs() -> None:
    """Before a pile, merged with it into one piece of foreground, since the very second it came."""
    before, _ = life(pile_at_s=10.0)
    person = np.s_[84:134, 176:188]
    pictures = [(t_s, picture.copy()) for t_s, picture in before]
    for _, picture in pictures:
        picture[person] = 35
    now = pictures[-1][1].copy()
    rest = at_rest("abandoned_object", BOX, (30.0, now), pictures, foreground(PILE, person), SCALE)
    assert rest is not None
    assert not rest[84:108, 174:190].any()
    assert (rest[110:130, 130:165] > 0).mean() > 0.9


def test_whoever_stands_as_still_as_a_bag_beside_it_stays_hidden() -> None:
    before, _ = life(pile_at_s=10.0)
    person, bag = np.s_[84:134, 176:188], np.s_[124:134, 160:172]
    pictures = [(t_s, street()) for t_s, _ in before]
    for _, picture in pictures:
        picture[person] = 35
        picture[bag] = 210
    now = pictures[-1][1].copy()
    box = Box(160 / 320, 124 / 180, 12 / 320, 10 / 180)
    rest = at_rest("abandoned_object", box, (30.0, now), pictures, foreground(person, bag), SCALE)
    assert rest is not None
    assert not rest[person].any()
    assert (rest[bag] > 0).mean() > 0.8


def test_a_change_of_light_hides_nothing_that_lies_still() -> None:
    before, now = life(pile_at_s=10.0)
    brighter = np.clip(now.astype(float) * 1.3, 0, 255).astype(np.uint8)
    rest = at_rest("waste_pile", BOX, (30.0, brighter), before, foreground(PILE), SCALE)
    assert rest is not None
    assert (rest[PILE] > 0).mean() > 0.8


def test_ripples_are_water_at_rest_but_no_pile() -> None:
    scene = street()
    random = np.random.default_rng(4)

    def rippled() -> Small:
        picture = scene.astype(float)
        picture[PILE] = 90 + random.normal(0, 45, (27, 64))
        return np.asarray(np.clip(picture, 0, 255), np.uint8)

    before = [(float(t_s), rippled()) for t_s in range(10, 30, 2)]
    now = rippled()
    water = at_rest("water_level", BOX, (30.0, now), before, foreground(PILE), SCALE)
    pile = at_rest("waste_pile", BOX, (30.0, now), before, foreground(PILE), SCALE)
    assert water is not None
    assert pile is not None
    inner = np.s_[113:130, 133:187]
    assert (water[inner] > 0).mean() > 0.8
    assert (pile[inner] > 0).mean() < 0.8


def test_nothing_is_said_of_kinds_that_are_people_or_whole_pictures() -> None:
    before, now = life(pile_at_s=10.0)
    for kind in ("crowding", "tamper", "smoke"):
        assert at_rest(kind, BOX, (30.0, now), before, foreground(PILE), SCALE) is None


def test_nothing_is_said_too_early() -> None:
    before, now = life(pile_at_s=10.0)
    assert at_rest("waste_pile", BOX, (12.5, now), before[:1], foreground(PILE), SCALE) is None
    assert at_rest("waste_pile", BOX, (14.0, now), before[:2], foreground(PILE), SCALE) is None


def test_a_thing_at_the_edge_of_the_picture_is_no_trouble() -> None:
    before, now = life(pile_at_s=10.0)
    for box in (Box(0, 0, 0.1, 0.1), Box(0.95, 0.95, 0.2, 0.2), Box(0, 0, 1, 1)):
        assert at_rest("waste_pile", box, (30.0, now), before, NOTHING, SCALE) is not None
