"""The demo's pinhole camera."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.backdrops import HARBOUR_VIEW, MARKET_VIEW, PLAZA_VIEW
from app.demo.perspective import Viewpoint

VIEWS = (PLAZA_VIEW, MARKET_VIEW, HARBOUR_VIEW)


@given(st.sampled_from(VIEWS), st.integers(0, 1279), st.integers(260, 719))
def test_the_ground_under_a_pixel_projects_back_onto_it(view: Viewpoint, column: int, row: int) -> None:
    x_m, z_m = view.ground()
    found = view.project(float(x_m[row, column]), float(z_m[row, column]))
    assert found == pytest.approx((column, row), abs=0.05)


@given(st.sampled_from(VIEWS), st.floats(8, 50), st.floats(0.5, 20), st.floats(-5, 5))
def test_what_is_farther_looks_smaller_and_stands_higher(
    view: Viewpoint, near_m: float, further_m: float, x_m: float
) -> None:
    def height_px(z_m: float) -> float:
        return view.project(x_m, z_m)[1] - view.project(x_m, z_m, 1.7)[1]

    assert height_px(near_m + further_m) < height_px(near_m)
    assert view.project(x_m, near_m + further_m)[1] < view.project(x_m, near_m)[1]


def test_a_person_ten_metres_away_fills_about_a_fifth_of_the_picture() -> None:
    height_px = PLAZA_VIEW.project(0, 10)[1] - PLAZA_VIEW.project(0, 10, 1.66)[1]
    assert 0.15 < height_px / PLAZA_VIEW.height_px < 0.25


def test_another_resolution_shows_the_same_part_of_the_world() -> None:
    column, row = PLAZA_VIEW.project(3.0, 14.0, 1.0)
    small = PLAZA_VIEW.resized(320, 180).project(3.0, 14.0, 1.0)
    assert small == pytest.approx((column / 4, row / 4))
