from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vision.captions import NOW, at_clock, before, began, duration

AT = datetime(2026, 1, 1, 7, 5, 22, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 d"), (9.6, "10 d"), (60, "1 m"), (200, "3 m 20 d"), (640, "10 m"), (7500, "2 j 5 m"), (7200, "2 j")],
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_with_a_zone_captions_tell_the_citys_time() -> None:
    assert at_clock(NOW, AT, WIB) == "sekarang 14.05.22"
    assert before(10.2, AT, WIB) == "10 d sebelum 14.05.22"
    assert began(0.4, 20.0, AT, WIB) == "mulai 14.05.22"


def test_without_a_zone_captions_tell_ages() -> None:
    assert at_clock(NOW, AT, None) == "sekarang"
    assert before(10.2, AT, None) == "10 d sebelum"
    assert began(0.4, 20.0, AT, None) == "mulai, 20 d lalu"


def test_a_picture_later_than_the_beginning_says_so() -> None:
    assert began(40.0, 20.0, AT, WIB) == "mulai + 40 d 14.05.22"


def test_captions_are_written_in_letters_opencv_has() -> None:
    for words in (at_clock(NOW, AT, WIB), before(3700, AT, WIB), began(9000, 20, AT, None)):
        assert words.isascii()
