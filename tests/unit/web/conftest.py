"""A running server over a city in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from events.ids import SourceId
from tests.unit.web.fakes import SITE, City
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def city() -> City:
    return City()


@pytest.fixture
def snapshots() -> LatestSnapshots:
    return LatestSnapshots([SourceId(camera.id) for camera in SITE.cameras])


@pytest.fixture
def app(city: City, snapshots: LatestSnapshots, tmp_path: Path) -> web.Application:
    return make_app(
        SITE,
        alarms=city.alarms,
        readings=city.readings,
        lives=city.lives,
        pictures=city.pictures,
        snapshots=snapshots,
        steps=STEPS,
        review=performance,
        traces=city.traces,
        tell=timeline,
        clock=city.clock,
        dist=tmp_path,
    )


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app)) as client:
        yield client
