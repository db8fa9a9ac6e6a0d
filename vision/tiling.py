"""Looks closer where people are too small for one look at the whole picture: tiles, and how their finds are joined."""

import math
from collections.abc import Sequence

import numpy as np

from events.geometry import Box, Polygon
from vision.detector import Found, Person
from vision.stature import Stature
from vision.suppression import Floats, suppress

WHOLE = Box(0.0, 0.0, 1.0, 1.0)

LEAST_HEIGHT = 0.12
"""Share of the looked-at height a person must fill to be found: at .14 nine in ten were, at .07 one in ten."""
TILE_SIDES = (0.5, 0.25)
"""Sides of the tiles, in shares of the picture's. Beyond the last, a person has a few pixels, and no tile helps."""
MOST_TILES = 9
"""One look may cost so many passes at most; the nearer, larger people go first."""
BAND_LEAST = 0.03
"""Rows of ground narrower than this are left to the tiles next to them."""
SEAM_SHARE = 0.015
"""A box ending so near to a tile's inner edge is cut by it; the neighbour, who overlaps by a person, sees it whole."""
SMALL_MOST = 1.25 * LEAST_HEIGHT
"""Taller people are the whole picture's business: in a tile they are cut, or doubled."""
GROUP_COVERS = 2
"""A less sure box over this many surer people is a group, not one more person."""


def plan(polygons: Sequence[Polygon], stature: Stature) -> tuple[Box, ...]:
    """Return the tiles that show people large enough where the whole picture does not; none where it does everywhere.

    Args:
        polygons: Zones in which people are counted.
        stature: How tall people look where.

    Returns:
        Tiles as shares of the picture, largest first.
    """
    tiles: list[Box] = []
    bounds = [polygon.bounds for polygon in polygons]
    if not bounds or stature.scale <= 0:
        return ()
    left, right = min(b.x for b in bounds), max(b.x + b.width for b in bounds)
    top, bottom = min(b.y for b in bounds), max(b.y + b.height for b in bounds)
    for side in TILE_SIDES:
        tall, short = 2 * side * LEAST_HEIGHT, side * LEAST_HEIGHT
        first = max(_foot(stature, short), top)
        last = min(_foot(stature, tall), bottom)
        if last - first < BAND_LEAST:
            continue
        rows = _places(max(first - tall, 0.0), last, side, overlap=tall)
        # Half a person beyond either side of the zone, lest whoever stands on its edge be cut.
        columns = _places(max(left - tall / 2, 0.0), min(right + tall / 2, 1.0), side, overlap=tall)
        tiles += [Box(x, y, side, side) for y in reversed(rows) for x in columns]
    return tuple(tiles[:MOST_TILES])


def everywhere(polygons: Sequence[Polygon]) -> tuple[Box, ...]:
    """Return large tiles over all zones, for where nobody knows yet how tall people look."""
    side = TILE_SIDES[0]
    bounds = [polygon.bounds for polygon in polygons]
    left, right = min(b.x for b in bounds), max(b.x + b.width for b in bounds)
    top, bottom = min(b.y for b in bounds), max(b.y + b.height for b in bounds)
    columns = _places(left, right, side, overlap=side * LEAST_HEIGHT)
    rows = _places(top, bottom, side, overlap=side * LEAST_HEIGHT)
    return tuple(Box(x, y, side, side) for y in reversed(rows) for x in columns)[:MOST_TILES]


def _foot(stature: Stature, height: float) -> float:
    return height / stature.scale + stature.horizon_y


def _places(low: float, high: float, side: float, *, overlap: float) -> list[float]:
    """Return where tiles begin that cover low to high, each two overlapping at least by `overlap`."""
    count = max(math.ceil((high - low - overlap) / (side - overlap) - 1e-9), 1)
    start = min(max(low - max(side - (high - low), 0.0) / 2, 0.0), 1.0 - side)
    end = min(max(high - side, start), 1.0 - side)
    return [start + (end - start) * i / max(count - 1, 1) for i in range(count)]


def join(parts: Sequence[tuple[Box, Found]]) -> Found:
    """Join what was found in tiles and in the whole picture, each person once.

    Args:
        parts: Tiles (the whole picture is one), with what was found in each in shares of the tile. Vehicles are taken
            from the whole picture: they are large.
    """
    placed = [
        (person, look)
        for look, (tile, found) in enumerate(parts)
        for person in _in_picture(tile, found.people)
        if tile == WHOLE or person.box.height <= SMALL_MOST
    ]
    placed.sort(key=lambda entry: -entry[0].score)
    people = [person for person, _ in placed]
    boxes = np.array([person.box for person in people], np.float32).reshape(-1, 4)
    scores = np.array([person.score for person in people], np.float32)
    kept = suppress(boxes, scores, np.array([look for _, look in placed], np.int64))
    apart = [i for place, i in enumerate(kept) if _people_under(boxes, kept[:place], i) < GROUP_COVERS]
    vehicles = [vehicle for tile, found in parts if tile == WHOLE for vehicle in found.vehicles]
    return Found(people=[people[i] for i in apart], vehicles=vehicles)


def _in_picture(tile: Box, people: Sequence[Person]) -> list[Person]:
    """Return the people of a tile in shares of the picture, without those whom an inner edge of the tile cuts."""
    placed: list[Person] = []
    for person in people:
        x, y, width, height = person.box
        cut = (
            (x < SEAM_SHARE and tile.x > 0)
            or (y < SEAM_SHARE and tile.y > 0)
            or (x + width > 1 - SEAM_SHARE and tile.x + tile.width < 1 - 1e-9)
            or (y + height > 1 - SEAM_SHARE and tile.y + tile.height < 1 - 1e-9)
        )
        if not cut:
            left, top = tile.x + x * tile.width, tile.y + y * tile.height
            box = Box(left, top, width * tile.width, height * tile.height)
            placed.append(Person(box=box, score=person.score))
    return placed


def _people_under(boxes: Floats, surer: Sequence[int], i: int) -> int:
    """Return how many surer boxes lie mostly within box i."""
    if not surer:
        return 0
    others = boxes[list(surer)]
    x, y, width, height = boxes[i]
    across = np.minimum(x + width, others[:, 0] + others[:, 2]) - np.maximum(x, others[:, 0])
    down = np.minimum(y + height, others[:, 1] + others[:, 3]) - np.maximum(y, others[:, 1])
    common = np.maximum(across, 0) * np.maximum(down, 0)
    return int(np.count_nonzero(common > np.float32(0.7) * others[:, 2] * others[:, 3]))
