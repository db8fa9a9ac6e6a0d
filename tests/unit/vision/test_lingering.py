"""What was known to lie there is still there while nobody can tell."""

import numpy as np

from vision.detector import Mask
from vision.lingering import Lingering

NOTHING: Mask = np.zeros((4, 4), np.uint8)
BAG: Mask = np.zeros((4, 4), np.uint8)
BAG[1:3, 1:3] = 255


def seen(length_s: float, known_after_s: float = 6.0) -> tuple[Lingering, float]:
    """Return what has judged a bag for some time, every two seconds, and when it was judged to be light."""
    lingering = Lingering(keep_s=30.0, known_after_s=known_after_s)
    for t_s in np.arange(0.0, length_s, 2.0).tolist():
        lingering.see(BAG, t_s)
    return lingering, length_s


def test_a_known_bag_that_might_be_light_stays_for_a_while() -> None:
    lingering, t_s = seen(6.0)
    lingering.see(NOTHING, t_s)
    assert np.array_equal(lingering.of(BAG, t_s + 29.0), BAG)
    assert not lingering.of(BAG, t_s + 30.0).any()


def test_where_it_looks_clean_it_is_gone_at_once() -> None:
    lingering, t_s = seen(6.0)
    lingering.see(NOTHING, t_s)
    assert not lingering.of(NOTHING, t_s).any()


def test_a_flicker_is_not_known() -> None:
    lingering, t_s = seen(4.0)
    lingering.see(NOTHING, t_s)
    assert not lingering.of(BAG, t_s).any()


def test_a_judgement_that_stood_for_long_counts_until_the_next() -> None:
    lingering, _ = seen(6.0)
    lingering.see(NOTHING, 5000.0)
    assert lingering.of(BAG, 5010.0).any()


def test_what_lies_now_here_and_now_there_is_not_known() -> None:
    lingering, elsewhere = Lingering(keep_s=30.0, known_after_s=6.0), np.roll(BAG, 2, axis=0)
    for t_s in range(0, 60, 2):
        lingering.see(BAG if t_s % 8 < 4 else elsewhere, float(t_s))
    assert not lingering.of(np.bitwise_or(BAG, elsewhere), 60.0).any()


def test_what_is_forgotten_is_not_known() -> None:
    lingering, t_s = seen(6.0)
    lingering.forget()
    lingering.see(NOTHING, t_s)
    assert not lingering.of(BAG, t_s).any()
