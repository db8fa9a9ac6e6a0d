"""When the people network looks at a camera: about once a second, when something moved, and when it is its turn."""

import time
from collections.abc import Callable

import cv2
import numpy as np
import structlog

from configs.cameras import Camera
from events.errors import ConfigError
from events.frame import Picture
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finder, Found, Small
from vision.rota import Rota, Seat
from vision.sight import Sight

log = structlog.get_logger(__name__)

EVERY_S = 1.0
SLACK_S = 0.05
"""A look is due this much earlier, lest pictures just short of a second apart make it wait for the next one."""
VALID_S = 2.2
"""How long an answer stands when the budget allows no new one; a walking person has then crossed a small zone."""
QUIET_S = 30.0
"""Where nothing moves, the network looks again only so often: what it found last still stands there."""
CELLS = (SMALL_WIDTH_PX // 4, SMALL_HEIGHT_PX // 4)
STIR_LEVEL = 6
"""Grey levels by which the mean of 4x4 pixels must have changed; noise of 10 levels changes it by 2.5."""
STIR_CELLS = 3
"""The smallest person the network knows changes so many cells by stepping aside."""


class Attention:
    """Asks the network on behalf of one camera and remembers the last answer.

    Attributes:
        last: What was found last, nothing before and without a network. For hiding people an old answer is better
            than none.
    """

    def __init__(self, finder: Finder | None, rota: Rota | None = None, camera: Camera | None = None) -> None:
        """Share one `finder` and one `rota` among the cameras of a worker.

        Args:
            finder: The network; None where there is none.
            rota: Who may look when; None sets no bound, as for files.
            camera: Where people are counted, so that small ones are looked at closer; None looks only as a whole.
        """
        self._sight = None if finder is None else Sight(finder, camera)
        self._rota = rota
        self._seat: Seat | None = None if rota is None else rota.seat("" if camera is None else camera.id)
        self._every_s = EVERY_S if rota is None else rota.every_s
        self._looked_s: float | None = None
        self._refused_s: float | None = None
        self._spent_s = 0.0
        self._seen = _Memory()
        self.last = Found()

    def look(self, t_s: float, picture: Callable[[], Picture], small: Small | None = None) -> Found | None:
        """Return what is in the picture, or the last answer where that still stands.

        Args:
            t_s: The picture's time on the view's clock.
            picture: Converts it to BGR; called only when the network runs.
            small: The picture as uint8, (180, 320), to tell whether anything moved since the last look; None assumes
                that something did.

        Returns:
            None where there is no network, or no answer that stands and no time for a new one.
        """
        if self._sight is None:
            return None
        age_s = None if self._looked_s is None else t_s - self._looked_s
        if age_s is not None and age_s < self._every_s - SLACK_S:
            return self.last
        if age_s is not None and age_s < QUIET_S and small is not None and not self._seen.stirred(small):
            return self.last
        # Several detectors ask at one picture: one refusal holds for all.
        if self._refused_s != t_s and (self._rota is None or self._seat is None or self._rota.grants(self._seat)):
            return self._ask(self._sight, t_s, picture, small)
        self._refused_s = t_s
        return self.last if age_s is not None and age_s < VALID_S else None

    def search(self, bgr: Picture) -> Found:
        """Return what is in a picture that is about to leave the worker, whether or not its turn has come.

        Such pictures are rare, and showing somebody is worse than looking late elsewhere; so the time spent is owed
        to the budget, not asked of it. Nothing is found without a network.

        Args:
            bgr: Any picture: uint8, (height, width, 3), BGR.
        """
        return Found() if self._sight is None else self._find(self._sight.search, bgr) or Found()

    def _ask(self, sight: Sight, t_s: float, picture: Callable[[], Picture], small: Small | None) -> Found | None:
        found = self._find(sight.look, picture())
        if found is None:
            return None
        self.last = found
        self._looked_s = t_s
        if self._rota is not None and self._seat is not None:
            self._rota.looked(self._seat, self._spent_s)
        if small is not None:
            self._seen.keep(small)
        return found

    def _find(self, find: Callable[[Picture], Found], bgr: Picture) -> Found | None:
        """Run the network and account for its time; None, for good, where it cannot be used."""
        began_s = time.perf_counter()
        try:
            found = find(bgr)
        except ConfigError as error:
            # The cameras go on without it: counting by foreground is worse, no counting would be worst.
            log.error("the people network cannot be used; people are counted by movement", reason=str(error))  # noqa: TRY400 - the sentence says all
            self._sight = None
            return None
        self._spent_s = time.perf_counter() - began_s
        if self._rota is not None:
            self._rota.spend(self._spent_s)
        return found


class _Memory:
    """What the network saw, coarsely, to tell whether anything has moved since. Allocates once."""

    def __init__(self) -> None:
        self._kept: Small = np.zeros((CELLS[1], CELLS[0]), np.uint8)
        self._now: Small = np.zeros_like(self._kept)
        self._changed: Small = np.zeros_like(self._kept)

    def keep(self, small: Small) -> None:
        cv2.resize(small, CELLS, dst=self._kept, interpolation=cv2.INTER_AREA)

    def stirred(self, small: Small) -> bool:
        cv2.resize(small, CELLS, dst=self._now, interpolation=cv2.INTER_AREA)
        cv2.absdiff(self._now, self._kept, dst=self._changed)
        cv2.threshold(self._changed, STIR_LEVEL, 1, cv2.THRESH_BINARY, dst=self._changed)
        return cv2.countNonZero(self._changed) >= STIR_CELLS
