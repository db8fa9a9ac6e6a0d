import numpy as np
import pytest

from tests.unit.vision.halves import Grain, scene
from vision.blocks import Flags
from vision.damage import Damage
from vision.detector import Small

SCENE = scene()


def learned(picture: Small = SCENE) -> Damage:
    damage, grain = Damage(), Grain()
    for _ in range(30):
        damage.see(grain.on(picture))
        damage.learn()
    return damage


def found_in(damage: Damage, picture: Small) -> Flags:
    damage.see(picture)
    return damage.find()


@pytest.mark.parametrize("sigma", [0.5, 3.0, 8.0])
def test_noise_is_no_damage(sigma: float) -> None:
    damage = learned()
    assert not found_in(damage, Grain(sigma).on(SCENE)).any()


def test_a_row_repeated_downwards_is_found_where_it_is_and_nowhere_else() -> None:
    smeared = Grain().on(SCENE)
    smeared[30:, 40:120] = smeared[30, 40:120]
    found = found_in(learned(), smeared)
    assert found[2:, 2:6].all()
    assert not found[:2].any()
    assert not found[:, :2].any()
    assert not found[:, 6:].any()


def test_a_column_repeated_sideways_is_found() -> None:
    smeared = Grain().on(SCENE)
    smeared[:30, 20:] = smeared[:30, 20:21]
    found = found_in(learned(), smeared)
    assert found[:2, 1:].all()
    assert not found[2:].any()


def test_a_shadow_that_takes_the_lesser_difference_away_is_no_damage() -> None:
    """A curtain: folds side by side, hardly anything from row to row, and that is gone in a cloud's shadow."""
    folds = (100 + 40 * np.sin(np.arange(160) / 2))[None].repeat(90, 0)
    uneven = folds + 1.6 * (np.arange(90) % 2)[:, None]
    damage = Damage()
    for _ in range(30):
        damage.see(np.rint(uneven).astype(np.uint8))
        damage.learn()
    assert not found_in(damage, np.rint(0.45 * folds).astype(np.uint8)).any()
    assert found_in(damage, np.rint(folds).astype(np.uint8)).all()


def test_blocks_that_turned_exactly_grey_are_found() -> None:
    holed = Grain().on(SCENE)
    holed[15:45, 60:120] = 128
    found = found_in(learned(), holed)
    assert found[1:3, 3:6].all()
    assert int(found.sum()) == 6


def test_what_always_looked_like_a_smear_or_like_grey_is_no_damage() -> None:
    """An upright fence repeats rows downwards, and a wall may be grey."""
    fence = SCENE.copy()
    fence[30:, :80] = fence[30, :80]
    fence[:, 120:] = 128
    damage = Damage()
    for _ in range(30):
        damage.see(fence)
        damage.learn()
    assert not found_in(damage, fence).any()


def test_a_cloth_of_one_brightness_is_no_damage() -> None:
    cloth = Grain(1.0).on(np.full_like(SCENE, 60))
    assert not found_in(learned(), cloth).any()
