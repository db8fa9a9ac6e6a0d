import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vision.steady import SAMPLES, SteadyPicture, sort_pixels


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5))))
def test_pixels_are_sorted_as_numpy_would(stack: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
    wanted = np.sort(stack, axis=0)
    sort_pixels(stack, np.empty_like(stack[0]))
    assert np.array_equal(stack, wanted)


def test_whoever_is_there_for_less_than_half_the_time_leaves_no_trace_but_unrest() -> None:
    steady = SteadyPicture((4, 4), window_s=9.0)
    for i in range(SAMPLES):
        picture = np.full((4, 4), 100, np.uint8)
        if i in {2, 4, 5}:
            picture[1, 1] = 250
        assert steady.offer(picture, float(i))
    middle, unrest = steady.settle()
    assert np.all(middle == 100)
    assert unrest[1, 1] == 150
    assert unrest[0, 0] == 0


def test_pictures_between_turns_are_not_taken() -> None:
    steady = SteadyPicture((1, 1), window_s=9.0)
    picture = np.zeros((1, 1), np.uint8)
    assert [steady.offer(picture, t_s) for t_s in (0.0, 0.5, 0.9, 1.0, 2.1)] == [True, False, False, True, True]


def test_after_a_gap_the_old_pictures_prove_nothing() -> None:
    steady = SteadyPicture((1, 1), window_s=9.0)
    for i in range(SAMPLES):
        steady.offer(np.zeros((1, 1), np.uint8), float(i))
    assert steady.ready
    steady.offer(np.zeros((1, 1), np.uint8), 100.0)
    assert not steady.ready


def test_where_few_pictures_come_the_newest_five_make_the_median() -> None:
    steady = SteadyPicture((1, 1), window_s=9.0)
    for i in range(SAMPLES):
        steady.offer(np.full((1, 1), 10 if i < SAMPLES - 3 else 200, np.uint8), 10.0 * i)
    assert steady.ready
    assert steady.settle()[0][0, 0] == 200
