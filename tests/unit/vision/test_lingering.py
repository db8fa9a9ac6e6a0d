"""What was known to lie there is still there while nobody can tell."""

import numpy as np

from vision.detector import Mask
from vision.lingering import SURE_TIMES, Lingering

NOTHING: Mask = np.zeros((4, 4), np.uint8)
BAG: Mask = np.zeros((4, 4), np.uint8)
BAG[1:3, 1:3] = 255


def seen(times: int) -> tuple[Lingering, float]:
    """Return what has judged a bag some times, every two seconds, and when it was judged to be light for the first."""
    lingering = Lingering(keep_s=30.0)
    for time in range(times):
        lingering.see(BAG, 2.0 * time)
    return lingering, 2.0 * times


def test_a_known_bag_that_might_be_light_stays_for_a_while() -> None:
    lingering, t_s = seen(SURE_TIMES)
    lingering.see(NOTHING, t_s)
    assert np.array_equal(lingering.of(BAG, t_s + 29.0), BAG)
    assert not lingering.of(BAG, t_s + 30.0).any()


def test_where_it_looks_clean_it_is_gone_at_once() -> None:
    lingering, t_s = seen(SURE_TIMES)
    lingering.see(NOTHING, t_s)
    assert not lingering.of(NOTHING, t_s).any()


def test_a_flicker_is_not_known() -> None:
    lingering, t_s = seen(SURE_TIMES - 1)
    lingering.see(NOTHING, t_s)
    assert not lingering.of(BAG, t_s).any()


def test_a_judgement_that_stood_for_long_counts_until_the_next() -> None:
    lingering, _ = seen(SURE_TIMES)
    lingering.see(NOTHING, 5000.0)
    assert lingering.of(BAG, 5010.0).any()


def test_what_is_forgotten_is_not_known() -> None:
    lingering, t_s = seen(SURE_TIMES)
    lingering.forget()
    lingering.see(NOTHING, t_s)
    assert not lingering.of(BAG, t_s).any()
