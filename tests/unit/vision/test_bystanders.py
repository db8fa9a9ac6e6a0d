import numpy as np

from events.geometry import Box, Polygon
from vision.bystanders import MEMORY_S, Bystanders
from vision.detector import Found, Mask, Person, Vehicle
from vision.structure import bounds
from vision.zones import zone_mask

ZONE = zone_mask(Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
RECT = bounds(ZONE)
PLACE = Box(120 / 320, 70 / 180, 40 / 320, 40 / 180)


def covered() -> Mask:
    whole = np.zeros((180, 320), np.uint8)
    whole[72:108, 122:158] = 255
    return whole[RECT.rows, RECT.columns].copy()


def left_after(bystanders: Bystanders, t_s: float) -> int:
    mask = covered()
    bystanders.take_out(mask, t_s)
    return int(np.count_nonzero(mask))


def test_what_lies_within_a_sure_box_is_theirs() -> None:
    for found in (Found(people=[Person(box=PLACE, score=0.7)]), Found(vehicles=[Vehicle(box=PLACE, score=0.6)])):
        bystanders = Bystanders(ZONE)
        bystanders.see(found, 0.0)
        assert left_after(bystanders, 0.0) == 0


def test_an_unsure_box_takes_nothing_out() -> None:
    bystanders = Bystanders(ZONE)
    bystanders.see(Found(people=[Person(box=PLACE, score=0.5)]), 0.0)
    assert left_after(bystanders, 0.0) == 36 * 36


def test_of_a_piece_that_is_partly_theirs_the_rest_stays() -> None:
    bystanders = Bystanders(ZONE)
    bystanders.see(Found(people=[Person(box=Box(120 / 320, 70 / 180, 12 / 320, 40 / 180), score=0.9)]), 0.0)
    assert left_after(bystanders, 0.0) == 36 * 26


def test_behind_somebody_lies_what_lay_there_before_and_elsewhere_what_is_seen() -> None:
    bystanders, nothing = Bystanders(ZONE), np.zeros_like(covered())
    lying = bystanders.known_behind(None, covered(), 0.0)
    assert np.array_equal(lying, covered() > 0)
    bystanders.see(Found(people=[Person(box=Box(120 / 320, 70 / 180, 20 / 320, 40 / 180), score=0.9)]), 1.0)
    behind = bystanders.known_behind(lying, nothing, 1.0)
    assert np.count_nonzero(behind) == 36 * 18
    assert not bystanders.known_behind(lying, nothing, 1.0 + MEMORY_S + 1).any()


def test_who_was_seen_lately_but_not_just_now_may_still_hide_something() -> None:
    bystanders = Bystanders(ZONE)
    bystanders.see(Found(people=[Person(box=PLACE, score=0.9)]), 0.0)
    for t_s in range(1, 5):
        bystanders.see(Found(), float(t_s))
    assert not bystanders.known_behind(np.zeros_like(covered(), np.bool_), covered(), 4.0).any()


def test_somebody_missed_in_a_look_or_two_still_stands_there_and_is_forgotten_when_gone() -> None:
    bystanders, there = Bystanders(ZONE), Found(people=[Person(box=PLACE, score=0.9)])
    for t_s in range(5):
        bystanders.see(there, float(t_s))
    bystanders.see(Found(), 5.0)
    assert left_after(bystanders, 5.0) == 0
    for t_s in range(6, 12):
        bystanders.see(Found(), float(t_s))
    assert left_after(bystanders, 12.0) > 0


def test_nobody_is_remembered_for_long_without_a_look() -> None:
    bystanders = Bystanders(ZONE)
    bystanders.see(Found(people=[Person(box=PLACE, score=0.9)]), 0.0)
    assert left_after(bystanders, MEMORY_S + 1) > 0


def test_only_who_hides_a_tenth_of_the_zone_stands_in_the_way() -> None:
    bystanders = Bystanders(ZONE)
    assert bystanders.stand_in_the_way(Found(people=[Person(box=PLACE, score=0.9)]))
    assert not bystanders.stand_in_the_way(Found(people=[Person(box=Box(0.5, 0.5, 0.02, 0.1), score=0.9)]))
    assert not bystanders.stand_in_the_way(Found(people=[Person(box=Box(0.0, 0.0, 0.2, 0.2), score=0.9)]))
    assert not bystanders.stand_in_the_way(None)
