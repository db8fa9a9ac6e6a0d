"""The explicit table of detectors: which settings of a camera call for which."""

from collections.abc import Callable
from dataclasses import dataclass

from configs.cameras import Camera, Zone
from events.geometry import Polygon
from events.ids import ZoneId
from vision.detector import Detector, ReferenceStore, Region
from vision.health import HealthDetector
from vision.people import CrowdingDetector
from vision.waste import WastePileDetector

Blind = Callable[[], bool]
"""Tells whether the camera is at fault just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where a detector stands and whom it may ask.

    Attributes:
        camera: The whole camera, for what concerns all its zones.
        zone: The zone's settings.
        region: The zone's place in the picture.
        references: Keeps what must survive a restart.
        blind: Tells whether the camera is at fault just now.
    """

    camera: Camera
    zone: Zone
    region: Region
    references: ReferenceStore
    blind: Blind


Build = Callable[[Post], Detector | None]
"""Makes a zone's detector, or None where the zone's settings do not ask for it."""


def _crowding(post: Post) -> Detector | None:
    settings = post.zone.detect.crowding
    return None if settings is None else CrowdingDetector(post.region, settings, blind=post.blind)


def _waste_pile(post: Post) -> Detector | None:
    settings = post.zone.detect.waste_pile
    return None if settings is None else WastePileDetector(post.region, settings, post.references, blind=post.blind)


ZONE_DETECTORS: dict[str, Build] = {"crowding": _crowding, "waste_pile": _waste_pile}
"""By the name under `detect` in the site file. A further detector is its own file, its settings, and a line here."""


def build_detectors(camera: Camera, references: ReferenceStore) -> list[Detector]:
    """Return the detectors a camera's settings call for, in the order in which they must look.

    Health looks first, because the others conclude nothing from a camera at fault. A camera without zones counts
    the people in its whole picture.

    Raises:
        ConfigError: a reference picture named in the settings cannot be read.
    """
    detectors: list[Detector] = []
    blind: Blind = _never
    if camera.health:
        health = HealthDetector(references if camera.ptz else None)
        detectors.append(health)
        blind = health.is_suspicious
    for zone in camera.zones:
        post = Post(camera=camera, zone=zone, region=_region(zone), references=references, blind=blind)
        built = (build(post) for build in ZONE_DETECTORS.values())
        detectors.extend(detector for detector in built if detector is not None)
    if not camera.zones:
        whole = Region(zone=None, polygon=Polygon.whole_picture())
        detectors.append(CrowdingDetector(whole, None, blind=blind))
    return detectors


def _region(zone: Zone) -> Region:
    polygon = Polygon.whole_picture() if zone.polygon is None else Polygon.from_points(zone.polygon)
    return Region(zone=ZoneId(zone.id), polygon=polygon)


def _never() -> bool:
    return False
