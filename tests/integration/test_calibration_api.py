"""Calibrations over the API, on a real database: the upkeep computes the past again."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app.device.office import DeviceOffice
from app.upkeep.keeping import run_upkeep
from runtime.clock import utc_now
from storage.pictures import PictureStore
from storage.seed import seed_devices
from storage.writer import Writer
from tests.device_town import served
from tests.material import NOON, NoRules, at, telemetry
from tests.unit.web.fakes import SITE
from tests.waiting import until

pytestmark = pytest.mark.database

Client = TestClient[web.Request, web.Application]

PATH = "/api/v1/devices/air-1/calibrations"
VALUES = "SELECT value FROM reading JOIN series ON series.id = series_id WHERE metric = 'pm25' ORDER BY ts"


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    seed_devices(database_url, SITE, datetime.now(UTC))
    writer = Writer(database_url, NoRules(), PictureStore(tmp_path), lambda: NOON)
    writer.commit([telemetry("air-1", n, {"pm25": float(n)}) for n in range(6)])
    writer.close()
    office = DeviceOffice(SITE, lambda: database_url, actor="Siti")
    async with served(office, tmp_path) as client:
        yield client
    office.close()


@contextmanager
def upkeep(url: str, folder: Path) -> Iterator[None]:
    stop = threading.Event()
    arguments = (SITE, lambda: url, PictureStore(folder), stop, utc_now)
    thread = threading.Thread(target=run_upkeep, args=arguments, kwargs={"every_s": 0.05})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def values(url: str) -> list[float]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute(VALUES)]


async def test_a_calibration_of_the_past_is_shown_and_its_values_are_computed_again(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    asked = {"metric": "pm25", "gain": 2, "valid_from": at(3).isoformat(), "note": "compared by DLH"}
    answer = await client.post(PATH, json=asked)
    job = await answer.json()
    assert (answer.status, job["metric"], job["actor"], job["finished_at"]) == (202, "pm25", "Siti", None)
    listing = await (await client.get(PATH)).json()
    assert [(one["gain"], one["offset"], one["points"], one["note"]) for one in listing["items"]] == [
        (2, 0, None, "compared by DLH")
    ]
    assert datetime.fromisoformat(listing["items"][0]["valid_from"]) == at(3)
    assert values(database_url) == [0, 1, 2, 3, 4, 5], "not by the web role"
    with upkeep(database_url, tmp_path):
        until(lambda: values(database_url) == [0, 1, 2, 6, 8, 10])
    (done,) = (await (await client.get(PATH)).json())["recalculations"]
    assert (done["id"], done["readings"]) == (job["id"], 3)
    assert done["finished_at"] is not None
    with psycopg.connect(database_url) as connection:
        lines = connection.execute("SELECT actor, action FROM audit_log WHERE subject = 'air-1' ORDER BY id").fetchall()
    assert lines == [("Siti", "device.calibrate"), ("upkeep", "device.recalculated")]


async def test_points_are_lines_and_a_calibration_that_is_removed_leaves_no_trace_in_the_values(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    asked = {"metric": "pm25", "points": [[0, 10], [5, 60]], "valid_from": at(0).isoformat()}
    assert (await client.post(PATH, json=asked)).status == 202
    with upkeep(database_url, tmp_path):
        until(lambda: values(database_url) == [10, 20, 30, 40, 50, 60])
        query = {"metric": "pm25", "valid_from": at(0).isoformat()}
        assert (await client.delete(PATH, params=query, json={})).status == 202
        until(lambda: values(database_url) == [0, 1, 2, 3, 4, 5])
    assert (await client.delete(PATH, params=query, json={})).status == 404
    assert (await (await client.get(PATH)).json())["items"] == []


async def test_without_a_time_it_holds_from_now_on(client: Client) -> None:
    before = utc_now()
    job = await (await client.post(PATH, json={"metric": "pm25", "offset": -1})).json()
    begin = datetime.fromisoformat(job["begin"])
    assert before - timedelta(seconds=1) <= begin <= utc_now() + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        ({"metric": "pm25"}, 422, "want gain and offset"),
        ({"metric": "pm25", "gain": 1, "points": [[0, 0], [1, 1]]}, 422, "want gain and offset"),
        ({"metric": "pm25", "gain": 0}, 422, "a gain other than 0"),
        ({"metric": "pm25", "points": [[0, 0]]}, 422, "at least two points"),
        ({"metric": "pm25", "points": [[0, 0], [1, 1], [2, 0]]}, 422, "rise or fall throughout"),
        ({"metric": "pm25", "points": [[0, 0]] * 201}, 400, "points"),
        ({"metric": "tide", "gain": 2}, 422, "air-1 has no metric tide; it has"),
        ({"metric": "pm25", "gain": 2, "valid_from": "2026-11-01T08:30"}, 400, "valid_from"),
        ({"metric": "pm25", "gain": 2, "valid_from": "1960-11-01T08:30:00Z"}, 422, "valid_from"),
        ({"metric": "pm25", "gain": 2, "note": "a\0"}, 400, "note"),
    ],
)
async def test_what_is_no_calibration_is_refused_with_the_reason(
    client: Client, asked: dict[str, Any], status: int, reason: str
) -> None:
    answer = await client.post(PATH, json=asked)
    assert answer.status == status, await answer.text()
    assert reason in (await answer.json())["detail"]
    assert (await (await client.get(PATH)).json()) == {"items": [], "recalculations": []}


async def test_an_unknown_device_has_none(client: Client) -> None:
    path = "/api/v1/devices/nobody/calibrations"
    assert (await client.get(path)).status == 404
    assert (await client.post(path, json={"metric": "pm25", "gain": 2})).status == 404
    assert (await client.delete(f"{path}?metric=pm25&valid_from=2026-11-01T00:00:00Z", json={})).status == 404
