import pytest

from vision.growth import Growth


def test_growth_is_the_slope_of_the_last_hour() -> None:
    growth = Growth()
    growth.add(0.1, 0)
    assert growth.per_h() is None
    for i in range(1, 100):
        growth.add(0.1 + 0.001 * i, 36.0 * i)
    assert growth.per_h() == pytest.approx(0.1)
