"""The explicit table of detectors: which settings of a camera call for which."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from configs.cameras import Camera, Zone
from events.geometry import Polygon
from events.ids import ZoneId
from vision.detector import Detector, ReferenceStore, Region
from vision.green import GreenCoverDetector
from vision.health import HealthDetector
from vision.left_object import LeftObjectDetector
from vision.marks import Mark
from vision.people import CrowdingDetector
from vision.stature import Stature
from vision.waste import WastePileDetector
from vision.water import WaterLevelDetector

JAKARTA = ZoneInfo("Asia/Jakarta")
"""Rembang's time, where no other is said."""

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
        timezone: The city's.
    """

    camera: Camera
    zone: Zone
    region: Region
    references: ReferenceStore
    blind: Blind
    timezone: tzinfo


Build = Callable[[Post], Detector | None]
"""Makes a zone's detector, or None where the zone's settings do not ask for it."""


def _crowding(post: Post) -> Detector | None:
    settings = post.zone.detect.crowding
    if settings is None:
        return None
    return CrowdingDetector(
        post.region,
        settings,
        area_m2=post.camera.area_m2(post.zone),
        stature=partial(Stature.of, post.camera),
        blind=post.blind,
    )


def _waste_pile(post: Post) -> Detector | None:
    settings = post.zone.detect.waste_pile
    return None if settings is None else WastePileDetector(post.region, settings, post.references, blind=post.blind)


def _abandoned_object(post: Post) -> Detector | None:
    settings = post.zone.detect.abandoned_object
    if settings is None:
        return None
    return LeftObjectDetector(post.region, settings, elsewhere=_others_places(post), blind=post.blind)


def _others_places(post: Post) -> list[Polygon]:
    """Return the parts of the picture where another detector owns what is left, so that one object is one event.

    Waste zones own their waste; among zones watched for objects the smaller one owns.
    """
    places: list[Polygon] = []
    for zone in post.camera.zones:
        polygon = _region(zone).polygon
        if zone.detect.waste_pile is not None or (
            zone.id != post.zone.id
            and zone.detect.abandoned_object is not None
            and polygon.area < post.region.polygon.area
        ):
            places.append(polygon)
    return places


def _water_level(post: Post) -> Detector | None:
    settings, drawn = post.zone.detect.water_level, post.camera.gauge
    if settings is None:
        return None
    gauge = None if drawn is None else [Mark(x=mark.at[0], y=mark.at[1], cm=mark.cm) for mark in drawn]
    return WaterLevelDetector(post.region, settings, post.references, gauge=gauge, blind=post.blind)


def _green_cover(post: Post) -> Detector | None:
    settings = post.zone.detect.green_cover
    if settings is None:
        return None
    return GreenCoverDetector(post.region, settings, timezone=post.timezone, blind=post.blind)


ZONE_DETECTORS: dict[str, Build] = {
    "crowding": _crowding,
    "waste_pile": _waste_pile,
    "abandoned_object": _abandoned_object,
    "water_level": _water_level,
    "green_cover": _green_cover,
}
"""By the name under `detect` in the site file. A further detector is its own file, its settings, and a line here."""


def build_detectors(camera: Camera, references: ReferenceStore, *, timezone: tzinfo | None = None) -> list[Detector]:
    """Return the detectors a camera's settings call for, in the order in which they must look.

    Health looks first, because the others conclude nothing from a camera at fault. A camera without zones counts
    the people in its whole picture.

    Args:
        camera: Its settings.
        references: Keeps what must survive a restart.
        timezone: The city's; None for Rembang's.

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
        post = Post(
            camera=camera,
            zone=zone,
            region=_region(zone),
            references=references,
            blind=blind,
            timezone=timezone or JAKARTA,
        )
        built = (build(post) for build in ZONE_DETECTORS.values())
        detectors.extend(detector for detector in built if detector is not None)
    if not camera.zones:
        whole = Region(zone=None, polygon=Polygon.whole_picture())
        detectors.append(CrowdingDetector(whole, None, stature=partial(Stature.of, camera), blind=blind))
    return detectors


def _region(zone: Zone) -> Region:
    polygon = Polygon.whole_picture() if zone.polygon is None else Polygon.from_points(zone.polygon)
    return Region(zone=ZoneId(zone.id), polygon=polygon)


def _never() -> bool:
    return False
