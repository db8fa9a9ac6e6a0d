"""Knows whether a camera that moves by command looks at the place its zones were drawn for."""

import cv2
import numpy as np
import structlog

from events.errors import StorageError
from vision.blocks import HEIGHT_PX, WIDTH_PX, Floats
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, ReferenceStore, Small

log = structlog.get_logger(__name__)

AWAY_SHARE, BACK_SHARE = 0.5, 0.6
"""Shares of the preset's view that must be seen to stay, and to be back."""
BACK_S = 2.0
SETTLED_SHARE = 0.9
SETTLED_S = 10.0
"""A camera that has looked the same way for so long at the very start is taken to look at its preset."""
KEEP_EVERY_S = 600.0
"""How often the preset's view is kept anew, so that a restart meets it in much the same light."""


class Preset:
    """The view of a camera's preset, kept through restarts, and whether the camera looks at it.

    Attributes:
        usual: The view, uint8, (90, 160), None before any was kept.
        left: Whether the camera looks elsewhere.
    """

    def __init__(self, references: ReferenceStore) -> None:
        """Use what `references` keep for the whole picture."""
        self._references = references
        kept = references.load(None)
        self.usual: Small | None = None
        if kept is not None:
            self.usual = np.asarray(cv2.resize(kept, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)
        self._kept_s: float | None = None
        self._settled_s: float | None = None
        self._back_s: float | None = None
        self.left = False
        self._known = kept is not None

    @property
    def away(self) -> bool:
        """Whether the camera looks elsewhere, or nobody knows yet what its preset looks like."""
        return self.left or not self._known

    def see(self, kept_share: float, usual: Floats, t_s: float) -> bool:
        """Take in how much of the view is kept, and tell whether the view learned so far is no settled one.

        Args:
            kept_share: Share of the usual view that is seen now.
            usual: The usual view, float32, (90, 160).
            t_s: Now.
        """
        if not self._known:
            return self._settle(kept_share, usual, t_s)
        if not self.left and kept_share < AWAY_SHARE:
            self.left, self._back_s = True, None
            log.info("a camera looks elsewhere than its preset; its zones are not judged")
        elif self.left:
            self._return(kept_share, t_s)
        elif kept_share >= SETTLED_SHARE and (self._kept_s is None or t_s - self._kept_s >= KEEP_EVERY_S):
            self._keep(usual, t_s)
        return False

    def _settle(self, kept_share: float, usual: Floats, t_s: float) -> bool:
        if self._settled_s is None or kept_share < SETTLED_SHARE:
            self._settled_s = t_s
            return kept_share < SETTLED_SHARE
        if t_s - self._settled_s >= SETTLED_S:
            self._known = True
            self._keep(usual, t_s)
            log.info("a camera's first settled view is taken for its preset")
        return False

    def _return(self, kept_share: float, t_s: float) -> None:
        if kept_share < BACK_SHARE:
            self._back_s = None
        elif self._back_s is None:
            self._back_s = t_s
        elif t_s - self._back_s >= BACK_S:
            self.left = False
            log.info("a camera looks at its preset again")

    def _keep(self, usual: Floats, t_s: float) -> None:
        self._kept_s = t_s
        view = cv2.resize(usual, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
        np.rint(view, out=view)
        self.usual = np.asarray(usual, np.uint8)
        try:
            self._references.save(None, np.clip(view, 0, 255).astype(np.uint8))
        except StorageError as error:
            # The camera is watched on; only a restart would have to find its view by itself.
            log.warning("a preset's view cannot be kept", reason=str(error))
