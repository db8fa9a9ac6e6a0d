"""Piles of waste: what begins one, what is none, and what ends it."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from events.errors import ConfigError
from events.geometry import Box
from tests.unit.vision.corner import CLEAN, CORNER, PILE, PILED, SETTINGS, References, made, watched
from tests.unit.vision.scenes import Camera, heap, view
from vision import clean_looks
from vision.detector import Finding, Found, Person, Small, Vehicle
from vision.reference import StoredReferences
from vision.waste import WastePileDetector


def test_a_clean_zone_is_measured_as_clean() -> None:
    camera = Camera(CLEAN)
    coverages, findings = watched(made(), lambda _t_s: camera.picture(), until_s=30)
    assert coverages
    assert max(coverages) < 0.01
    assert findings == []


def test_a_heap_is_found_after_the_hold_time_with_its_place_and_cleared_after_one() -> None:
    clean, piled = Camera(CLEAN), Camera(PILED)
    detector = made()
    _, before = watched(detector, lambda _t_s: clean.picture(), until_s=20)
    _, too_soon = watched(detector, lambda _t_s: piled.picture(), from_s=20, until_s=28)
    coverages, found = watched(detector, lambda _t_s: piled.picture(), from_s=28, until_s=45)
    assert (before, too_soon) == ([], [])
    assert coverages[-1] == pytest.approx(0.3, abs=0.08)
    finding = found[-1]
    assert (finding.kind, finding.zone, finding.score) == ("waste_pile", "corner", coverages[-1])
    x, y, width, height = PILE
    assert finding.box is not None
    truth = Box(x / 320, y / 180, width / 320, height / 180)
    assert finding.box.intersection_over_union(truth) > 0.7
    assert 20 <= finding.since_s <= 30
    watched(detector, lambda _t_s: clean.picture(), from_s=45, until_s=65)
    assert watched(detector, lambda _t_s: clean.picture(), from_s=65, until_s=75)[1] == []


def test_people_passing_by_all_the_time_are_no_heap() -> None:
    camera = Camera(CLEAN)

    def show(t_s: float) -> Small:
        x = 90 + int(t_s * 37) % 130
        return camera.picture([(x, 60, 18, 70, 15), (310 - x, 70, 18, 70, 240)])

    assert watched(made(), show, until_s=60)[1] == []


def test_a_heap_behind_passing_people_is_found() -> None:
    camera = Camera(PILED)

    def show(t_s: float) -> Small:
        return camera.picture([(90 + int(t_s * 37) % 130, 60, 18, 70, 15)])

    assert watched(made(), show, until_s=60)[1] != []


def test_a_heap_behind_somebody_who_stands_there_for_long_is_the_same_heap() -> None:
    piled, cleared = Camera(PILED), Camera(CLEAN)
    in_front = (100, 62, 90, 66, 20)
    sure = Found(people=[Person(box=Box(96 / 320, 56 / 180, 98 / 320, 78 / 180), score=0.9)])
    detector = made()
    _, before = watched(detector, lambda _t_s: piled.picture(), until_s=40, found=Found())
    _, behind = watched(detector, lambda _t_s: piled.picture([in_front]), from_s=40, until_s=100, found=sure)
    _, again = watched(detector, lambda _t_s: piled.picture(), from_s=100, until_s=130, found=Found())
    assert {finding.since_s for finding in before + behind + again} == {before[0].since_s}
    assert len(behind) == 120
    _, after = watched(detector, lambda _t_s: cleared.picture(), from_s=130, until_s=150, found=Found())
    assert len(after) < 20


def test_a_known_heap_is_as_large_as_before_while_somebody_hides_a_part_of_it() -> None:
    piled, detector = Camera(PILED), made()
    sure = Found(people=[Person(box=Box(106 / 320, 62 / 180, 38 / 320, 62 / 180), score=0.9)])
    before, _ = watched(detector, lambda _t_s: piled.picture(), until_s=40, found=Found())
    hidden, still = watched(
        detector, lambda _t_s: piled.picture([(108, 64, 34, 58, 20)]), from_s=40, until_s=80, found=sure
    )
    assert hidden[-1] == pytest.approx(before[-1], abs=0.03)
    assert len(still) == 80


def test_somebody_standing_there_is_no_heap_where_the_network_is_sure() -> None:
    camera = Camera(heap(120, 60, 40, 80, CLEAN))
    sure = Person(box=Box(118 / 320, 58 / 180, 44 / 320, 84 / 180), score=0.9)
    for people, found in (([sure], False), ([], True)):
        detector = made()
        _, findings = watched(detector, lambda _t_s: camera.picture(), until_s=50, found=Found(people=people))
        assert bool(findings) is found


def test_without_a_reference_nothing_is_said_and_the_zone_never_called_clean() -> None:
    detector, camera = made(References(None)), Camera(CLEAN)
    assert detector.state == "no_reference"
    assert watched(detector, lambda _t_s: camera.picture(), until_s=20) == ([], [])
    assert detector.state == "no_reference"


def test_the_first_settled_seconds_become_the_reference_where_that_is_allowed() -> None:
    references, clean, piled = References(None, adopts_first=True), Camera(CLEAN), Camera(PILED)
    detector = made(references)
    assert detector.state == "adopting"
    watched(detector, lambda _t_s: clean.picture(), until_s=10)
    assert detector.state == "watching"
    taken = references.load(CORNER.zone)
    assert taken is not None
    assert np.abs(taken.astype(np.int16) - CLEAN).mean() < 3
    assert watched(detector, lambda _t_s: piled.picture(), from_s=10, until_s=40)[1] != []


def test_a_picture_named_in_the_settings_is_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "clean.png"
    cv2.imwrite(str(path), cv2.resize(CLEAN, (1280, 720)))
    piled = Camera(PILED)
    detector = made(References(PILED), reference=str(path))
    assert watched(detector, lambda _t_s: piled.picture(), until_s=30)[1] != []


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_an_unusable_reference_picture_is_named_with_its_zone(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "clean.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"clean\.png.*zone corner"):
        made(reference=str(path))


def test_a_camera_at_fault_makes_no_heap() -> None:
    fault = True
    detector = WastePileDetector(CORNER, SETTINGS, References(CLEAN), blind=lambda: fault)
    cover = Camera(PILED)
    assert watched(detector, lambda _t_s: cover.picture(), until_s=40) == ([], [])


def test_a_parked_vehicle_is_no_heap_even_where_the_network_misses_it_now_and_then() -> None:
    camera, detector = Camera(heap(115, 75, 70, 45, CLEAN)), made()
    parked = Found(vehicles=[Vehicle(box=Box(113 / 320, 72 / 180, 76 / 320, 52 / 180), score=0.8)])
    for second in range(60):
        small = camera.picture()
        seen = Found() if second % 3 == 1 else parked
        assert detector.look(view(float(second), small, second=small, found=seen)).findings == ()


@pytest.mark.parametrize("every_s", [1.0, 4.0, 10.0])
def test_a_heap_is_found_and_its_end_seen_at_any_cadence(every_s: float) -> None:
    clean, piled, detector = Camera(CLEAN), Camera(PILED), made()
    watched(detector, lambda _t_s: clean.picture(), until_s=100, every_s=every_s)
    _, found = watched(detector, lambda _t_s: piled.picture(), from_s=100, until_s=200, every_s=every_s)
    _, after = watched(detector, lambda _t_s: clean.picture(), from_s=200, until_s=300, every_s=every_s)
    assert found != []
    assert watched(detector, lambda _t_s: clean.picture(), from_s=300, until_s=310, every_s=every_s)[1] == []
    assert len(after) * every_s < 70


@pytest.mark.parametrize("hold_s", [8.0, 120.0])
def test_a_cleared_zone_ends_within_one_hold_time(hold_s: float) -> None:
    clean, piled, detector = Camera(CLEAN), Camera(PILED), made(hold_s=hold_s)
    watched(detector, lambda _t_s: piled.picture(), until_s=2.5 * hold_s + 20, every_s=1.0)
    cleared_s = 2.5 * hold_s + 20
    _, still = watched(
        detector, lambda _t_s: clean.picture(), from_s=cleared_s, until_s=cleared_s + hold_s, every_s=1.0
    )
    assert still
    ended_s = cleared_s + hold_s
    assert watched(detector, lambda _t_s: clean.picture(), from_s=ended_s, until_s=ended_s + 3)[1] == []


def test_a_cleared_zone_ends_within_one_hold_time_though_somebody_stands_in_it_for_a_third_of_that() -> None:
    clean, piled, detector = Camera(CLEAN), Camera(PILED), made(hold_s=120.0)
    watched(detector, lambda _t_s: piled.picture(), until_s=320, every_s=1.0)

    def cleared(t_s: float) -> Small:
        return piled.picture() if 365 <= t_s < 401 else clean.picture()

    assert watched(detector, cleared, from_s=320, until_s=350, every_s=1.0)[1] != []
    watched(detector, cleared, from_s=350, until_s=440, every_s=1.0)
    assert watched(detector, cleared, from_s=440, until_s=443)[1] == []


def test_a_pile_known_before_a_restart_is_the_same_pile_after_it(tmp_path: Path) -> None:
    references, piled = StoredReferences(tmp_path), Camera(PILED)
    references.save(CORNER.zone, CLEAN)
    _, before = watched(made(references), lambda _t_s: piled.picture(), until_s=40)
    coverages, after = watched(made(references), lambda _t_s: piled.picture(), from_s=70, until_s=80)
    assert after
    assert after[0].since_s == pytest.approx(before[0].since_s, abs=0.1)
    assert coverages[0] == pytest.approx(before[-1].score, abs=0.02)


def test_a_pile_cleared_while_nobody_looked_is_not_begun_again(tmp_path: Path) -> None:
    references, clean, piled = StoredReferences(tmp_path), Camera(CLEAN), Camera(PILED)
    references.save(CORNER.zone, CLEAN)
    watched(made(references), lambda _t_s: piled.picture(), until_s=40)
    assert watched(made(references), lambda _t_s: clean.picture(), from_s=70, until_s=120)[1] == []


def test_time_a_pile_has_waited_survives_a_short_restart(tmp_path: Path) -> None:
    references, piled = StoredReferences(tmp_path), Camera(PILED)
    references.save(CORNER.zone, CLEAN)
    first = made(references, hold_s=300.0)
    assert watched(first, lambda _t_s: piled.picture(), until_s=270, every_s=5.0)[1] == []
    second = made(references, hold_s=300.0)
    assert watched(second, lambda _t_s: piled.picture(), from_s=300, until_s=500, every_s=5.0)[1] != []


@pytest.mark.parametrize(("like_anchor", "found_in_time"), [(clean_looks.LIKE_ANCHOR, True), (-2.0, False)])
def test_the_ground_may_wear_but_a_pile_that_creeps_in_is_not_learned(
    monkeypatch: pytest.MonkeyPatch, like_anchor: float, *, found_in_time: bool
) -> None:
    """Days in small: all six times as fast, the reference's following too. Without the anchor the pile is learned."""
    monkeypatch.setattr(clean_looks, "FOLLOW_S", clean_looks.FOLLOW_S / 6)
    monkeypatch.setattr(clean_looks, "LIKE_ANCHOR", like_anchor)
    unevenness = cv2.GaussianBlur(np.random.default_rng(8).normal(0, 60, (180, 320)), (0, 0), 4)
    worn = np.clip(CLEAN + unevenness, 0, 255).astype(np.uint8)
    piled = worn.copy()
    x, y, width, height = PILE
    piled[y : y + height, x : x + width] = heap(*PILE, CLEAN, seed=11)[y : y + height, x : x + width]
    detector = made(hold_s=60.0)
    wearing = changing(detector, CLEAN, worn, from_s=0.0, length_s=4 * 3600.0)
    creeping = changing(detector, worn, piled, from_s=4 * 3600.0, length_s=4 * 3600.0)
    assert wearing == []
    assert bool(creeping) is found_in_time


def changing(
    detector: WastePileDetector, origin: Small, target: Small, *, from_s: float, length_s: float
) -> list[Finding]:
    """Return what is found while one scene turns into another, in light that comes and goes."""
    camera, findings = Camera(origin), list[Finding]()
    for t_s in np.arange(0, length_s, 10.0).tolist():
        share = t_s / length_s
        camera.scene = cv2.addWeighted(target, share, origin, 1 - share, 0).astype(np.uint8, copy=False)
        small = camera.picture(gain=1.0 + 0.2 * math.sin(t_s / 800))
        findings.extend(detector.look(view(from_s + t_s, small, second=small)).findings)
    return findings
