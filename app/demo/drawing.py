"""Draws the camera clips while the rest of the city starts."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from app.demo.clips import render_all
from configs.site import SiteFile
from events.errors import PlatformError


class InterruptedDrawingError(PlatformError):
    """The demo was stopped while its clips were still being drawn."""


class Drawing:
    """Clips in the making, in a thread that drives drawing processes."""

    def __init__(self, site: SiteFile, folder: Path, *, calm: bool, on_progress: Callable[[float], None]) -> None:
        """Begin to draw what is missing.

        Args:
            site: The demo's site file.
            folder: Where clips lie.
            calm: Which variant.
            on_progress: Told the share done, from another thread.
        """
        self._references = [
            Path(zone.detect.waste_pile.reference)
            for camera in site.cameras
            for zone in camera.zones
            if zone.detect.waste_pile is not None and zone.detect.waste_pile.reference is not None
        ]
        self._on_progress = on_progress
        self._given_up = threading.Event()
        self._pool = ThreadPoolExecutor(1, "drawing")
        self._job: Future[object] = self._pool.submit(render_all, folder, calm=calm, on_progress=self._tell)

    @property
    def may_be_watched(self) -> bool:
        """Whether cameras can be opened: the pictures that detectors compare with are there.

        The clips themselves may follow: a camera that has none yet is tried again until it has.
        """
        return self._job.done() or all(reference.exists() for reference in self._references)

    @property
    def done(self) -> bool:
        """Whether every clip is there.

        Raises:
            PlatformError: Drawing failed.
        """
        if not self._job.done():
            return False
        self._job.result()
        return True

    def give_up(self) -> None:
        """Stop drawing and wait for its processes to end."""
        self._given_up.set()
        self._pool.shutdown(wait=True)

    def _tell(self, share: float) -> None:
        if self._given_up.is_set():
            raise InterruptedDrawingError("drawing was stopped")
        self._on_progress(share)
