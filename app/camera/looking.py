"""The pipeline looking at a stream on trial: what it costs, and a picture that may be kept."""

import time
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from av.video.frame import VideoFrame

from configs.cameras import Camera
from events.frame import Frame
from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.decoding import to_frame
from vision.attention import Attention
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finder, Found, Small
from vision.detectors import build_detectors
from vision.evidence import encode
from vision.pipeline import Pipeline
from vision.privacy import pixelate
from vision.reference import FirstSettledReferences
from vision.shrinker import Shrinker
from vision.smaller import shrunk

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Only differences of time matter here."""
WARMING_S = 6.0
"""Costs are taken once the background is learned: before that there is less to do, or more."""
_NOTHING = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)


class Looker:
    """Looks at the pictures of a trial as a worker would, without the people network, and remembers the last."""

    def __init__(self, camera: Camera, finder: Finder | None) -> None:
        """Set up the pipeline.

        Args:
            camera: Zones and detectors.
            finder: The people network, used only for the picture that is kept and on request.
        """
        cv2.setNumThreads(1)  # one camera has one thread in a worker too
        self._pipeline = Pipeline(camera, build_detectors(camera, FirstSettledReferences()), Attention(None))
        self._camera = SourceId(camera.id)
        self._finder = finder
        self._cadence = Cadence(camera.analyse_fps)
        self._shrinker = Shrinker()
        self._spent: list[tuple[float, float]] = []
        self.last: Frame | None = None

    def look(self, picture: VideoFrame, t_s: float) -> Frame | None:
        """Look at a picture if it is due; return it, None otherwise."""
        if not self._cadence.is_due(t_s):
            return None
        frame = to_frame(picture, self._camera, _BEGINNING + timedelta(seconds=t_s))
        began_s = time.thread_time()
        self._pipeline.take(frame)
        self._spent.append((t_s, 1_000 * (time.thread_time() - began_s)))
        self.last = frame
        return frame

    @property
    def look_ms(self) -> float:
        """Processor time of the detectors for one picture, on average once settled."""
        settled = [spent for t_s, spent in self._spent if t_s - self._spent[0][0] >= WARMING_S]
        chosen = settled or [spent for _, spent in self._spent]
        return sum(chosen) / len(chosen) if chosen else 0.0

    def small(self, frame: Frame) -> Small:
        """Return the picture as detectors see it: uint8, (180, 320); overwritten by the next call."""
        return self._shrinker.shrink(frame.luma)

    def find(self, frame: Frame) -> Found | None:
        """Return what the people network finds in a picture, None where it is not installed."""
        return None if self._finder is None else self._finder.find(frame.to_bgr())

    def picture(self, frame: Frame, *, longest_px: int) -> bytes:
        """Return a picture as JPEG, the people the network finds pixelated; without the network everybody shows."""
        found = self.find(frame) or Found()
        shown = shrunk(frame.to_bgr(), longest_px).copy()
        pixelate(shown, _NOTHING, found.people)
        return encode(shown)
