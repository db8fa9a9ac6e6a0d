from hypothesis import given
from hypothesis import strategies as st

from events.receipt import MOST_SPANS, Span, Tally

Batch = tuple[list[int], int | None]

batches = st.lists(st.tuples(st.lists(st.integers(1, 60), max_size=8), st.none() | st.integers(1, 60)), max_size=12)


def told(batches: list[Batch]) -> Tally:
    tally = Tally()
    for seqs, oldest in batches:
        tally = tally.take(seqs, oldest)
    return tally


@given(batches)
def test_a_tally_says_what_a_set_of_numbers_says(batches: list[Batch]) -> None:
    came: set[int] = set()
    lost: set[int] = set()
    for seqs, oldest in batches:
        came |= set(seqs)
        lost |= set(range(1, oldest or 1)) - came
    tally = told(batches)
    known = came | lost
    upto = next(seq for seq in range(1, 99) if seq not in known) - 1
    assert tally.upto == upto
    assert {seq for seq in range(1, 99) if tally.holds(seq)} == known


@given(batches)
def test_numbers_that_come_again_change_nothing(batches: list[Batch]) -> None:
    tally = told(batches)
    for seqs, oldest in batches:
        assert tally.take(seqs, oldest) == tally


@given(st.lists(st.integers(1, 60)), st.lists(st.integers(1, 60)))
def test_the_order_in_which_numbers_come_does_not_matter(one: list[int], other: list[int]) -> None:
    assert Tally().take(one).take(other) == Tally().take(other).take(one) == Tally().take([*one, *other])


def test_nothing_below_a_gap_is_promised() -> None:
    tally = Tally().take([1, 2, 5, 6, 9])
    assert tally.upto == 2
    assert tally.missing(10) == (Span(3, 4), Span(7, 8))


def test_what_the_device_no_longer_holds_is_counted_as_lost_and_waited_for_no_more() -> None:
    tally = Tally().take([1, 2, 5]).take([9], oldest=9)
    assert (tally.upto, tally.lost) == (9, 2 + 3)


def test_a_number_that_was_given_up_and_comes_all_the_same_is_no_news() -> None:
    tally = Tally().take([5], oldest=5)
    assert tally.take([3]) == tally


def test_a_device_that_makes_up_numbers_fills_nothing_and_is_promised_nothing() -> None:
    tally = Tally().take(range(10, 100_000, 3))
    assert len(tally.ahead) == MOST_SPANS
    assert tally.upto == 0
