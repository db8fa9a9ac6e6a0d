import cv2
import numpy as np
import pytest

from tests.unit.vision.halves import Grain, scene
from vision.blocks import COLUMNS, ROWS, Flags
from vision.detector import Small
from vision.faults import LOST_USUAL_S, USUAL_S, Comparison, UsualScene

SCENE = scene()
NOISE = 1.5
NONE: Flags = np.zeros((ROWS, COLUMNS), np.bool_)


def learned(picture: Small = SCENE, *, seconds: float = 30.0) -> tuple[UsualScene, Grain]:
    """Return a scene that saw the same for a while, two pictures a second."""
    usual, grain = UsualScene(), Grain(NOISE)
    usual.begin(grain.on(picture), 0.0)
    for i in range(1, round(2 * seconds) + 1):
        usual.see(grain.on(picture), i / 2)
        usual.follow(i / 2, NONE)
    return usual, grain


def compared(picture: Small, *, noise: float = NOISE) -> Comparison:
    """Return what is found once the usual scene has looked like this for four seconds."""
    usual, grain = learned()
    grain = Grain(noise)
    for i in range(61, 69):
        usual.see(grain.on(picture), i / 2)
    return usual.compare(noise)


def faded(gain: float) -> Small:
    return np.asarray(np.clip(SCENE * gain, 0, 255), np.uint8)


@pytest.mark.parametrize("noise", [0.5, 1.5, 6.0])
def test_the_usual_scene_is_kept_whatever_the_noise(noise: float) -> None:
    seen = compared(SCENE, noise=noise)
    assert seen.number >= 40
    assert seen.kept_share == 1.0
    assert seen.fine == pytest.approx(1.0, abs=0.1)
    assert seen.crispness == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.2])
def test_other_light_takes_no_edges_away(gain: float) -> None:
    seen = compared(faded(gain))
    assert seen.kept_share > 0.95
    assert seen.kept_gain == pytest.approx(np.log(gain), abs=0.1)
    assert seen.coarse > 0.95


def test_a_cloth_takes_the_edges_of_just_the_blocks_it_hides() -> None:
    covered = SCENE.copy()
    covered[:, :80] = 60
    seen = compared(covered)
    hidden = np.zeros((ROWS, COLUMNS), np.bool_)
    hidden[:, :4] = True
    # The block at its edge shows the edge.
    assert (seen.lost == (hidden & seen.textured))[:, :3].all()
    assert not seen.lost[:, 5:].any()
    assert seen.flat[:, :3].sum() == seen.lost[:, :3].sum()
    assert seen.kept_share == pytest.approx(0.5, abs=0.07)


def test_another_scene_takes_edges_away_and_leaves_no_flat_blocks() -> None:
    seen = compared(scene(2))
    assert seen.kept_share < 0.2
    assert seen.flat.sum() < 0.2 * seen.lost.sum()
    assert seen.liveliness > 0.5


def test_a_lens_out_of_focus_keeps_large_shapes_and_loses_fine_detail() -> None:
    seen = compared(np.asarray(cv2.GaussianBlur(SCENE, (0, 0), 2.5), np.uint8))
    assert seen.fine < 0.2
    assert seen.crispness < 0.4
    assert seen.coarse > 0.95
    assert seen.sharp < 0.2


def test_the_usual_view_follows_in_minutes_and_not_where_something_else_is_seen() -> None:
    usual, grain = learned(seconds=2 * USUAL_S)
    before = usual.usual.copy()
    moved = NONE.copy()
    moved[:, :4] = True
    changed = faded(0.5)
    for i in range(1, int(2 * USUAL_S)):
        t_s = 2 * USUAL_S + i / 2
        usual.see(grain.on(changed), t_s)
        usual.follow(t_s, moved)
    towards = (before - usual.usual) / (before - changed + 1e-3)
    assert float(np.median(towards[:, 80:])) == pytest.approx(1 - np.exp(-1), abs=0.08)
    assert float(np.median(towards[:, :80])) == pytest.approx(USUAL_S / LOST_USUAL_S, abs=0.04)


def test_the_usual_view_stays_while_a_fault_is_suspected() -> None:
    usual, grain = learned(seconds=60)
    before = usual.usual.copy()
    for i in range(1, 200):
        usual.see(grain.on(faded(0.4)), 60 + i / 2)
        usual.hold(60 + i / 2)
    usual.follow(160.0, NONE)
    assert np.array_equal(usual.usual, before)


def test_a_view_taken_over_is_the_usual_one_at_once() -> None:
    usual, grain = learned()
    for i in range(61, 80):
        usual.see(grain.on(scene(2)), i / 2)
    assert usual.compare(NOISE).kept_share < 0.2
    usual.adopt()
    assert usual.compare(NOISE).kept_share == 1.0


def test_a_known_view_is_used_from_the_first_picture_on() -> None:
    usual, grain = UsualScene(), Grain(NOISE)
    assert not usual.begun
    usual.begin(grain.on(scene(2)), 100.0, usual=SCENE)
    assert usual.begun
    assert usual.age_s(100.0) >= USUAL_S
    assert usual.compare(NOISE).kept_share < 0.2
