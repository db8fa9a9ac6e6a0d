import numpy as np
import pytest

from events.geometry import Box, Polygon
from tests.unit.vision.scenes import NOTHING
from vision.counting import ForegroundCounter, count_boxes
from vision.detector import Mask, Person, Region

WHOLE = Region(zone=None, polygon=Polygon.whole_picture())
LEFT = Region(zone=None, polygon=Polygon.from_points([(0, 0), (0.5, 0), (0.5, 1), (0, 1)]))
WIDE = 16 / 9


def person(x: float, y: float, score: float = 0.9, width: float = 0.05, height: float = 0.3) -> Person:
    return Person(box=Box(x, y, width, height), score=score)


def moving(*boxes: Box) -> Mask:
    mask = NOTHING.copy()
    for box in boxes:
        x, y, width, height = box.to_pixels(320, 180)
        mask[y : y + height, x : x + width] = 255
    return mask


def walkers(*feet: tuple[float, float], scale: float = 0.35) -> Mask:
    """Return people standing at (x, y), drawn by the geometry the counter assumes of a 16:9 camera."""
    mask = NOTHING.copy()
    for x, y in feet:
        height_px = round(scale * (y + 0.08) * 180)
        width_px = max(round(0.3 * height_px), 1)
        bottom, left = round(y * 180), round(x * 320) - width_px // 2
        mask[bottom - height_px : bottom, left : left + width_px] = 255
    return mask


def test_feet_decide_in_which_zone_somebody_stands() -> None:
    people = [person(0.1, 0.2), person(0.6, 0.2), person(0.44, 0.2)]
    assert count_boxes(people, LEFT, None).people == 2
    assert count_boxes(people, WHOLE, None).people == 3


def test_feet_cut_off_by_the_lower_edge_still_stand_in_a_zone_that_reaches_it() -> None:
    assert count_boxes([person(0.1, 0.7, height=0.3)], LEFT, None).people == 1


def test_a_doubtful_box_counts_only_where_something_moves() -> None:
    doubtful = person(0.3, 0.3, score=0.3)
    assert count_boxes([doubtful], WHOLE, NOTHING).people == 0
    assert count_boxes([doubtful], WHOLE, None).people == 0
    assert count_boxes([doubtful], WHOLE, moving(doubtful.box)).people == 1


def test_movement_that_a_surer_person_explains_confirms_nobody_else() -> None:
    sure, doubtful = person(0.30, 0.3), person(0.31, 0.31, score=0.3)
    silhouette = Box(0.31, 0.3, 0.03, 0.3)
    assert count_boxes([sure, doubtful], WHOLE, moving(silhouette)).people == 1
    assert count_boxes([doubtful], WHOLE, moving(silhouette)).people == 1


def test_the_count_says_where_its_people_are() -> None:
    box = count_boxes([person(0.1, 0.2), person(0.3, 0.4)], WHOLE, None).box
    assert box == pytest.approx((0.1, 0.2, 0.25, 0.5))
    assert count_boxes([], WHOLE, None).box is None


def test_an_empty_picture_holds_nobody() -> None:
    count = ForegroundCounter(WHOLE).count(NOTHING, WIDE)
    assert count.people == 0
    assert count.box is None


@pytest.mark.parametrize("scale", [0.22, 0.35, 0.7])
def test_the_camera_s_scale_is_learned_from_people_who_walk_alone(scale: float) -> None:
    counter = ForegroundCounter(WHOLE)
    for i in range(120):
        x = 0.1 + 0.8 * (i % 30) / 30
        count = counter.count(walkers((x, 0.9), (1.0 - x, 0.6), scale=scale), WIDE)
    assert counter.stature.scale == pytest.approx(scale, rel=0.12)
    assert count.people == 2


def accustomed(scale: float = 0.35) -> ForegroundCounter:
    """Return a counter that has seen people walk alone for a while."""
    counter = ForegroundCounter(WHOLE)
    for i in range(160):
        counter.count(walkers((0.1 + 0.8 * (i % 30) / 30, 0.7), scale=scale), WIDE)
    return counter


def test_a_group_is_counted_by_its_area() -> None:
    counter = accustomed()
    side_by_side = walkers(*((0.3 + 0.045 * i, 0.7) for i in range(6)))
    assert counter.count(side_by_side, WIDE).people == pytest.approx(6, abs=2.5)


@pytest.mark.parametrize("seed", range(4))
def test_people_who_hide_each_other_in_a_scattered_crowd_are_not_forgotten(seed: int) -> None:
    counter = accustomed(scale=0.2)
    random = np.random.default_rng(seed)
    feet = list(zip(random.uniform(0.1, 0.9, 30).tolist(), random.uniform(0.5, 0.95, 30).tolist(), strict=True))
    assert counter.count(walkers(*feet, scale=0.2), WIDE).people == pytest.approx(30, rel=0.25)


def test_a_crowd_in_one_piece_is_no_single_thing_where_people_are_usual() -> None:
    rows = [(0.05 + 0.03 * column, 0.6 + 0.05 * row) for row in range(7) for column in range(28)]
    assert accustomed(scale=0.2).count(walkers(*rows, scale=0.2), WIDE).people > 40
    assert ForegroundCounter(WHOLE).count(walkers(*rows, scale=0.2), WIDE).people == 1


def test_where_nothing_has_the_shape_of_people_a_large_blob_is_one_thing() -> None:
    counter = ForegroundCounter(WHOLE)
    for i in range(200):
        x = 0.05 + 0.5 * (i % 40) / 40
        count = counter.count(moving(Box(x, 0.5, 0.4, 0.15)), WIDE)
    assert not count.trusted
    assert count.people == 1


def test_a_speck_is_nobody() -> None:
    mask = NOTHING.copy()
    mask[100:103, 100:103] = 255
    assert ForegroundCounter(WHOLE).count(mask, WIDE).people == 0


def test_a_blob_outside_the_zone_is_not_counted() -> None:
    counter = ForegroundCounter(LEFT)
    assert counter.count(walkers((0.25, 0.7)), WIDE).people == 1
    assert counter.count(walkers((0.75, 0.7)), WIDE).people == 0


def test_a_squeezed_picture_is_counted_in_its_own_proportions() -> None:
    counter = ForegroundCounter(WHOLE)
    wide = walkers((0.3, 0.8), (0.5, 0.8), (0.7, 0.8))
    # A 4:3 picture squeezed to 320x180 shows people a third wider.
    narrow = np.repeat(wide, 4, axis=1)[:, ::3][:, :320].copy()
    assert counter.count(narrow, 4 / 3).people == 3
