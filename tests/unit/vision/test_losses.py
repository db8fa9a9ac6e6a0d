from dataclasses import dataclass, field

import numpy as np
import pytest

from vision.blocks import COLUMNS, ROWS, Flags, Floats
from vision.faults import Comparison
from vision.losses import Losses
from vision.stillness import Stillness

TEXTURED: Flags = np.ones((ROWS, COLUMNS), np.bool_)
NONE: Flags = np.zeros((ROWS, COLUMNS), np.bool_)


def blocks(*columns: int) -> Flags:
    chosen = NONE.copy()
    chosen[:, list(columns)] = True
    return chosen


def comparison(lost: Flags, flat: Flags = NONE) -> Comparison:
    return Comparison(
        textured=TEXTURED,
        lost=lost,
        flat=flat,
        kept_share=1.0 - float(lost.mean()),
        kept_gain=0.0,
        lost_gain=0.0,
        gain_spread=0.0,
        fine=1.0,
        contrast=1.0,
        coarse=1.0,
        gain=1.0,
        spread=0.0,
        sharp=1.0,
        liveliness=1.0,
        crispness=1.0,
    )


@dataclass
class Run:
    """Shows losses two a second."""

    losses: Losses = field(default_factory=Losses)
    stillness: Stillness = field(default_factory=Stillness)
    t_s: float = 0.0

    def show(self, lost: Flags, seconds: float, *, flat: Flags = NONE, activity: Floats | None = None) -> None:
        self.stillness.activity = np.zeros((ROWS, COLUMNS), np.float32) if activity is None else activity
        for _ in range(round(2 * seconds)):
            self.t_s += 0.5
            self.losses.see(comparison(lost, flat), self.stillness, self.t_s)


@pytest.fixture
def run() -> Run:
    made = Run()
    made.show(NONE, 10)
    return made


def test_a_loss_is_fresh_at_once_and_ripe_after_four_seconds(run: Run) -> None:
    run.show(blocks(0, 1), 1.5)
    assert (run.losses.fresh_share, run.losses.ripe_share) == (0.25, 0.0)
    run.show(blocks(0, 1), 3.5)
    assert run.losses.ripe_share == 0.25


def test_what_passes_ripens_nowhere(run: Run) -> None:
    for column in range(COLUMNS):
        run.show(blocks(column), 2)
        assert run.losses.ripe_share == 0.0


def test_a_glimpse_of_the_scene_does_not_make_a_loss_young_again(run: Run) -> None:
    run.show(blocks(0), 5)
    run.show(NONE, 0.5)
    run.show(blocks(0), 0.5)
    assert run.losses.ripe_share == 0.125
    run.show(NONE, 2)
    run.show(blocks(0), 1)
    assert run.losses.ripe_share == 0.0


def test_a_block_in_which_something_moves_is_not_lost_unless_it_is_flat(run: Run) -> None:
    lively = np.full((ROWS, COLUMNS), 12.0, np.float32)
    run.show(blocks(0, 1), 10, activity=lively)
    assert run.losses.fresh_share == 0.0
    run.show(blocks(0, 1), 10, flat=blocks(0), activity=lively)
    assert run.losses.fresh_share == 0.125
    assert run.losses.flat_share == 1.0


def test_leaves_that_always_wave_do_not_make_a_loss_look_busy(run: Run) -> None:
    run.stillness.usual_life = 12.0
    run.show(blocks(0, 1), 10, activity=np.full((ROWS, COLUMNS), 12.0, np.float32))
    assert run.losses.ripe_share == 0.25


def test_a_cover_comes_suddenly_and_a_tide_does_not(run: Run) -> None:
    for column in range(COLUMNS):
        run.show(blocks(*range(column + 1)), 2)
    assert run.losses.sudden_share > 0.8
    tide = Run()
    for row in reversed(range(ROWS)):
        lost = NONE.copy()
        lost[row:] = True
        tide.show(lost, 20)
    assert tide.losses.sudden_share == pytest.approx(1 / ROWS)


def test_a_switch_of_light_is_at_once_whatever_the_tide_took_before(run: Run) -> None:
    for row in (5, 4, 3):
        lost = NONE.copy()
        lost[row:] = True
        run.show(lost, 15)
    run.show(lost | blocks(0, 1, 2, 3), 2)
    assert run.losses.at_once


def test_a_cover_that_slides_in_within_ten_seconds_is_not_at_once(run: Run) -> None:
    for column in range(COLUMNS):
        run.show(blocks(*range(column + 1)), 1.5)
    assert not run.losses.at_once


def test_a_drop_of_paint_is_no_switch_of_light(run: Run) -> None:
    run.show(blocks(0, 1, 2), 20)
    drop = blocks(0, 1, 2)
    drop[:3, 3] = True
    run.show(drop, 2)
    assert not run.losses.at_once


def test_clearing_forgets_every_loss(run: Run) -> None:
    run.show(blocks(0, 1, 2), 8)
    run.losses.clear()
    assert (run.losses.fresh_share, run.losses.ripe_share, run.losses.sudden_share) == (0.0, 0.0, 0.0)
    assert not run.losses.blocks.any()
