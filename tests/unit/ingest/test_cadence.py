import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cadence import Cadence


def handed_on(cadence: Cadence, times_s: list[float]) -> list[float]:
    return [t_s for t_s in times_s if cadence.is_due(t_s)]


def test_five_of_twenty_five_pictures_a_second_are_handed_on() -> None:
    assert len(handed_on(Cadence(5.0), [n / 25 for n in range(250)])) == 50


def test_every_picture_of_a_slower_stream_is_handed_on() -> None:
    assert len(handed_on(Cadence(5.0), [n / 2 for n in range(20)])) == 20


@given(st.lists(st.floats(-0.015, 0.015), min_size=250, max_size=250))
def test_jitter_of_arrival_does_not_change_the_rate(jitter_s: list[float]) -> None:
    times_s = sorted(n / 25 + j for n, j in enumerate(jitter_s))
    assert len(handed_on(Cadence(5.0), times_s)) == pytest.approx(50, abs=1)


def test_a_burst_after_a_gap_is_not_handed_on_as_a_burst() -> None:
    cadence = Cadence(5.0)
    handed_on(cadence, [0.0, 0.2, 0.4])
    assert len(handed_on(cadence, [10.0 + n / 1000 for n in range(100)])) == 1


def test_pictures_are_handed_on_after_time_jumps_back() -> None:
    cadence = Cadence(5.0)
    handed_on(cadence, [1000.0, 1000.2])
    assert len(handed_on(cadence, [n / 25 for n in range(50)])) == 10


@given(st.lists(st.floats(-1e9, 1e9), max_size=50), st.floats(0.1, 30))
def test_the_first_picture_is_always_handed_on(times_s: list[float], rate_hz: float) -> None:
    assert handed_on(Cadence(rate_hz), times_s)[:1] == times_s[:1]


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Cadence(0.0)
