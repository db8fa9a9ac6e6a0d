from collections.abc import Callable

import numpy as np
import pytest

from tests.unit.vision.halves import Grain, scene
from vision.detector import Small
from vision.stillness import Stillness

SCENE = scene()


def frozen_at(show: Callable[[float], Small], *, until_s: float = 90.0, every_s: float = 0.5) -> list[float]:
    """Return when the picture was called frozen."""
    stillness = Stillness()
    return [t_s for t_s in np.arange(0.0, until_s, every_s) if stillness.see(show(float(t_s)), float(t_s))]


def stopping(at_s: float, until_s: float, *, noise: float = 1.5) -> Callable[[float], Small]:
    grain, stopped = Grain(noise), Grain(noise, seed=9).on(SCENE)
    return lambda t_s: stopped if at_s <= t_s < until_s else grain.on(SCENE)


def with_clock(picture: Small, t_s: float) -> Small:
    ticking = picture.copy()
    ticking[2:8, 4:44] = np.random.default_rng(int(t_s)).integers(0, 2, (6, 40)) * 220
    return ticking


@pytest.mark.parametrize("noise", [0.3, 1.5, 5.0])
def test_a_picture_that_stops_is_frozen_after_six_seconds_until_it_moves_again(noise: float) -> None:
    frozen = frozen_at(stopping(40, 70, noise=noise))
    assert 46.0 <= frozen[0] <= 48.0
    assert frozen[-1] == pytest.approx(71.0, abs=1.5)
    assert len(frozen) == 2 * (frozen[-1] - frozen[0]) + 1


@pytest.mark.parametrize("noise", [0.3, 1.5, 5.0])
def test_a_live_picture_in_which_nothing_happens_is_not_frozen(noise: float) -> None:
    grain = Grain(noise)
    assert frozen_at(lambda _t_s: grain.on(SCENE), until_s=180) == []


def test_a_clock_that_runs_on_does_not_make_a_frozen_picture_live() -> None:
    show = stopping(40, 70)
    frozen = frozen_at(lambda t_s: with_clock(show(t_s), t_s))
    assert 46.0 <= frozen[0] <= 48.0


def test_somebody_who_walks_through_a_still_scene_makes_it_live() -> None:
    show = stopping(40, 70)

    def walked(t_s: float) -> Small:
        picture = show(t_s).copy()
        x = int(8 * t_s) % 140
        picture[40:80, x : x + 12] = 30
        return picture

    assert frozen_at(walked) == []


def test_an_encoder_that_repeats_pictures_exactly_is_frozen_only_after_a_minute() -> None:
    """Where no noise is left, a quiet scene and a frozen stream look the same for a while."""

    def silent(t_s: float) -> Small:
        picture = SCENE.copy()
        if t_s < 60:
            x = int(8 * t_s) % 140
            picture[40:80, x : x + 12] = 30
        return picture

    frozen = frozen_at(silent, until_s=140)
    assert 119.0 <= frozen[0] <= 122.0


def test_a_picture_never_seen_alive_is_not_called_frozen() -> None:
    assert frozen_at(lambda _t_s: SCENE) == []
    assert frozen_at(stopping(10, 70), until_s=70) == []


def test_noise_is_measured_whatever_walks_about() -> None:
    stillness, grain = Stillness(), Grain(3.0)
    for i in range(60):
        picture = grain.on(SCENE)
        picture[50:80, 2 * i : 2 * i + 20] = 30
        stillness.see(picture, 0.5 * i)
    assert stillness.noise == pytest.approx(3.0, rel=0.15)
    assert stillness.activity.shape == (6, 8)


def test_after_a_gap_life_must_be_seen_anew() -> None:
    stillness, show = Stillness(), stopping(40, 70)
    for t_s in np.arange(0, 40, 0.5):
        stillness.see(show(float(t_s)), float(t_s))
    stillness.forget()
    assert not any(stillness.see(show(41.0), float(t_s)) for t_s in np.arange(100, 130, 0.5))
