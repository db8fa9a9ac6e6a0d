"""How much of a zone is green around midday."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from configs.detection import GreenCover
from events.frame import Picture
from events.geometry import Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import NOTHING
from vision.detector import Measurement, Region, View
from vision.green import EVERY_S, GreenCoverDetector, green_share
from vision.zones import zone_mask

ZONE = Polygon.from_points([(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)])
MASK = zone_mask(ZONE)
JAKARTA = ZoneInfo("Asia/Jakarta")
LEAF, EARTH, SKY = (45, 120, 70), (70, 100, 130), (230, 190, 150)
"""Blue, green, red."""


def park(share: float, *, light: float = 1.0) -> Picture:
    """Return a sky over ground, of which a share on the left is green."""
    picture = np.full((360, 640, 3), EARTH, np.float32)
    picture[:180] = SKY
    picture[180:, : round(640 * share)] = LEAF
    return np.asarray(np.clip(picture * light, 0, 255), np.uint8)


def infrared(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("light", [0.5, 1.0])
def test_the_share_of_a_known_scene_is_right_in_sun_and_shade(share: float, light: float) -> None:
    assert green_share(park(share, light=light), MASK) == pytest.approx(share, abs=0.01)


def test_green_outside_the_zone_does_not_count() -> None:
    picture = park(0.25)
    picture[:180] = LEAF
    assert green_share(picture, MASK) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("colour", "what"),
    [((120, 120, 120), "asphalt"), ((40, 200, 210), "yellow paint"), ((190, 170, 90), "a pond under blue sky")],
)
def test_what_is_not_a_plant_is_not_green(colour: tuple[int, int, int], what: str) -> None:
    picture = park(0.0)
    picture[180:] = colour
    assert green_share(picture, MASK) == 0, what


def test_an_infrared_or_grey_picture_gives_no_value() -> None:
    assert green_share(infrared(park(0.5)), MASK) is None


@pytest.mark.parametrize("level", [10, 255])
def test_a_zone_too_dark_or_too_bright_for_colour_gives_no_value(level: int) -> None:
    picture = park(0.5)
    picture[180:] = level
    assert green_share(picture, MASK) is None


def test_a_dazzled_part_is_left_out_on_both_sides_of_the_share() -> None:
    picture = park(0.5)
    picture[180:, 480:] = 255
    assert green_share(picture, MASK) == pytest.approx(2 / 3, abs=0.01)


class Day:
    """Shows a detector pictures by the clock on the wall."""

    def __init__(
        self, *, zone: str | None = "taman", timezone: ZoneInfo = JAKARTA, blind: bool = False, **hours: float
    ) -> None:
        region = Region(zone=None if zone is None else ZoneId(zone), polygon=ZONE)
        self.asked = 0
        self._timezone = timezone
        self._detector = GreenCoverDetector(region, GreenCover(**hours), timezone=timezone, blind=lambda: blind)

    def told(
        self, begin: datetime, end: datetime, picture: Picture, *, every: timedelta = timedelta(minutes=1)
    ) -> list[tuple[datetime, Measurement]]:
        """Return what is told between two local times, and when."""
        told, at = list[tuple[datetime, Measurement]](), begin.replace(tzinfo=self._timezone)
        while at < end.replace(tzinfo=self._timezone):
            looking = self._detector.look(self._view(at, picture))
            assert looking.findings == ()
            told += [(at.replace(tzinfo=None), measurement) for measurement in looking.measurements]
            at += every
        return told

    def _view(self, at: datetime, picture: Picture) -> View:
        def colour() -> Picture:
            self.asked += 1
            return picture

        small = np.zeros((180, 320), np.uint8)
        return View(
            t_s=at.timestamp(),
            small=small,
            foreground=NOTHING,
            warm=True,
            second=small,
            at=at.astimezone(UTC),
            width_px=640,
            height_px=360,
            found=lambda: None,
            colour=colour,
        )


def hour(hours: float, day: int = 2) -> datetime:
    return datetime(2026, 3, day) + timedelta(hours=hours)  # noqa: DTZ001 - local, the zone is put on later


def test_one_value_a_day_is_told_when_midday_is_over() -> None:
    told = Day().told(hour(0), hour(0, day=5), park(0.25), every=timedelta(minutes=15))
    assert [at for at, _ in told] == [hour(13, day=day) for day in (2, 3, 4)]
    assert {measurement.metric for _, measurement in told} == {"green_cover.taman"}
    assert [measurement.value for _, measurement in told] == pytest.approx([0.25] * 3, abs=0.01)


def test_midday_is_the_citys() -> None:
    jayapura = Day(timezone=ZoneInfo("Asia/Jayapura"))
    assert [at for at, _ in jayapura.told(hour(0), hour(23), park(0.5))] == [hour(13)]
    assert jayapura.told(hour(0, 3), hour(10.5, 3), park(0.5)) == []


def test_only_midday_counts_and_only_one_picture_in_five_minutes_is_converted() -> None:
    day = Day()
    assert day.told(hour(0), hour(11), park(1.0)) == []
    assert day.asked == 0
    day.told(hour(11), hour(13), park(0.5), every=timedelta(seconds=10))
    assert day.asked == 2 * 3600 / EVERY_S
    ((_, measurement),) = day.told(hour(13), hour(24), park(1.0))
    assert measurement.value == pytest.approx(0.5, abs=0.01)


def test_the_hours_may_be_others_even_all_of_them() -> None:
    assert [at for at, _ in Day(from_hour=9, to_hour=10).told(hour(0), hour(23), park(0.5))] == [hour(10)]
    hourly = timedelta(hours=1)
    whole = Day(from_hour=0, to_hour=24).told(hour(0), hour(12, day=4), park(0.5), every=hourly)
    assert [at for at, _ in whole] == [hour(0, day=3), hour(0, day=4)]


def test_whoever_passes_in_less_than_half_of_the_pictures_leaves_no_trace() -> None:
    day = Day()
    day.told(hour(11), hour(12.2), park(0.4))
    ((_, measurement),) = day.told(hour(12.2), hour(13), park(0.0)) + day.told(hour(13), hour(14), park(0.0))
    assert measurement.value == pytest.approx(0.4, abs=0.01)


def test_fewer_than_five_pictures_are_no_value() -> None:
    day = Day()
    assert day.told(hour(12.7), hour(14), park(0.5)) == []
    day = Day()
    assert len(day.told(hour(12.6), hour(14), park(0.5))) == 1


def test_a_camera_that_was_away_when_midday_ended_tells_the_value_when_it_is_back() -> None:
    day = Day()
    assert day.told(hour(11), hour(12.5), park(0.4)) == []
    told = day.told(hour(11.5, day=3), hour(14, day=3), park(0.8))
    assert [measurement.value for _, measurement in told] == pytest.approx([0.4, 0.8], abs=0.01)


def test_a_camera_in_infrared_or_at_fault_tells_nothing() -> None:
    assert Day().told(hour(0), hour(23), infrared(park(0.5))) == []
    assert Day(blind=True).told(hour(0), hour(23), park(0.5)) == []


def test_a_file_without_dates_is_measured_as_it_comes() -> None:
    undated = datetime(1970, 1, 1, 3)  # noqa: DTZ001 - as above
    told = Day(zone=None).told(undated, undated + timedelta(minutes=2), park(0.5), every=timedelta(seconds=1))
    assert len(told) == 12
    assert {measurement.metric for _, measurement in told} == {"green_cover"}
    assert told[-1][1].value == pytest.approx(0.5, abs=0.01)
