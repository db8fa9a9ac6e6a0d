import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.cameras import Camera
from events.geometry import Box
from vision.detector import Person
from vision.stature import HORIZON_SHARE, USUAL_SCALE, Stature


def camera(**more: object) -> Camera:
    return Camera.model_validate({"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", **more})


def mark(foot_y: float, height: float) -> dict[str, object]:
    return {"head": [0.5, foot_y - height], "feet": [0.5, foot_y]}


def height_at(stature: Stature, foot_y: float) -> float:
    return float(stature.height(np.array([foot_y]))[0])


def test_before_anybody_was_seen_people_are_of_usual_height() -> None:
    stature = Stature.of(camera(), 16 / 9)
    assert height_at(stature, 0.92) == pytest.approx(USUAL_SCALE * (0.92 + HORIZON_SHARE), rel=0.05)
    assert not stature.sure


@given(near_y=st.floats(0.6, 0.95), apart=st.floats(0.1, 0.4), far=st.floats(0.03, 0.1), more=st.floats(0.02, 0.1))
def test_two_marked_people_say_how_tall_people_look_everywhere(
    near_y: float, apart: float, far: float, more: float
) -> None:
    stature = Stature.of(camera(people=[mark(near_y, far + more), mark(near_y - apart, far)]), 16 / 9)
    assert height_at(stature, near_y) == pytest.approx(far + more, rel=1e-6)
    assert height_at(stature, near_y - apart) == pytest.approx(far, rel=1e-6)
    assert height_at(stature, near_y - apart / 2) == pytest.approx(far + more / 2, rel=1e-6)
    assert stature.sure


def test_one_marked_person_says_the_scale() -> None:
    stature = Stature.of(camera(people=[mark(0.8, 0.2)]), 16 / 9)
    assert height_at(stature, 0.8) == pytest.approx(0.2)


def test_marks_are_not_unlearned() -> None:
    stature = Stature.of(camera(people=[mark(0.8, 0.2)]), 16 / 9)
    stature.learn(np.full(500, 0.5), np.full(500, 0.8), np.full(500, 1000.0))
    assert height_at(stature, 0.8) == pytest.approx(0.2)


def test_people_the_network_is_sure_of_teach_how_tall_people_are() -> None:
    stature = Stature.of(camera(), 16 / 9)
    sure = [Person(box=Box(0.1 * i, 0.7 - 0.15, 0.03, 0.15), score=0.9) for i in range(8)]
    doubtful = [Person(box=Box(0.1 * i, 0.1, 0.3, 0.8), score=0.3) for i in range(8)]
    for _ in range(5):
        stature.learn_people([*sure, *doubtful], 0.45)
    assert height_at(stature, 0.7) == pytest.approx(0.15, rel=0.12)
    assert stature.sure


def test_people_cut_by_the_edge_teach_nothing() -> None:
    stature = Stature.of(camera(), 16 / 9)
    stature.learn_people([Person(box=Box(0.1, 0.6, 0.1, 0.4), score=0.9)] * 50, 0.45)
    assert stature.seen == 0


def ground(camera_m: float, focal: float, pitch: float, aspect: float) -> list[dict[str, object]]:
    """Return four marks of flat ground under a pinhole camera that looks down by `pitch` radians.

    Args:
        camera_m: Its height.
        focal: Focal length in picture heights.
        pitch: Angle below the horizontal.
        aspect: Width over height of the picture.
    """
    marks: list[dict[str, object]] = []
    for x, y in ((0.1, 0.5), (0.9, 0.5), (0.9, 0.95), (0.1, 0.95)):
        across, down = (x - 0.5) * aspect / focal, (y - 0.5) / focal
        falls = np.sin(pitch) + down * np.cos(pitch)
        ahead = np.cos(pitch) - down * np.sin(pitch)
        marks.append({"at": [x, y], "metres": [camera_m * across / falls, camera_m * ahead / falls]})
    return marks


@pytest.mark.parametrize(("camera_m", "pitch"), [(4.0, 0.35), (6.0, 0.4), (10.0, 0.45)])
def test_marked_ground_says_about_how_tall_people_are(camera_m: float, pitch: float) -> None:
    focal, aspect = 1.0, 16 / 9
    stature = Stature.of(camera(homography=ground(camera_m, focal, pitch, aspect)), aspect)
    # A person of 1.6 m whose feet are seen at .8 of the picture's height, seen by the same camera.
    down = (0.8 - 0.5) / focal
    ahead_m = camera_m * (np.cos(pitch) - down * np.sin(pitch)) / (np.sin(pitch) + down * np.cos(pitch))
    below_m = camera_m - 1.6
    head = (below_m * np.cos(pitch) - ahead_m * np.sin(pitch)) / (ahead_m * np.cos(pitch) + below_m * np.sin(pitch))
    true = 0.8 - (0.5 + focal * head)
    assert height_at(stature, 0.8) == pytest.approx(true, rel=0.25)


def test_feet_are_found_from_the_middle_of_a_body() -> None:
    stature = Stature(scale=0.4)
    foot_y = np.array([0.3, 0.6, 0.9])
    assert stature.feet(foot_y - stature.height(foot_y) / 2) == pytest.approx(foot_y)
