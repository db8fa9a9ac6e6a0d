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
from vision.detector import Finding, Person, Region, Small
from vision.waste import Growth, WastePileDetector

CORNER = Region(zone=ZoneId("corner"), polygon=Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
SETTINGS = WastePile(coverage=0.15, hold_s=8)
CLEAN = street()
PILE = (110, 70, 70, 50)
"""x, y, width, height in the small picture: 30 % of the zone."""
PILED = heap(*PILE, CLEAN)

Show = Callable[[float], Small]


class References:
    """Holds one reference, as a store would."""

    def __init__(self, clean: Small | None, *, adopts_first: bool = False) -> None:
        self.clean = clean
        self.adopts_first = adopts_first

    def load(self, zone: ZoneId | None) -> Small | None:
        assert zone == "corner"
        return self.clean

    def save(self, zone: ZoneId | None, small: Small) -> None:
        assert zone == "corner"
        self.clean = small


def made(references: References | None = None, **changes: object) -> WastePileDetector:
    return WastePileDetector(CORNER, SETTINGS.model_copy(update=changes), references or References(CLEAN))


def watched(
    detector: WastePileDetector, show: Show, *, until_s: float, from_s: float = 0.0, every_s: float = 0.5
) -> tuple[list[float], list[Finding]]:
    """Return coverage and finding (where there is one) of each picture."""
    coverages, findings = list[float](), list[Finding]()
    for i in range(int((until_s - from_s) / every_s)):
        t_s = from_s + i * every_s
        looking = detector.look(view(t_s, show(t_s)))
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


def test_somebody_standing_there_is_no_heap_where_the_network_is_sure() -> None:
    camera = Camera(heap(120, 60, 40, 80, CLEAN))
    sure = Person(box=Box(118 / 320, 58 / 180, 44 / 320, 84 / 180), score=0.9)
    for people, found in (([sure], False), ([], True)):
        detector = made()
        findings = [detector.look(view(0.5 * i, camera.picture(), people=people)).findings for i in range(100)]
        assert bool(findings[-1]) is found


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
    assert references.clean is not None
    assert np.abs(references.clean.astype(np.int16) - CLEAN).mean() < 3
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


def test_growth_is_the_slope_of_the_last_hour() -> None:
    growth = Growth()
    growth.add(0.1, 0)
    assert growth.per_h() is None
    for i in range(1, 100):
        growth.add(0.1 + 0.001 * i, 36.0 * i)
    assert growth.per_h() == pytest.approx(0.1)
