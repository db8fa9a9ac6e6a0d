import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.geometry import Box, Polygon
from vision.filmstrip import BAR_PX, GAP_PX, Panel, draw, sheet

ZONE = Polygon(((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))


def grey(width_px: int, height_px: int, level: int = 90) -> npt.NDArray[np.uint8]:
    return np.full((height_px, width_px, 3), level, np.uint8)


def panel(level: int = 90, caption: str = "sekarang 14.05.52", size: tuple[int, int] = (960, 540)) -> Panel:
    return Panel(caption=caption, picture=grey(*size, level))


def test_now_is_large_at_the_top_and_the_earlier_pictures_lie_below_it_oldest_first() -> None:
    whole = sheet(panel(200), [panel(50), panel(120)])
    small_px = round((960 - GAP_PX) // 2 * 540 / 960)
    assert whole.shape == (BAR_PX + 540 + BAR_PX + small_px, 960, 3)
    assert (whole[BAR_PX : BAR_PX + 540] == 200).all()
    below = whole[-small_px + 2 :]
    assert (below[:, :470] == 50).all()
    assert (below[:, -470:] == 120).all()


def test_a_crop_of_the_pictures_shape_from_the_top_is_the_panel_of_now() -> None:
    """What the wall's thumbnails show."""
    whole = sheet(panel(200), [panel(50), panel(120)])
    assert (whole[: 960 * 9 // 16] == 200).mean() > 0.9


def test_captions_are_written_large_enough_to_read_on_a_preview() -> None:
    whole = sheet(panel(), [panel(caption="10 d sebelum 14.05.22"), panel(caption="mulai 14.05.32")])
    preview = cv2.resize(whole, (400, round(400 * whole.shape[0] / 960)), interpolation=cv2.INTER_AREA)
    bars = preview[:15], preview[15 + 225 :][:15]
    for bar in bars:
        rows = np.flatnonzero((bar.max(axis=2) > 150).any(axis=1))
        assert rows.max() - rows.min() + 1 >= 8


def test_a_missing_picture_says_so() -> None:
    whole = sheet(panel(), [Panel(caption="10 d sebelum", picture=None), panel(120)])
    missing = whole[-200:, :470]
    assert missing.mean() < 60
    assert (missing > 120).any()


def test_without_a_picture_of_now_there_is_no_sheet() -> None:
    with pytest.raises(ValueError, match="picture of now"):
        sheet(Panel(caption="sekarang", picture=None), [])


def test_the_zone_and_the_box_are_drawn_in_every_panel() -> None:
    whole = sheet(panel(), [panel(), panel()], outlines=(ZONE,), boxes=(Box(0.4, 0.4, 0.1, 0.1),))
    yellow = (whole[:, :, 2] > 150) & (whole[:, :, 1] > 120) & (whole[:, :, 0] < 90)
    red = (whole[:, :, 2] > 150) & (whole[:, :, 1] < 90)
    for part in (np.s_[BAR_PX : BAR_PX + 540, :], np.s_[620:, :478], np.s_[620:, 482:]):
        assert yellow[part].any()
        assert red[part].any()


@pytest.mark.parametrize("level", [0, 90, 255])
def test_lines_show_on_any_ground(level: int) -> None:
    picture = grey(960, 540, level)
    draw(picture, outlines=(ZONE,))
    lines = picture[135, 300:600].astype(int)
    assert np.abs(lines - level).max(axis=1).min() > 80


@settings(max_examples=25, deadline=None)
@given(st.integers(64, 4000), st.floats(0.2, 5), st.integers(0, 3), st.text("abc 0123.+", max_size=60))
def test_pictures_of_any_shape_make_a_sheet_of_bounded_size(
    width_px: int, aspect: float, earlier: int, caption: str
) -> None:
    picture = np.zeros((round(width_px / aspect), width_px, 3), np.uint8)
    one = Panel(caption=caption, picture=picture)
    whole = sheet(one, [one] * earlier, outlines=(ZONE,), boxes=(Box(0.9, 0.9, 0.3, 0.3),))
    assert whole.shape[1] <= 960
    assert whole.dtype == np.uint8
