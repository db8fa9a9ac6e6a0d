"""How the network looks at one camera: the whole picture, and closer where that is worth it."""

from configs.cameras import Camera
from events.frame import Picture
from events.geometry import Box, Polygon
from vision.counting import SURE_SCORE
from vision.detector import Finder, Found
from vision.stature import Stature
from vision.tiling import WHOLE, everywhere, join, plan

EXPLORE_EVERY = 10
"""Of looks at a camera where tiles found nobody, one in so many tries again: people may have come."""
WORTH = 0.5
"""People whom tiles find beyond the whole picture, on average, from which each look is tiled: a tile costs as much as
the whole picture, and at a camera with few small people the same time serves other cameras better."""
GAIN_FADE = 0.7


class Sight:
    """One camera's way of looking: the whole picture, and tiles where people are small and tiles are worth it.

    Learns how tall people look from those it is sure of. Tiles are tried at the first look and now and then, and are
    part of every look while they find people whom the whole picture hides.
    """

    def __init__(self, finder: Finder, camera: Camera | None = None) -> None:
        """Look with `finder`; without a camera, or where it watches no crowd, only at the whole picture."""
        self._finder = finder
        self._camera = camera
        zones = () if camera is None else camera.zones
        self._polygons = tuple(
            Polygon.whole_picture() if zone.polygon is None else Polygon.from_points(zone.polygon)
            for zone in zones
            if zone.detect.crowding is not None
        )
        self._stature: Stature | None = None
        self._gain = 0.0
        self._looks = 0

    def search(self, bgr: Picture) -> Found:
        """Return what is in any picture, as a whole; nothing is learned from it.

        Raises:
            ConfigError: the network cannot be used.
        """
        return self._finder.find(bgr)

    def look(self, bgr: Picture) -> Found:
        """Return what is in a picture: uint8, (height, width, 3), BGR.

        Raises:
            ConfigError: the network cannot be used.
        """
        whole = self._finder.find(bgr)
        if self._camera is None or not self._polygons:
            return whole
        if self._stature is None:
            self._stature = Stature.of(self._camera, bgr.shape[1] / bgr.shape[0])
        self._stature.learn_people(whole.people, SURE_SCORE)
        explores = self._looks % EXPLORE_EVERY == 0
        self._looks += 1
        tiles: tuple[Box, ...] = ()
        if explores or self._gain >= WORTH:
            # Before anybody was seen, nobody knows how small people are here: try everywhere.
            tiles = plan(self._polygons, self._stature) if self._stature.sure else everywhere(self._polygons)
        if not tiles:
            return whole
        joined = join([(WHOLE, whole), *((tile, self._finder.find(_cut(bgr, tile))) for tile in tiles)])
        more = max(_sure(joined) - _sure(whole), 0)
        self._gain = float(more) if self._looks == 1 else GAIN_FADE * self._gain + (1 - GAIN_FADE) * more
        if more:
            self._stature.learn_people(joined.people, SURE_SCORE)
        return joined


def _sure(found: Found) -> int:
    return sum(person.score >= SURE_SCORE for person in found.people)


def _cut(bgr: Picture, tile: Box) -> Picture:
    x, y, width, height = tile.to_pixels(bgr.shape[1], bgr.shape[0])
    return bgr[y : y + height, x : x + width]
