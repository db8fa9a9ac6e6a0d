import numpy as np
import pytest

from vision.lasting import LastingChange
from vision.lying import GONE_S, NEAR_PX, Lying, around, mask_of
from vision.newcomer import Piece, Pixels

BAG: Pixels = (100, 60, 20, 16)
FAR: Pixels = (200, 60, 20, 16)
BESIDE: Pixels = (100 + 20 + NEAR_PX - 1, 40, 60, 60)


def piece(box: Pixels) -> Piece:
    return Piece(box=box, mask=np.full((box[3], box[2]), 255, np.uint8), area_px=box[2] * box[3])


def showing(*boxes: Pixels, moving: Pixels | None = None) -> LastingChange:
    """Return a scene that differs from its background in some places."""
    change = LastingChange()
    for box in boxes:
        change.changed |= mask_of(piece(box))
    if moving is not None:
        change.moving |= mask_of(piece(moving))
    change.age[:] = 500
    return change


@pytest.fixture
def lying() -> Lying:
    things = Lying()
    things.begin(piece(BAG), showing(BAG), since_s=10.0, score=0.9, attrs={})
    return things


def looked(lying: Lying, change: LastingChange, *, for_s: float) -> list[Pixels]:
    """Return the boxes of what still lies there after so long."""
    for _ in range(round(for_s)):
        lying.end_what_is_gone(change, 1.0)
    return [thing.box for thing in lying]


def test_a_thing_lies_there_for_as_long_as_a_third_of_it_shows(lying: Lying) -> None:
    assert looked(lying, showing((100, 60, 7, 16)), for_s=100) == [BAG]


def test_a_thing_that_is_gone_is_forgotten_after_some_seconds_and_its_place_is_young_again(lying: Lying) -> None:
    nothing = showing()
    assert looked(lying, nothing, for_s=GONE_S - 1) == [BAG]
    assert looked(lying, nothing, for_s=1) == []
    assert not nothing.age[around(BAG)][3:-3, 3:-3].any()
    assert not lying.keep.any()


def test_a_thing_that_looks_gone_for_a_moment_below_a_cloud_is_still_the_same(lying: Lying) -> None:
    for _ in range(5):
        assert looked(lying, showing(), for_s=GONE_S - 1) == [BAG]
        assert looked(lying, showing(BAG), for_s=1) == [BAG]


def test_behind_somebody_who_moves_nobody_knows_whether_it_is_gone(lying: Lying) -> None:
    assert looked(lying, showing(moving=BAG), for_s=100) == [BAG]


def test_what_comes_up_beside_a_thing_belongs_to_it_and_what_comes_up_elsewhere_does_not(lying: Lying) -> None:
    assert not lying.takes_in(piece(FAR), showing(BAG, FAR))
    assert lying.takes_in(piece(BESIDE), showing(BAG, BESIDE))
    assert [thing.box for thing in lying] == [(100, 40, BESIDE[0] + 60 - 100, 60)]


def test_when_only_what_came_up_beside_it_has_gone_the_thing_itself_remains(lying: Lying) -> None:
    lying.takes_in(piece(BESIDE), showing(BAG, BESIDE))
    alone = showing(BAG)
    assert looked(lying, alone, for_s=3 * GONE_S) == [BAG]
    assert not lying.keep[around(BESIDE)][10:-10, 10:-10].any(), "the ground beside it is learned again"
    assert looked(lying, showing(), for_s=GONE_S) == []


def test_a_heap_whose_beginning_was_taken_away_remains(lying: Lying) -> None:
    lying.takes_in(piece(BESIDE), showing(BAG, BESIDE))
    [widened] = lying
    assert looked(lying, showing(BESIDE), for_s=3 * GONE_S) == [widened.box]


def test_two_things_put_down_at_once_differ_in_when_they_came() -> None:
    things = Lying()
    for box in (BAG, FAR):
        things.begin(piece(box), showing(box), since_s=10.0, score=0.9, attrs={})
    first, second = things
    assert first.since_s == 10.0
    assert second.since_s == pytest.approx(10.0, abs=0.01)
    assert second.since_s != first.since_s


def test_the_background_is_kept_where_things_lie_and_at_their_fringe(lying: Lying) -> None:
    assert lying.keep[around(BAG)].all()
    assert np.count_nonzero(lying.keep) == (20 + 6) * (16 + 6)
