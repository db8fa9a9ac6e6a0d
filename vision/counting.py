"""Counts the people in one picture: by the network's boxes, or by the area of what moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Person, Region
from vision.stature import Doubles, Stature
from vision.zones import zone_mask

SURE_SCORE = 0.45
SUPPORT_SHARE = 0.15
"""A less sure box counts when so much of it moves that no surer person accounts for."""
CLAIM_MARGIN = 0.2
"""A person accounts for the middle of its box; at the sides somebody behind may show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many people one picture shows.

    Attributes:
        people: How many; a fraction where groups are estimated by area.
        box: Smallest box around them, None without anybody.
        trusted: Whether it may begin a crowd.
    """

    people: float
    box: Box | None
    trusted: bool = True


def count_boxes(people: Sequence[Person], region: Region, foreground: Mask | None) -> Count:
    """Count the network's boxes whose feet stand in the zone.

    Args:
        people: What the network found, surest first.
        region: The zone.
        foreground: uint8, (180, 320), to confirm doubtful boxes; None confirms none.
    """
    unclaimed = None if foreground is None else foreground.copy()
    boxes: list[Box] = []
    for person in people:
        x, y, width, height = person.box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
        supported = False
        if unclaimed is not None:
            inside = unclaimed[y : y + height, x : x + width]
            supported = cv2.countNonZero(inside) >= SUPPORT_SHARE * width * height
        if person.score < SURE_SCORE and not supported:
            continue
        if unclaimed is not None:
            margin = int(CLAIM_MARGIN * width)
            unclaimed[y : y + height, x + margin : x + width - margin] = 0
        if stands_in(region, person):
            boxes.append(person.box)
    return Count(people=float(len(boxes)), box=_around(boxes))


def stands_in(region: Region, person: Person) -> bool:
    """Tell whether somebody's feet stand in a zone."""
    x, y = person.box.x + person.box.width / 2, person.box.y + person.box.height
    # Feet cut off by the picture's lower edge still stand in a zone that reaches it.
    return region.polygon.contains(min(max(x, 0.001), 0.999), min(y, 0.999))


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right, bottom = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
    return Box(left, top, right - left, bottom - top)


PERSON_FILL = 0.26
"""Area of a walking person over the square of its height."""
PERSON_SLIM = 0.4
"""Width of a walking person over its height."""
UPRIGHT_LEAST, UPRIGHT_MOST = 1.6, 4.0
FILL_LEAST = 0.4
HEIGHT_LEAST_PX = 8
"""Smaller people cannot be told from fragments, and are not counted as if they could."""
GROUP_HEIGHT_LEAST_PX = 12
"""Where people are smaller, a group's area says nothing: a waving branch or the edge of a shadow has as much."""
BLOB_LEAST_PX = 14
FRAGMENT, GROUP = 0.25, 1.5
"""Less than the first share of a person is a fragment; up to the second, one person; beyond, a group by area."""
GROUP_MOST_SHARE = 0.15
"""What covers more of the picture in one piece is a vehicle close by, a wave or light, not a group..."""
CROWD_MOST_SHARE = 0.5
SURELY_PEOPLE = 0.4
"""... unless so much of what has moved here has the shape of people: then it is a crowd, up to half the picture."""
COVERED_MOST = 0.25
"""Where others cover more than this they rather stand side by side than at random, and nothing more is added."""
COVERED_LEVEL = 140
"""Of 255: more than half of four pixels must differ for their cell to do."""
_CLOSING = np.ones((3, 1), np.uint8)
"""Joins a body's pieces above each other; sideways it would join neighbours."""
_TO_SMALL = np.array([[2.0], [2.0], [2.0], [2.0], [4.0]])
"""From left, top, width, height and area at half size to pixels of the small picture."""
TRUST_LEAST = 0.15
TRUST_PRIOR = 0.3
TRUST_PRIOR_PX = 3000.0
TRUST_MEMORY_PX = 2_000_000.0
"""A quarter of an hour of crowds so dense that nobody stands alone does not shake it."""
TRUST_CAP_PX = 2000.0
"""What one picture may say about trust, lest a passing lorry outweigh a morning of pedestrians."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blobs:
    """Connected foreground: parallel arrays of (n,), pixels of the small picture."""

    left: Doubles
    top: Doubles
    width: Doubles
    height: Doubles
    area: Doubles
    middle: Doubles

    def alike(self, squeeze: float) -> npt.NDArray[np.bool_]:
        """Return which are shaped like one whole upright person."""
        upright = self.height * squeeze / self.width
        across = (self.left > 0) & (self.left + self.width < SMALL_WIDTH_PX)
        down = (self.top > 0) & (self.top + self.height < SMALL_HEIGHT_PX)
        solid = (self.area > FILL_LEAST * self.width * self.height) & (self.height >= HEIGHT_LEAST_PX)
        return across & down & solid & (upright > UPRIGHT_LEAST) & (upright < UPRIGHT_MOST)

    def around(self, chosen: npt.NDArray[np.bool_]) -> Box | None:
        """Return the smallest box around the chosen blobs, None without any."""
        if not chosen.any():
            return None
        left, top = float(self.left[chosen].min()), float(self.top[chosen].min())
        right = float((self.left + self.width)[chosen].max())
        bottom = float((self.top + self.height)[chosen].max())
        return Box(
            left / SMALL_WIDTH_PX,
            top / SMALL_HEIGHT_PX,
            (right - left) / SMALL_WIDTH_PX,
            (bottom - top) / SMALL_HEIGHT_PX,
        )


class ForegroundCounter:
    """Counts people by the area of foreground blobs over that of a person standing there.

    Where people stand is expected by the camera's stature, which is learned from blobs shaped like one person. Where
    hardly anything that moves has that shape (a road, water, clouds), large blobs are not taken for groups but for one
    thing each. Groups are counted by area, corrected for those who hide each other; whatever else moves is counted
    along.

    Works at half the small picture's size, in a quarter of the time: a person must be 8 small pixels tall anyway.
    """

    def __init__(self, region: Region, stature: Stature | None = None, *, factor: float | None = None) -> None:
        """Count in a zone.

        Args:
            region: The zone.
            stature: How tall people look; None learns it from nothing.
            factor: People for each body's area of movement, as fitted to counts of this zone; then all that moves is
                counted by its area, however small or shaped, since whoever counted said that it is people.
        """
        self._factor = factor
        zone = zone_mask(region.polygon)[::2, ::2]
        self._zone = None if zone.all() else zone
        self.stature = stature or Stature()
        shape = SMALL_HEIGHT_PX // 2, SMALL_WIDTH_PX // 2
        self._half: Mask = np.zeros(shape, np.uint8)
        self._closed: Mask = np.zeros(shape, np.uint8)
        self._labels: npt.NDArray[np.uint16] = np.zeros(shape, np.uint16)
        self._standing: tuple[float, npt.NDArray[np.bool_]] | None = None
        self._learns = False
        self._seen_px = TRUST_PRIOR_PX
        self._alike_px = TRUST_PRIOR * TRUST_PRIOR_PX

    @property
    def trusts_groups(self) -> bool:
        """Whether enough of what moves here has the shape of people, or somebody counted them."""
        return self._factor is not None or self._alike_px >= TRUST_LEAST * self._seen_px

    def count(self, foreground: Mask, aspect: float) -> Count:
        """Count one picture.

        Args:
            foreground: uint8, (180, 320), 0 or 255.
            aspect: Width over height of the picture before it was squeezed to 320x180.
        """
        cv2.resize(foreground, self._half.shape[::-1], dst=self._half, interpolation=cv2.INTER_AREA)
        cv2.threshold(self._half, COVERED_LEVEL, 255, cv2.THRESH_BINARY, dst=self._half)
        cv2.morphologyEx(self._half, cv2.MORPH_CLOSE, _CLOSING, dst=self._closed)
        number, _, stats, centroids = cv2.connectedComponentsWithStats(
            self._closed, labels=self._labels, connectivity=8, ltype=cv2.CV_16U
        )
        kept = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= BLOB_LEAST_PX / 4) + 1
        if not kept.size:
            return Count(people=0.0, box=None)
        left, top, width, height, area = stats[kept].astype(np.float64).T * _TO_SMALL
        middle = 2.0 * centroids[kept, 1] + 0.5
        blobs = _Blobs(left=left, top=top, width=width, height=height, area=area, middle=middle)
        # Pixels of the small picture per pixel of equal width and height.
        squeeze = (SMALL_WIDTH_PX / SMALL_HEIGHT_PX) / aspect
        self._learns = not self._learns  # in half a second people hardly change, so every second picture will do
        if self._learns:
            self._learn(blobs, squeeze)
        people = self._people_in(blobs, squeeze)
        if self._zone is not None:
            inside = 4.0 * self._inside(self._zone, number)[kept] / area
            whole = (people == 1.0) & (self._factor is None)
            people = np.where(whole, np.round(inside), people * inside)
        return Count(people=round(float(people.sum()), 2), box=blobs.around(people > 0), trusted=self.trusts_groups)

    def _people_in(self, blobs: _Blobs, squeeze: float) -> Doubles:
        """Return how many people each blob holds: nobody, one, or a fraction of more."""
        feet = self.stature.feet(blobs.middle / SMALL_HEIGHT_PX)
        height_px = np.maximum(self.stature.height(feet) * SMALL_HEIGHT_PX, HEIGHT_LEAST_PX)
        person_px = PERSON_FILL * height_px**2 * squeeze
        people = blobs.area / person_px
        surely = self._factor is not None or self._alike_px >= SURELY_PEOPLE * self._seen_px
        most = CROWD_MOST_SHARE if surely else GROUP_MOST_SHARE
        huge = blobs.area > most * SMALL_WIDTH_PX * SMALL_HEIGHT_PX
        single = (people < GROUP) | (height_px < GROUP_HEIGHT_LEAST_PX) | huge
        if not self.trusts_groups:
            single[:] = True
        if self._factor is not None:
            hidden = self._hidden(blobs, height_px, person_px, squeeze)
            return np.where(huge, 1.0, people * hidden * self._factor)
        if not single.all():
            people *= self._hidden(blobs, height_px, person_px, squeeze)
        return np.where(people < FRAGMENT, 0.0, np.where(single, 1.0, people))

    def _hidden(self, blobs: _Blobs, height_px: Doubles, person_px: Doubles, squeeze: float) -> Doubles:
        """Return by how much more people there are in each blob than its area shows.

        Silhouettes dropped at random on a plane cover 1 - exp(-d) of it where their areas add up to d times the plane
        (the Boolean model; Stoyan, Kendall and Mecke, Stochastic Geometry, 3.1), so those who cover a share c add up
        to -ln(1 - c) / c times what they cover. The share is taken round each blob, without one person of its own.
        """
        total = cv2.integral(self._closed, sdepth=cv2.CV_32S)
        rows, columns = self._closed.shape
        beside = 2 * PERSON_SLIM * height_px * squeeze
        left = np.maximum((blobs.left - beside) / 2, 0).astype(np.intp)
        right = np.minimum((blobs.left + blobs.width + beside) / 2, columns).astype(np.intp)
        top = (blobs.top / 2).astype(np.intp)
        bottom = np.minimum((blobs.top + np.maximum(blobs.height, height_px)) / 2, rows).astype(np.intp)
        covered = (total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]) / 255.0
        share = (covered - person_px / 4) / np.maximum((right - left) * (bottom - top), 1)
        share = np.minimum(np.maximum(share, 1e-3), COVERED_MOST)
        return np.asarray(-np.log1p(-share) / share, np.float64)

    def _learn(self, blobs: _Blobs, squeeze: float) -> None:
        alike = blobs.alike(squeeze)
        feet = (blobs.top + blobs.height) / SMALL_HEIGHT_PX
        self.stature.learn(blobs.height[alike] / SMALL_HEIGHT_PX, feet[alike], blobs.area[alike])
        seen_px = float(blobs.area.sum())
        weight = min(TRUST_CAP_PX / seen_px, 1.0)
        self._seen_px += weight * seen_px
        self._alike_px += weight * float(blobs.area[alike].sum())
        fade = min(TRUST_MEMORY_PX / self._seen_px, 1.0)
        self._seen_px *= fade
        self._alike_px *= fade

    def _inside(self, zone: Mask, number: int) -> npt.NDArray[np.int64]:
        """Return how many pixels of each blob stand in the zone, each pixel taken to its person's feet."""
        scale = self.stature.scale
        if self._standing is None or abs(self._standing[0] / scale - 1.0) > 0.02:  # noqa: PLR2004 - less than a pixel
            rows = len(zone)
            feet = np.round(self.stature.feet(np.arange(rows, dtype=np.float64) / rows) * rows)
            self._standing = scale, zone[np.clip(feet, 0, rows - 1).astype(np.intp)] > 0
        return np.bincount(self._labels[self._standing[1]], minlength=number)
