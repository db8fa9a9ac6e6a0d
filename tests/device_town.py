"""The API over a real registry of devices; everything else of the city is a fake."""

from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from app.device.office import DeviceOffice
from tests.unit.web.fakes import SITE, City
from web.server import make_app
from web.snapshots import LatestSnapshots


def served(office: DeviceOffice, folder: Path) -> TestClient[web.Request, web.Application]:
    city = City()
    app = make_app(
        SITE,
        alarms=city.alarms,
        readings=city.readings,
        lives=city.lives,
        pictures=city.pictures,
        snapshots=LatestSnapshots([]),
        steps=STEPS,
        review=performance,
        traces=city.traces,
        tell=timeline,
        devices=office,
        dist=folder,
    )
    return TestClient(TestServer(app))
