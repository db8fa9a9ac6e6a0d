import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vision.ranks import network, rank


@given(st.data(), st.integers(1, 12))
def test_ranks_are_those_of_a_sort(data: st.DataObject, count: int) -> None:
    stack = data.draw(arrays.arrays(np.uint8, (count, 2, 3)))
    ranks = tuple(data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=4, unique=True)))
    wanted = np.sort(stack, axis=0)
    found, _ = rank(list(stack.copy()), ranks, np.empty_like(stack[0]))
    for place, picture in zip(ranks, found, strict=True):
        assert np.array_equal(picture, wanted[place])


@pytest.mark.parametrize(("ranks", "most"), [((0,), 8), ((4,), 24), ((2, 4, 6), 27)])
def test_what_nobody_asks_for_is_not_computed(ranks: tuple[int, ...], most: int) -> None:
    assert len(network(9, ranks)) <= most
