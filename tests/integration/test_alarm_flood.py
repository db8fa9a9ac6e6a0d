"""A thousand activations in ten minutes, through the rules and the database: what the operator would have seen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.load import LoadWatch
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from benchmarks.alarm_flood import BEGIN, TEN_MINUTES_S, Seen, city, simulate
from events.alarm import Priority
from storage.alarms import AlarmStore
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.seed import seed
from storage.traces import TraceStore
from web.server import make_app
from web.snapshots import LatestSnapshots

SITE = city()

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def flood(database_url: str, tmp_path: Path) -> Seen:
    seed(database_url, SITE)
    return simulate(database_url, SITE, tmp_path)


@pytest.fixture
async def client(flood: Seen, database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    assert flood.records
    async with (
        AlarmStore(database_url) as alarms,
        ReadingStore(database_url) as readings,
        LifeStore(database_url) as lives,
        TraceStore(database_url) as traces,
    ):
        app = make_app(
            SITE,
            alarms=alarms,
            readings=readings,
            lives=lives,
            traces=traces,
            pictures=PictureStore(tmp_path),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            load=LoadWatch(SITE.control_room.operators),
            clock=lambda: BEGIN + timedelta(seconds=TEN_MINUTES_S - 0.5),
            dist=tmp_path,
        )
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_in_a_flood_the_operator_sees_places_and_causes_the_worst_first(flood: Seen, client: Client) -> None:
    ten_minutes = flood.minutes[: TEN_MINUTES_S // 60]
    assert flood.activations >= 1_000
    assert all(minute.flood for minute in ten_minutes)
    # Twenty places with two causes each, however often each of them comes and goes.
    assert max(minute.groups for minute in ten_minutes) == 40
    assert max(minute.rows for minute in ten_minutes) > 90
    priorities = [alarm.priority for alarm, _ in flood.top]
    assert priorities == sorted(priorities)
    assert priorities[0] is Priority.DARURAT
    assert flood.over_after_s < TEN_MINUTES_S
    # What has the web process to say, which reads the stream from the database at its start?
    load = await (await client.get("/api/v1/alarms/load")).json()
    while load["new"] == 0:  # until it has caught up
        load = await (await client.get("/api/v1/alarms/load")).json()
    assert load["flood_since"] is not None
    assert load["new"] == ten_minutes[-1].in_ten
    listing = await (await client.get("/api/v1/alarms", params={"state": "UNACK,ACKED", "limit": "500"})).json()
    assert len({item["group"] for item in listing["items"]}) <= 40
    metrics = await (await client.get("/metrics")).text()
    assert "pantau_alarm_flood" in metrics
    assert 'pantau_alarms_open{priority="darurat",state="UNACK"}' in metrics
