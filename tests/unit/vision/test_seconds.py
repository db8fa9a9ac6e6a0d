from collections.abc import Iterable, Iterator

import numpy as np

from vision.seconds import Seconds


def told(pictures: Iterable[tuple[float, int]]) -> Iterator[tuple[float, int | None]]:
    """Yield the time at which each second began, and the level of the median of the one before."""
    seconds = Seconds()
    for t_s, level in pictures:
        if seconds.begins(np.full((180, 320), level, np.uint8), t_s):
            yield t_s, None if seconds.median is None else int(np.unique(seconds.median).item())
        else:
            assert seconds.median is None


def test_each_second_is_told_once_as_its_median() -> None:
    levels = [(0.0, 10), (0.2, 10), (0.4, 200), (0.6, 10), (0.8, 12), (1.0, 50), (1.2, 50)]
    assert list(told(levels)) == [(0.0, None), (1.0, 10)]


def test_a_slow_camera_gives_every_picture() -> None:
    assert list(told((2.0 * i, 10 * i) for i in range(1, 5))) == [(2.0, None), (4.0, 20), (6.0, 30), (8.0, 40)]
