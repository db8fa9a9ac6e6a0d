"""How many people one zone shows just now: by the network's last look, or by movement calibrated by its looks."""

import math
from collections import deque
from statistics import median

import cv2

from vision.counting import SURE_SCORE, Count, ForegroundCounter, count_boxes, stands_in
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Mask, Person, Region, View
from vision.fidgets import Fidgets
from vision.stature import Stature

COUNT_S, CALM_COUNT_S = 0.45, 1.9
"""Foreground is counted at most twice a second, whatever the cadence of pictures, and every other second while a crowd
is far off."""
FRESH_S = 1.6
"""While the network looks about once a second, its looks alone are counted: movement in between adds only noise."""
SMOOTHING_S = 2.2
"""Counts of the last three looks, or of as much movement, are smoothed; one wrong picture does nothing."""
SMOOTHING_SAMPLES = 3
LOOKS = 15
"""Looks from which movement is calibrated: a quarter of a minute at best, minutes under load: it follows the light."""
AGREED = 10.0
"""So many people are taken as seen alike before the first look: a few odd boxes shift the calibration by little."""
RATIO_MOST = 2.0
"""Where looks find more people to what moves, most of them stand still, and those are counted apart."""
STILL_SHARE = 0.1
"""A person in whose box less than this moves stands too still for the foreground counter."""


class Headcount:
    """Counts one zone at every picture that says something new.

    The network's answer counts when it is new. While it is about as frequent as pictures allow, nothing else does.
    Where it comes seldom (many cameras, little budget), movement is counted in between, multiplied by how much looks
    and movement differed lately, plus those who stood too still to be seen moving.
    """

    def __init__(self, region: Region, stature: Stature | None = None, *, factor: float | None = None) -> None:
        """Count in a zone; stature and factor as of `ForegroundCounter`."""
        self._region = region
        self._counter = ForegroundCounter(region, stature, factor=factor)
        self._fidgets = Fidgets()
        self._answer: Found | None = None
        self._answered_s = self._counted_s = -math.inf
        self._compared: deque[tuple[float, float]] = deque(maxlen=LOOKS)
        self._still: list[Person] = []
        self._samples: deque[tuple[float, Count]] = deque(maxlen=64)
        self.method = "foreground"

    @property
    def counter(self) -> ForegroundCounter:
        """The counter of movement, for what it has learned."""
        return self._counter

    @property
    def ratio(self) -> float:
        """People over what movement says, by the network's late looks; 1 before any, near 0 where trees sway."""
        looked = sum(looked for looked, _ in self._compared)
        moved = sum(moved for _, moved in self._compared)
        return min((looked + AGREED) / (moved + AGREED), RATIO_MOST)

    def take(self, view: View, *, closely: bool = True) -> Count | None:
        """Take in a picture and return the smoothed count, or None where it says nothing new.

        Args:
            view: The picture.
            closely: Whether movement is counted as often as may be, and not only every other second.
        """
        found = view.found()
        fresh = found is not None and found is not self._answer
        pace_s = COUNT_S if closely or len(self._samples) < SMOOTHING_SAMPLES else CALM_COUNT_S
        due = view.warm and view.t_s - self._counted_s >= pace_s
        moving = self._moving(view) if due or (fresh and view.warm) else None
        if found is not None and fresh:
            self._add(view.t_s, self._by_boxes(found, moving, view), "network")
        elif moving is None or found is not None or view.t_s - self._answered_s < FRESH_S:
            # The last answer stands: it is young, or nothing has moved since, so that a still crowd stays a crowd.
            return None
        else:
            self._add(view.t_s, self._by_movement(moving, view), "foreground")
        return self.smoothed(view.t_s)

    def smoothed(self, t_s: float) -> Count | None:
        """Return the median of the last counts, None before the first."""
        while len(self._samples) > SMOOTHING_SAMPLES and t_s - self._samples[0][0] > SMOOTHING_S:
            self._samples.popleft()
        if not self._samples:
            return None
        last = self._samples[-1][1]
        people = median(count.people for _, count in self._samples)
        return Count(people=people, box=last.box, trusted=last.trusted)

    def forget(self) -> None:
        """Forget the last counts, as while the camera is at fault."""
        self._samples.clear()

    def _add(self, t_s: float, count: Count, method: str) -> None:
        if method != self.method:
            self._samples.clear()
            self.method = method
        self._samples.append((t_s, count))

    def _moving(self, view: View) -> Mask:
        self._counted_s = view.t_s
        return self._fidgets.without_still(view.foreground, view.small, view.t_s)

    def _by_boxes(self, found: Found, moving: Mask | None, view: View) -> Count:
        self._answer, self._answered_s = found, view.t_s
        count = count_boxes(found.people, self._region, moving)
        self._counter.stature.learn_people(found.people, SURE_SCORE)
        if moving is not None:
            here = [p for p in found.people if p.score >= SURE_SCORE and stands_in(self._region, p)]
            self._still = [person for person in here if _share(person, moving) < STILL_SHARE]
            by_movement = self._counter.count(moving, view.aspect).people
            self._compared.append((count.people - len(self._still), by_movement))
        return count

    def _by_movement(self, moving: Mask, view: View) -> Count:
        count = self._counter.count(moving, view.aspect)
        self._still = [person for person in self._still if _share(person, moving) < STILL_SHARE]
        people = count.people * self.ratio + len(self._still)
        return Count(people=round(people, 2), box=count.box, trusted=count.trusted)


def _share(person: Person, moving: Mask) -> float:
    x, y, width, height = person.box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    return cv2.countNonZero(moving[y : y + height, x : x + width]) / (width * height)
