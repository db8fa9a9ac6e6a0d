from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.frame import Planes
from events.geometry import Box
from tests.unit.vision.frames import STARTED_AT, frame, texture
from vision.detector import Person
from vision.history import FRESH_GAP_S, FRESH_S, MOST_KEPT, History, Kept, allowed_gap_s, thinned
from vision.privacy import Packed

SMALL = np.zeros((180, 320), np.uint8)
NOBODY: Packed = np.zeros(7200, np.uint8)
EVERYWHERE: Packed = np.full(7200, 255, np.uint8)
LUMA = {size: texture(*size) for size in ((640, 360), (1920, 1080))}
"""Drawn once: a thousand pictures of it are held by reference like the decoder's."""


def kept(t_s: float, *, hidden: Packed = NOBODY, size: tuple[int, int] = (640, 360)) -> Kept:
    return Kept(
        t_s=t_s,
        at=STARTED_AT + timedelta(seconds=t_s),
        small=SMALL,
        hidden=hidden,
        source=frame(LUMA[size], t_s),
    )


def lived(seconds: float, period_s: float, horizon_s: float = 700.0) -> History:
    history = History(horizon_s)
    for tick in range(int(seconds / period_s)):
        if history.is_due(tick * period_s):
            history.add(kept(tick * period_s), lambda: NOBODY)
    return history


@pytest.mark.parametrize("period_s", [0.2, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("hold_s", [8.0, 20.0, 600.0])
def test_every_moment_of_the_past_has_a_picture_near_it(period_s: float, hold_s: float) -> None:
    history = lived(900, period_s)
    now_s = max(one.t_s for one in history)
    nearest = history.nearest(now_s - hold_s)
    assert nearest is not None
    assert abs(nearest.t_s - (now_s - hold_s)) <= max(allowed_gap_s(hold_s) / 2 + 0.2, period_s)


@pytest.mark.parametrize("period_s", [0.2, 2.0])
def test_an_hour_of_pictures_fits_into_a_few_megabytes(period_s: float) -> None:
    """One of 640x360 in the way the decoder holds it has 346 kB, converted 194 kB."""
    history = History(700.0)
    most_bytes = most_kept = 0
    for tick in range(int(3000 / period_s)):
        if history.is_due(tick * period_s):
            history.add(kept(tick * period_s), lambda: NOBODY)
            most_bytes, most_kept = max(most_bytes, history.size_bytes), max(most_kept, len(history))
    assert most_kept <= 30
    assert most_bytes <= 8_000_000


def test_only_the_newest_pictures_are_held_as_decoded() -> None:
    history = lived(300, 0.2)
    decoded = [one.t_s for one in history if not isinstance(one.source, np.ndarray)]
    assert len(decoded) <= 1 + FRESH_S / FRESH_GAP_S
    assert 300 - min(decoded) <= FRESH_S + 2 * FRESH_GAP_S


def test_converting_is_rare_because_most_pictures_are_thinned_out_before() -> None:
    converted = 0

    class Counted(Kept):
        def settle(self) -> Planes:
            nonlocal converted
            converted += not isinstance(self.source, np.ndarray)
            return super().settle()

    history = History(700.0)
    for tick in range(300):
        one = kept(tick * 2.5)
        history.add(
            Counted(t_s=one.t_s, at=one.at, small=one.small, hidden=one.hidden, source=one.source), lambda: NOBODY
        )
    assert converted <= 750 / 5 + 5


def test_an_old_picture_is_small_and_its_people_are_hidden_for_good() -> None:
    one = kept(0.0, hidden=EVERYWHERE, size=(1920, 1080))
    one.people = (Person(box=Box(0.1, 0.1, 0.2, 0.4), score=0.9),)
    planes = one.settle()
    assert planes.shape == (405, 480)
    assert len(np.unique(planes[5:9, 15:19])) == 1  # within one mosaic cell
    assert one.picture().shape == (270, 480, 3)


def test_what_moved_after_a_picture_is_added_once_half_a_minute_has_passed() -> None:
    history = History(700.0)
    history.add(kept(0.0), lambda: NOBODY)
    history.add(kept(20.0), lambda: EVERYWHERE)
    assert all(one.afterwards is None for one in history)
    history.add(kept(32.0), lambda: EVERYWHERE)
    first, *_ = history
    assert first.afterwards is EVERYWHERE


def test_nearest_keeps_to_its_bounds() -> None:
    history = lived(30, 2.5)
    latest = history.nearest(20.0, latest_s=14.0)
    assert latest is not None
    assert latest.t_s <= 14.0
    assert history.nearest(20.0, earliest_s=100.0) is None


@settings(deadline=None)
@given(
    st.lists(st.floats(0.04, 400.0), min_size=1, max_size=300),
    st.floats(8.0, 90_000.0),
)
def test_thinning_bounds_number_and_gaps_at_any_cadence(steps_s: list[float], horizon_s: float) -> None:
    history = History(horizon_s)
    t_s = 0.0
    came: list[float] = []
    for step_s in steps_s:
        t_s += step_s
        came.append(t_s)
        if history.is_due(t_s):
            history.add(kept(t_s), lambda: NOBODY)
    times_s = [one.t_s for one in history]
    assert times_s == sorted(times_s)
    assert len(times_s) <= MOST_KEPT
    newest_s = times_s[-1]
    assert t_s - newest_s < FRESH_GAP_S
    # A gap is as the age allows, or as long as no picture came.
    for older_s, newer_s in pairwise(times_s):
        between = [at_s for at_s in came if older_s < at_s < newer_s]
        silence_s = max(np.diff([older_s, *between, newer_s]))
        assert newer_s - older_s <= allowed_gap_s(newest_s - older_s) + silence_s + FRESH_GAP_S


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1e7), min_size=2, max_size=200, unique=True))
def test_thinning_keeps_the_ends_and_never_more_than_its_bound(times_s: list[float]) -> None:
    given_ = [kept(t_s) for t_s in sorted(times_s)]
    left = thinned(given_, given_[-1].t_s)
    assert left[0] is given_[0]
    assert left[-1] is given_[-1]
    assert len(left) <= MOST_KEPT
