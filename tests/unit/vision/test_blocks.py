import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.blocks import BLOCKS, COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX, BlockMeans, widened


@given(seed=st.integers(0, 2**32 - 1), planes=st.integers(1, 3))
def test_each_block_has_the_mean_of_its_pixels(seed: int, planes: int) -> None:
    pictures = np.random.default_rng(seed).uniform(0, 255, (planes, HEIGHT_PX, WIDTH_PX)).astype(np.float32)
    parted = pictures.reshape(planes, ROWS, HEIGHT_PX // ROWS, COLUMNS, WIDTH_PX // COLUMNS)
    np.testing.assert_allclose(BlockMeans(planes).of(pictures), parted.mean(axis=(2, 4)), rtol=1e-4)


@given(chosen=st.sets(st.integers(0, BLOCKS - 1)))
def test_chosen_blocks_are_widened_to_their_pixels_and_no_others(chosen: set[int]) -> None:
    blocks = np.zeros(BLOCKS, np.bool_)
    blocks[list(chosen)] = True
    pixels = np.full((HEIGHT_PX, WIDTH_PX), 7, np.uint8)
    widened(blocks.reshape(ROWS, COLUMNS), pixels)
    for y, x in ((0, 0), (14, 19), (15, 20), (44, 79), (89, 159), (75, 140)):
        assert pixels[y, x] == (y // 15 * COLUMNS + x // 20 in chosen)
    assert int(pixels.sum()) == len(chosen) * (HEIGHT_PX // ROWS) * (WIDTH_PX // COLUMNS)
