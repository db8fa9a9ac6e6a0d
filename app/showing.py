"""The web role: pages, API and stream."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from alerts.lifecycle import acknowledge
from app.database import connect_url, pictures
from configs.site import SiteFile
from events.ids import SourceId
from ingest.mqtt import SnapshotListener
from runtime.clock import Clock, utc_now
from storage.alarms import AlarmStore
from storage.life import LifeStore
from storage.readings import ReadingStore
from web.server import make_app
from web.snapshots import LatestSnapshots


def run_web(site: SiteFile, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Serve until asked to stop."""
    asyncio.run(_serve(site, stop, clock))


async def _serve(site: SiteFile, stop: threading.Event, clock: Clock) -> None:
    url = connect_url(site)
    snapshots = LatestSnapshots([SourceId(camera.id) for camera in site.cameras])
    listener = SnapshotListener(site.broker, snapshots.put)
    async with AlarmStore(url) as alarms, ReadingStore(url) as readings, LifeStore(url) as lives:
        app = make_app(
            site,
            alarms=alarms,
            readings=readings,
            lives=lives,
            pictures=pictures(site),
            snapshots=snapshots,
            acknowledge=acknowledge,
            clock=clock,
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        listener.start()
        try:
            await web.TCPSite(runner, site.web.host, site.web.port).start()
            with ThreadPoolExecutor(1, "stop-watch") as watcher:
                await asyncio.get_running_loop().run_in_executor(watcher, stop.wait)
        finally:
            await runner.cleanup()
            await asyncio.to_thread(listener.stop)
