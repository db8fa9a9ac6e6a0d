"""What figures mean, over HTTP, from the real database: the worked examples of docs/data.md, figure by figure."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from configs.site import SiteFile
from events.reading import Quality
from runtime.clock import Clock
from storage.catalog import CatalogStore
from storage.database import connect
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.rollups import Rollups
from storage.seed import seed
from storage.spans import SpanStore
from storage.writer import Writer
from tests.material import NOON, LimitRule, at, telemetry
from web.directory import Directory
from web.heat import HeatRoutes
from web.noise import NoiseRoutes
from web.problems import answer_with_problems
from web.rain import RainRoutes
from web.tides import TideRoutes

Client = TestClient[web.Request, web.Application]

MIDNIGHT_S = -19 * 3600.0
"""Noon of the material is seven in the evening in Rembang."""

TIDE = {"datum": "nol palem", "waspada": 80, "siaga": 100, "awas": 120, "hysteresis": 5, "hold_s": 600}
SENSORS = {
    "hujan": {"rain": {"unit": "mm/h"}},
    "penakar": {"rain": {"unit": "mm"}},
    "bising": {"noise": {"unit": "dB[A]", "land_use": "perumahan"}},
    "pasut": {"tide": {"unit": "cm", "tide": TIDE}},
    "cuaca": {"temperature": {"unit": "Cel"}, "humidity": {"unit": "%"}},
}
SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang", "demo": True},
        "sites": [{"id": "a", "name": "A", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}],
        "sensors": [
            {"id": name, "name": name, "site": "a", "interval_s": 600, "metrics": metrics}
            for name, metrics in SENSORS.items()
        ],
    }
)


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    seed(each_database, SITE)
    writer = Writer(each_database, LimitRule(limit=1e9), PictureStore(tmp_path), lambda: NOON)
    yield writer
    writer.close()


@pytest.fixture
async def client(each_database: str, writer: Writer) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        catalog = await stack.enter_async_context(CatalogStore(each_database))
        spans = await stack.enter_async_context(SpanStore(each_database))
        readings = await stack.enter_async_context(ReadingStore(each_database))
        clock: Clock = lambda: at(60)  # noqa: E731 - a clock that stands still
        app = web.Application(middlewares=[answer_with_problems])
        app.add_routes(
            [
                *RainRoutes(site=SITE, catalog=catalog, spans=spans, clock=clock).table(),
                *NoiseRoutes(site=SITE, catalog=catalog, spans=spans, clock=clock).table(),
                *TideRoutes(site=SITE, catalog=catalog, spans=spans, clock=clock).table(),
                *HeatRoutes(site=SITE, readings=readings, directory=Directory(SITE), clock=clock).table(),
            ]
        )
        yield await stack.enter_async_context(TestClient(TestServer(app)))


async def told(client: Client, path: str) -> dict[str, dict[str, Any]]:
    response = await client.get(f"/api/v1/indices/{path}")
    answer = await response.json()
    assert response.status == 200, answer
    return {item["source_id"]: item for item in answer["items"]}


def roll_up(url: str) -> None:
    with connect(url, name="rollups", autocommit=True) as connection:
        Rollups(connection).refresh()


async def test_a_days_rain_is_summed_by_the_hour_and_named(client: Client, each_database: str, writer: Writer) -> None:
    # From 01:00 to 03:00 it rains 12 mm/h; the other gauge tips 2 mm every ten minutes.
    hours = [MIDNIGHT_S + 600 * n for n in range(18)]
    rains = [6 <= n < 18 for n in range(18)]
    writer.commit([telemetry("hujan", s, {"rain": 12.0 if wet else 0.0}) for s, wet in zip(hours, rains, strict=True)])
    writer.commit([telemetry("penakar", s, {"rain": 2.0 if wet else 0.0}) for s, wet in zip(hours, rains, strict=True)])
    await asyncio.to_thread(roll_up, each_database)
    found = await told(client, "rain?day=2026-03-01")
    for gauge in ("hujan", "penakar"):
        item = found[gauge]
        assert (item["mm"], item["category"], item["provisional"]) == (24, "sedang", True)
        assert [(hour["mm"], hour["category"]) for hour in item["hours"]] == [
            (0, "tidak hujan"),
            (12, "lebat"),
            (12, "lebat"),
        ]
        assert item["hours"][0]["start"] == "2026-03-01T00:00:00+07:00"
    assert (await told(client, "rain?day=2026-02-28"))["hujan"]["mm"] is None


async def test_a_wholly_measured_day_is_final_once_it_is_over(
    client: Client, each_database: str, writer: Writer
) -> None:
    begin = MIDNIGHT_S - 24 * 3600
    writer.commit([telemetry("penakar", begin + 600 * n, {"rain": 1.0 if n < 50 else 0.0}) for n in range(24 * 6)])
    await asyncio.to_thread(roll_up, each_database)
    item = (await told(client, "rain?day=2026-02-28"))["penakar"]
    assert (item["mm"], item["category"], item["coverage"], item["provisional"]) == (50, "lebat", 1, False)


async def test_an_input_that_comes_late_changes_the_index(client: Client, each_database: str, writer: Writer) -> None:
    writer.commit([telemetry("penakar", MIDNIGHT_S, {"rain": 40.0})])
    await asyncio.to_thread(roll_up, each_database)
    assert (await told(client, "rain?day=2026-03-01"))["penakar"]["category"] == "sedang"
    writer.commit([telemetry("penakar", MIDNIGHT_S + 600, {"rain": 20.0}, received_s=0)])
    await asyncio.to_thread(roll_up, each_database)
    assert (await told(client, "rain?day=2026-03-01"))["penakar"]["category"] == "lebat"


async def test_day_and_night_are_averaged_as_energy_and_judged_by_the_use_of_the_land(
    client: Client, each_database: str, writer: Writer
) -> None:
    begin = MIDNIGHT_S - 18 * 3600  # six in the morning of the day before
    values = [(begin + 600 * n, 60.0 if n < 16 * 6 else 50.0) for n in range(24 * 6)]
    writer.commit([telemetry("bising", s, {"noise": level}) for s, level in values])
    await asyncio.to_thread(roll_up, each_database)
    item = (await told(client, "noise?day=2026-02-28"))["bising"]
    assert (item["ls"], item["lm"], item["lsm"]) == (60, 50, 58.88)
    assert (item["day_hours"], item["night_hours"], item["provisional"]) == (16, 8, False)
    assert (item["land_use"], item["limit"], item["too_loud"]) == ("perumahan", 55, True)
    running = (await told(client, "noise"))["bising"]
    assert (running["lsm"], running["too_loud"], running["provisional"]) == (None, None, True)


async def test_the_sea_has_the_rank_that_its_station_states(client: Client, writer: Writer) -> None:
    rising = [70, 85, 85, 105, 105]
    writer.commit([telemetry("pasut", -600 * (5 - n), {"tide": float(cm)}) for n, cm in enumerate(rising)])
    spike = telemetry("pasut", -5, {"tide": 300.0})
    assert spike.decoded is not None
    marked = tuple(one._replace(quality=Quality.SPIKE) for one in spike.decoded.readings)
    writer.commit([spike._replace(decoded=spike.decoded._replace(readings=marked))])
    item = (await told(client, "tide"))["pasut"]
    assert (item["level"], item["rank"], item["label"]) == (105, 2, "Siaga")
    assert (item["since"], item["datum"], item["unit"]) == ("2026-03-01T11:40:00Z", "nol palem", "cm")
    earlier = (await told(client, "tide?at=2026-03-01T11:41:00Z"))["pasut"]
    assert (earlier["level"], earlier["rank"], earlier["label"], earlier["stale"]) == (105, 1, "Waspada", False)
    assert (await told(client, "tide?at=2020-01-01T00:00:00Z"))["pasut"]["rank"] is None
    item = (await told(client, "tide?at=2026-03-01T12:30:01Z"))["pasut"]
    assert (item["rank"], item["stale"]) == (2, True)


async def test_it_feels_as_hot_as_the_services_chart_says(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("cuaca", 0, {"temperature": 32.0, "humidity": 70.0})])
    item = (await told(client, "heat"))["cuaca"]
    assert (item["heat_index"], item["category"]) == (40.4, "extreme caution")


async def test_an_old_reading_says_nothing_of_now(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("cuaca", -3600, {"temperature": 32.0, "humidity": 70.0})])
    assert (await told(client, "heat"))["cuaca"]["heat_index"] is None


async def test_a_city_without_meters_has_no_index_of_any(each_database: str) -> None:
    bare = SITE.model_copy(update={"sensors": []})
    clock: Clock = lambda: at(60)  # noqa: E731 - a clock that stands still
    async with CatalogStore(each_database) as catalog, SpanStore(each_database) as spans:
        app = web.Application(middlewares=[answer_with_problems])
        for routes in (RainRoutes, NoiseRoutes, TideRoutes):
            app.add_routes(routes(site=bare, catalog=catalog, spans=spans, clock=clock).table())
        async with TestClient(TestServer(app)) as client:
            for name in ("rain", "noise", "tide"):
                assert await told(client, name) == {}
