from collections.abc import Sequence

import numpy as np
import pytest

from configs.detection import Crowding
from events.geometry import Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import NOTHING, view
from tests.unit.vision.test_counting import moving, person, walkers
from vision.detector import Found, Looking, Person, Region, Small
from vision.people import YOUNG_S, CrowdingDetector

REGION = Region(zone=ZoneId("plaza"), polygon=Polygon.whole_picture())


def crowd(number: int) -> list[Person]:
    return [person(0.05 + 0.9 * i / max(number, 1), 0.5, width=0.02) for i in range(number)]


def flicker(i: int) -> Small:
    """Return a picture in which everything differs from the one before."""
    return np.full((180, 320), 100 + 20 * (i % 2), np.uint8)


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
    detector = CrowdingDetector(REGION, Crowding(density_per_m2=2, hold_s=0), area_m2=4)
    (looking,) = watch(detector, [10])
    assert [(m.metric, m.value) for m in looking.measurements] == [
        ("people_count.plaza", 10),
        ("people_density.plaza", 2.5),
    ]
    assert looking.findings[0].attrs["density_per_m2"] == 2.5


def test_without_an_area_nothing_is_told_per_square_metre() -> None:
    (looking,) = watch(CrowdingDetector(REGION, Crowding(count=3, hold_s=0)), [10])
    assert [m.metric for m in looking.measurements] == ["people_count.plaza"]
    assert looking.findings[0].attrs == {"method": "network", "threshold": 3.0}


def test_a_density_without_an_area_is_refused() -> None:
    with pytest.raises(ValueError, match="area"):
        CrowdingDetector(REGION, Crowding(density_per_m2=3))


def test_the_level_rises_and_falls_within_one_crowd() -> None:
    detector = CrowdingDetector(REGION, Crowding(hold_s=3), area_m2=2)
    lookings = watch(detector, [2] * 5 + [7] * 8 + [9] * 8 + [12] * 8 + [6] * 8 + [1] * 8)
    told = [(f.since_s, f.attrs.get("level")) for looking in lookings for f in looking.findings]
    assert len({since_s for since_s, _ in told}) == 1
    levels = [level for i, (_, level) in enumerate(told) if i == 0 or told[i - 1][1] != level]
    assert levels == ["sedang", "tinggi", "darurat", "sedang"]
    assert lookings[-1].findings == ()


def test_a_level_is_reached_only_after_the_hold_time() -> None:
    detector = CrowdingDetector(REGION, Crowding(hold_s=5), area_m2=2)
    lookings = watch(detector, [7] * 8 + [11] * 4 + [7] * 8)
    assert {f.attrs["level"] for looking in lookings for f in looking.findings} == {"sedang"}


def test_foreground_counts_where_there_is_no_network() -> None:
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=2))
    four = walkers((0.2, 0.7), (0.4, 0.8), (0.6, 0.7), (0.8, 0.9))
    lookings = [detector.look(view(0.2 * i, NOTHING, foreground=four)) for i in range(130)]
    assert value(lookings[-1]) == 4
    assert lookings[-1].findings[0].attrs["method"] == "foreground"
    first_s = next(0.2 * i for i, looking in enumerate(lookings) if looking.findings)
    assert first_s >= YOUNG_S, "a background learned just now begins no crowd"


def test_nothing_is_said_before_the_background_is_known() -> None:
    looking = CrowdingDetector(REGION, None).look(view(0, NOTHING, foreground=walkers((0.5, 0.8)), warm=False))
    assert looking == Looking()


def test_the_count_stands_while_light_settles() -> None:
    detector = CrowdingDetector(REGION, None)
    detector.look(view(0, NOTHING, foreground=walkers((0.5, 0.8))))
    assert value(detector.look(view(2, NOTHING, foreground=NOTHING, warm=False))) == 1


def test_a_network_that_falls_silent_is_replaced_by_foreground_after_a_while() -> None:
    detector = CrowdingDetector(REGION, None)
    walking = moving(*(somebody.box for somebody in crowd(5)))
    for i in range(3):
        detector.look(view(float(i), NOTHING, foreground=walking, people=crowd(5)))
    two = walkers((0.3, 0.8), (0.6, 0.8))
    told = [detector.look(view(2 + i, NOTHING, foreground=two)) for i in range(1, 8)]
    assert value(told[0]) == 5
    assert value(told[-1]) == pytest.approx(2, abs=0.5)


def test_movement_between_rare_looks_is_multiplied_by_what_looks_found_lately() -> None:
    detector = CrowdingDetector(REGION, None)
    two = walkers((0.3, 0.8), (0.6, 0.8))
    pairs = [person(x, 0.55, width=0.03) for x in (0.27, 0.3, 0.57, 0.6)]
    for i in range(40):
        people = pairs if i % 3 == 0 else None
        looking = detector.look(view(float(i), flicker(i), foreground=two, people=people))
    assert 3 <= value(looking) <= 4


def test_people_who_stand_too_still_to_be_seen_moving_are_counted_until_they_leave() -> None:
    detector = CrowdingDetector(REGION, None)
    detector.look(view(0, NOTHING, people=crowd(5)))
    for i in range(3, 12):
        looking = detector.look(view(float(i), NOTHING))
    assert value(looking) == 5
    gone = NOTHING.copy()
    gone[60:150] = 255
    detector.look(view(12, NOTHING, foreground=gone))
    for i in range(13, 20):
        looking = detector.look(view(float(i), NOTHING))
    assert value(looking) == 0


def test_a_crowd_in_which_nothing_moves_stays_a_crowd() -> None:
    detector = CrowdingDetector(REGION, Crowding(count=3, hold_s=5))
    standing = Found(people=crowd(6))
    lookings = [detector.look(view(float(i), NOTHING, found=standing)) for i in range(60)]
    assert lookings[-1].findings
    assert sum(bool(looking.measurements) for looking in lookings) >= 28


def test_things_that_never_stir_are_nobody() -> None:
    detector = CrowdingDetector(REGION, None)
    heap = walkers((0.3, 0.8), (0.6, 0.8))
    values = [
        looking.measurements for looking in (detector.look(view(float(i), NOTHING, foreground=heap)) for i in range(50))
    ]
    assert values[10][0].value == 2
    assert values[-1][0].value == 0


@pytest.mark.parametrize(("limit", "late_s"), [(60, 3), (3, 1)])
def test_people_are_counted_every_other_second_while_a_crowd_is_far_off(limit: int, late_s: int) -> None:
    detector = CrowdingDetector(REGION, Crowding(count=limit, hold_s=60))
    two, none = walkers((0.3, 0.8), (0.6, 0.8)), NOTHING
    told = [detector.look(view(float(i), flicker(i), foreground=two if i < 21 else none)) for i in range(40)]
    values = [value(looking) for looking in told]
    assert len(values) == 40
    assert values[20] == 2
    gone_s = next(i for i in range(21, 40) if values[i] == 0) - 21
    assert gone_s == late_s  # two of the last three counts


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
        looking = detector.look(view(0.5 * i, flicker(i), foreground=lanes))
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
