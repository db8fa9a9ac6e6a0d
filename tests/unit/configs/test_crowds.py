"""What makes a crowd measurable: counts, areas, marked ground, marked people."""

from pathlib import Path

import pytest

from configs.load import find_mistakes, load_site
from configs.mistakes import Mistake
from tests.unit.configs.city import Tree, write_city

GROUND = [
    {"at": [0.35, 0.5], "metres": [0, 10]},
    {"at": [0.65, 0.5], "metres": [8, 10]},
    {"at": [0.95, 0.9], "metres": [8, 0]},
    {"at": [0.05, 0.9], "metres": [0, 0]},
]
"""The horizon of this ground lies at .3 of the picture's height."""


def mistakes(tmp_path: Path, crowding: Tree, *, polygon: object = None, **camera: object) -> list[Mistake]:
    def change(city: Tree) -> None:
        zone = city["cameras"][0]["zones"][0]
        zone["detect"]["crowding"] = crowding
        zone["polygon"] = polygon or [[0.1, 0.4], [0.9, 0.4], [0.9, 0.95], [0.1, 0.95]]
        city["cameras"][0].update(camera)

    return find_mistakes(write_city(tmp_path, change), {})


@pytest.mark.parametrize(
    ("crowding", "camera"),
    [
        ({"count": 8}, {}),
        ({"count": 8, "area_m2": 50}, {}),
        ({"area_m2": 50}, {}),
        ({"area_m2": 50, "density_per_m2": 2}, {}),
        ({"area_m2": 50, "levels": {"sedang": 2, "tinggi": 2.5, "darurat": 3}}, {}),
        ({}, {"homography": GROUND}),
        ({"density_per_m2": 2.5}, {"homography": GROUND}),
        ({"count": 8, "calibration": {"scale": 0.25, "factor": 1.1}}, {}),
    ],
)
def test_a_crowd_may_be_a_count_or_a_density_on_known_ground(tmp_path: Path, crowding: Tree, camera: Tree) -> None:
    assert mistakes(tmp_path, crowding, **camera) == []


@pytest.mark.parametrize(
    ("crowding", "path", "says"),
    [
        ({}, "crowding", "how many people"),
        ({"hold_s": 3}, "crowding", "how many people"),
        ({"density_per_m2": 3}, "crowding.density_per_m2", "not known"),
        ({"count": 3, "area_m2": 30, "density_per_m2": 3}, "crowding.count", "twice"),
        ({"area_m2": 9, "levels": {"sedang": 4, "tinggi": 4}}, "crowding.levels", "do not rise"),
        ({"area_m2": 9, "levels": {"sedang": 6}}, "crowding.levels", "do not rise"),
    ],
)
def test_a_crowd_without_a_measure_is_told_with_the_remedy(
    tmp_path: Path, crowding: Tree, path: str, says: str
) -> None:
    (mistake,) = mistakes(tmp_path, crowding)
    assert mistake.path == f"cameras[0].zones[0].detect.{path}"
    assert says in mistake.problem
    assert mistake.remedy


def test_a_zone_above_the_horizon_has_no_density(tmp_path: Path) -> None:
    sky = [[0.1, 0.05], [0.9, 0.05], [0.9, 0.9], [0.1, 0.9]]
    (mistake,) = mistakes(tmp_path, {"density_per_m2": 2}, polygon=sky, homography=GROUND)
    assert (mistake.path, mistake.warning) == ("cameras[0].zones[0].polygon", False)
    assert "horizon" in mistake.problem
    (warned,) = mistakes(tmp_path, {"count": 8}, polygon=sky, homography=GROUND)
    assert warned.warning
    assert mistakes(tmp_path, {"area_m2": 80}, polygon=sky, homography=GROUND) == []


def test_ground_that_no_camera_sees_is_told(tmp_path: Path) -> None:
    line = [*GROUND[:2], {"at": [0.5, 0.5], "metres": [4, 5]}, GROUND[3]]
    (mistake,) = mistakes(tmp_path, {"count": 8}, homography=line)
    assert mistake.path == "cameras[0].homography"
    assert "1, 2 and 3" in mistake.problem


@pytest.mark.parametrize(
    ("people", "path"),
    [
        ([{"head": [0.5, 0.9], "feet": [0.5, 0.5]}], "people[0]"),
        ([{"head": [0.5, 0.5], "feet": [0.5, 0.505]}], "people[0]"),
        ([{"head": [0.5, 0.5], "feet": [0.5, 0.9]}, {"head": [0.3, 0.5], "feet": [0.3, 0.9]}], "people"),
        ([{"head": [0.5, 0.7], "feet": [0.5, 0.9]}, {"head": [0.3, 0.1], "feet": [0.3, 0.5]}], "people"),
        ([{"head": [0.5, 0.01], "feet": [0.5, 0.99]}, {"head": [0.3, 0.6], "feet": [0.3, 0.65]}], "people"),
    ],
)
def test_marked_people_who_say_nothing_are_told(tmp_path: Path, people: list[Tree], path: str) -> None:
    (mistake,) = mistakes(tmp_path, {"count": 8}, people=people)
    assert mistake.path == f"cameras[0].{path}"
    assert mistake.remedy


def test_one_near_and_one_far_person_are_taken(tmp_path: Path) -> None:
    people = [{"head": [0.5, 0.6], "feet": [0.5, 0.9]}, {"head": [0.3, 0.3], "feet": [0.3, 0.4]}]
    path = write_city(tmp_path, lambda city: city["cameras"][0].update(people=people, homography=GROUND))
    camera = load_site(path, {}).cameras[0]
    assert len(camera.people) == 2
    assert camera.ground is not None
