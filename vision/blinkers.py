"""The parts of a camera's picture that nobody may look at: blanked before anything else sees it."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from configs.cameras import Camera
from events.frame import Frame, Picture
from events.geometry import Polygon
from vision.detector import Mask, Small
from vision.zones import zone_mask

GRID_PX = 8
"""Grid on which the tone of the blank is measured: 900 pixels are enough for a median."""
BLACK = (0, 0, 0)


class Blinkers:
    """Blanks the masked areas of one camera, given as polygons under `mask`.

    In the small picture they take the median brightness of the rest, so that they neither look like an object nor keep
    a covered or dark camera from looking uniform; in colour pictures, of which some leave the worker, they are black.
    """

    def __init__(self, camera: Camera) -> None:
        self._areas = [Polygon.from_points(points) for points in camera.mask]
        self._hidden: Mask | None = None
        if self._areas:
            self._hidden = np.bitwise_or.reduce([zone_mask(area) for area in self._areas])
            self._seen = self._hidden[::GRID_PX, ::GRID_PX] == 0
            self._blanked: Small = np.empty_like(self._hidden)

    def cover(self, frame: Frame) -> Frame:
        """Return the frame with its colour blanked; its luma stays as decoded, for `blank` after shrinking."""
        if self._hidden is None:
            return frame
        return replace(frame, to_bgr=lambda: self._blacked(frame.to_bgr))

    def blank(self, small: Small) -> Small:
        """Return a small picture, uint8 (180, 320), without the masked areas; valid until the next call."""
        if self._hidden is None:
            return small
        seen = small[::GRID_PX, ::GRID_PX][self._seen]
        # Copied, because a picture that came in this size is the decoder's own.
        np.copyto(self._blanked, small)
        self._blanked[self._hidden > 0] = np.uint8(np.median(seen)) if seen.size else np.uint8(0)
        return self._blanked

    def forget(self, foreground: Mask) -> None:
        """Take masked areas out of what differs from the background, uint8 (180, 320), in place."""
        if self._hidden is not None:
            foreground[self._hidden > 0] = 0

    def _blacked(self, to_bgr: Callable[[], Picture]) -> Picture:
        picture = to_bgr()
        height_px, width_px = picture.shape[:2]
        corners = [np.round(np.array(area.points) * (width_px, height_px)).astype(np.int32) for area in self._areas]
        cv2.fillPoly(picture, corners, BLACK)
        return picture
