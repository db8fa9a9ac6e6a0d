import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from events.geometry import Box
from vision.detector import Person
from vision.scale import ASSUMED_LEAST, ASSUMED_MOST, ENOUGH_PEOPLE, LearnedScale

FEET = np.array([0.2, 0.6, 1.0])


def standing(scale: float, foot: float, *, score: float = 0.9) -> Person:
    height = scale * (foot + 0.08)
    return Person(box=Box(0.5, foot - height, height / 4, height), score=score)


def test_before_anybody_was_seen_the_bounds_are_wide() -> None:
    scale = LearnedScale()
    assert np.allclose(scale.most(FEET), ASSUMED_MOST * (FEET + 0.08))
    assert np.allclose(scale.least(FEET), ASSUMED_LEAST * (FEET + 0.08))


def test_enough_people_narrow_the_bounds_around_the_truth() -> None:
    scale = LearnedScale()
    scale.learn([standing(0.3, foot) for foot in np.linspace(0.4, 0.95, ENOUGH_PEOPLE)], 16 / 9)
    true = 0.3 * (FEET + 0.08)
    assert (scale.least(FEET) <= true).all()
    assert (scale.most(FEET) >= true).all()
    assert (scale.most(FEET) < 1.3 * true).all()
    assert (scale.least(FEET) > 0.75 * true).all()


def test_unsure_sitting_and_cut_off_people_teach_nothing() -> None:
    scale = LearnedScale()
    sitting = Person(box=Box(0.5, 0.5, 0.2, 0.2), score=0.9)
    cut = Person(box=Box(0.5, 0.8, 0.05, 0.2), score=0.9)
    scale.learn([standing(0.3, 0.8, score=0.3), sitting, cut] * ENOUGH_PEOPLE, 16 / 9)
    assert np.allclose(scale.most(FEET), ASSUMED_MOST * (FEET + 0.08))


def test_a_camera_turned_elsewhere_is_learned_again() -> None:
    scale = LearnedScale()
    for _ in range(200):
        scale.learn([standing(0.2, 0.8)] * 20, 16 / 9)
    for _ in range(800):
        scale.learn([standing(0.5, 0.8)] * 20, 16 / 9)
    assert float(scale.least(np.array([0.8]))[0]) > 0.35 * 0.88


@given(st.lists(st.tuples(st.floats(0.05, 1.2), st.floats(0.1, 1.2)), max_size=80))
def test_the_bounds_are_always_in_order_and_grow_downwards(seen: list[tuple[float, float]]) -> None:
    scale = LearnedScale()
    for one in seen:
        scale.learn([standing(*one)], 16 / 9)
    least, most = scale.least(FEET), scale.most(FEET)
    assert (least <= most).all()
    assert (np.diff(most) > 0).all()
