"""Whether a camera's crowds have a measure: a count, an area, or ground that its homography makes known."""

from collections.abc import Iterator, Mapping

from configs.model import Contradiction, entries
from events.geometry import Polygon
from events.ground import Ground, GroundError

_MARKS = 4
_CORNERS = 3


def crowd_contradictions(camera: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield crowds that could never be recognised, and zones whose area the homography does not give.

    Args:
        camera: The camera's section as the file has it, values perhaps of a wrong type.
    """
    marked = camera.get("homography") is not None
    for position, zone in entries(camera, "zones"):
        crowding = _section(zone.get("detect")).get("crowding")
        if not isinstance(crowding, Mapping):
            continue
        path = ("zones", position, "detect", "crowding")
        counted, area = crowding.get("count") is not None, crowding.get("area_m2") is not None
        if not area and not marked:
            yield from _without_area(crowding, path, counted=counted)
        elif not area:
            yield from _above_horizon(camera, zone, position, counted=counted)


def _without_area(
    crowding: Mapping[str, object], path: tuple[str | int, ...], *, counted: bool
) -> Iterator[Contradiction]:
    remedy = "write count, or the zone's area_m2, or mark homography on the camera"
    if crowding.get("density_per_m2") is not None:
        yield Contradiction(
            path=(*path, "density_per_m2"), problem="the ground area of this zone is not known", remedy=remedy
        )
    elif not counted:
        yield Contradiction(path=path, problem="it does not say how many people are a crowd", remedy=remedy)


def _above_horizon(
    camera: Mapping[str, object], zone: Mapping[str, object], position: int, *, counted: bool
) -> Iterator[Contradiction]:
    """Yield a zone that is partly sky: an error where its crowd is a density, else a warning."""
    ground, polygon = _ground(camera.get("homography")), _polygon(zone.get("polygon"))
    if ground is None or polygon is None or all(ground.sees(x, y) for x, y in polygon.points):
        return
    yield Contradiction(
        path=("zones", position, "polygon"),
        problem="this zone reaches above the horizon of the ground that homography marks, so it has no area",
        remedy="draw the zone on the ground only, check the marks, or write area_m2",
        warning=counted,
    )


def _ground(marks: object) -> Ground | None:
    """Return the ground, None where the marks are wrong in themselves, which is told elsewhere."""
    if not isinstance(marks, list | tuple) or len(marks) != _MARKS:
        return None
    at = [pair(_section(mark).get("at")) for mark in marks]
    metres = [pair(_section(mark).get("metres")) for mark in marks]
    try:
        return Ground([p for p in at if p is not None], [p for p in metres if p is not None])
    except GroundError:
        return None


def _polygon(corners: object) -> Polygon | None:
    if corners is None:
        return Polygon.whole_picture()
    points = [pair(corner) for corner in corners] if isinstance(corners, list | tuple) else []
    known = [point for point in points if point is not None]
    return Polygon.from_points(known) if len(known) == len(points) >= _CORNERS else None


def pair(value: object) -> tuple[float, float] | None:
    """Return two numbers as the file may have them, None for anything else."""
    match value:
        case [int() | float() as first, int() | float() as second]:
            return float(first), float(second)
        case _:
            return None


def _section(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
