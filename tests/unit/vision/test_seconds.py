import numpy as np

from vision.detector import Small
from vision.seconds import Seconds


def flat(level: int) -> Small:
    return np.full((180, 320), level, np.uint8)


def test_each_second_is_told_once_as_its_median() -> None:
    seconds = Seconds()
    levels = {0.0: 10, 0.2: 10, 0.4: 200, 0.6: 10, 0.8: 12, 1.0: 50, 1.2: 50}
    told = {t_s: seconds.offer(flat(level), t_s) for t_s, level in levels.items()}
    assert [t_s for t_s, median in told.items() if median is not None] == [1.0]
    median = told[1.0]
    assert median is not None
    assert np.unique(median).tolist() == [10]


def test_a_slow_camera_gives_every_picture() -> None:
    seconds = Seconds()
    told = [seconds.offer(flat(10 * i), 2.0 * i) for i in range(1, 5)]
    assert [None if median is None else int(median[0, 0]) for median in told] == [None, 20, 30, 40]
