"""People and vehicles that stand in a zone for so long that they look like something lying there."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Mask
from vision.structure import bounds

PERSON_SCORE = 0.6
VEHICLE_SCORE = 0.5
"""Only sure boxes count: the network takes heaped bags for people now and then, with scores of about a half."""
LATEST_SHARE = 0.3
STANDING_FROM = 0.25
"""A network misses standing people in one look out of a few, so a few looks are blended: the latest counts for three
tenths, and who was there in about one of three still stands there."""
PERHAPS_FROM = 0.02
"""Nobody seen in ten looks running: there nobody stands."""
THEIRS_FROM = 0.6
"""Share of a piece that must lie within boxes to be theirs: beside a heap a person is the smaller part."""
MEMORY_S = 30.0
"""Whoever was seen longer ago may have gone."""
REFUSED_SHARE = 0.1


class Bystanders:
    """Remembers where in a zone's rectangle people and vehicles were seen lately."""

    def __init__(self, mask: Mask) -> None:
        """Watch a zone, uint8, (180, 320), 0 or 255."""
        self._mask = mask
        self._rect = bounds(mask)
        self._lately: npt.NDArray[np.float32] = np.zeros(mask[self._rect.rows, self._rect.columns].shape, np.float32)
        self._seen_s = -math.inf

    def see(self, found: Found | None, t_s: float) -> None:
        """Take in what the network found; None where there is no answer."""
        if found is None:
            return
        present: Mask = np.zeros_like(self._mask)
        for box in _sure(found):
            x, y, width, height = box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
            present[y : y + height, x : x + width] = 1
        if t_s - self._seen_s > MEMORY_S:
            self._lately.fill(0)
        self._lately += np.float32(LATEST_SHARE) * (present[self._rect.rows, self._rect.columns] - self._lately)
        self._seen_s = t_s

    def take_out(self, covered: Mask, t_s: float) -> npt.NDArray[np.bool_] | None:
        """Clear the pieces that are mostly people or vehicles seen lately, and of others the part that they hide.

        A vehicle beside a heap, or in dappled light, is one piece with it; nobody knows what lies behind.
        Changes `covered`, of the rectangle.

        Returns:
            Where they stand, bool, of the rectangle; None where nobody does.
        """
        standing = self._lately > STANDING_FROM
        if t_s - self._seen_s > MEMORY_S or not standing.any():
            return None
        number, labels, stats, _ = cv2.connectedComponentsWithStats(covered, connectivity=8)
        theirs = np.bincount(labels[standing], minlength=number) > THEIRS_FROM * stats[:, cv2.CC_STAT_AREA]
        theirs[0] = False
        covered[theirs[labels] | standing] = 0
        return np.asarray(standing, np.bool_)

    def known_behind(self, before: npt.NDArray[np.bool_] | None, covered: Mask, t_s: float) -> npt.NDArray[np.bool_]:
        """Return what lies there, bool: what covers the place, and where somebody may stand, what did before.

        Args:
            before: What lay there, None where nothing is known.
            covered: What covers the place, 0 or 255.
            t_s: Now.
        """
        if before is None or t_s - self._seen_s > MEMORY_S:
            return covered > 0
        return np.where(self._lately > PERHAPS_FROM, before, covered > 0)

    def stand_in_the_way(self, found: Found | None) -> bool:
        """Tell whether somebody or a vehicle hides a tenth of the zone just now."""
        for box in () if found is None else _sure(found):
            x, y, width, height = box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
            hidden = np.count_nonzero(self._mask[y : y + height, x : x + width])
            if hidden > REFUSED_SHARE * np.count_nonzero(self._mask):
                return True
        return False


def _sure(found: Found) -> list[Box]:
    people = [person.box for person in found.people if person.score >= PERSON_SCORE]
    return people + [vehicle.box for vehicle in found.vehicles if vehicle.score >= VEHICLE_SCORE]
