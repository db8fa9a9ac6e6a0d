import numpy as np
import pytest

from events.geometry import Box
from vision.detector import Found, Person, Vehicle
from vision.lasting import LastingChange
from vision.newcomer import Piece, shares
from vision.presence import FORGET_S, LEAST_SCORE, STALE_S, Presence

BOX = (100, 60, 20, 20)
PIECE = Piece(box=BOX, mask=np.full((20, 20), 255, np.uint8), area_px=400)
HERE = shares(BOX)
BESIDE = shares((90, 50, 20, 40))
ELSEWHERE = Box(0.7, 0.1, 0.1, 0.2)


def found(*, people: int = 0, vehicles: int = 0, box: Box = HERE, score: float = 0.8) -> Found:
    return Found(people=[Person(box=box, score=score)] * people, vehicles=[Vehicle(box=box, score=score)] * vehicles)


def seen(
    presence: Presence,
    answer: Found | None,
    *,
    for_s: int,
    from_s: float = 0.0,
    change: LastingChange | None = None,
) -> Presence:
    for i in range(for_s):
        presence.see(answer, change or LastingChange(), from_s + i, 1.0)
    return presence


@pytest.fixture
def aged() -> LastingChange:
    """A scene that has been changed everywhere for long."""
    change = LastingChange()
    change.age[:] = 1000
    return change


def test_somebody_who_stands_there_covers_more_and_more_and_is_forgotten_as_fast(aged: LastingChange) -> None:
    presence = Presence()
    assert presence.share(PIECE) == 0.0
    # The first answer stands for the time before it.
    at_once = seen(presence, found(people=1), for_s=1, change=aged).share(PIECE)
    assert at_once == pytest.approx(1 - np.exp(-1), abs=0.01)
    later = seen(presence, found(people=1), from_s=1, for_s=int(FORGET_S), change=aged).share(PIECE)
    assert later == pytest.approx(1 - np.exp(-2), abs=0.01)
    seen(presence, found(people=1), from_s=11, for_s=29, change=aged)
    assert seen(presence, Found(), from_s=40, for_s=20, change=aged).share(PIECE) < 0.2


@pytest.mark.parametrize("answer", [found(people=1, box=ELSEWHERE), found(people=1, score=LEAST_SCORE - 0.01), None])
def test_who_stands_elsewhere_or_is_too_unsure_covers_nothing(answer: Found | None) -> None:
    assert seen(Presence(), answer, for_s=20).share(PIECE) == 0.0


def test_half_a_piece_in_a_box_is_half_covered(aged: LastingChange) -> None:
    half = shares((100, 60, 10, 20))
    assert seen(Presence(), found(people=1, box=half), for_s=60, change=aged).share(PIECE) == pytest.approx(
        0.5, abs=0.05
    )


def test_somebody_beside_a_thing_covers_a_part_of_it_and_so_not_the_thing(aged: LastingChange) -> None:
    half, whole = (seen(Presence(), found(people=1, box=box), for_s=60, change=aged) for box in (BESIDE, HERE))
    assert half.share(PIECE) == pytest.approx(0.5, abs=0.05)
    assert not half.covers(PIECE)
    assert whole.covers(PIECE)
    assert not seen(whole, Found(), from_s=60, for_s=20, change=aged).covers(PIECE), "who has gone covers nothing"


def test_a_vehicle_that_has_come_covers(aged: LastingChange) -> None:
    assert seen(Presence(), found(vehicles=1), for_s=30, change=aged).share(PIECE) > 0.8


def test_in_front_of_a_vehicle_that_always_stood_there_things_are_left(aged: LastingChange) -> None:
    presence = seen(Presence(), found(vehicles=1), for_s=240)
    assert seen(presence, found(vehicles=1), from_s=240, for_s=20, change=aged).share(PIECE) < 0.1


def test_vehicles_parked_from_the_start_are_usual_long_before_a_minute(aged: LastingChange) -> None:
    presence = seen(Presence(), found(vehicles=1), for_s=15)
    assert seen(presence, found(vehicles=1), from_s=15, for_s=20, change=aged).share(PIECE) < 0.3


def test_a_vehicle_that_drives_up_first_of_all_is_not_usual(aged: LastingChange) -> None:
    arriving = LastingChange()
    arriving.moving[:] = 255
    presence = seen(Presence(), found(vehicles=1), for_s=4, change=arriving)
    assert seen(presence, found(vehicles=1), from_s=4, for_s=20, change=aged).share(PIECE) > 0.7


def test_a_person_who_always_stood_there_covers_all_the_same() -> None:
    assert seen(Presence(), found(people=1), for_s=240).share(PIECE) > 0.9


def test_nobody_is_known_before_an_answer_and_a_while_after_the_last() -> None:
    presence = Presence()
    assert not presence.known(0.0)
    presence.see(None, LastingChange(), 0.0, 1.0)
    assert not presence.known(0.0)
    presence.see(Found(), LastingChange(), 1.0, 1.0)
    assert presence.known(1.0 + STALE_S - 0.1)
    assert not presence.known(1.0 + STALE_S)


def test_a_late_answer_counts_for_the_time_nobody_was_asked(aged: LastingChange) -> None:
    presence = Presence()
    presence.see(found(people=1), aged, 0.0, 1.0)
    presence.see(found(people=1), aged, 30.0, 1.0)
    assert presence.share(PIECE) > 0.6


class TestMistaken:
    def test_is_the_share_of_late_answers_that_take_the_piece_itself_for_somebody(self) -> None:
        presence = seen(Presence(), found(people=1), for_s=5)
        seen(presence, Found(), from_s=5, for_s=5)
        assert presence.mistaken(HERE, 10.0, 0.0) == pytest.approx(0.5)
        assert presence.mistaken(ELSEWHERE, 10.0, 0.0) == 0.0

    def test_says_little_after_a_single_answer(self) -> None:
        assert seen(Presence(), found(people=1), for_s=1).mistaken(HERE, 1.0, 0.0) == pytest.approx(0.2)

    def test_does_not_count_passers_by_who_move(self) -> None:
        moving = LastingChange()
        moving.moving[:] = 255
        assert seen(Presence(), found(people=1), for_s=10, change=moving).mistaken(HERE, 10.0, 0.0) == 0.0

    def test_does_not_count_a_much_larger_box_around_it(self) -> None:
        large = found(people=1, box=Box(0.2, 0.1, 0.4, 0.8))
        assert seen(Presence(), large, for_s=10).mistaken(HERE, 10.0, 0.0) == 0.0

    def test_does_not_count_vehicles_that_passed_there_as_often_before_it_came(self) -> None:
        presence = Presence()
        for k in range(15):
            seen(presence, found(vehicles=1), from_s=4.0 * k, for_s=1)
            seen(presence, Found(), from_s=4.0 * k + 1, for_s=3)
        assert presence.mistaken(HERE, 60.0, 0.0) == pytest.approx(0.25, abs=0.05)
        assert presence.mistaken(HERE, 60.0, 40.0) == pytest.approx(0.0, abs=0.05)

    def test_forgets_after_half_a_minute(self) -> None:
        assert seen(Presence(), found(people=1), for_s=10).mistaken(HERE, 60.0, 0.0) == 0.0


class TestLeftBy:
    BESIDE = Box(HERE.x + 0.8 * HERE.width, HERE.y - 0.2, 0.06, 0.35)

    def test_is_who_was_beside_it_then(self) -> None:
        assert seen(Presence(), found(people=1, box=self.BESIDE), for_s=5).left_by(HERE, 3.0) == "person"
        assert seen(Presence(), found(vehicles=1, box=self.BESIDE), for_s=5).left_by(HERE, 3.0) == "vehicle"

    def test_is_whoever_was_seen_there_more_often(self) -> None:
        presence = seen(Presence(), found(vehicles=1, box=self.BESIDE), for_s=4)
        assert seen(presence, found(people=1, box=self.BESIDE), from_s=4, for_s=1).left_by(HERE, 3.0) == "vehicle"

    def test_is_unknown_where_everybody_was_far_off_or_came_later(self) -> None:
        assert seen(Presence(), found(people=1, box=ELSEWHERE), for_s=5).left_by(HERE, 3.0) == "unknown"
        later = seen(Presence(), found(people=1, box=self.BESIDE), from_s=20.0, for_s=5)
        assert later.left_by(HERE, 3.0) == "unknown"
        assert Presence().left_by(HERE, 0.0) == "unknown"
