import numpy as np

from configs.cameras import Camera
from configs.detection import Detect
from events.ids import ZoneId
from tests.unit.vision.scenes import view
from vision.detector import Small
from vision.detectors import ZONE_DETECTORS, build_detectors
from vision.health import HealthDetector
from vision.left_object import LeftObjectDetector
from vision.people import CrowdingDetector
from vision.reference import FirstSettledReferences
from vision.waste import WastePileDetector


def camera(zones: list[dict[str, object]], *, health: bool = True) -> Camera:
    return Camera.model_validate(
        {"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", "health": health, "zones": zones}
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


def test_a_zone_keeps_its_name_when_it_is_the_whole_picture() -> None:
    detectors = build_detectors(
        camera([{"id": "all", "detect": {"crowding": {"count": 8}}}], health=False), FirstSettledReferences()
    )
    looking = detectors[0].look(view(0, np.zeros((180, 320), np.uint8), people=[]))
    assert looking.measurements[0].metric == f"people_count.{ZoneId('all')}"
