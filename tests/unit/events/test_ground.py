import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.geometry import Polygon
from events.ground import Ground, GroundError

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


def seen(
    east: float, north: float, *, height_m: float = 6.0, tilt: float = 0.5, focal: float = 1.0
) -> tuple[float, float]:
    """Return where a camera at (0, 0), so high, sees a place on the ground; picture shares of a square picture."""
    ahead, down = north * math.cos(tilt) + height_m * math.sin(tilt), height_m * math.cos(tilt) - north * math.sin(tilt)
    return 0.5 + focal * east / ahead, 0.5 + focal * down / ahead


def camera(places: list[tuple[float, float]], **more: float) -> Ground:
    return Ground([seen(*place, **more) for place in places], places)


CORNERS = [(-4.0, 8.0), (4.0, 8.0), (3.0, 14.0), (-3.0, 14.0)]
inside = st.tuples(st.floats(-6, 6), st.floats(5, 40))
cameras = st.fixed_dictionaries({"height_m": st.floats(3, 15), "tilt": st.floats(0.2, 0.9)})


@given(place=inside, how=cameras)
def test_a_place_seen_is_found_again_on_the_ground(place: tuple[float, float], how: dict[str, float]) -> None:
    ground = camera(CORNERS, **how)
    at = seen(*place, **how)
    assert ground.sees(*at)
    assert ground.metres(*at) == pytest.approx(place, abs=1e-4)


@given(how=cameras, where=inside, width=st.floats(1, 8), depth=st.floats(1, 8))
def test_a_zone_has_the_area_of_the_ground_under_it(
    how: dict[str, float], where: tuple[float, float], width: float, depth: float
) -> None:
    east, north = where
    corners = [(east, north), (east + width, north), (east + width, north + depth), (east, north + depth)]
    zone = Polygon.from_points([seen(*corner, **how) for corner in corners])
    assert camera(CORNERS, **how).area_m2(zone) == pytest.approx(width * depth, rel=1e-4)


@given(how=cameras)
def test_the_horizon_lies_where_the_camera_s_tilt_puts_it(how: dict[str, float]) -> None:
    horizon_y = camera(CORNERS, **how).horizon_y()
    assert horizon_y == pytest.approx(0.5 - math.tan(how["tilt"]), abs=1e-5)


@given(how=cameras, above=st.floats(0.01, 0.5))
def test_nothing_above_the_horizon_is_ground(how: dict[str, float], above: float) -> None:
    ground = camera(CORNERS, **how)
    y = 0.5 - math.tan(how["tilt"]) - above
    assert not ground.sees(0.5, y)
    with pytest.raises(GroundError, match="horizon"):
        ground.metres(0.5, y)
    with pytest.raises(GroundError, match="horizon"):
        ground.area_m2(Polygon.from_points([(0.4, y), (0.6, 0.9), (0.4, 0.9)]))


def test_the_width_of_the_picture_in_metres_grows_with_distance() -> None:
    ground = camera(CORNERS)
    near, far = ground.width_m(*seen(0, 6)), ground.width_m(*seen(0, 20))
    assert near == pytest.approx(6 * math.cos(0.5) + 6 * math.sin(0.5), rel=1e-3)
    assert far > near


def test_a_camera_that_looks_straight_down_has_no_horizon() -> None:
    ground = Ground([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)], SQUARE)
    assert ground.horizon_y() is None
    assert ground.area_m2(Polygon.whole_picture()) == pytest.approx(100 / 0.64)


@pytest.mark.parametrize("left_out", range(4))
def test_three_places_on_one_line_fix_no_ground(left_out: int) -> None:
    line = [(0.1, 0.5), (0.5, 0.5005), (0.9, 0.5)]
    at = [*line[:left_out], (0.5, 0.9), *line[left_out:]]
    with pytest.raises(GroundError, match="one line in the picture"):
        Ground(at, SQUARE)
    with pytest.raises(GroundError, match="one line on the ground"):
        Ground([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)], at)


def test_exchanged_places_are_noticed() -> None:
    at = [seen(*place) for place in CORNERS]
    with pytest.raises(GroundError, match="exchanged"):
        Ground([at[1], at[0], at[2], at[3]], CORNERS)


def test_the_ground_is_fixed_by_four_places() -> None:
    with pytest.raises(GroundError, match="four"):
        Ground([(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 1)])


shares = st.floats(0, 1)


@given(st.lists(st.tuples(shares, shares), min_size=4, max_size=4), st.lists(inside, min_size=4, max_size=4))
def test_whatever_is_marked_there_is_ground_or_a_reason(
    at: list[tuple[float, float]], metres: list[tuple[float, float]]
) -> None:
    try:
        ground = Ground(at, metres)
    except GroundError:
        return
    for place, known in zip(at, metres, strict=True):
        assert ground.sees(*place)
        found = ground.metres(*place)
        assume(all(math.isfinite(value) for value in found))
        assert found == pytest.approx(known, abs=0.05)
