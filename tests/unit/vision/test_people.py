from collections.abc import Sequence

import pytest

from configs.detection import Crowding
from events.geometry import Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import NOTHING, view
from tests.unit.vision.test_counting import person, walkers
from vision.detector import Found, Looking, Person, Region
from vision.people import CrowdingDetector

REGION = Region(zone=ZoneId("plaza"), polygon=Polygon.whole_picture())


def crowd(number: int) -> list[Person]:
    return [person(0.05 + 0.9 * i / max(number, 1), 0.5, width=0.02) for i in range(number)]


def watch(detector: CrowdingDetector, numbers: Sequence[int], *, start_s: float = 0.0) -> list[Looking]:
    """Show one new answer of the network a second."""
    return [detector.look(view(start_s + i, NOTHING, people=crowd(n))) for i, n in enumerate(numbers)]


def value(looking: Looking) -> float:
    (measurement,) = looking.measurements
    return measurement.value


def test_the_count_comes_out_even_where_nobody_asked_for_crowds() -> None:
    detector = CrowdingDetector(Region(zone=None, polygon=Polygon.whole_picture()), None)
    (looking,) = watch(detector, [3])
    assert looking.findings == ()
    assert [(m.metric, m.value) for m in looking.measurements] == [("people_count", 3.0)]


def test_a_zone_s_count_carries_its_name() -> None:
    (looking,) = watch(CrowdingDetector(REGION, None), [2])
    assert looking.measurements[0].metric == "people_count.plaza"


def test_one_odd_picture_changes_nothing() -> None:
    lookings = watch(CrowdingDetector(REGION, None), [4, 4, 4, 19, 4])
    assert [value(looking) for looking in lookings[2:]] == [4, 4, 4]


def test_a_crowd_begins_after_the_hold_time_says_how_and_ends_once() -> None:
    detector = CrowdingDetector(REGION, Crowding(count=8, hold_s=3))
    lookings = watch(detector, [2, 2, 2, *[12] * 10, *[1] * 10])
    crowded = [bool(looking.findings) for looking in lookings]
    assert crowded.count(True) > 0
    assert crowded == sorted(crowded[:12]) + sorted(crowded[12:], reverse=True)
    assert not any(crowded[:7])
    assert not any(crowded[-3:])
    finding = lookings[10].findings[0]
    assert (finding.kind, finding.zone, finding.count) == ("crowding", "plaza", 12)
    assert finding.attrs == {"method": "network", "threshold": 8.0}
    assert finding.box is not None
    assert {looking.findings[0].since_s for looking in lookings if looking.findings} == {finding.since_s}


def test_density_is_told_where_the_area_is_known() -> None:
    detector = CrowdingDetector(REGION, Crowding(area_m2=4, density_per_m2=2, hold_s=0))
    finding = watch(detector, [10])[0].findings[0]
    assert finding.attrs["density_per_m2"] == 2.5


def test_foreground_counts_where_there_is_no_network() -> None:
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=2))
    four = walkers((0.2, 0.7), (0.4, 0.8), (0.6, 0.7), (0.8, 0.9))
    for i in range(40):
        looking = detector.look(view(0.2 * i, NOTHING, foreground=four))
    assert value(looking) == 4
    assert looking.findings[0].attrs["method"] == "foreground"


def test_nothing_is_said_before_the_background_is_known() -> None:
    looking = CrowdingDetector(REGION, None).look(view(0, NOTHING, foreground=walkers((0.5, 0.8)), warm=False))
    assert looking == Looking()


def test_the_count_stands_while_light_settles() -> None:
    detector = CrowdingDetector(REGION, None)
    detector.look(view(0, NOTHING, foreground=walkers((0.5, 0.8))))
    assert value(detector.look(view(1, NOTHING, foreground=NOTHING, warm=False))) == 1


def test_a_network_that_falls_silent_is_replaced_by_foreground_after_a_while() -> None:
    detector = CrowdingDetector(REGION, None)
    watch(detector, [5, 5, 5])
    two = walkers((0.3, 0.8), (0.6, 0.8))
    values = [value(detector.look(view(2 + i, NOTHING, foreground=two))) for i in range(1, 8)]
    assert values[:4] == [5, 5, 5, 5]
    assert values[-1] == 2


def test_an_answer_given_twice_counts_once() -> None:
    detector = CrowdingDetector(REGION, None)
    old, new = Found(people=crowd(2)), Found(people=crowd(9))
    for i in range(10):
        detector.look(view(0.1 * i, NOTHING, found=old))
    detector.look(view(1.0, NOTHING, found=new))
    assert value(detector.look(view(2.0, NOTHING, people=crowd(9)))) == 9


def test_movement_without_the_shape_of_people_begins_no_crowd() -> None:
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=2))
    lanes = NOTHING.copy()
    for y in range(20, 170, 25):
        lanes[y : y + 8, 40:280] = 255
    for i in range(300):
        looking = detector.look(view(0.5 * i, NOTHING, foreground=lanes))
    assert value(looking) >= 3
    assert looking.findings == ()


def test_a_camera_at_fault_counts_nobody_and_keeps_the_crowd_open() -> None:
    fault = False
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=0), blind=lambda: fault)
    assert watch(detector, [5])[0].findings
    fault = True
    (looking,) = watch(detector, [0], start_s=1)
    assert looking.measurements == ()
    assert looking.findings


@pytest.mark.parametrize("every_s", [0.04, 1.0, 4.0])
def test_the_hold_time_is_kept_at_any_cadence(every_s: float) -> None:
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=10))
    begun_s = next(
        i * every_s for i in range(2000) if detector.look(view(i * every_s, NOTHING, people=crowd(5))).findings
    )
    assert 10 - 1e-6 <= begun_s <= 10 + every_s
