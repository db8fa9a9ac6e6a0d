"""The web server: routes, middlewares, and the life of the stream's one task."""

import asyncio
import errno
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from configs.site import SiteFile
from events.errors import ConfigError
from runtime.clock import Clock, utc_now
from web import guard
from web.air import AirRoutes
from web.alarms import AlarmRoutes
from web.alertmanager import AlertmanagerRoutes
from web.calibrations import CalibrationRoutes
from web.cap import Warner
from web.catalog import CatalogRoutes
from web.channels import ChannelRoutes
from web.description import DescriptionRoutes
from web.devices import DeviceRoutes
from web.directory import Directory
from web.governance import GovernanceRoutes
from web.handover import HandoverRoutes
from web.health import HealthRoutes
from web.heat import HeatRoutes
from web.journal import JournalRoutes
from web.load import LoadRoutes
from web.maintenance import MaintenanceRoutes
from web.noise import NoiseRoutes
from web.overview import OverviewRoutes
from web.page import DIST, PageRoutes
from web.performance import PerformanceRoutes
from web.pictures import PictureRoutes
from web.ports import (
    AlarmDesk,
    AlarmStep,
    Catalog,
    ChannelDesk,
    DeviceDesk,
    GovernanceDesk,
    Journal,
    LatestReadings,
    Lives,
    LoadWatcher,
    MaintenanceDesk,
    Papers,
    Pictures,
    PlatformLine,
    Review,
    Snapshots,
    Spans,
    Tell,
    Traces,
    VerdictDesk,
)
from web.problems import answer_with_problems
from web.rain import RainRoutes
from web.readings import ReadingRoutes
from web.rule_ports import RuleDesk
from web.rules import RuleRoutes
from web.sensors import SensorRoutes
from web.sensorthings.ports import SensorThings
from web.sensorthings.routes import SensorThingsRoutes
from web.stream import Hub
from web.tides import TideRoutes
from web.traffic import measure
from web.verdicts import VerdictRoutes, Weigh
from web.warnings import WarningRoutes
from web.waste.routes import WasteDesks, waste_routes
from web.why import WhyRoutes

log = structlog.get_logger(__name__)

TASKS: Final = web.AppKey[frozenset[asyncio.Task[None]]]("tasks", frozenset)
"""What runs as long as the application: none of it may end by itself."""

_LARGEST_REQUEST_BYTES: Final = 16_384
_LONGEST_ADDRESS_BYTES: Final = 65_536
"""Room for the longest lists of ids that the API takes, percent-encoded."""

_CANCEL_AGAIN_S: Final = 0.5

_SHUTDOWN_S: Final = 1.0
"""How long open requests may finish once the streams have been let go."""


def make_app(
    site: SiteFile,
    *,
    alarms: AlarmDesk,
    readings: LatestReadings,
    lives: Lives,
    pictures: Pictures,
    snapshots: Snapshots,
    steps: Mapping[str, AlarmStep],
    review: Review,
    traces: Traces,
    tell: Tell,
    catalog: Catalog | None = None,
    spans: Spans | None = None,
    devices: DeviceDesk | None = None,
    governance: GovernanceDesk | None = None,
    load: LoadWatcher | None = None,
    journal: Journal | None = None,
    papers: Papers | None = None,
    maintenance: MaintenanceDesk | None = None,
    platform: PlatformLine | None = None,
    channels: ChannelDesk | None = None,
    verdicts: VerdictDesk | None = None,
    weigh: Weigh | None = None,
    rules: RuleDesk | None = None,
    waste: WasteDesks | None = None,
    things: SensorThings | None = None,
    clock: Clock = utc_now,
    dist: Path = DIST,
) -> web.Application:
    """Return the application; running it starts the tasks of `TASKS`.

    Args:
        site: The city.
        alarms: Alarms and the stream of their changes.
        readings: Newest values.
        lives: Who was heard when.
        pictures: Evidence pictures.
        snapshots: Latest pictures, such as a `web.snapshots.LatestSnapshots`.
        steps: What operators may do with an alarm, by the word that ends its address.
        review: Computes the figures of a period.
        traces: How alarms came to be.
        tell: Tells it in order.
        catalog: Which series there are; without it there are no addresses for time series.
        spans: Readings of any range; likewise.
        devices: The registry; without it there are no addresses for it.
        governance: What offices owe; likewise.
        load: Follows the alarm load; likewise.
        journal: What people say about alarms; likewise.
        papers: What they attach.
        maintenance: When what is worked on; likewise.
        platform: The way of Prometheus' alerts; likewise.
        channels: Ways to reach people; likewise.
        verdicts: Whether alarms told the truth; likewise.
        weigh: Says how often they do.
        rules: Rules and their versions; without it there are no addresses for them.
        waste: The waste programme; likewise.
        things: SensorThings' entities; likewise.
        clock: The present.
        dist: Folder of the built pages.
    """
    directory = Directory(site)
    hub = Hub(alarms)
    history = (
        []
        if catalog is None or spans is None
        else [
            ReadingRoutes(catalog=catalog, spans=spans, directory=directory, timezone=site.city.timezone, clock=clock)
        ]
    )
    sensorthings = [] if things is None else [SensorThingsRoutes(things, directory.metric_words())]
    description = DescriptionRoutes(f"Pantau {site.city.name}")
    load_routes = None if load is None else LoadRoutes(alarms=alarms, hub=hub, watcher=load, clock=clock)
    app = web.Application(
        middlewares=[measure, answer_with_problems, guard.refuse_strangers], client_max_size=_LARGEST_REQUEST_BYTES
    )
    app.on_response_prepare.append(guard.add_headers)
    app.add_routes(
        [
            *PerformanceRoutes(site=site, alarms=alarms, review=review, directory=directory, clock=clock).table(),
            *(() if load_routes is None else load_routes.table()),
            *_memory(site, alarms, journal, papers, lives, review, traces, tell, directory, clock),
            *(() if maintenance is None else MaintenanceRoutes(site=site, desk=maintenance, clock=clock).table()),
            *(() if platform is None else AlertmanagerRoutes(line=platform, clock=clock).table()),
            *(() if channels is None else ChannelRoutes(channels).table()),
            *(
                ()
                if verdicts is None or weigh is None
                else VerdictRoutes(site=site, desk=verdicts, weigh=weigh, clock=clock).table()
            ),
            *WhyRoutes(site=site, traces=traces, tell=tell).table(),
            *AlarmRoutes(
                alarms=alarms,
                hub=hub,
                steps=steps,
                directory=directory,
                operator=site.web.operator,
                supervisor=site.web.supervisor,
                clock=clock,
            ).table(),
            *WarningRoutes(
                alarms=alarms, warner=None if site.warnings is None else Warner(site, directory), clock=clock
            ).table(),
            *AirRoutes(site=site, readings=readings, directory=directory, clock=clock).table(),
            *PictureRoutes(site=site, pictures=pictures, snapshots=snapshots).table(),
            *OverviewRoutes(
                site=site, readings=readings, lives=lives, snapshots=snapshots, directory=directory, clock=clock
            ).table(),
            *SensorRoutes(site=site, readings=readings, lives=lives, directory=directory, clock=clock).table(),
            *(() if catalog is None else CatalogRoutes(catalog=catalog, directory=directory).table()),
            *_indices(site, readings, catalog, spans, directory, clock),
            *(route for routes in history for route in routes.table()),
            *(() if devices is None else DeviceRoutes(devices).table()),
            *(() if devices is None else CalibrationRoutes(devices, clock).table()),
            *(() if rules is None else RuleRoutes(rules, supervisor=site.web.supervisor, clock=clock).table()),
            *(
                ()
                if governance is None
                else GovernanceRoutes(site=site, desk=governance, lives=lives, directory=directory, clock=clock).table()
            ),
            *waste_routes(site, waste, evidence=pictures, clock=clock),
            *(route for routes in sensorthings for route in routes.table()),
            *HealthRoutes(site=site, lives=lives, clock=clock).table(),
            *description.table(),
            *PageRoutes(dist).table(),
        ]
    )
    description.of(app)

    async def stream(app: web.Application) -> AsyncIterator[None]:
        tasks = {asyncio.create_task(hub.run(), name="web.stream")}
        if load_routes is not None:
            tasks.add(asyncio.create_task(load_routes.follow(), name="web.load"))
        if rules is not None:
            tasks.add(asyncio.create_task(directory.rules.follow(rules), name="web.rules"))
        app[TASKS] = frozenset(tasks)
        yield
        # Asked again and again: Python 3.11's wait_for, which the driver uses to connect, can swallow a cancellation.
        while tasks:
            for one in tasks:
                one.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S)

    async def let_streams_go(_app: web.Application) -> None:
        hub.stop()

    async def let_encoders_go(_app: web.Application) -> None:
        for routes in history:
            await routes.close()
        for served in sensorthings:
            await served.close()

    app.cleanup_ctx.append(stream)
    app.on_cleanup.append(let_encoders_go)
    app.on_shutdown.append(let_streams_go)
    return app


def _indices(
    site: SiteFile,
    readings: LatestReadings,
    catalog: Catalog | None,
    spans: Spans | None,
    directory: Directory,
    clock: Clock,
) -> list[web.RouteDef]:
    """Return what figures mean to people, computed when asked and hence never out of date."""
    heat = HeatRoutes(site=site, readings=readings, directory=directory, clock=clock).table()
    if catalog is None or spans is None:
        return heat
    return [
        *heat,
        *RainRoutes(site=site, catalog=catalog, spans=spans, clock=clock).table(),
        *NoiseRoutes(site=site, catalog=catalog, spans=spans, clock=clock).table(),
        *TideRoutes(site=site, catalog=catalog, spans=spans, clock=clock).table(),
    ]


def _memory(
    site: SiteFile,
    alarms: AlarmDesk,
    journal: Journal | None,
    papers: Papers | None,
    lives: Lives,
    review: Review,
    traces: Traces,
    tell: Tell,
    directory: Directory,
    clock: Clock,
) -> list[web.RouteDef]:
    """Return what people say about alarms, and what those who come after read."""
    if journal is None or papers is None:
        return []
    routes = JournalRoutes(journal=journal, papers=papers, operator=site.web.operator, clock=clock)
    handover = HandoverRoutes(
        site=site,
        alarms=alarms,
        journal=journal,
        lives=lives,
        review=review,
        traces=traces,
        tell=tell,
        directory=directory,
        clock=clock,
    )
    return [*handover.table(), *routes.table()]


async def serve(app: web.Application, *, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until told to stop; streams are let go at once, other requests get a second.

    Raises:
        ConfigError: the port is taken.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_S,
        # Who leaves is not worked for any longer (`web.problems` lets commands finish).
        handler_cancellation=True,
        max_line_size=_LONGEST_ADDRESS_BYTES,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ConfigError(
                f"web.port: {port} on {host} is taken; stop the program that has it, or write another port"
            ) from error
        log.info("the pages are served", address=f"http://{host}:{port}/")
        running = app[TASKS]
        told = asyncio.create_task(stop.wait(), name="web.stop")
        try:
            await asyncio.wait({told, *running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
        for task in running:
            if task.done():
                task.result()  # a bug in it stops the process loudly
    finally:
        await runner.cleanup()
