"""Maintenance windows over the real database: made by a supervisor, taken up by the writer, in the audit log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.engine import Engine
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from configs.rules import ThresholdRule
from configs.services import Web
from events.alarm import AlarmState
from storage.alarms import AlarmStore
from storage.journal import JournalStore
from storage.life import LifeStore
from storage.maintenance import MaintenanceStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.traces import TraceStore
from storage.writer import Writer
from tests.material import NOON, canary, telemetry
from tests.unit.alerts.town import TIDE, town
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]

PATH = "/api/v1/maintenance"
SITE = town(ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0)).model_copy(
    update={"web": Web(operator="Siti", supervisor=True)}
)


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, Engine(SITE), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


@pytest.fixture
def site() -> Any:
    return SITE


@pytest.fixture
async def client(each_database: str, tmp_path: Path, site: Any) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        open_ = stack.enter_async_context
        app = make_app(
            site,
            alarms=await open_(AlarmStore(each_database)),
            readings=await open_(ReadingStore(each_database)),
            lives=await open_(LifeStore(each_database)),
            traces=await open_(TraceStore(each_database)),
            journal=await open_(JournalStore(each_database)),
            papers=PictureStore(tmp_path / "papers"),
            maintenance=await open_(MaintenanceStore(each_database)),
            pictures=PictureStore(tmp_path / "pictures"),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            clock=lambda: NOON,
            dist=tmp_path,
        )
        yield await open_(TestClient(TestServer(app)))


def until(**passed: float) -> str:
    return (NOON + timedelta(**passed)).isoformat()


async def make(client: Client, **body: Any) -> Any:
    response = await client.post(PATH, json={"sites": ["shore"], "to": until(hours=1), "reason": "ganti alat", **body})
    return response.status, await response.json()


async def test_a_window_is_taken_up_with_the_next_canary_and_ended_early_shows_the_alarm(
    client: Client, writer: Writer
) -> None:
    status, window = await make(client)
    assert (status, window["open"], window["actor"]) == (201, True, "Siti")
    writer.commit([canary(0)])
    records = writer.commit([telemetry(TIDE, 1, {"level": 1.3})]).records
    assert [record.change.alarm.state for record in records] == [AlarmState.UNACK, AlarmState.DSUPR]
    listed = await (await client.get("/api/v1/alarms", params={"state": "DSUPR"})).json()
    assert [one["suppressed"] for one in listed["items"]] == ["pemeliharaan: ganti alat"]
    assert (await client.delete(f"{PATH}/{window['id']}")).status == 200
    (back,) = writer.commit([canary(2)]).records
    assert back.change.alarm.state is AlarmState.UNACK
    assert (await client.delete(f"{PATH}/{window['id']}")).status == 404
    audit = await (await client.get("/api/v1/audit", params={"subject": window["id"]})).json()
    assert [one["action"] for one in audit["items"]] == ["maintenance.end", "maintenance.add"]


async def test_a_window_to_come_is_listed_and_given_up_before_it_begins_hides_nothing(
    client: Client, writer: Writer
) -> None:
    _, window = await make(client, **{"from": until(hours=2), "to": until(hours=3)})
    assert window["open"] is False
    assert [one["id"] for one in (await (await client.get(PATH)).json())["items"]] == [window["id"]]
    assert (await client.delete(f"{PATH}/{window['id']}")).status == 200
    writer.commit([canary(0)])
    (raised,) = writer.commit([telemetry(TIDE, 1, {"level": 1.3})]).records
    assert raised.change.alarm.state is AlarmState.UNACK


async def test_windows_that_cannot_be_are_refused_with_what_to_write_instead(client: Client) -> None:
    for body, status, word in (
        ({"sites": ["nowhere"]}, 422, "nowhere"),
        ({"sites": []}, 422, "at least one"),
        ({"to": until(hours=-1)}, 422, "ends after"),
        ({"to": until(days=8)}, 422, "7 days"),
        ({"reason": " "}, 422, "reason"),
        ({"to": "tomorrow"}, 400, "must be like"),
        ({"whom": "x"}, 400, "must be like"),
    ):
        found, problem = await make(client, **body)
        assert (found, word in problem["detail"]) == (status, True), body
    assert (await client.delete(f"{PATH}/{uuid4()}")).status == 404
    assert (await client.delete(f"{PATH}/x")).status == 400


class TestOperators:
    @pytest.fixture
    def site(self) -> Any:
        return SITE.model_copy(update={"web": Web(operator="Budi", supervisor=False)})

    async def test_only_supervisors_make_windows(self, client: Client) -> None:
        assert (await make(client))[0] == 403
        assert (await client.delete(f"{PATH}/{uuid4()}")).status == 403
