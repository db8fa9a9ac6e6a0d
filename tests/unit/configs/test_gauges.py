"""What fits together between a camera's gauge and the zones that ask for its level."""

from pathlib import Path

import pytest

from configs.load import find_mistakes
from configs.mistakes import Mistake
from tests.unit.configs.city import Tree, write_city

MARKS = [{"at": [0.5, 0.3], "cm": 200}, {"at": [0.52, 0.9], "cm": 0}]


def mistakes(tmp_path: Path, *, gauge: object = None, water: object = None) -> list[Mistake]:
    def change(city: Tree) -> None:
        city["cameras"][0]["zones"][0]["detect"]["water_level"] = {} if water is None else water
        if gauge is not None:
            city["cameras"][0]["gauge"] = gauge

    return find_mistakes(write_city(tmp_path, change), {})


@pytest.mark.parametrize(
    ("gauge", "water"),
    [
        (None, {}),
        (None, {"rise": 0.2, "hold_s": 600}),
        (MARKS, {}),
        (MARKS, {"level_cm": 100, "hysteresis_cm": 5, "datum": "nol palem"}),
        (MARKS, {"level_cm": -20}),
        ([{"at": [0.2, 0.5], "cm": -50}, {"at": [0.3, 0.5], "cm": 50}], {}),
    ],
)
def test_water_may_be_watched_with_and_without_a_gauge(tmp_path: Path, gauge: object, water: object) -> None:
    assert mistakes(tmp_path, gauge=gauge, water=water) == []


def test_a_level_without_a_gauge_is_told_with_what_to_do(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, water={"level_cm": 100})
    assert mistake.path == "cameras[0].zones[0].detect.water_level.level_cm"
    assert "no gauge" in mistake.problem
    assert "draw one" in (mistake.remedy or "")


@pytest.mark.parametrize(
    ("gauge", "places", "says"),
    [
        ([MARKS[0], {"at": [0.5, 0.34], "cm": 0}], ["cameras[0].gauge[1].at"], "same place"),
        ([MARKS[0], {"at": [0.5, 0.9], "cm": 200}], ["cameras[0].gauge[1].cm"], "say the same"),
        ([MARKS[0], MARKS[0]], ["cameras[0].gauge[1].at", "cameras[0].gauge[1].cm"], "same place"),
        (MARKS[:1], ["cameras[0].gauge"], ""),
        ([*MARKS, {"at": [0.5, 0.6], "cm": 100}], ["cameras[0].gauge"], ""),
        ([{"at": ["left", 0.3], "cm": 200}, MARKS[1]], ["cameras[0].gauge[0].at[0]"], ""),
        ([{"at": [0.5, 0.3], "cm": "much"}, MARKS[1]], ["cameras[0].gauge[0].cm"], ""),
    ],
)
def test_marks_between_which_nothing_can_be_measured_are_refused_at_their_place(
    tmp_path: Path, gauge: object, places: list[str], says: str
) -> None:
    found = mistakes(tmp_path, gauge=gauge)
    assert [mistake.path for mistake in found] == places
    assert says in found[0].problem


def test_a_mistaken_gauge_does_not_hide_behind_a_level(tmp_path: Path) -> None:
    """Only the marks are at fault: with them mended, the level can be measured."""
    found = mistakes(tmp_path, gauge=[MARKS[0], MARKS[0]], water={"level_cm": 100})
    assert {mistake.path for mistake in found} == {"cameras[0].gauge[1].at", "cameras[0].gauge[1].cm"}
