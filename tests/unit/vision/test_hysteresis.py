import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.hysteresis import GAP_S, Hysteresis


def crowd(hold_s: float = 5.0) -> Hysteresis:
    return Hysteresis(begin_at=10, end_below=8, hold_s=hold_s)


def feed(
    condition: Hysteresis, values: list[float], *, start_s: float = 0.0, step_s: float = 1.0
) -> list[float | None]:
    return [condition.update(value, start_s + i * step_s) for i, value in enumerate(values)]


def test_a_high_value_begins_the_condition_only_after_the_hold_time_and_dates_it_back() -> None:
    assert feed(crowd(), [3, 12, 12, 12, 12, 12, 12]) == [None, None, None, None, None, None, 1.0]


def test_a_short_peak_begins_nothing() -> None:
    assert set(feed(crowd(), [12, 12, 12, 3, 12, 12, 12, 3])) == {None}


def test_a_doubtful_value_between_the_levels_neither_counts_nor_undoes() -> None:
    told = feed(crowd(hold_s=3), [12, 12, 12, 9, 12, 12])
    assert told == [None, None, None, None, None, 0.0]


def test_long_doubt_forgets_what_was_gathered() -> None:
    told = feed(crowd(hold_s=3), [12, 12, 12, 9, 9, 9, 12, 12, 12])
    assert set(told) == {None}


def test_the_condition_survives_a_dip_and_ends_after_a_hold_time_below_the_lower_level() -> None:
    condition = crowd(hold_s=2)
    begun = feed(condition, [12, 12, 12])[-1]
    assert begun == 0.0
    assert feed(condition, [7, 12, 7, 9], start_s=3) == [0.0] * 4
    assert feed(condition, [7, 7, 7], start_s=7) == [0.0, 0.0, None]


def test_a_hold_time_of_zero_acts_at_once() -> None:
    assert feed(crowd(hold_s=0), [12, 9, 7]) == [0.0, 0.0, None]


def test_time_in_which_nobody_looked_proves_nothing() -> None:
    condition = crowd(hold_s=5)
    assert condition.update(12, 0) is None
    assert condition.update(12, GAP_S + 1) is None


def test_levels_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="end_below"):
        Hysteresis(begin_at=1, end_below=2, hold_s=1)


@given(
    values=st.lists(st.floats(0, 20), max_size=80),
    hold_s=st.floats(0, 6),
    step_s=st.floats(0.05, 5),
)
def test_nothing_begins_or_ends_sooner_than_the_hold_time(values: list[float], hold_s: float, step_s: float) -> None:
    condition = crowd(hold_s)
    changed_s, before = 0.0, None
    for i, value in enumerate(values):
        t_s = i * step_s
        since_s = condition.update(value, t_s)
        if (since_s is None) != (before is None):
            assert t_s - changed_s >= hold_s - 1e-6 or i == 0
            assert value >= 10 if since_s is not None else value < 8
            changed_s = t_s
        if since_s is not None and before is not None:
            assert since_s == before
        before = since_s


def test_an_end_may_take_less_long_than_a_begin() -> None:
    crowd = Hysteresis(begin_at=10, end_below=6, hold_s=30, end_hold_s=5)
    for t_s in range(31):
        crowd.update(12, float(t_s))
    assert crowd.since_s == 0.0
    for t_s in range(31, 37):
        crowd.update(2, float(t_s))
    assert crowd.since_s is None


def test_short_contrary_spells_within_the_patience_do_not_start_an_end_anew() -> None:
    def ended_after(contrary_s: int) -> int:
        pile = Hysteresis(begin_at=10, end_below=6, hold_s=20, end_patience_s=6)
        for t_s in range(21):
            pile.update(12, float(t_s))
        for t_s in range(21, 200):
            pile.update(12 if 25 <= t_s < 25 + contrary_s else 2, float(t_s))
            if pile.since_s is None:
                return t_s - 21
        raise AssertionError("never ended")

    assert ended_after(5) <= 21
    assert ended_after(9) >= 30


def test_short_low_spells_within_the_patience_do_not_start_a_begin_anew_and_do_not_count() -> None:
    condition = Hysteresis(begin_at=10, end_below=8, hold_s=6, begin_patience_s=2)
    told = feed(condition, [12, 12, 12, 12, 3, 3, 12, 12, 12, 12, 12])
    assert told[8] is None
    assert told[9] == 0.0
    condition = Hysteresis(begin_at=10, end_below=8, hold_s=6, begin_patience_s=2)
    assert set(feed(condition, [12, 12, 12, 12, 3, 3, 3, 12, 12, 12, 12, 12, 12])) == {None}


def test_the_end_comes_only_with_a_low_value() -> None:
    pile = Hysteresis(begin_at=10, end_below=6, hold_s=10, end_patience_s=100)
    for t_s in range(11):
        pile.update(12, float(t_s))
    pile.update(2, 11.0)
    for t_s in range(12, 40):
        assert pile.update(12, float(t_s)) is not None
    assert pile.update(2, 40.0) is None


def test_another_condition_can_go_on_where_one_stopped() -> None:
    after = Hysteresis(begin_at=10, end_below=6, hold_s=30)
    after.resume(since_s=None, turning_since_s=-100.0, turned_s=25.0)
    assert after.update(12, 1.0) is None
    for t_s in range(2, 8):
        after.update(12, float(t_s))
    assert after.since_s == -100.0
