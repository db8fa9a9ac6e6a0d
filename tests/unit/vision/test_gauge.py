"""Where the water stands along a drawn gauge."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.vision.scenes import Camera, street
from tests.unit.vision.waters import flooded, linear, staff
from vision.detector import Small
from vision.gauge import Staff
from vision.marks import Mark, Scale

TOP, BOTTOM, X = 50, 160, 160
SCALE = Scale([Mark((X + 0.5) / 320, (TOP + 0.5) / 180, 200), Mark((X + 0.5) / 320, (BOTTOM + 0.5) / 180, 0)])
CM_PER_PX = 200 / (BOTTOM - TOP)
SCENE = staff(street(), (X, TOP), (X, BOTTOM))
NEAR_CM = 3 * CM_PER_PX

shares = st.floats(0.05, 0.95)


@st.composite
def scales(draw: st.DrawFn) -> tuple[Mark, Mark]:
    """Two marks at least 9 pixels apart, as the check of the site file asks."""
    marks = [Mark(draw(shares), draw(shares), draw(st.integers(-500, 2000))) for _ in range(2)]
    assume(math.dist(marks[0][:2], marks[1][:2]) >= 0.05)
    assume(marks[0].cm != marks[1].cm)
    return marks[0], marks[1]


@given(scales())
def test_the_scale_says_of_each_mark_what_it_says(marks: tuple[Mark, Mark]) -> None:
    scale = Scale(marks)
    for mark in marks:
        assert scale.point(scale.row(mark.cm)) == pytest.approx((mark.x, mark.y), abs=1e-6)


@given(scales(), st.floats(-0.25, 1.25))
def test_centimetres_and_rows_are_inverse(marks: tuple[Mark, Mark], share: float) -> None:
    scale = Scale(marks)
    cm = scale.low_cm + share * (scale.high_cm - scale.low_cm)
    assert scale.cm(scale.row(cm)) == pytest.approx(cm, abs=1e-6 * (1 + abs(cm)))


@given(scales(), shares)
def test_halves_of_the_way_are_halves_of_the_centimetres(marks: tuple[Mark, Mark], share: float) -> None:
    one, other = marks
    scale = Scale(marks)
    x, y = scale.point(scale.row(one.cm + share * (other.cm - one.cm)))
    assert (x, y) == pytest.approx((one.x + share * (other.x - one.x), one.y + share * (other.y - one.y)), abs=1e-6)


@given(scales())
def test_the_order_of_the_marks_does_not_matter_and_the_strip_stays_in_the_picture(marks: tuple[Mark, Mark]) -> None:
    one, other = Scale(marks), Scale(marks[::-1])
    assert (one.rows, one.cm_per_row, one.cm(3)) == (other.rows, other.cm_per_row, other.cm(3))
    assert one.cm_per_row > 0, "the first row is the highest centimetre"
    for row in (0, one.rows - 1):
        x, y = one.point(row)
        assert -0.01 <= x <= 1.01
        assert -0.01 <= y <= 1.01


@settings(max_examples=25)
@given(scales(), st.data())
def test_a_strip_painted_for_after_a_restart_comes_back(marks: tuple[Mark, Mark], data: st.DataObject) -> None:
    scale = Scale(marks)
    rows = np.array(data.draw(st.lists(st.integers(1, 255), min_size=scale.rows, max_size=scale.rows)), np.float32)
    strip = np.repeat(rows[:, None], 16, axis=1)
    back = scale.painted(scale.paint(strip))
    # Rows of a leaning staff share pixels with their neighbours.
    assert set(np.unique(back)) <= {0.0, *rows.tolist()}
    if abs(marks[0].x - marks[1].x) < 1e-3:
        assert np.array_equal(back, strip)


@pytest.mark.parametrize(
    "marks", [[Mark(0.5, 0.5, 1), Mark(0.5, 0.5, 2)], [Mark(0.5, 0.2, 1), Mark(0.5, 0.8, 1)]], ids=["place", "cm"]
)
def test_marks_that_measure_nothing_are_refused(marks: list[Mark]) -> None:
    with pytest.raises(ValueError, match="must differ"):
        Scale(marks)


def read(pole: Staff, show: Camera, row: float, t_s: float, *, gain: float = 1.0, scene: Small = SCENE) -> float | None:
    show.scene = flooded(scene, row, t_s)
    return pole.look(show.picture(gain=gain), t_s)


@pytest.mark.parametrize("row", [70, 105, 140])
@pytest.mark.parametrize("gain", [1.0, 0.35])
def test_standing_water_is_read_between_the_marks_by_day_and_night(row: int, gain: float) -> None:
    pole, show = Staff(SCALE), Camera(SCENE)
    for t_s in range(0, 60, 5):
        found = read(pole, show, row, t_s, gain=gain)
    assert found is not None
    assert SCALE.cm(found) == pytest.approx((BOTTOM - row) * CM_PER_PX, abs=NEAR_CM)


@pytest.mark.parametrize(("first", "last"), [(150, 70), (75, 150)], ids=["rises", "falls"])
def test_moving_water_is_followed(first: float, last: float) -> None:
    pole, show, course = Staff(SCALE), Camera(SCENE), linear(30, 330, first, last)
    errors = []
    for t_s in range(0, 390, 5):
        found = read(pole, show, course(t_s), t_s)
        if t_s >= 30 and found is not None:
            # The median of five readings is ten seconds behind.
            errors.append(abs(SCALE.cm(found) - (BOTTOM - course(t_s - 10)) * CM_PER_PX))
    assert len(errors) > 60
    assert np.mean(errors) < NEAR_CM
    assert errors[-1] < NEAR_CM


def test_a_leaning_staff_is_read_along_its_lean() -> None:
    top, bottom = (120.0, 50.0), (175.0, 160.0)
    scale = Scale([Mark((x + 0.5) / 320, (y + 0.5) / 180, cm) for (x, y), cm in ((top, 300), (bottom, 100))])
    scene = staff(street(), top, bottom)
    pole, show = Staff(scale), Camera(scene)
    for t_s in range(0, 60, 5):
        found = read(pole, show, 105, t_s, scene=scene)
    assert found is not None
    assert scale.cm(found) == pytest.approx(200, abs=3 * 200 / 110)
    assert scale.point(found)[0] == pytest.approx(148 / 320, abs=0.01)


def test_a_covered_gauge_gives_no_value_at_any_second() -> None:
    pole, show = Staff(SCALE), Camera(SCENE)
    for t_s in range(60):
        assert read(pole, show, 120, t_s) is not None
    show.scene = street(9)  # somebody, or something, stands before it
    said = [pole.look(show.picture(), float(t_s)) for t_s in range(60, 90)]
    assert said[5:] == [None] * 25
    back = [read(pole, show, 120, t_s) for t_s in range(90, 100)]
    assert back[-1] is not None
    assert SCALE.cm(back[-1]) == pytest.approx((BOTTOM - 120) * CM_PER_PX, abs=NEAR_CM)


@pytest.mark.parametrize("level", [0, 16, 255])
def test_a_picture_without_anything_in_it_is_not_read(level: int) -> None:
    pole = Staff(SCALE)
    assert pole.look(np.full((180, 320), level, np.uint8), 0.0) is None


def test_what_the_dry_gauge_looks_like_survives_a_restart() -> None:
    pole, show = Staff(SCALE), Camera(SCENE)
    for t_s in range(0, 120, 5):
        read(pole, show, 150, t_s)
    assert pole.known > 0.5
    again = Staff(SCALE, pole.dry_picture())
    assert again.known == pytest.approx(pole.known)
    first = read(again, show, 80, 0)
    assert first is not None
    assert SCALE.cm(first) == pytest.approx((BOTTOM - 80) * CM_PER_PX, abs=NEAR_CM)
    assert Staff(SCALE).known == 0


def test_water_is_not_learned_as_the_dry_gauge() -> None:
    pole, show = Staff(SCALE), Camera(SCENE)
    for t_s in range(0, 600, 5):
        read(pole, show, 100, t_s)
    dry = SCALE.painted(pole.dry_picture())
    known = dry.min(axis=1) > 0
    assert known[: math.floor(SCALE.row((BOTTOM - 95) * CM_PER_PX))].mean() > 0.9
    assert not known[math.ceil(SCALE.row((BOTTOM - 100) * CM_PER_PX)) :].any()


def test_a_gauge_that_cannot_be_read_for_an_hour_is_learned_anew() -> None:
    pole, show = Staff(SCALE), Camera(SCENE)
    for t_s in range(0, 60, 5):
        read(pole, show, 150, t_s)
    other = Camera(staff(street(9), (X + 3, TOP), (X + 3, BOTTOM)))
    said = [pole.look(other.picture(), 60.0 + 60 * minute) for minute in range(75)]
    assert said[1] is None
    assert said[-1] is not None
