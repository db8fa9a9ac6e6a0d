"""Counts the people in one picture: by the network's boxes, or by the area of what moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Person, Region
from vision.zones import zone_mask

Doubles = npt.NDArray[np.float64]

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
        if _stands_in(region, person.box.x + person.box.width / 2, person.box.y + person.box.height):
            boxes.append(person.box)
    return Count(people=float(len(boxes)), box=_around(boxes))


def _stands_in(region: Region, x: float, y: float) -> bool:
    # Feet cut off by the picture's lower edge still stand in a zone that reaches it.
    return region.polygon.contains(min(max(x, 0.001), 0.999), min(y, 0.999))


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right, bottom = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
    return Box(left, top, right - left, bottom - top)


HORIZON_SHARE = 0.08
"""People shrink to nothing this far above the picture's upper edge: a camera that looks down, as CCTV does."""
USUAL_SCALE = 0.35
"""Height of a person over (foot + horizon), both in shares of the picture's height, before any was seen."""
USUAL_WEIGHT_PX = 450.0
"""The assumed scale weighs as much as about three people seen at middle distance."""
MEMORY_PX = 400_000.0
"""Beyond this much evidence the old fades, so that a re-aimed camera is learned again."""
SCALES: Doubles = np.geomspace(0.15, 1.3, 48)
SCALE_BLUR = 0.12
PERSON_FILL = 0.26
"""Area of a walking person over the square of its height."""
UPRIGHT_LEAST, UPRIGHT_MOST = 1.6, 4.0
FILL_LEAST = 0.4
HEIGHT_LEAST_PX = 8
"""Smaller people cannot be told from fragments, and are not counted as if they could."""
BLOB_LEAST_PX = 14
FRAGMENT, GROUP = 0.25, 1.5
"""Less than the first share of a person is a fragment; up to the second, one person; beyond, a group by area."""
GROUP_MOST_SHARE = 0.15
"""What covers more of the picture in one piece is a vehicle close by, a wave or light, not a group."""
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

    def boxes(self, chosen: npt.NDArray[np.bool_]) -> list[Box]:
        """Return the chosen blobs' boxes."""
        sides = np.column_stack((self.left, self.top, self.width, self.height))[chosen]
        sides /= (SMALL_WIDTH_PX, SMALL_HEIGHT_PX, SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
        return [Box(*row) for row in sides.tolist()]


class ForegroundCounter:
    """Counts people by the area of foreground blobs over that of a person standing there.

    A person's height grows linearly with how low its feet stand in the picture, so one number describes a camera:
    its scale, learned as the area-weighted median over blobs shaped like one person. Where hardly anything that
    moves has that shape (a road, water, clouds), large blobs are not taken for groups but for one thing each.
    Groups are counted too low, since people hide each other; whatever else moves is counted along.
    """

    def __init__(self, region: Region) -> None:
        self._zone = zone_mask(region.polygon)
        self._closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 5))
        distance = np.log(SCALES / USUAL_SCALE) / (2 * SCALE_BLUR)
        prior = np.exp(-0.5 * distance**2)
        self._evidence: Doubles = USUAL_WEIGHT_PX * prior / prior.sum()
        self._seen_px = TRUST_PRIOR_PX
        self._alike_px = TRUST_PRIOR * TRUST_PRIOR_PX

    @property
    def scale(self) -> float:
        """Height of a person over (foot + horizon), as learned so far."""
        total = np.cumsum(self._evidence)
        return float(np.interp(total[-1] / 2, total, SCALES))

    @property
    def trusts_groups(self) -> bool:
        """Whether enough of what moves here has the shape of people."""
        return self._alike_px >= TRUST_LEAST * self._seen_px

    def count(self, foreground: Mask, aspect: float) -> Count:
        """Count one picture.

        Args:
            foreground: uint8, (180, 320), 0 or 255.
            aspect: Width over height of the picture before it was squeezed to 320x180.
        """
        closed = cv2.morphologyEx(foreground, cv2.MORPH_CLOSE, self._closing)
        number, labels, stats, centroids = cv2.connectedComponentsWithStats(closed, connectivity=8)
        kept = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= BLOB_LEAST_PX) + 1
        if not kept.size:
            return Count(people=0.0, box=None)
        left, top, width, height, area = stats[kept].astype(np.float64).T
        blobs = _Blobs(left=left, top=top, width=width, height=height, area=area, middle=centroids[kept, 1])
        # Pixels of the small picture per pixel of equal width and height.
        squeeze = (SMALL_WIDTH_PX / SMALL_HEIGHT_PX) / aspect
        self._learn(blobs, squeeze)
        people = self._people_in(blobs, squeeze)
        inside = self._inside(np.asarray(labels, np.int32), number)[kept] / area
        people = np.where(people == 1.0, np.round(inside), people * inside)
        return Count(
            people=round(float(people.sum()), 2),
            box=_around(blobs.boxes(people > 0)),
            trusted=self.trusts_groups,
        )

    def _people_in(self, blobs: _Blobs, squeeze: float) -> Doubles:
        """Return how many people each blob holds: nobody, one, or a fraction of more."""
        feet = self._feet(blobs.middle / SMALL_HEIGHT_PX)
        person_height_px = np.maximum(self.scale * (feet + HORIZON_SHARE) * SMALL_HEIGHT_PX, HEIGHT_LEAST_PX)
        people = blobs.area / (PERSON_FILL * person_height_px**2 * squeeze)
        single = (people < GROUP) | (blobs.area > GROUP_MOST_SHARE * self._zone.size)
        if not self.trusts_groups:
            single[:] = True
        return np.where(people < FRAGMENT, 0.0, np.where(single, 1.0, people))

    def _feet(self, middle: Doubles) -> Doubles:
        """Return where people stand whose bodies are centred there; shares of the height, downwards.

        Solves foot - height / 2 = middle for height = scale * (foot + horizon).
        """
        scale = self.scale
        return np.minimum((middle + scale / 2 * HORIZON_SHARE) / (1.0 - scale / 2), 1.3)

    def _learn(self, blobs: _Blobs, squeeze: float) -> None:
        alike = blobs.alike(squeeze)
        feet = (blobs.top + blobs.height) / SMALL_HEIGHT_PX
        seen = blobs.height / SMALL_HEIGHT_PX / (feet + HORIZON_SHARE)
        for i in np.flatnonzero(alike).tolist():
            likeness = np.exp(-0.5 * (np.log(SCALES / seen[i]) / SCALE_BLUR) ** 2)
            self._evidence += blobs.area[i] * likeness / max(float(likeness.sum()), 1e-9)
        self._evidence *= min(MEMORY_PX / float(self._evidence.sum()), 1.0)
        seen_px = float(blobs.area.sum())
        weight = min(TRUST_CAP_PX / seen_px, 1.0)
        self._seen_px += weight * seen_px
        self._alike_px += weight * float(blobs.area[alike].sum())
        fade = min(TRUST_MEMORY_PX / self._seen_px, 1.0)
        self._seen_px *= fade
        self._alike_px *= fade

    def _inside(self, labels: npt.NDArray[np.int32], number: int) -> npt.NDArray[np.int64]:
        """Return how many pixels of each blob stand in the zone, each pixel taken to its person's feet."""
        rows = np.arange(SMALL_HEIGHT_PX, dtype=np.float64) / SMALL_HEIGHT_PX
        feet_rows = np.minimum(np.round(self._feet(rows) * SMALL_HEIGHT_PX), SMALL_HEIGHT_PX - 1).astype(np.intp)
        standing = labels[self._zone[feet_rows] > 0]
        return np.bincount(standing, minlength=number)
