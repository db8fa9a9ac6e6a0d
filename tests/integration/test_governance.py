"""The governance module over the real database: who owes what, who delivered, who did not."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from configs.site import SiteFile
from storage.alarms import AlarmStore
from storage.database import connect
from storage.governance import GovernanceStore
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.rollups import Rollups
from storage.seed import seed
from storage.traces import TraceStore
from storage.writer import Writer
from tests.material import NOON, NoRules, telemetry
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]

PATH = "/api/v1/governance"
TODAY = date(2026, 3, 1)
DAY_S = 86_400.0
JSON = {"Content-Type": "application/json"}

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Kota uji", "demo": True},
        "web": {"operator": "Siti"},
        "offices": [
            {"id": "dlh", "name": "Dinas Lingkungan Hidup", "contact": "0295-000"},
            {"id": "bpbd", "name": "Badan Penanggulangan Bencana Daerah"},
        ],
        "sites": [
            {
                "id": "dermaga",
                "name": "Dermaga",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.7, "lon": 111.3},
                "opd": "bpbd",
            }
        ],
        "sensors": [
            {"id": "tide-1", "name": "Pasut", "site": "dermaga", "metrics": {"tide": {"unit": "cm"}}},
            {"id": "pelapor", "name": "Pelapor", "site": "dermaga", "metrics": {"records": {"unit": "{record}"}}},
        ],
        "governance": {
            "walidata": "dlh",
            "datasets": [
                {"id": "gareng", "title": "Titik sampah", "opd": "dlh", "programme": "gareng-mesem", "unit": "titik"},
                {"id": "taman", "title": "Taman", "opd": "dlh", "programme": "bang-joger", "every_days": 3},
                {"id": "destana", "title": "Destana", "opd": "bpbd", "programme": "destana", "source": "pelapor"},
            ],
        },
    }
)


@pytest.fixture
def city(each_database: str) -> str:
    seed(each_database, SITE)
    with psycopg.connect(each_database) as connection:
        # Nothing is held against anybody before they are listed; here they were long ago.
        connection.execute("UPDATE source SET since = %s", [NOON - timedelta(days=100)])
        connection.execute("UPDATE governance.dataset SET since = %s", [NOON - timedelta(days=100)])
    return each_database


@pytest.fixture
def writer(city: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(city, NoRules(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


@asynccontextmanager
async def serving(url: str, folder: Path, dist: Path) -> AsyncIterator[web.Application]:
    """Have the application of the city of this test over a database."""
    async with AsyncExitStack() as stack:
        open_ = stack.enter_async_context
        yield make_app(
            SITE,
            alarms=await open_(AlarmStore(url)),
            readings=await open_(ReadingStore(url)),
            lives=await open_(LifeStore(url)),
            traces=await open_(TraceStore(url)),
            governance=await open_(GovernanceStore(url)),
            pictures=PictureStore(folder / "pictures"),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            clock=lambda: NOON,
            dist=dist,
        )


@pytest.fixture
async def client(city: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(city, tmp_path, tmp_path) as app, TestClient(TestServer(app)) as client:
        yield client


async def tell(client: Client, dataset: str, days_ago: int, records: int = 5, **more: Any) -> int:
    body = {"records": records, "updated_at": (NOON - timedelta(days=days_ago)).isoformat(), **more}
    return (await client.post(f"{PATH}/datasets/{dataset}/reports", json=body)).status


async def answer(client: Client, what: str, **parameters: str) -> Any:
    response = await client.get(f"{PATH}/{what}", params=parameters)
    assert response.status == 200, await response.text()
    return await response.json()


def roll_up(url: str) -> None:
    """Do what the upkeep does every few seconds."""
    with connect(url, name="test", autocommit=True) as connection:
        Rollups(connection).refresh()


async def states(client: Client) -> dict[str, str | None]:
    return {one["id"]: one["state"] for one in (await answer(client, "datasets"))["items"]}


async def test_who_has_not_delivered_today_is_late_and_silent_from_the_second_day_on(
    client: Client, writer: Writer, city: str
) -> None:
    assert await states(client) == {"gareng": "silent", "taman": "silent", "destana": "silent", "tide-1": "silent"}
    assert await tell(client, "gareng", 0) == 201
    assert await tell(client, "taman", 5) == 201
    writer.commit([telemetry("tide-1", -DAY_S, {"tide": 90}), telemetry("pelapor", -60, {"records": 12})])
    roll_up(city)
    assert await states(client) == {"gareng": "fresh", "taman": "late", "destana": "fresh", "tide-1": "late"}
    late = await answer(client, "datasets", opd="bpbd", state="late,silent")
    assert [(one["id"], one["latest"], one["kecamatan"]) for one in late["items"]] == [
        ("tide-1", "2026-02-28", "33.17.10")
    ]


async def test_nothing_is_held_against_a_dataset_before_it_was_listed(client: Client, city: str) -> None:
    with psycopg.connect(city) as connection:
        connection.execute("UPDATE governance.dataset SET since = %s WHERE id = 'gareng'", [NOON - timedelta(days=1)])
    file = await answer(client, "datasets/gareng")
    assert [(one["day"], one["state"]) for one in file["days"]] == [("2026-02-28", "late"), ("2026-03-01", "late")]


async def test_a_report_sent_again_counts_once_and_another_under_its_name_is_refused(client: Client) -> None:
    told = [await tell(client, "gareng", 0, reference="pagi") for _ in range(2)]
    at_once = await asyncio.gather(*(tell(client, "gareng", 1, reference="sore") for _ in range(8)))
    assert told == [201, 200]
    assert sorted(at_once) == [200] * 7 + [201]
    assert await tell(client, "gareng", 0, records=6, reference="pagi") == 409
    file = await answer(client, "datasets/gareng")
    assert [(one["reference"], one["records"], one["reporter"]) for one in file["reports"]] == [
        ("sore", 5, "Siti"),
        ("pagi", 5, "Siti"),
    ]


BAD_REPORTS = [
    ("gareng", '{"records": 1}', 400, "updated_at"),
    ("gareng", '{"records": -1, "updated_at": "2026-03-01T10:00:00Z"}', 400, "records"),
    ("gareng", '{"records": 1, "updated_at": "2026-03-01T10:00:00"}', 400, "timezone"),
    ("gareng", "\xff", 400, "body"),
    ("gareng", '{"records": 1, "updated_at": "2026-03-03T10:00:00Z"}', 422, "future"),
    ("nobody", '{"records": 1, "updated_at": "2026-03-01T10:00:00Z"}', 404, "registered"),
    ("tide-1", '{"records": 1, "updated_at": "2026-03-01T10:00:00Z"}', 404, "registered"),
]


async def test_a_report_that_cannot_be_is_refused_with_the_reason(client: Client) -> None:
    for dataset, body, status, word in BAD_REPORTS:
        response = await client.post(f"{PATH}/datasets/{dataset}/reports", data=body.encode("latin-1"), headers=JSON)
        assert (response.status, word in (await response.json())["detail"]) == (status, True), body


async def test_a_week_of_two_offices_gives_the_league_of_the_docs(client: Client, writer: Writer, city: str) -> None:
    """The worked example of docs/governance.md."""
    for days_ago in (1, 2, 3, 5, 6, 7):  # not on 25 February
        await tell(client, "gareng", days_ago)
    for days_ago in (2, 6):
        await tell(client, "taman", days_ago)
    writer.commit([telemetry("tide-1", -DAY_S * days_ago, {"tide": 90}) for days_ago in (1, 2)])
    writer.commit([telemetry("pelapor", -DAY_S * days_ago, {"records": 3}) for days_ago in (1, 2, 3, 4, 5, 6, 7)])
    roll_up(city)
    league = await answer(client, "league", first="2026-02-22", last="2026-02-28")
    assert [
        (one["place"], one["opd"], one["owed"], one["fresh"], round(one["share"], 3), one["streak_days"])
        for one in league["items"]
    ] == [(1, "dlh", 14, 11, 0.786, 2), (2, "bpbd", 14, 9, 0.643, 2)]
    matrix = await answer(client, "days", first="2026-02-25", last="2026-02-27")
    assert [(one["opd"], one["day"], one["state"]) for one in matrix["items"]] == [
        ("bpbd", "2026-02-25", "late"),
        ("bpbd", "2026-02-26", "late"),
        ("bpbd", "2026-02-27", "fresh"),
        ("dlh", "2026-02-25", "late"),
        ("dlh", "2026-02-26", "late"),
        ("dlh", "2026-02-27", "fresh"),
    ]
    (gareng,) = (one for one in (await answer(client, "datasets"))["items"] if one["id"] == "gareng")
    assert (gareng["state"], gareng["streak_days"], gareng["contact"]) == ("late", 0, "0295-000")
    assert gareng["metadata"] == {"region": "33.17", "unit": "titik", "walidata": "dlh"}
    programmes = (await answer(client, "programmes"))["items"]
    assert len(programmes) == 11
    assert [(one["name"], one["late"]) for one in programmes if one["datasets"]] == [
        ("Destana", 1),
        ("Bang Joger", 0),
        ("Gareng Mesem", 1),
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(every=st.integers(1, 5), told=st.sets(st.integers(0, 14)), since=st.integers(0, 14))
def test_a_day_is_fresh_late_or_silent_as_the_rule_says(city: str, every: int, told: set[int], since: int) -> None:
    """Against the rule in words: fresh within its days of a delivery, late for as many more, silent after that."""
    with psycopg.connect(city) as connection:
        connection.execute("DELETE FROM governance.report")
        connection.execute(
            "UPDATE governance.dataset SET every_days = %s, since = %s WHERE id = 'gareng'",
            [every, NOON - timedelta(days=since)],
        )
        for days_ago in told:
            connection.execute(
                "INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference) "
                "VALUES ('gareng', %s, 1, now(), 'x', %s)",
                [NOON - timedelta(days=days_ago), str(days_ago)],
            )
        found: dict[date, str] = dict(
            connection.execute(
                "SELECT day, state FROM governance.days(%s, %s) WHERE dataset_id = 'gareng'",
                [TODAY - timedelta(days=9), TODAY],
            ).fetchall()
        )
    expected = {}
    for days_ago in range(10):
        ages = [earlier - days_ago for earlier in told if earlier >= days_ago]
        if not ages and days_ago > since:
            continue
        age = min(ages) if ages else since - days_ago
        fresh = bool(ages) and age < every
        expected[TODAY - timedelta(days=days_ago)] = "fresh" if fresh else "late" if age < 2 * every else "silent"
    assert found == expected


async def test_service_levels_come_from_signs_of_life_and_not_from_claims(client: Client, city: str) -> None:
    with psycopg.connect(city) as connection:
        at = [NOON - timedelta(hours=hours) for hours in (10, 4, 2)]
        connection.execute("INSERT INTO listening VALUES ('pantau', %s, %s)", [at[0], NOON])
        for moment, state in zip(at, ("online", "gone", "online"), strict=True):
            connection.execute("INSERT INTO liveness_change VALUES ('tide-1', %s, %s)", [moment, state])
    found = await answer(client, "service-levels", first="2026-03-01")
    (tide,) = (one for one in found["items"] if one["source_id"] == "tide-1")
    assert (tide["availability"], tide["failures"], tide["repair_s"], tide["state"]) == (0.8, 1, 7200, "online")
    (kecamatan,) = found["kecamatan"]
    assert (kecamatan["kecamatan"], kecamatan["sources"], kecamatan["coverage"]) == ("33.17.10", 1, 0)


async def test_every_list_is_a_file_for_a_spreadsheet_too(client: Client) -> None:
    for what in ("datasets", "days", "league", "service-levels", "programmes"):
        items = (await answer(client, what))["items"]
        response = await client.get(f"{PATH}/{what}", params={"format": "csv"})
        assert response.content_type == "text/csv"
        rows = list(csv.DictReader(io.StringIO(await response.text())))
        assert len(rows) == len(items) > 0
        assert set(rows[0]) == {name for name, value in items[0].items() if not isinstance(value, dict)}
        assert (await client.get(f"{PATH}/{what}", params={"format": "xls"})).status == 400


async def test_days_that_cannot_be_are_refused(client: Client) -> None:
    for days, status in (
        ({"first": "x"}, 400),
        ({"first": "2026-03-02"}, 422),
        ({"first": "1960-01-01"}, 422),
        ({"last": "9999-12-31"}, 422),
    ):
        assert (await client.get(f"{PATH}/days", params=days)).status == status


async def test_what_the_site_file_no_longer_names_is_owed_no_more(client: Client, city: str) -> None:
    seed(city, SITE.model_copy(update={"governance": SITE.governance.model_copy(update={"datasets": ()})}))
    assert set(await states(client)) == {"tide-1", "pelapor"}
    seed(city, SITE)  # by today's clock, long after the day that is asked about: it starts anew
    assert await states(client) == {"tide-1": "silent", "gareng": None, "taman": None, "destana": None}


def test_the_clock_of_the_days_is_the_citys(city: str) -> None:
    """Seven in the evening in London's winter is two in the morning of the next day in Rembang."""
    with psycopg.connect(city) as connection:
        connection.execute(
            "INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference) "
            "VALUES ('gareng', '2026-02-27T19:00:00Z', 1, now(), 'x', 'x')"
        )
        found = connection.execute("SELECT day FROM governance.deliveries('2026-02-01', '2026-03-01')").fetchall()
    assert found == [(date(2026, 2, 28),)]
