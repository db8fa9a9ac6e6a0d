from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from configs.cameras import Camera
from configs.detection import Detect
from events.frame import Picture
from events.ids import ZoneId
from tests.unit.vision.scenes import Camera as Scene
from tests.unit.vision.scenes import street, view
from vision.detector import Small
from vision.detectors import ZONE_DETECTORS, build_detectors
from vision.health import HealthDetector
from vision.left_object import LeftObjectDetector
from vision.people import CrowdingDetector
from vision.reference import FirstSettledReferences
from vision.waste import WastePileDetector


def camera(zones: list[dict[str, object]], *, health: bool = True, ptz: bool = False) -> Camera:
    return Camera.model_validate(
        {"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", "health": health, "ptz": ptz, "zones": zones}
    )


def kinds(made: Camera) -> list[type]:
    return [type(detector) for detector in build_detectors(made, FirstSettledReferences())]


def test_every_detector_of_the_site_file_has_its_line_in_the_table() -> None:
    assert set(ZONE_DETECTORS) == set(Detect.model_fields)


def test_each_zone_gets_what_its_settings_ask_for_and_health_looks_first() -> None:
    zones: list[dict[str, object]] = [
        {"id": "plaza", "detect": {"crowding": {"count": 8}}},
        {"id": "corner", "detect": {"waste_pile": {}, "abandoned_object": {}}},
        {"id": "idle"},
    ]
    assert kinds(camera(zones)) == [HealthDetector, CrowdingDetector, WastePileDetector, LeftObjectDetector]
    assert kinds(camera(zones, health=False)) == [CrowdingDetector, WastePileDetector, LeftObjectDetector]


def test_a_camera_without_zones_counts_people_in_its_whole_picture() -> None:
    detectors = build_detectors(camera([]), FirstSettledReferences())
    looking = detectors[-1].look(view(0, np.zeros((180, 320), np.uint8), people=[]))
    assert [(m.metric, m.value) for m in looking.measurements] == [("people_count", 0.0)]


def test_a_suspicious_camera_silences_its_zones() -> None:
    detectors = build_detectors(
        camera([{"id": "plaza", "detect": {"crowding": {"count": 8}}}]), FirstSettledReferences()
    )
    black: Small = np.full((180, 320), 16, np.uint8)
    for i in range(3):
        said = [detector.look(view(float(i), black, people=[])) for detector in detectors]
    assert said[-1].measurements == ()


def test_the_zones_of_a_camera_that_moves_by_command_rest_away_from_its_preset_and_no_fault_is_told() -> None:
    zones: list[dict[str, object]] = [{"id": "plaza", "detect": {"crowding": {"count": 8}}}]
    detectors = build_detectors(camera(zones, ptz=True), FirstSettledReferences())
    preset, elsewhere = Scene(street(1)), Scene(street(2))

    def counted(scene: Scene, begin_s: float, end_s: float) -> list[bool]:
        counts = list[bool]()
        for t_s in np.arange(begin_s, end_s, 0.5):
            shown = view(float(t_s), scene.picture(), people=[])
            said = [detector.look(shown) for detector in detectors]
            assert not any(looking.findings for looking in said)
            counts.append(bool(said[-1].measurements))
        return counts

    assert counted(preset, 0, 30)[-1]
    assert not any(counted(elsewhere, 30, 60)[4:])
    assert all(counted(preset, 60, 75)[-10:])


def test_a_zone_keeps_its_name_when_it_is_the_whole_picture() -> None:
    detectors = build_detectors(
        camera([{"id": "all", "detect": {"crowding": {"count": 8}}}], health=False), FirstSettledReferences()
    )
    looking = detectors[0].look(view(0, np.zeros((180, 320), np.uint8), people=[]))
    assert looking.measurements[0].metric == f"people_count.{ZoneId('all')}"


def test_green_is_measured_at_the_citys_midday() -> None:
    def hours(timezone: ZoneInfo | None) -> set[int]:
        (detector,) = build_detectors(
            camera([{"id": "taman", "detect": {"green_cover": {}}}], health=False),
            FirstSettledReferences(),
            timezone=timezone,
        )
        asked, small = set[int](), np.zeros((180, 320), np.uint8)
        for hour in range(24):
            at = datetime(2026, 3, 2, hour, tzinfo=UTC)

            def colour(hour: int = hour) -> Picture:
                asked.add(hour)
                return np.zeros((360, 640, 3), np.uint8)

            detector.look(replace(view(hour * 3600.0, small), at=at, colour=colour))
        return asked

    assert hours(ZoneInfo("Asia/Jayapura")) == {2, 3}
    assert hours(None) == {4, 5}, "Rembang's, where no other is said"
