"""Where people and vehicles are of late, as the network tells: what they cover is nobody's left luggage."""

import math
from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Mask, Person, Vehicle
from vision.lasting import LastingChange
from vision.likeness import Floats
from vision.newcomer import Piece

LEAST_SCORE = 0.3
"""Lower than for counting: a doubtful person is reason enough to wait."""
FORGET_S = 10.0
"""Time constant of what is covered: somebody who steps aside sets a thing free within ten seconds."""
USUAL_S = 60.0
"""Time constant of where vehicles usually stand: in front of a parked car things are left too."""
DOUBTED_S = 5.0
"""As if no vehicle had been there for so long before the first answer: one answer alone says little."""
COVERED_SHARE = 0.35
"""So much of late inside boxes of people or vehicles, and it is one of them."""
THEIRS_FROM = 0.6
"""Share of its pixels for which that must be so: whoever stands beside a thing covers a part of it."""
STALE_S = 10.0
"""Without an answer for so long, nobody knows who is there."""
STILL_SHARE = 0.3
"""A box in which less moves than this holds somebody who stands."""
MATCHING_S = 30.0
MATCHING_LEAST = 5
MATCHING = 0.35
"""Overlap (intersection over union) from which a box and a piece may be the same thing."""
REMEMBERED = 128
"""Answers kept: about two minutes, for whoever put a thing down that is believed only later."""
REACH = 0.5
"""A thing is put down within half of one's own box's height or width."""
AROUND_S = 6.0
"""Seconds around the moment a thing appeared in which somebody beside it may have put it down."""


class Presence:
    """How much of late each pixel was inside a person's or a newly come vehicle's box, and who was where when."""

    def __init__(self) -> None:
        self._people: Floats = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.float32)
        self._vehicles = np.zeros_like(self._people)
        self._usual = np.zeros_like(self._people)
        self._boxes: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
        self._answers: deque[tuple[float, Found]] = deque(maxlen=REMEMBERED)
        self._standing: deque[tuple[float, list[Box]]] = deque(maxlen=REMEMBERED)
        self._told_s = -math.inf
        self._seen_s = 0.0

    def known(self, t_s: float) -> bool:
        """Tell whether the network answered lately."""
        return t_s - self._told_s < STALE_S

    def see(self, found: Found | None, change: LastingChange, t_s: float, passed_s: float) -> None:
        """Take in an answer; None says nothing.

        Args:
            found: The answer.
            change: Tells what moves, and what has changed.
            t_s: Now.
            passed_s: Seconds since the call before.
        """
        if found is None:
            return
        # After a while without questions the old answers say little about now.
        passed_s = max(passed_s, min(t_s - self._told_s, FORGET_S))
        self._told_s = t_s
        self._answers.append((t_s, found))
        standing: list[Box] = []
        self._paint(found.people, change.moving, standing)
        cv2.accumulateWeighted(self._boxes, self._people, 1.0 - math.exp(-passed_s / FORGET_S))
        self._paint(found.vehicles, change.moving, standing)
        cv2.accumulateWeighted(self._boxes, self._vehicles, 1.0 - math.exp(-passed_s / FORGET_S))
        self._seen_s += passed_s
        unchanged = cv2.compare(change.age, 0, cv2.CMP_EQ)  # type: ignore[call-overload] # OpenCV takes a scalar here
        cv2.bitwise_and(unchanged, cv2.bitwise_not(change.moving), dst=unchanged)
        # At first a mean over all that was seen: cars that were parked from the start are usual long before a minute.
        usual_share = max(1.0 - math.exp(-passed_s / USUAL_S), passed_s / (DOUBTED_S + self._seen_s))
        cv2.accumulateWeighted(self._boxes, self._usual, usual_share, mask=unchanged)
        self._standing.append((t_s, standing))

    def _paint(self, things: Iterable[Person | Vehicle], moving: Mask, standing: list[Box]) -> None:
        """Write the boxes as ones, and add those in which little moves to `standing`."""
        self._boxes.fill(0)
        for thing in things:
            if thing.score < LEAST_SCORE:
                continue
            x, y, width, height = thing.box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
            self._boxes[y : y + height, x : x + width] = 1
            if cv2.countNonZero(moving[y : y + height, x : x + width]) < STILL_SHARE * width * height:
                standing.append(thing.box)

    def share(self, piece: Piece) -> float:
        """Return how much of late a piece was inside boxes, 0..1: mean over its pixels."""
        x, y, width, height = piece.box
        people, vehicles, usual = (
            float(cv2.mean(covered[y : y + height, x : x + width], mask=piece.mask)[0])
            for covered in (self._people, self._vehicles, self._usual)
        )
        return max(people, vehicles - usual)

    def covers(self, piece: Piece) -> bool:
        """Tell whether a piece is somebody, or a vehicle: much of late inside their boxes, and most of it."""
        if self.share(piece) <= COVERED_SHARE:
            return False
        x, y, width, height = piece.box
        window = np.s_[y : y + height, x : x + width]
        covered = np.maximum(self._people[window], self._vehicles[window] - self._usual[window])
        return float(np.mean(covered[piece.mask > 0] > COVERED_SHARE)) > THEIRS_FROM

    def mistaken(self, box: Box, t_s: float, since_s: float) -> float:
        """Return in which share of the last answers more than before a box of about this size was there, unmoving.

        A passer-by covers a bag too, but moves; somebody who stands still is now and then recognised. Whoever passes
        too fast to be seen moving passed there before as well.

        Args:
            box: Of what came.
            t_s: Now.
            since_s: When it came.
        """
        before = [boxes for seen_s, boxes in self._standing if seen_s < since_s - AROUND_S]
        recent = [boxes for seen_s, boxes in self._standing if t_s - seen_s <= MATCHING_S and seen_s >= since_s]
        return max(_matching(box, recent) - _matching(box, before), 0.0)

    def left_by(self, box: Box, at_s: float) -> str:
        """Return who was beside a box when a thing appeared there: `person`, `vehicle`, or `unknown`."""
        x, y = box.centre
        near = {"person": 0, "vehicle": 0}
        for seen_s, found in self._answers:
            if abs(seen_s - at_s) > AROUND_S:
                continue
            near["person"] += any(_reaches(person.box, x, y) for person in found.people)
            near["vehicle"] += any(_reaches(vehicle.box, x, y) for vehicle in found.vehicles)
        who = max(near, key=lambda name: near[name])
        return who if near[who] else "unknown"


def _matching(box: Box, answers: list[list[Box]]) -> float:
    """Return in which share of some answers a box much like this one was."""
    matching = sum(any(box.intersection_over_union(other) >= MATCHING for other in boxes) for boxes in answers)
    return matching / max(len(answers), MATCHING_LEAST)


def _reaches(box: Box, x: float, y: float) -> bool:
    across, down = REACH * box.width, REACH * box.height
    return box.x - across <= x <= box.x + box.width + across and box.y - down <= y <= box.y + box.height + down
