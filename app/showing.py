"""The web role: pages, API and stream."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from alerts.load import LoadWatch
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.precision import precisions
from alerts.timeline import timeline
from alerts.waste import STEPS as WASTE_STEPS
from app.database import connect_url, papers, pictures, waste_pictures
from app.device.office import DeviceOffice
from app.notify.trying import Channels
from app.rules.office import RuleOffice
from configs.site import SiteFile
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.ids import SourceId
from ingest.mqtt import SnapshotListener
from runtime.clock import Clock, utc_now
from runtime.collection import spare_collector
from storage.alarms import AlarmStore
from storage.catalog import CatalogStore
from storage.governance import GovernanceStore
from storage.journal import JournalStore
from storage.life import LifeStore
from storage.maintenance import MaintenanceStore
from storage.readings import ReadingStore
from storage.sensorthings.store import SensorThingsStore
from storage.spans import SpanStore
from storage.traces import TraceStore
from storage.verdicts import VerdictStore
from storage.waste.figures import WasteFigures
from storage.waste.incidents import IncidentStore
from web.server import make_app, serve
from web.snapshots import LatestSnapshots
from web.waste.routes import WasteDesks


def run_web(site: SiteFile, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Serve until asked to stop.

    Raises:
        ConfigError: The port is taken, or the database's address cannot be read.
        StorageError: The embedded database does not run.
    """
    snapshots = LatestSnapshots([SourceId(camera.id) for camera in site.cameras])
    listener = SnapshotListener(site.broker, snapshots.put, clock)
    listener.start()
    try:
        asyncio.run(_serve(site, snapshots, stop, clock))
    finally:
        stop.set()  # whatever ended the server, nobody waits for the signal any more
        listener.stop()


async def _serve(site: SiteFile, snapshots: LatestSnapshots, stop: threading.Event, clock: Clock) -> None:
    url = connect_url(site)
    async with (
        AlarmStore(url) as alarms,
        ReadingStore(url) as readings,
        LifeStore(url) as lives,
        TraceStore(url) as traces,
        CatalogStore(url) as catalog,
        SpanStore(url) as spans,
        GovernanceStore(url) as governance,
        JournalStore(url) as journal,
        MaintenanceStore(url) as maintenance,
        VerdictStore(url) as verdicts,
        IncidentStore(url) as incidents,
        WasteFigures(url) as figures,
        SensorThingsStore(url) as things,
    ):
        channels = Channels(site)
        platform = _platform_line(site, clock)
        devices = DeviceOffice(site, lambda: connect_url(site), actor=site.web.operator, clock=clock)
        rules = RuleOffice(site, lambda: connect_url(site), actor=site.web.operator, clock=clock)
        app = make_app(
            site,
            alarms=alarms,
            readings=readings,
            lives=lives,
            pictures=pictures(site),
            snapshots=snapshots,
            steps=STEPS,
            review=performance,
            traces=traces,
            tell=timeline,
            catalog=catalog,
            spans=spans,
            devices=devices,
            rules=rules,
            governance=governance,
            journal=journal,
            papers=papers(site),
            maintenance=maintenance,
            verdicts=verdicts,
            weigh=precisions,
            load=LoadWatch(site.control_room.operators),
            platform=platform,
            channels=channels,
            waste=WasteDesks(incidents=incidents, figures=figures, steps=WASTE_STEPS, papers=waste_pictures(site)),
            things=things,
            clock=clock,
        )
        # A list of 2,000 values otherwise waits one time in ten for a walk through everything loaded: p95 56 ms
        # instead of 28 ms (docs/data.md).
        spare_collector()
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        watcher = ThreadPoolExecutor(1, "stop-watch")
        watcher.submit(lambda: (stop.wait(), loop.call_soon_threadsafe(stopping.set)))
        try:
            await serve(app, host=site.web.host, port=site.web.port, stop=stopping)
        finally:
            stop.set()
            watcher.shutdown()
            devices.close()
            rules.close()
            channels.close()
            if platform is not None:
                platform.stop()


def _platform_line(site: SiteFile, clock: Clock) -> DeviceClient | None:
    """Return the device as which Prometheus' alerts enter, speaking; None where the site file names none."""
    if site.web.alerts_as is None:
        return None
    folder = site.data_dir / "outboxes"
    folder.mkdir(parents=True, exist_ok=True)
    outbox = Outbox(folder / f"{site.web.alerts_as}.outbox")
    client = DeviceClient(site.broker, SourceId(site.web.alerts_as), outbox, clock=clock)
    client.start()
    return client
