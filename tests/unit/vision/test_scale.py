import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.cameras import Camera
from events.geometry import Box
from vision.detector import Person
from vision.scale import ASSUMED_LEAST, ASSUMED_MOST, ENOUGH_PEOPLE, PERSON_M, LearnedScale, known_scale

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


def camera(**settings: object) -> Camera:
    return Camera.model_validate({"id": "c", "name": "C", "site": "s", "url": "rtsp://127.0.0.1/x", **settings})


def test_two_marked_people_fix_the_scale() -> None:
    marks = [{"head": (0.3, 0.2), "feet": (0.3, 0.3)}, {"head": (0.6, 0.5), "feet": (0.6, 0.9)}]
    scale = known_scale(camera(people=marks), 16 / 9)
    assert scale is not None
    feet = np.array([0.3, 0.6, 0.9])
    true = np.array([0.1, 0.25, 0.4])
    assert (scale.least(feet) < true).all()
    assert (scale.most(feet) > true).all()
    assert np.allclose(np.sqrt(scale.least(feet) * scale.most(feet)), true)


@pytest.mark.parametrize("tilt_deg", [8, 15, 25])
def test_measured_ground_gives_people_within_its_doubt(tilt_deg: float) -> None:
    """A pinhole camera four metres up: where ground and people are seen follows from trigonometry alone."""
    aspect, up_m, focal = 16 / 9, 4.0, 1.2  # focal length in heights of the picture
    sine, cosine = np.sin(np.radians(tilt_deg)), np.cos(np.radians(tilt_deg))

    def seen(east: float, north: float, high: float) -> tuple[float, float]:
        down = up_m - high
        depth = north * cosine + down * sine
        return 0.5 + focal * east / depth / aspect, 0.5 + focal * (down * cosine - north * sine) / depth

    corners = [(-1.5, 7.0), (1.5, 7.0), (1.5, 12.0), (-1.5, 12.0)]
    marks = [{"at": seen(*corner, 0.0), "metres": corner} for corner in corners]
    scale = known_scale(camera(homography=marks), aspect)
    assert scale is not None
    for north in (7.0, 9.0, 12.0):
        foot, head = seen(0.0, north, 0.0)[1], seen(0.0, north, PERSON_M)[1]
        at = np.array([foot])
        assert float(scale.least(at)[0]) < foot - head < float(scale.most(at)[0])


def test_without_marks_or_from_nonsense_nothing_is_known() -> None:
    upside_down = [
        {"at": at, "metres": metres}
        for at, metres in [((0.2, 0.2), (0, 0)), ((0.8, 0.2), (4, 0)), ((0.6, 0.9), (4, 6)), ((0.4, 0.9), (0, 6))]
    ]
    assert known_scale(camera(), 16 / 9) is None
    assert known_scale(camera(people=[{"head": (0.3, 0.2), "feet": (0.3, 0.3)}]), 16 / 9) is None
    assert known_scale(camera(homography=upside_down), 16 / 9) is None
