"""Time series over HTTP, from the real database: what was stored is told, in every format, page and bucket."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from configs.site import SiteFile
from storage.alarms import AlarmStore
from storage.catalog import CatalogStore
from storage.database import connect
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.rollups import Rollups
from storage.seed import seed
from storage.spans import SpanStore
from storage.traces import TraceStore
from storage.writer import Writer
from tests.material import NOON, LimitRule, at, telemetry
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang", "demo": True},
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}, {"id": "bpbd", "name": "BPBD"}],
        "sites": [
            {
                "id": "alun-alun",
                "name": "Alun-alun",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.706, "lon": 111.35},
                "opd": "dlh",
            },
            {"id": "lasem", "name": "Lasem", "kecamatan": "33.17.14", "position": {"lat": -6.7, "lon": 111.45}},
        ],
        "sensors": [
            {
                "id": "air-1",
                "name": "Udara",
                "site": "alun-alun",
                "interval_s": 60,
                "metrics": {"pm25": {"unit": "ug/m3"}, "pm10": {"unit": "ug/m3"}},
            },
            {
                "id": "noise-1",
                "name": "Bising",
                "site": "lasem",
                "opd": "bpbd",
                "interval_s": 60,
                "metrics": {"noise": {"unit": "dB[A]"}},
            },
        ],
    }
)


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    seed(each_database, SITE)
    writer = Writer(each_database, LimitRule(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


@asynccontextmanager
async def application(url: str, pictures: Path) -> AsyncIterator[web.Application]:
    async with (
        AlarmStore(url) as alarms,
        ReadingStore(url) as readings,
        LifeStore(url) as lives,
        TraceStore(url) as traces,
        CatalogStore(url) as catalog,
        SpanStore(url) as spans,
    ):
        yield make_app(
            SITE,
            alarms=alarms,
            readings=readings,
            lives=lives,
            pictures=PictureStore(pictures),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            traces=traces,
            tell=timeline,
            catalog=catalog,
            spans=spans,
            clock=lambda: at(3600),
        )


@pytest.fixture
async def client(each_database: str, writer: Writer, tmp_path: Path) -> AsyncIterator[Client]:
    async with (
        application(each_database, tmp_path) as app,
        TestClient(TestServer(app)) as client,
    ):
        yield client


def roll_up(url: str) -> None:
    with connect(url, name="rollups", autocommit=True) as connection:
        Rollups(connection).refresh()


async def series_of(client: Client, metric: str) -> int:
    (item,) = (await told(client, "/api/v1/series", metric=metric))["items"]
    number: int = item["id"]
    return number


async def told(client: Client, path: str, **query: str | int) -> dict[str, Any]:
    response = await client.get(path, params=query)
    answer: dict[str, Any] = await response.json()
    assert response.status == 200, answer
    return answer


def hour(minutes: float = 0) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


async def test_sources_and_series_are_found_by_place_office_and_metric(client: Client) -> None:
    listing = await told(client, "/api/v1/sources", kind="sensor")
    assert [(item["id"], item["opd"], item["kecamatan"], item["series"]) for item in listing["items"]] == [
        ("air-1", "dlh", "33.17.10", 2),
        ("noise-1", "bpbd", "33.17.14", 1),
    ]
    found = {
        query: [item["metric"] for item in (await told(client, f"/api/v1/series?{query}"))["items"]]
        for query in ("opd=dlh", "kecamatan=33.17.14", "source=air-1&metric=pm10,noise", "site=nowhere", "kind=camera")
    }
    assert found == {
        "opd=dlh": ["pm10", "pm25"],
        "kecamatan=33.17.14": ["noise"],
        "source=air-1&metric=pm10,noise": ["pm10"],
        "site=nowhere": [],
        "kind=camera": [],
    }


@pytest.mark.parametrize("path", ["/api/v1/sources", "/api/v1/series"])
async def test_lists_come_in_pages_that_name_the_next_one(client: Client, path: str) -> None:
    whole = await told(client, path, limit=1000)
    found: list[Any] = []
    address: str | None = f"{path}?limit=1"
    while address is not None:
        page = await told(client, address)
        found += page["items"]
        address = page["next"]
    assert found == whole["items"]
    assert len(found) > 1


async def test_readings_are_told_as_they_were_stored_with_unit_and_quality(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("air-1", 60 * n, {"pm25": 10.0 + n}) for n in range(3)])
    number = await series_of(client, "pm25")
    answer = await told(
        client, f"/api/v1/series/{number}/readings", **{"from": hour(), "to": hour(10), "bucket": "raw"}
    )
    assert (answer["tz"], answer["bucket"], answer["next"]) == ("Asia/Jakarta", "raw", None)
    assert [(one["unit"], one["source_id"], one["opd"]) for one in answer["series"]] == [("ug/m3", "air-1", "dlh")]
    assert [(one["ts"], one["value"], one["quality"]) for one in answer["items"]] == [
        ("2026-03-01T19:00:00+07:00", 10, "ok"),
        ("2026-03-01T19:01:00+07:00", 11, "ok"),
        ("2026-03-01T19:02:00+07:00", 12, "ok"),
    ]
    utc = await told(client, f"/api/v1/series/{number}/readings?tz=UTC&bucket=raw", **{"from": hour(), "to": hour(1)})
    assert [one["ts"] for one in utc["items"]] == ["2026-03-01T12:00:00Z"]


async def test_only_the_qualities_asked_for_are_told(client: Client, each_database: str, writer: Writer) -> None:
    writer.commit([telemetry("air-1", 60 * n, {"pm25": 10.0 + n}) for n in range(3)])
    number = await series_of(client, "pm25")
    with psycopg.connect(each_database) as connection:
        connection.execute("UPDATE reading SET quality = 5 WHERE value = 11")
    for quality, values in {"spike": [11], "ok": [10, 12], "ok,spike": [10, 11, 12], "stuck": []}.items():
        answer = await told(client, f"/api/v1/series/{number}/readings", quality=quality, **{"from": hour()})
        assert [one["value"] for one in answer["items"]] == values


async def test_pages_of_readings_follow_each_other_across_series(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("air-1", 7 * n, {"pm25": float(n), "pm10": float(-n)}) for n in range(40)])
    numbers = [await series_of(client, metric) for metric in ("pm10", "pm25")]
    address: str | None = f"/api/v1/readings?series={numbers[1]},{numbers[0]}&bucket=raw&limit=7"
    found: list[tuple[int, float]] = []
    while address is not None:
        page = await told(client, address)
        assert len(page["items"]) <= 7
        found += [(one["series_id"], one["value"]) for one in page["items"]]
        address = page["next"]
    assert found == [(numbers[0], -n) for n in range(40)] + [(numbers[1], n) for n in range(40)]


async def test_buckets_tell_figures_and_how_much_was_received(
    client: Client, each_database: str, writer: Writer
) -> None:
    writer.commit([telemetry("noise-1", 60 * n, {"noise": 60.0 if n % 2 else 50.0}) for n in range(30)])
    await asyncio.to_thread(roll_up, each_database)
    number = await series_of(client, "noise")
    answer = await told(client, f"/api/v1/series/{number}/readings", **{"from": hour(), "to": hour(60), "bucket": "1h"})
    (item,) = answer["items"]
    figures = ("mean", "min", "max", "first", "last", "received", "usable", "expected", "coverage", "filled")
    assert [item[name] for name in figures] == [55, 50, 60, 50, 60, 30, 30, 60, 0.5, False]
    # Levels are averaged as energy: half the time 60 dB and half the time 50 dB are 57.4 dB.
    assert item["leq"] == pytest.approx(57.4036, abs=1e-4)


@pytest.mark.parametrize(
    ("fill", "means"),
    [
        ("none", [10, 40]),
        ("null", [None, 10, None, None, 40, None]),
        ("previous", [None, 10, 10, 10, 40, 40]),
        ("linear", [None, 10, 20, 30, 40, None]),
    ],
)
async def test_empty_buckets_are_filled_as_asked(
    client: Client, each_database: str, writer: Writer, fill: str, means: list[float | None]
) -> None:
    writer.commit([telemetry("air-1", 60, {"pm25": 10.0}), telemetry("air-1", 240, {"pm25": 40.0})])
    await asyncio.to_thread(roll_up, each_database)
    number = await series_of(client, "pm25")
    answer = await told(
        client, f"/api/v1/series/{number}/readings", **{"from": hour(), "to": hour(6), "bucket": "1m", "fill": fill}
    )
    assert [one["mean"] for one in answer["items"]] == [None if mean is None else pytest.approx(mean) for mean in means]
    assert [one["received"] for one in answer["items"] if not one["filled"]] == [1, 1]


async def test_every_format_tells_the_same_with_its_units(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("air-1", 60 * n, {"pm25": 10.0 + n, "pm10": 0.1 * n}) for n in range(5)])
    numbers = [await series_of(client, metric) for metric in ("pm10", "pm25")]
    address = f"/api/v1/readings?series={numbers[0]},{numbers[1]}&bucket=raw"
    answer = await told(client, address)
    expected = [(one["series_id"], datetime.fromisoformat(one["ts"]), one["value"]) for one in answer["items"]]
    text = await (await client.get(f"{address}&format=csv")).text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(int(row["series_id"]), datetime.fromisoformat(row["ts"]), float(row["value"])) for row in rows] == expected
    assert {row["unit"] for row in rows} == {"ug/m3"}
    assert rows[0]["ts"].endswith("+07:00")
    parquet = pq.read_table(io.BytesIO(await (await client.get(f"{address}&format=parquet")).read()))
    with pa.ipc.open_stream(await (await client.get(f"{address}&format=arrow")).read()) as reader:
        arrow = reader.read_all()
    for table in (parquet, arrow):
        columns = [table[name].to_pylist() for name in ("series_id", "ts", "value")]
        assert list(zip(*columns, strict=True)) == expected
        assert table.schema.field("ts").type == pa.timestamp("us", tz="Asia/Jakarta")
        assert table.schema.field("value").metadata == {b"unit": b"ug/m3"}
        told_besides = json.loads(table.schema.metadata[b"pantau"])
        assert [one["unit"] for one in told_besides["series"]] == ["ug/m3", "ug/m3"]
        assert told_besides["bucket"] == "raw"


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
async def test_an_answer_without_readings_is_whole_all_the_same(client: Client, form: str) -> None:
    number = await series_of(client, "pm25")
    body = await (await client.get(f"/api/v1/series/{number}/readings?bucket=1h&format={form}")).read()
    if form == "csv":
        assert body.count(b"\r\n") == 1
    elif form == "parquet":
        assert pq.read_table(io.BytesIO(body)).num_rows == 0
    else:
        with pa.ipc.open_stream(body) as reader:
            assert reader.read_all().num_rows == 0


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("from=2026-01-01T00:00:00Z&bucket=raw", 422, "ask for bucket=1m"),
        ("from=2025-01-01T00:00:00Z&bucket=1m", 422, "ask for bucket=1h"),
        ("from=2025-01-01T00:00:00Z&bucket=raw&quality=ok", 422, "shorter"),
        ("from=2027-01-01T00:00:00Z", 422, "ends after it starts"),
        ("bucket=1h&quality=ok", 422, "bucket=raw"),
        ("bucket=raw&fill=null", 422, "bucket=1m"),
        ("from=2026-02-28T00:00:00Z&bucket=1m&fill=null&limit=100", 422, "format=csv"),
        ("bucket=1m&fill=null&after=1.2", 422, "leave it out"),
        ("after=yesterday", 422, "unchanged"),
        ("tz=Mars/Olympus", 422, "Asia/Jakarta"),
        ("tz=../../etc/passwd", 422, "Asia/Jakarta"),
        ("bucket=2h", 400, "raw"),
        ("format=xml", 400, "parquet"),
        ("from=2026-03-01T00:00:00+07:00", 400, "%2B"),
        ("form=csv", 400, "known are"),
        ("bucket=raw&bucket=1h", 400, "once"),
    ],
)
async def test_what_cannot_be_told_is_refused_with_what_to_ask(
    client: Client, query: str, status: int, said: str
) -> None:
    number = await series_of(client, "pm25")
    response = await client.get(f"/api/v1/series/{number}/readings?{query}")
    problem = await response.json()
    assert response.status == status, problem
    assert response.content_type == "application/problem+json"
    assert said in problem["detail"]


async def test_series_that_are_not_there_are_named(client: Client) -> None:
    number = await series_of(client, "pm25")
    response = await client.get(f"/api/v1/readings?series={number},4711,4712")
    assert response.status == 404
    assert "4711, 4712" in (await response.json())["detail"]


async def test_auto_takes_the_finest_bucket_with_few_enough_points(client: Client) -> None:
    number = await series_of(client, "pm25")
    found = {}
    for days in (0.5, 1, 30, 365, 20_000):
        start = (at(3600) - timedelta(days=days)).isoformat()
        answer = await told(client, f"/api/v1/series/{number}/readings?points=1000", **{"from": start})
        found[days] = answer["bucket"]
    assert found == {0.5: "raw", 1: "1h", 30: "1h", 365: "1d", 20_000: "1d"}
