import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.cameras import Camera
from events.frame import Picture
from events.geometry import Box, Polygon
from vision.detector import Found, Person, Vehicle
from vision.sight import EXPLORE_EVERY, Sight
from vision.stature import Stature
from vision.tiling import LEAST_HEIGHT, MOST_TILES, SEAM_SHARE, WHOLE, join, plan

EVERYWHERE = [Polygon.whole_picture()]
PICTURE: Picture = np.zeros((360, 640, 3), np.uint8)


def person(x: float, y: float, width: float, height: float, score: float = 0.8) -> Person:
    return Person(box=Box(x, y, width, height), score=score)


def part(tile: Box, *people: Person) -> tuple[Box, Found]:
    """Return people of the picture as a tile shows them, cut at its edges."""
    shown: list[Person] = []
    for somebody in people:
        left, top = max(somebody.box.x, tile.x), max(somebody.box.y, tile.y)
        right = min(somebody.box.x + somebody.box.width, tile.x + tile.width)
        bottom = min(somebody.box.y + somebody.box.height, tile.y + tile.height)
        if right > left and bottom > top:
            box = Box(
                (left - tile.x) / tile.width,
                (top - tile.y) / tile.height,
                (right - left) / tile.width,
                (bottom - top) / tile.height,
            )
            shown.append(Person(box=box, score=somebody.score))
    return tile, Found(people=shown)


def test_people_large_enough_everywhere_need_no_tiles() -> None:
    near = [Polygon.from_points([(0, 0.5), (1, 0.5), (1, 1), (0, 1)])]
    assert plan(near, Stature(scale=0.5)) == ()
    assert plan([], Stature(scale=0.1)) == ()


@given(scale=st.floats(0.1, 0.6), horizon_y=st.floats(-1.5, 0.3), top=st.floats(0, 0.8), height=st.floats(0.1, 0.2))
def test_wherever_tiles_are_planned_a_person_lies_whole_and_large_in_one(
    scale: float, horizon_y: float, top: float, height: float
) -> None:
    stature = Stature(scale=scale, horizon_y=horizon_y)
    zone = Polygon.from_points([(0.2, top), (0.6, top), (0.6, top + height), (0.2, top + height)])
    tiles = plan([zone], stature)
    assert len(tiles) <= MOST_TILES
    for tile in tiles:
        assert 0 <= tile.x <= 1 - tile.width + 1e-9
        assert 0 <= tile.y <= 1 - tile.height + 1e-9
    if not tiles or len(tiles) == MOST_TILES:
        return
    for foot_y in np.linspace(top + 0.04, top + height - 0.04, 5):
        tall = float(stature.height(np.array([foot_y]))[0])
        if not 0.25 * LEAST_HEIGHT * 1.05 < tall < LEAST_HEIGHT * 0.95 or tall > foot_y:
            continue
        for x in np.linspace(0.2, 0.6, 9):
            whole = [
                tile
                for tile in tiles
                if tile.x <= x - tall / 8
                and x + tall / 8 <= tile.x + tile.width
                and tile.y <= foot_y - tall
                and foot_y <= tile.y + tile.height + 1e-6
            ]
            assert whole or foot_y > max(tile.y + tile.height for tile in tiles)


left, right = Box(0.0, 0.0, 0.5, 0.5), Box(0.4, 0.0, 0.5, 0.5)


def test_somebody_seen_in_two_tiles_and_in_the_whole_is_one() -> None:
    between = person(0.42, 0.2, 0.04, 0.08)
    joined = join([part(WHOLE, between), part(left, between), part(right, between)])
    assert len(joined.people) == 1
    assert joined.people[0].box == pytest.approx(between.box)


def test_somebody_cut_by_a_tile_s_edge_is_taken_from_the_tile_that_shows_the_whole() -> None:
    cut = person(0.48, 0.2, 0.04, 0.08)
    joined = join([(WHOLE, Found()), part(left, cut), part(right, cut)])
    assert [p.box for p in joined.people] == [pytest.approx(cut.box)]


def test_somebody_at_the_picture_s_own_edge_is_kept() -> None:
    edge = person(0.0, 0.2, 0.03, 0.08)
    assert len(join([(WHOLE, Found()), part(left, edge)]).people) == 1


def test_a_group_box_over_people_seen_singly_is_not_one_more() -> None:
    group = person(0.1, 0.1, 0.2, 0.12, score=0.4)
    singles = [person(0.11 + 0.06 * i, 0.12, 0.03, 0.08) for i in range(3)]
    joined = join([part(WHOLE, group), part(left, *singles)])
    assert len(joined.people) == 3


def test_vehicles_come_from_the_whole_picture() -> None:
    lorry = Vehicle(box=Box(0.1, 0.1, 0.5, 0.4), score=0.9)
    joined = join([(WHOLE, Found(vehicles=[lorry])), (left, Found(vehicles=[lorry]))])
    assert joined.vehicles == [lorry]


grid = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), unique=True, max_size=20)


@given(grid)
def test_apart_people_are_each_found_once_whatever_tiles_they_fall_into(cells: list[tuple[int, int]]) -> None:
    people = [person(0.02 + 0.12 * column, 0.02 + 0.19 * row, 0.03, 0.08) for column, row in cells]
    tiles = [Box(x, y, 0.5, 0.5) for x in (0, 0.25, 0.5) for y in (0, 0.25, 0.5)]
    joined = join([part(WHOLE, *people), *(part(tile, *people) for tile in tiles)])
    assert sorted(p.box for p in joined.people) == [pytest.approx(p.box) for p in sorted(people, key=lambda p: p.box)]


class Eye:
    """Finds people of the picture it is told about, if they fill enough of what it is shown."""

    def __init__(self, *people: Person) -> None:
        self.people = people
        self.shown = 0

    def find(self, bgr: Picture) -> Found:
        self.shown += 1
        # Where the piece was cut is written into its pixels by `coordinates`.
        y, x = (float(v) / 250 for v in bgr[0, 0, :2])
        side = bgr.shape[0] / 360
        _, found = part(Box(x, y, side, side), *self.people)
        tall = [p for p in found.people if p.box.height >= LEAST_HEIGHT]
        return Found(people=tall)


def coordinates() -> Picture:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, :, 0] = np.round(np.arange(360) / 360 * 250)[:, None]
    picture[:, :, 1] = np.round(np.arange(640) / 640 * 250)[None, :]
    return picture


def camera(**more: object) -> Camera:
    zones = [{"id": "all", "detect": {"crowding": {"count": 9}}}]
    return Camera.model_validate({"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", "zones": zones, **more})


MARKED = {"people": [{"head": [0.5, 0.83], "feet": [0.5, 0.9]}, {"head": [0.5, 0.235], "feet": [0.5, 0.3]}]}


def test_small_people_are_found_in_tiles_where_one_look_misses_them() -> None:
    crowd = [person(0.1 + 0.2 * i, 0.3 + 0.1 * i, 0.02, 0.065) for i in range(4)]
    eye = Eye(*crowd)
    assert eye.find(coordinates()).people == []
    assert len(Sight(eye, camera(**MARKED)).look(coordinates()).people) == 4


def test_tiles_that_find_nobody_are_tried_only_now_and_then() -> None:
    eye = Eye()
    sight = Sight(eye, camera(**MARKED))
    sight.look(coordinates())
    explored = eye.shown
    assert explored > 1
    for _ in range(EXPLORE_EVERY - 1):
        sight.look(coordinates())
    assert eye.shown == explored + EXPLORE_EVERY - 1
    eye.people = tuple(person(0.1 + 0.2 * i, 0.4, 0.02, 0.065) for i in range(4))
    for _ in range(4):
        sight.look(coordinates())
    assert eye.shown >= 4 * explored + EXPLORE_EVERY - 1


def test_a_camera_that_watches_no_crowd_is_looked_at_as_a_whole() -> None:
    eye = Eye()
    sight = Sight(eye, Camera.model_validate({"id": "c", "name": "C", "site": "s", "url": "rtsp://h/x"}))
    sight.look(coordinates())
    assert eye.shown == 1


def test_the_seam_is_narrower_than_the_smallest_person_a_tile_is_meant_for() -> None:
    assert SEAM_SHARE < LEAST_HEIGHT / 4
