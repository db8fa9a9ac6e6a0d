import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from events.geometry import Polygon
from vision.zones import zone_mask


def test_the_whole_picture_has_every_pixel() -> None:
    assert np.all(zone_mask(Polygon.whole_picture()) == 255)


@given(x=st.floats(0.0, 0.9), y=st.floats(0.0, 0.9), width=st.floats(0.001, 0.5), height=st.floats(0.001, 0.5))
def test_even_the_thinnest_zone_has_pixels_and_about_its_area(x: float, y: float, width: float, height: float) -> None:
    right, bottom = min(x + width, 1.0), min(y + height, 1.0)
    mask = zone_mask(Polygon.from_points([(x, y), (right, y), (right, bottom), (x, bottom)]))
    area_px = (right - x) * (bottom - y) * mask.size
    outline_px = 2 * ((right - x) * 320 + (bottom - y) * 180) + 8
    assert 0 < np.count_nonzero(mask) <= area_px + outline_px
    assert np.count_nonzero(mask) >= area_px - outline_px
