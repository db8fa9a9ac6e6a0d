"""The vision role: one worker, its cameras, and the gateway that speaks for them."""

import threading
from zoneinfo import ZoneInfo

from configs.site import SiteFile
from devices.client import DeviceClient
from devices.outbox import Outbox
from devices.registry import gateway_id
from events.ids import SourceId
from ingest.camera import CameraStream
from runtime.clock import Clock, utc_now
from vision.commands import CommandDesk, filters
from vision.gaps import accepted_gap_s
from vision.worker import VisionWorker


def run_vision(site: SiteFile, worker: int, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Watch every n-th camera of the site file until asked to stop.

    Args:
        site: The site file.
        worker: Which worker this is, 0 to `vision.workers` - 1.
        stop: Set when it should end.
        clock: Source of the current time.
    """
    gateway = SourceId(gateway_id(worker))
    folder = site.data_dir / "vision"
    folder.mkdir(parents=True, exist_ok=True)
    cameras = site.cameras[worker :: site.vision.workers]
    desk = CommandDesk(clock)
    client = DeviceClient(
        site.broker,
        gateway,
        Outbox(folder / f"{gateway}.outbox"),
        clock=clock,
        speaks_for=[SourceId(camera.id) for camera in cameras],
        hears=filters(SourceId(camera.id) for camera in cameras),
        heard=desk.hear,
    )
    vision = VisionWorker(
        gateway,
        cameras,
        lambda camera, frames: CameraStream(camera, frames, clock, longest_gap_s=accepted_gap_s(camera)),
        client,
        site.vision,
        folder,
        clock,
        commands=desk,
        timezone=ZoneInfo(site.city.timezone),
    )
    client.start()
    try:
        vision.run(stop)
        client.flush(timeout_s=1.0)
    finally:
        client.stop()
