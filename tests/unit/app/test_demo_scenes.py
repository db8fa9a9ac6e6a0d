"""The demo's scenes as pictures, drawn small."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pytest

from app.demo.figures import LOOKS, Heading, figure
from app.demo.scenes import FRAMES_PER_S, Scene, Script
from app.demo.scripts import scripts

WIDTH_PX, HEIGHT_PX = 320, 180
NAMES = ("alun-alun", "tps-pasar", "pelabuhan")

Luma = npt.NDArray[np.int16]


@lru_cache(maxsize=8)
def script(name: str, *, calm: bool) -> Script:
    return next(each for each in scripts(calm=calm) if each.name == name)


@lru_cache(maxsize=8)
def scene(name: str, *, calm: bool) -> Scene:
    return Scene(script(name, calm=calm), width_px=WIDTH_PX, height_px=HEIGHT_PX)


def luma(name: str, t_s: float, *, calm: bool = False) -> Luma:
    return scene(name, calm=calm).planes(round(t_s * FRAMES_PER_S))[:HEIGHT_PX].astype(np.int16)


def changed(one: Luma, other: Luma) -> float:
    """Return the share of pixels that differ clearly."""
    return float(np.mean(np.abs(one - other) > 24))


@pytest.mark.parametrize("calm", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_clip_ends_as_it_begins(name: str, *, calm: bool) -> None:
    last_s = script(name, calm=calm).loop_s - 1 / FRAMES_PER_S
    assert changed(luma(name, 0.0, calm=calm), luma(name, last_s, calm=calm)) < 0.002


@pytest.mark.parametrize("calm", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_there_at_the_seam(name: str, *, calm: bool) -> None:
    told = script(name, calm=calm)
    assert told.people(told.loop_s) == 0
    empty = luma(name, 0.0, calm=calm)
    assert np.mean(np.abs(empty - luma_of_still(name, calm=calm))) < 3.0


def luma_of_still(name: str, *, calm: bool) -> Luma:
    blue, green, red = (scene(name, calm=calm).still[..., n].astype(np.float32) for n in range(3))
    return np.asarray(16 + 0.098 * blue + 0.504 * green + 0.257 * red, np.int16)


def test_the_same_moment_is_always_the_same_picture() -> None:
    again = Scene(script("tps-pasar", calm=False), width_px=WIDTH_PX, height_px=HEIGHT_PX)
    before = scene("tps-pasar", calm=False).planes(500)
    again.planes(700)
    assert np.array_equal(again.planes(500), before)


def test_sensor_noise_makes_two_pictures_of_an_empty_street_differ() -> None:
    # Otherwise a still scene would look like a frozen camera.
    assert np.any(luma("alun-alun", 0.0, calm=True) != luma("alun-alun", 0.04, calm=True))


@pytest.mark.parametrize("t_s", [10.5, 15.0, 20.0, 28.0])
def test_a_crowd_gathers_on_the_busy_square_early_and_stays(t_s: float) -> None:
    assert script("alun-alun", calm=False).people(t_s) >= 14
    assert changed(luma("alun-alun", 0.0), luma("alun-alun", t_s)) > 0.03


@pytest.mark.parametrize("name", NAMES)
def test_the_calm_twin_never_shows_more_than_three_people(name: str) -> None:
    told = script(name, calm=True)
    assert max(told.people(t_s) for t_s in np.arange(0, told.loop_s, 0.2)) <= 3


def in_corner(t_s: float, *, calm: bool) -> float:
    """Return how much of the corner by the container differs from the empty scene."""
    corner = (
        slice(round(0.55 * HEIGHT_PX), round(0.74 * HEIGHT_PX)),
        slice(round(0.52 * WIDTH_PX), round(0.78 * WIDTH_PX)),
    )
    return changed(luma("tps-pasar", 0.0, calm=calm)[corner], luma("tps-pasar", t_s, calm=calm)[corner])


def test_a_pile_grows_in_the_busy_market_only_and_is_cleared() -> None:
    assert in_corner(1.0, calm=False) < 0.02
    assert in_corner(8.0, calm=False) > 0.10
    assert in_corner(30.0, calm=False) > in_corner(8.0, calm=False)
    assert in_corner(46.0, calm=False) < 0.10
    assert not script("tps-pasar", calm=True).litter
    assert in_corner(9.0, calm=True) < 0.02


def test_the_lens_at_the_harbour_is_covered_in_the_busy_city_only() -> None:
    assert luma("pelabuhan", 15.0).max() < 22
    assert luma("pelabuhan", 11.0).mean() > 40
    assert luma("pelabuhan", 15.0, calm=True).mean() > 40


def test_the_clean_picture_shows_nobody() -> None:
    clean = scene("alun-alun", calm=False).still
    assert clean.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert np.array_equal(clean, scene("alun-alun", calm=True).still)


def test_a_figure_walks_and_faces_where_it_goes() -> None:
    right, left = figure(LOOKS[0], Heading.RIGHT, 3), figure(LOOKS[0], Heading.LEFT, 3)
    assert np.array_equal(right[:, ::-1], left)
    assert not np.array_equal(right, figure(LOOKS[0], Heading.RIGHT, 7))
    # A body, not a blob: some three times as high as wide.
    rows, columns = np.nonzero(figure(LOOKS[0], Heading.TOWARDS, -1)[..., 3] > 128)
    assert 2.4 < np.ptp(rows) / np.ptp(columns) < 4.0
