"""Holds the latest picture of every camera, in memory only: snapshots are never stored."""

from collections.abc import Collection
from datetime import datetime

from prometheus_client import Counter

from events.ids import SourceId
from web.ports import Snapshot

LARGEST_BYTES = 1_000_000
"""The broker's own payload limit."""

_JPEG_START = b"\xff\xd8\xff"

REFUSED = Counter("pantau_web_snapshots_refused_total", "Snapshots not shown", ["reason"])


class LatestSnapshots:
    """The newest picture of each known camera; implements `web.ports.Snapshots`.

    `put` may be called from any thread: assigning a dictionary entry is one step, and entries are frozen.
    """

    def __init__(self, cameras: Collection[SourceId]) -> None:
        self._cameras = frozenset(cameras)
        self._latest: dict[SourceId, Snapshot] = {}

    def put(self, camera: SourceId, jpeg: bytes, taken_at: datetime) -> None:
        """Replace the camera's picture.

        Strangers, oversized payloads and what is no JPEG are counted and left out, so that nobody who may publish can
        fill this process's memory or have a page served something else under an image's name.
        """
        if camera not in self._cameras:
            REFUSED.labels("unknown_camera").inc()
        elif len(jpeg) > LARGEST_BYTES:
            REFUSED.labels("too_large").inc()
        elif not jpeg.startswith(_JPEG_START):
            REFUSED.labels("not_jpeg").inc()
        else:
            self._latest[camera] = Snapshot(jpeg=jpeg, taken_at=taken_at)

    async def latest(self, camera: SourceId, /) -> Snapshot | None:
        """Return the camera's latest picture, None where none has come since this process started."""
        return self._latest.get(camera)
