import math
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.detection import WastePile
from events.errors import ConfigError
from events.geometry import Box, Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import Camera, heap, street, view
from vision import clean_looks
from vision.detector import Finding, Found, Look, Person, ReferenceStore, Region, Small, Vehicle
from vision.reference import FirstSettledReferences, StoredReferences
from vision.waste import WastePileDetector

CORNER = Region(zone=ZoneId("corner"), polygon=Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
SETTINGS = WastePile(coverage=0.15, hold_s=8)
CLEAN = street()
PILE = (110, 70, 70, 50)
"""x, y, width, height in the small picture: 30 % of the zone."""
PILED = heap(*PILE, CLEAN)

Show = Callable[[float], Small]


class References(FirstSettledReferences):
    """Holds references in memory, for a live camera unless said otherwise."""

    def __init__(self, clean: Small | None, *, adopts_first: bool = False) -> None:
        super().__init__()
        self._adopts = adopts_first
        if clean is not None:
            self.save(CORNER.zone, clean)

    @property
    def adopts_first(self) -> bool:
        return self._adopts


def made(references: ReferenceStore | None = None, **changes: object) -> WastePileDetector:
    return WastePileDetector(CORNER, SETTINGS.model_copy(update=changes), references or References(CLEAN))


def watched(
    detector: WastePileDetector,
    show: Show,
    *,
    until_s: float,
    from_s: float = 0.0,
    every_s: float = 0.5,
    found: Found | None = None,
) -> tuple[list[float], list[Finding]]:
    """Return coverage and finding (where there is one) of each picture."""
    coverages, findings = list[float](), list[Finding]()
    for i in range(int((until_s - from_s) / every_s)):
        t_s = from_s + i * every_s
        small = show(t_s)
        looking = detector.look(view(t_s, small, second=small, found=found))
        coverages += [m.value for m in looking.measurements if m.metric == "coverage.corner"]
        findings += looking.findings
    return coverages, findings


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


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.3])
def test_light_changes_neither_hide_a_heap_nor_make_one(gain: float) -> None:
    clean, piled = Camera(CLEAN), Camera(PILED)
    assert watched(made(), lambda _t_s: clean.picture(gain=gain), until_s=40)[1] == []
    assert watched(made(), lambda _t_s: piled.picture(gain=gain), until_s=40)[1] != []


def test_the_narrower_levels_of_video_are_not_taken_for_a_change() -> None:
    """A picture file uses 0..255, the Y plane of most cameras 16..235."""
    video = Camera(np.asarray(16 + CLEAN.astype(np.float32) * 219 / 255, np.uint8))
    coverages, _ = watched(made(), lambda _t_s: video.picture(), until_s=30)
    assert max(coverages) < 0.01


def test_a_soft_shadow_over_the_zone_is_no_heap() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[60:130, 100:230] = 0.6
    shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 6), np.float32)
    shaded = Camera(np.asarray(CLEAN * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


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


def test_a_heap_of_pale_bags_is_found_below_shadows_of_clouds_that_pass_over_bare_ground() -> None:
    """The light that comes and goes is no noise that would hide the bags."""
    ground = np.asarray(cv2.blur(CLEAN, (41, 41)) // 4 + 110, np.uint8)
    piled = heap(*PILE, ground)
    piled[70:120, 110:180] = piled[70:120, 110:180] // 3 + 140
    camera, hold_s = Camera(piled), 120.0
    x = np.arange(320, dtype=np.float32)

    def show(t_s: float) -> Small:
        return np.asarray(camera.picture() * (0.78 + 0.22 * np.sin((x + 6 * t_s) / 60)), np.uint8)

    _, findings = watched(made(References(ground), hold_s=hold_s), show, until_s=3 * hold_s, every_s=1.0)
    assert findings


def test_a_heap_is_found_below_passing_clouds_though_its_window_is_long() -> None:
    camera, hold_s = Camera(PILED), 60.0
    _, findings = watched(
        made(hold_s=hold_s),
        lambda t_s: camera.picture(gain=0.75 + 0.25 * math.sin(t_s / 6)),
        until_s=4 * hold_s,
        every_s=1.0,
    )
    assert findings


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


def test_a_hard_shadow_that_falls_beside_the_zone_too_is_no_heap() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[:, 60:170] = 0.5
    shaded = Camera(np.asarray(CLEAN * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def below_a_tree(scene: Small) -> Small:
    """Return a scene with the hard shadow of a house, and flecks of sun below a tree that hardly reach beyond."""
    leaves = cv2.resize(np.random.default_rng(4).random((26, 44)), (320, 180), interpolation=cv2.INTER_CUBIC)
    light = np.where(leaves > 0.5, 0.5, 1.0).astype(np.float32)
    light[:46], light[146:], light[:, :90], light[:, 165:] = 1.0, 1.0, 1.0, 1.0
    light[:, :60] = 0.5
    return np.asarray(scene * cv2.GaussianBlur(light, (0, 0), 0.9), np.uint8)


def test_flecks_of_sun_below_a_tree_are_no_heap() -> None:
    camera = Camera(below_a_tree(CLEAN))
    coverages, findings = watched(made(), lambda _t_s: camera.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


def test_a_heap_in_flecks_of_sun_is_found() -> None:
    camera = Camera(below_a_tree(PILED))
    assert watched(made(), lambda _t_s: camera.picture(), until_s=40)[1] != []


def test_a_heap_half_in_a_hard_shadow_is_found_whole() -> None:
    shade = np.ones((180, 320), np.float32)
    shade[:, 60:145] = 0.5
    shaded = Camera(np.asarray(PILED * shade, np.uint8))
    coverages, findings = watched(made(), lambda _t_s: shaded.picture(), until_s=40)
    assert findings != []
    assert coverages[-1] == pytest.approx(0.3, abs=0.1)


def test_a_dark_flat_thing_in_even_light_is_a_heap_since_no_shadow_lies_around_it() -> None:
    camera = Camera(CLEAN)
    _, findings = watched(made(), lambda _t_s: camera.picture([(110, 70, 70, 50, 30)]), until_s=40)
    assert findings != []


def test_lamps_that_go_on_at_dusk_are_no_heap() -> None:
    y, x = np.mgrid[0:180, 0:320].astype(np.float32)
    pool = np.exp(-((x - 150) ** 2 / 70**2 + (y - 100) ** 2 / 35**2))
    dusk = Camera(np.asarray(CLEAN * (0.25 + 0.75 * pool), np.uint8))
    coverages, findings = watched(made(), lambda _t_s: dusk.picture(), until_s=40)
    assert findings == []
    assert max(coverages) < 0.05


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


def test_infrared_over_a_zone_that_was_clean_becomes_its_look_at_night() -> None:
    references, day = References(CLEAN), Camera(CLEAN)
    inverted = np.asarray(220 - CLEAN, np.uint8)
    night, piled = Camera(inverted), Camera(heap(*PILE, inverted))
    detector = made(references, hold_s=30.0)
    watched(detector, lambda _t_s: day.picture(), until_s=400, every_s=2.0)
    _, at_dusk = watched(detector, lambda _t_s: night.picture(), from_s=400, until_s=600, every_s=2.0)
    assert at_dusk == []
    assert references.load(CORNER.zone, Look.NIGHT) is not None
    assert detector.state == "watching"
    assert watched(detector, lambda _t_s: piled.picture(), from_s=600, until_s=700, every_s=2.0)[1] != []


def test_infrared_over_a_pile_is_not_judged_and_never_learned() -> None:
    references, day = References(CLEAN), Camera(PILED)
    night = Camera(np.asarray(220 - PILED, np.uint8))
    detector = made(references, hold_s=30.0)
    watched(detector, lambda _t_s: day.picture(), until_s=400, every_s=2.0)
    coverages, still = watched(detector, lambda _t_s: night.picture(), from_s=400, until_s=600, every_s=2.0)
    assert references.load(CORNER.zone, Look.NIGHT) is None
    assert detector.state == "strange"
    assert len(still) == 100
    assert len(coverages) < 40


class TestCleanNow:
    """An operator says that the zone is clean."""

    def ask(self, detector: WastePileDetector) -> list[str | None]:
        answers: list[str | None] = []
        detector.take_clean(answers.append)
        return answers

    def test_what_lies_there_becomes_the_reference_and_its_pile_ends(self) -> None:
        references, piled = References(CLEAN), Camera(PILED)
        detector = made(references)
        assert watched(detector, lambda _t_s: piled.picture(), until_s=40)[1] != []
        answers = self.ask(detector)
        watched(detector, lambda _t_s: piled.picture(), from_s=40, until_s=47)
        assert answers == [None]
        coverages, findings = watched(detector, lambda _t_s: piled.picture(), from_s=47, until_s=80)
        assert findings == []
        assert max(coverages) < 0.02
        taken = references.load(CORNER.zone)
        assert taken is not None
        assert np.abs(taken.astype(np.int16) - PILED).mean() < 3

    def test_only_pictures_from_then_on_count(self) -> None:
        """The pile was there until a moment ago: the median of the last minute would still show it."""
        references, clean, piled = References(CLEAN), Camera(CLEAN), Camera(PILED)
        detector = made(references, hold_s=600.0)
        watched(detector, lambda _t_s: piled.picture(), until_s=100)
        answers = self.ask(detector)
        watched(detector, lambda _t_s: clean.picture(), from_s=100, until_s=108)
        taken = references.load(CORNER.zone)
        assert answers == [None]
        assert taken is not None
        assert np.abs(taken.astype(np.int16) - CLEAN).mean() < 3

    def test_a_zone_without_reference_is_watched_from_then_on(self) -> None:
        detector, clean = made(References(None)), Camera(CLEAN)
        answers = self.ask(detector)
        watched(detector, lambda _t_s: clean.picture(), until_s=10)
        assert answers == [None]
        assert detector.state == "watching"

    def test_it_is_refused_while_something_keeps_moving_there(self) -> None:
        detector, camera = made(), Camera(CLEAN)
        answers = self.ask(detector)

        def show(t_s: float) -> Small:
            return camera.picture([(100 + int(t_s * 40) % 90, 60, 30, 80, 15 if int(t_s * 2) % 2 else 240)])

        watched(detector, show, until_s=40)
        assert answers == ["the picture did not become steady: something keeps moving in the zone"]

    def test_it_is_refused_while_a_vehicle_stands_there(self) -> None:
        detector, camera = made(), Camera(CLEAN)
        answers = self.ask(detector)
        parked = Found(vehicles=[Vehicle(box=Box(0.35, 0.4, 0.2, 0.2), score=0.9)])
        watched(detector, lambda _t_s: camera.picture(), until_s=10, found=parked)
        assert answers == ["somebody or a vehicle stands in the zone"]

    def test_it_is_refused_while_the_camera_is_at_fault_or_becomes_so(self) -> None:
        fault = True
        detector, camera = WastePileDetector(CORNER, SETTINGS, References(CLEAN), blind=lambda: fault), Camera(CLEAN)
        assert self.ask(detector) == ["the camera is covered, moved or otherwise at fault"]
        fault = False
        answers = self.ask(detector)
        watched(detector, lambda _t_s: camera.picture(), until_s=2)
        fault = True
        watched(detector, lambda _t_s: camera.picture(), from_s=2, until_s=4)
        assert answers == ["the camera is covered, moved or otherwise at fault"]

    def test_a_second_one_meanwhile_is_refused(self) -> None:
        detector = made()
        assert self.ask(detector) == []
        assert self.ask(detector) == ["another clean_now for this zone is under way"]

    def test_it_goes_before_an_older_picture_named_in_the_settings(self, tmp_path: Path) -> None:
        path = tmp_path / "clean.png"
        cv2.imwrite(str(path), CLEAN)
        os.utime(path, (1.0e9, 1.0e9))
        references, piled = StoredReferences(tmp_path / "kept"), Camera(PILED)
        references.save(CORNER.zone, PILED)
        assert watched(made(references, reference=str(path)), lambda _t_s: piled.picture(), until_s=40)[1] == []

    def test_a_picture_named_in_the_settings_later_goes_before_it(self, tmp_path: Path) -> None:
        references, piled = StoredReferences(tmp_path / "kept"), Camera(PILED)
        references.save(CORNER.zone, PILED)
        os.utime(tmp_path / "kept" / "corner.png", (1.0e9, 1.0e9))
        path = tmp_path / "clean.png"
        cv2.imwrite(str(path), CLEAN)
        assert watched(made(references, reference=str(path)), lambda _t_s: piled.picture(), until_s=40)[1] != []
