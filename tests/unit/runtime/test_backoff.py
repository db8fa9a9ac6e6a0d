"""Pauses between attempts."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import full_jitter


@given(seed=st.integers(), first_s=st.floats(0.01, 5), longest_s=st.floats(5, 60))
def test_every_pause_stays_below_its_doubling_bound(seed: int, first_s: float, longest_s: float) -> None:
    bound_s = first_s
    for pause_s in islice(full_jitter(first_s=first_s, longest_s=longest_s, seed=seed), 20):
        assert 0 <= pause_s <= bound_s
        bound_s = min(bound_s * 2, longest_s)


def test_two_cameras_do_not_knock_together() -> None:
    first = list(islice(full_jitter(seed=1), 10))
    second = list(islice(full_jitter(seed=2), 10))
    assert first != second
