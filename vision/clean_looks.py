"""The looks of one clean zone: by day, by night in infrared, and as they slowly change."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from events.ids import ZoneId
from vision.detector import Look, Mask, ReferenceStore, Small
from vision.light import Light, Surroundings, taken_out
from vision.structure import CleanPlace, bounds

Floats = npt.NDArray[np.float32]
Patch = npt.NDArray[np.uint8]

KEPT_LEAST = 0.3
"""Mean correlation of the surroundings' structure from which the camera still sees the reference's scene. Dusk, rain
and shadows leave .5 and more, another view or infrared about 0."""

FOLLOW_EVERY_S = 60.0
FOLLOW_S = 3 * 3600.0
"""Time constant with which a reference follows: slower than the sun, faster than grass."""
LIKE_ANCHOR = 0.8
"""A followed look must stay so similar to the one somebody gave. Half way towards anything else similarity is about .7,
so what creeps in pixel by pixel can hide at most the first quarter of its own change, and is seen after that."""
BESIDE_COVERED = np.ones((15, 15), np.uint8)
"""Nothing is learned so near to something that lies there."""
SAVE_EVERY_S = 3600.0


class KnownLook:
    """One look of the clean zone.

    Attributes:
        look: Which.
        place: The zone's rectangle, prepared for comparison.
        around: The surroundings' blocks, float32.
    """

    def __init__(
        self, look: Look, given: Small, zone: Mask, surroundings: Surroundings, now: Small | None = None
    ) -> None:
        """Prepare a look.

        Args:
            look: Which.
            given: The whole small picture as somebody, or the camera's first look at night, gave it.
            zone: The zone.
            surroundings: Where light is judged.
            now: The same, brought up to date.
        """
        self._rect = bounds(zone)
        self.look = look
        self.around: Floats = surroundings.of(given).astype(np.float32)
        anchor = given[self._rect.rows, self._rect.columns].astype(np.float32)
        self._given = given
        self._anchor = CleanPlace(anchor, zone)
        self.place = CleanPlace(
            anchor if now is None else now[self._rect.rows, self._rect.columns].astype(np.float32), zone
        )

    def follow(self, now: Patch, light: Light, covered: Mask, noise: float, passed_s: float) -> None:
        """Let the look drift towards the present one, where nothing lies and it stays like the one given.

        Call it only while the zone is surely clean. Light is taken out before: only the ground itself is learned.

        Args:
            now: The rectangle now, uint8.
            light: Of the moment.
            covered: What little lies there, 0 or 255.
            noise: Standard deviation of a pixel of `now`.
            passed_s: Seconds since the last time.
        """
        levelled = light.levelled(now)
        field = light.field(levelled, self.place.clean)
        if field is not None:
            levelled = taken_out(levelled, field)
        share = np.float32(1.0 - math.exp(-passed_s / FOLLOW_S))
        drifted = self.place.clean + share * (levelled - self.place.clean)
        likeness = self._anchor.compare(drifted, noise / light.gain)
        free = (cv2.dilate(covered, BESIDE_COVERED) == 0) & (likeness.similarity >= LIKE_ANCHOR)
        self.place.renew(np.where(free, drifted, self.place.clean))

    def picture(self) -> Small:
        """Return the look as a whole small picture, to be kept."""
        picture = self._given.copy()
        rows, columns = self._rect
        picture[rows, columns] = np.clip(np.rint(self.place.clean), 0, 255)
        return picture


class CleanLooks:
    """All looks of one clean zone, kept in a store.

    Attributes:
        surroundings: Where the zone's light is judged.
    """

    def __init__(self, zone: ZoneId | None, mask: Mask, references: ReferenceStore) -> None:
        """Begin without any look; `load` or `take` gives them."""
        self._zone = zone
        self._mask = mask
        self._references = references
        self._known: dict[Look, KnownLook] = {}
        self._followed_s = self._saved_s = -math.inf
        self.surroundings = Surroundings(mask)

    @property
    def any(self) -> bool:
        """Whether there is any look to compare with."""
        return bool(self._known)

    def knows(self, look: Look) -> bool:
        """Whether a look is known."""
        return look in self._known

    def load(self, clean: Small, *, up_to_date: bool) -> None:
        """Use the clean picture given, and what was kept beside it.

        Args:
            clean: The whole small picture.
            up_to_date: Whether what was kept beside it belongs to it; not where it was given anew.
        """
        followed = self._references.load(self._zone, Look.FOLLOWED) if up_to_date else None
        self._known[Look.CLEAN] = self._look(Look.CLEAN, clean, followed)
        night = self._references.load(self._zone, Look.NIGHT) if up_to_date else None
        if night is not None:
            self._known[Look.NIGHT] = self._look(Look.NIGHT, night)

    def take(self, clean: Small, *, colourless: bool) -> None:
        """Take a picture as clean, for the look it shows, and keep it.

        Raises:
            StorageError: it cannot be kept; nothing has changed.
        """
        shown = self.choose(self.surroundings.of(clean))
        if shown is not None:
            look = shown.look
        else:
            look = Look.NIGHT if colourless and Look.CLEAN in self._known else Look.CLEAN
        self._references.save(self._zone, clean, look)
        if look is Look.CLEAN:
            self._references.forget(self._zone, Look.FOLLOWED)
        self._known[look] = self._look(look, clean)

    def choose(self, around: Patch) -> KnownLook | None:
        """Return the look that the surroundings show, None where they show none of them.

        Args:
            around: What `surroundings.of` returned.
        """
        kept = [(self.surroundings.kept(around, known.around), known) for known in self._known.values()]
        if not kept:
            return None
        most, best = max(kept, key=lambda pair: pair[0])
        return best if most >= KEPT_LEAST else None

    def follow(self, known: KnownLook, now: Patch, light: Light, covered: Mask, noise: float, t_s: float) -> None:
        """Let a look follow, and keep it now and then.

        Raises:
            StorageError: it cannot be kept; it is followed all the same.
        """
        passed_s = t_s - self._followed_s
        if passed_s < FOLLOW_EVERY_S:
            return
        self._followed_s = t_s
        known.follow(now, light, covered, noise, min(passed_s, 2 * FOLLOW_EVERY_S))
        # The look at night is not kept as it drifts: after a restart it drifts again, from the picture first taken.
        if known.look is Look.CLEAN and t_s - self._saved_s >= SAVE_EVERY_S:
            self._saved_s = t_s
            self._references.save(self._zone, known.picture(), Look.FOLLOWED)

    def _look(self, look: Look, given: Small, now: Small | None = None) -> KnownLook:
        return KnownLook(look, given, self._mask, self.surroundings, now)
