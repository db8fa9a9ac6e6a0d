"""How far apart pictures may lie."""

from typing import Any

import pytest

from configs.cameras import Camera
from configs.detection import Detect
from vision.detectors import ZONE_DETECTORS
from vision.gaps import ACCEPTED_S, HEALTH_S, accepted_gap_s


def camera(*detect: dict[str, Any], health: bool = True) -> Camera:
    zones = [{"id": f"z{number}", "detect": one} for number, one in enumerate(detect)]
    return Camera.model_validate(
        {"id": "cam", "name": "Cam", "site": "x", "url": "rtsp://127.0.0.1/", "zones": zones, "health": health}
    )


def test_every_detector_says_how_far_apart_pictures_may_lie() -> None:
    assert set(ACCEPTED_S) == set(ZONE_DETECTORS) == set(Detect.model_fields)


@pytest.mark.parametrize(
    ("detect", "health", "accepted_s"),
    [
        ([{"waste_pile": {}}], False, ACCEPTED_S["waste_pile"]),
        ([{"waste_pile": {}}], True, HEALTH_S),
        ([{"waste_pile": {}}, {"crowding": {"count": 8}}], False, ACCEPTED_S["crowding"]),
        ([{"green_cover": {}}], False, ACCEPTED_S["green_cover"]),
        ([], False, ACCEPTED_S["crowding"]),
        ([], True, HEALTH_S),
    ],
)
def test_the_most_impatient_detector_decides(
    detect: list[dict[str, Any]],
    health: bool,  # noqa: FBT001 - a table's column
    accepted_s: float,
) -> None:
    assert accepted_gap_s(camera(*detect, health=health)) == accepted_s
