"""Counts people in a zone, by the network or by foreground, and says when they are a crowd."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from configs.cameras import Crowding
from events.geometry import Box
from vision.detector import (
    SMALL_HEIGHT_PX,
    SMALL_WIDTH_PX,
    Finding,
    Looking,
    Mask,
    Measurement,
    Person,
    Region,
    View,
)
from vision.hysteresis import Hysteresis
from vision.zones import zone_mask

NETWORK_STALE_S = 5.0
"""Without an answer of the network for so long, foreground takes over."""
COUNT_S = 0.45
"""Foreground is counted about twice a second, whatever the cadence of pictures."""
SMOOTHING_S = 3.0
SMOOTHING_SAMPLES = 3
END_SHARE = 0.8

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
    """

    people: float
    box: Box | None


class CrowdingDetector:
    """People in one zone: a series at all times, and a finding when there are too many for too long.

    Counts the network's boxes while it answers, else foreground; the finding says which (`method`). The count is the
    median of three seconds, so that one wrong picture does nothing.
    """

    def __init__(self, region: Region, settings: Crowding | None) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: When it is a crowd; None only measures.
        """
        self._region = region
        self._settings = settings
        self._metric = "people_count" if region.zone is None else f"people_count.{region.zone}"
        self._crowd = None
        if settings is not None:
            threshold = settings.threshold_people
            self._crowd = Hysteresis(begin_at=threshold, end_below=END_SHARE * threshold, hold_s=settings.hold_s)
        self._foreground = ForegroundCounter(region)
        self._method = "foreground"
        self._answer: Sequence[Person] | None = None
        self._answered_s = self._counted_s = -math.inf
        self._samples: deque[tuple[float, Count]] = deque(maxlen=64)

    def look(self, view: View) -> Looking:
        """Take in one picture and say how many people there are, and whether they are a crowd."""
        count, method = self._count(view)
        if count is not None:
            if method != self._method:
                self._samples.clear()
                self._method = method
            self._samples.append((view.t_s, count))
        if not self._samples:
            return Looking()
        people = self._smoothed(view.t_s)
        measurements = (Measurement(metric=self._metric, value=people),)
        if self._crowd is None or self._settings is None:
            return Looking(measurements=measurements)
        since_s = self._crowd.update(people, view.t_s)
        if since_s is None:
            return Looking(measurements=measurements)
        return Looking(findings=(self._finding(people, since_s, self._settings),), measurements=measurements)

    def _count(self, view: View) -> tuple[Count | None, str]:
        """Count this picture if its turn has come, by the network while it answers."""
        people = view.people()
        if people is not None:
            self._answered_s = view.t_s
            if people is self._answer:  # an old answer, whose boxes the foreground has left
                return None, self._method
            self._answer = people
            return count_boxes(people, self._region, view.foreground if view.warm else None), "network"
        if view.t_s - self._answered_s < NETWORK_STALE_S:
            return None, self._method
        if not view.warm or view.t_s - self._counted_s < COUNT_S:
            return None, self._method
        self._counted_s = view.t_s
        return self._foreground.count(view.foreground, view.aspect), "foreground"

    def _smoothed(self, t_s: float) -> float:
        while len(self._samples) > SMOOTHING_SAMPLES and t_s - self._samples[0][0] > SMOOTHING_S:
            self._samples.popleft()
        return float(np.median([count.people for _, count in self._samples]))

    def _finding(self, people: float, since_s: float, settings: Crowding) -> Finding:
        attrs: dict[str, str | int | float | bool | None] = {
            "method": self._method,
            "threshold": settings.threshold_people,
        }
        if settings.area_m2 is not None:
            attrs["density_per_m2"] = round(people / settings.area_m2, 2)
        return Finding(
            kind="crowding",
            zone=self._region.zone,
            since_s=since_s,
            box=self._samples[-1][1].box or self._region.polygon.bounds,
            count=people,
            score=min(1.0, people / settings.threshold_people),
            attrs=attrs,
        )


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
SCALES: npt.NDArray[np.float64] = np.geomspace(0.12, 1.3, 48)
SCALE_BLUR = 0.12
PERSON_FILL = 0.26
"""Area of a walking person over the square of its height."""
UPRIGHT_LEAST, UPRIGHT_MOST = 1.6, 4.0
FILL_LEAST = 0.4
HEIGHT_LEAST_PX = 8
BLOB_LEAST_PX = 14
FRAGMENT, GROUP = 0.25, 1.5
"""Less than the first share of a person is a fragment; up to the second, one person; beyond, a group by area."""


class ForegroundCounter:
    """Counts people by the area of foreground blobs over that of a person standing there.

    A person's height grows linearly with how low its feet stand in the picture, so one number describes a camera:
    its scale, learned as the area-weighted median over blobs shaped like one person. Groups are counted too low,
    since people hide each other; anything that moves counts as people.
    """

    def __init__(self, region: Region) -> None:
        self._zone = zone_mask(region.polygon)
        self._closing = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 5))
        distance = (np.log(SCALES) - math.log(USUAL_SCALE)) / (2 * SCALE_BLUR)
        prior = np.exp(-0.5 * distance**2)
        self._evidence: npt.NDArray[np.float64] = USUAL_WEIGHT_PX * prior / prior.sum()

    @property
    def scale(self) -> float:
        """Height of a person over (foot + horizon), as learned so far."""
        total = np.cumsum(self._evidence)
        return float(np.interp(total[-1] / 2, total, SCALES))

    def count(self, foreground: Mask, aspect: float) -> Count:
        """Count one picture.

        Args:
            foreground: uint8, (180, 320), 0 or 255.
            aspect: Width over height of the picture before it was squeezed to 320x180.
        """
        closed = cv2.morphologyEx(foreground, cv2.MORPH_CLOSE, self._closing)
        number, labels, stats, centroids = cv2.connectedComponentsWithStats(closed, connectivity=8)
        if number <= 1:
            return Count(people=0.0, box=None)
        # Pixels of the small picture per pixel of equal width and height.
        squeeze = (SMALL_WIDTH_PX / SMALL_HEIGHT_PX) / aspect
        left, top, width, height, area = (stats[1:, column].astype(np.float64) for column in range(5))
        self._learn(left, top, width, height, area, squeeze)
        feet = self._feet(centroids[1:, 1] / SMALL_HEIGHT_PX)
        person_height_px = self.scale * (feet + HORIZON_SHARE) * SMALL_HEIGHT_PX
        people = area / (PERSON_FILL * person_height_px**2 * squeeze)
        people[area < BLOB_LEAST_PX] = 0.0
        people = np.where(people < FRAGMENT, 0.0, np.where(people < GROUP, 1.0, people))
        inside = self._inside(np.asarray(labels, np.int32), area, number)
        people = np.where(people == 1.0, np.round(inside), people * inside)
        counted = [
            Box(
                left[i] / SMALL_WIDTH_PX,
                top[i] / SMALL_HEIGHT_PX,
                width[i] / SMALL_WIDTH_PX,
                height[i] / SMALL_HEIGHT_PX,
            )
            for i in np.flatnonzero(people > 0).tolist()
        ]
        return Count(people=round(float(people.sum()), 2), box=_around(counted))

    def _feet(self, middle: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return where people stand whose bodies are centred there; shares of the height, downwards.

        Solves foot - height / 2 = middle for height = scale * (foot + horizon).
        """
        scale = self.scale
        return np.minimum((middle + scale / 2 * HORIZON_SHARE) / (1.0 - scale / 2), 1.3)

    def _learn(
        self,
        left: npt.NDArray[np.float64],
        top: npt.NDArray[np.float64],
        width: npt.NDArray[np.float64],
        height: npt.NDArray[np.float64],
        area: npt.NDArray[np.float64],
        squeeze: float,
    ) -> None:
        upright = height * squeeze / width
        whole = (left > 0) & (left + width < SMALL_WIDTH_PX) & (top > 0) & (top + height < SMALL_HEIGHT_PX)
        solid = (area > FILL_LEAST * width * height) & (height >= HEIGHT_LEAST_PX)
        alike = whole & solid & (upright > UPRIGHT_LEAST) & (upright < UPRIGHT_MOST)
        for i in np.flatnonzero(alike).tolist():
            foot = (top[i] + height[i]) / SMALL_HEIGHT_PX
            seen = height[i] / SMALL_HEIGHT_PX / (foot + HORIZON_SHARE)
            likeness = np.exp(-0.5 * ((np.log(SCALES) - math.log(seen)) / SCALE_BLUR) ** 2)
            self._evidence += area[i] * likeness / likeness.sum()
        total = float(self._evidence.sum())
        if total > MEMORY_PX:
            self._evidence *= MEMORY_PX / total

    def _inside(
        self, labels: npt.NDArray[np.int32], area: npt.NDArray[np.float64], number: int
    ) -> npt.NDArray[np.float64]:
        """Return which share of each blob stands in the zone, each pixel taken to its person's feet."""
        rows = np.arange(SMALL_HEIGHT_PX, dtype=np.float64) / SMALL_HEIGHT_PX
        feet_rows = np.minimum(np.round(self._feet(rows) * SMALL_HEIGHT_PX), SMALL_HEIGHT_PX - 1).astype(np.intp)
        standing = labels[self._zone[feet_rows] > 0]
        return np.bincount(standing, minlength=number)[1:] / area
