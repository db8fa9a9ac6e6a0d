"""The whole API of a city, real server and real database, and schemathesis asking it all that its description allows.

`python -m tests.fuzz_api --max-examples 200` runs longer than the test suite does (`make fuzz`).
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from alerts.load import LoadWatch
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.precision import precisions
from alerts.timeline import timeline
from alerts.waste import STEPS as WASTE_STEPS
from app.device.office import DeviceOffice
from app.notify.trying import Channels
from app.rules.office import RuleOffice
from configs.site import SiteFile
from runtime.clock import utc_now
from storage.alarms import AlarmStore
from storage.catalog import CatalogStore
from storage.database import connect
from storage.embedded import EmbeddedPostgres
from storage.governance import GovernanceStore
from storage.journal import JournalStore
from storage.life import LifeStore
from storage.maintenance import MaintenanceStore
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.rollups import Rollups
from storage.seed import seed, seed_devices
from storage.sensorthings.store import SensorThingsStore
from storage.spans import SpanStore
from storage.traces import TraceStore
from storage.verdicts import VerdictStore
from storage.waste.figures import WasteFigures
from storage.waste.incidents import IncidentStore
from storage.writer import Writer
from tests.material import LimitRule, canary, picture, telemetry
from tests.ports import free_ports
from tests.unit.web.fakes import JPEG, SITE
from web.server import make_app, serve
from web.snapshots import LatestSnapshots
from web.waste.routes import WasteDesks

ROOT = Path(__file__).parent.parent

ENDLESS = "get_alarms_stream"
"""Never ends, so nothing can be said of its answer; tests/unit/web/test_stream.py is about it."""


class Line:
    """The way of Prometheus' alerts, without a broker at its end."""

    def publish(self, _kind: str, _payload: bytes, /) -> None:
        """Take what would go to the broker."""


def fill(url: str, folder: Path, site: SiteFile = SITE) -> None:
    """Store a little of everything."""
    seed(url, site)
    seed_devices(url, site, utc_now())
    writer = Writer(url, LimitRule(), PictureStore(folder), utc_now)
    writer.commit([telemetry("tide-1", 10 * n, {"tide": 150.0 if n == 20 else 0.8}) for n in range(40)])
    writer.commit([telemetry("air-1", 60 * n, {"pm25": 20.0 + n}) for n in range(40)])
    writer.commit([picture(JPEG), canary(0)])
    writer.close()
    with connect(url, name="rollups", autocommit=True) as connection:
        Rollups(connection).refresh()


@asynccontextmanager
async def application(url: str, folder: Path, site: SiteFile = SITE) -> AsyncIterator[web.Application]:
    """Join the web room with the storage as the web role does."""
    office = DeviceOffice(site, lambda: url, actor=site.web.operator, clock=utc_now)
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
        rules = RuleOffice(site, lambda: url, actor=site.web.operator, clock=utc_now)
        yield make_app(
            site,
            alarms=alarms,
            readings=readings,
            lives=lives,
            pictures=PictureStore(folder),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            traces=traces,
            tell=timeline,
            catalog=catalog,
            spans=spans,
            devices=office,
            governance=governance,
            journal=journal,
            papers=PictureStore(folder / "papers"),
            maintenance=maintenance,
            verdicts=verdicts,
            weigh=precisions,
            load=LoadWatch(site.control_room.operators),
            platform=Line(),
            rules=rules,
            things=things,
            channels=channels,
            waste=WasteDesks(
                incidents=incidents, figures=figures, steps=WASTE_STEPS, papers=PictureStore(folder / "waste")
            ),
        )
        channels.close()
        rules.close()
    office.close()


async def fuzz(url: str, folder: Path, *arguments: str, asked_by: str | None = None) -> tuple[int, str]:
    """Serve the city and have schemathesis ask it; return its exit status and what it printed.

    Args:
        url: A migrated database, by a login that may fill it.
        folder: For pictures.
        arguments: Further arguments of `schemathesis run`.
        asked_by: The same database by the login that the API is served with; left out, as `url`.
    """
    await asyncio.to_thread(fill, url, folder)
    port, stop = free_ports(), asyncio.Event()
    async with application(asked_by or url, folder) as app:
        serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, stop=stop))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml")),
            *("run", f"http://127.0.0.1:{port}/api/v1/openapi.json", "--wait-for-schema", "20"),
            *("--exclude-operation-id", ENDLESS, "--no-color", "--warnings", "off", *arguments),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        stop.set()
        await serving
    return process.returncode or 0, printed.decode()


def main() -> int:
    """Run against a database of its own, and print what schemathesis prints."""
    with tempfile.TemporaryDirectory(prefix="pantau-fuzz-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # a server started by root runs as another user
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        url = postgres.start()
        try:
            migrate(url)
            status, printed = asyncio.run(fuzz(url, Path(folder) / "pictures", *sys.argv[1:]))
        finally:
            postgres.stop()
    print(printed)  # noqa: T201 - a command
    return status


if __name__ == "__main__":
    sys.exit(main())
