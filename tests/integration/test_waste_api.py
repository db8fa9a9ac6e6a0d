"""The API of the waste programme over the real database: what people do with piles, report and weigh."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from alerts.waste import STEPS as WASTE_STEPS
from app.waste.judging import pile_judge
from configs.site import SiteFile
from events.ids import ZoneId
from events.observation import Phase
from storage.alarms import AlarmStore
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.seed import seed
from storage.traces import TraceStore
from storage.waste.figures import WasteFigures
from storage.waste.incidents import IncidentStore
from storage.writer import Writer
from tests.material import NOON, NoRules, at, statement
from tests.waste_town import WASTE_CITY
from web.server import make_app
from web.snapshots import LatestSnapshots
from web.waste.routes import WasteDesks

pytestmark = pytest.mark.database

Client = TestClient[web.Request, web.Application]

PATH = "/api/v1/gareng-mesem"
JPEG = b"\xff\xd8\xff\xe0 a cleared place"


@asynccontextmanager
async def serving(
    url: str, folder: Path, dist: Path | None = None, site: SiteFile = WASTE_CITY
) -> AsyncIterator[web.Application]:
    """Have the application of the town with a waste programme over a database."""
    async with AsyncExitStack() as stack:
        open_ = stack.enter_async_context
        yield make_app(
            site,
            alarms=await open_(AlarmStore(url)),
            readings=await open_(ReadingStore(url)),
            lives=await open_(LifeStore(url)),
            traces=await open_(TraceStore(url)),
            waste=WasteDesks(
                incidents=await open_(IncidentStore(url)),
                figures=await open_(WasteFigures(url)),
                steps=WASTE_STEPS,
                papers=PictureStore(folder / "waste"),
            ),
            pictures=PictureStore(folder / "pictures"),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            clock=lambda: NOON,
            dist=folder if dist is None else dist,
        )


@pytest.fixture
def city(database_url: str) -> str:
    seed(database_url, WASTE_CITY)
    return database_url


@pytest.fixture
def writer(city: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(city, NoRules(), PictureStore(tmp_path / "pictures"), lambda: NOON, piles=pile_judge(WASTE_CITY))
    yield writer
    writer.close()


@pytest.fixture
async def client(city: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(city, tmp_path) as app, TestClient(TestServer(app)) as client:
        yield client


async def get(client: Client, what: str, **parameters: str) -> Any:
    response = await client.get(f"{PATH}/{what}", params=parameters)
    assert response.status == 200, await response.text()
    return await response.json(content_type=None)


async def post(client: Client, what: str, body: Mapping[str, object] | None = None, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    response = await client.post(f"{PATH}/{what}", json=body or {}, headers=headers)
    return response.status, await response.json(content_type=None)


async def reported(client: Client, reference: str = "LAPOR-1", **more: object) -> Any:
    body: dict[str, object] = {"reference": reference, "text": "Sampah menumpuk", "waste_site": "liar-utara"} | more
    return await post(client, "reports", body)


async def test_a_pile_goes_its_whole_way_with_pictures_and_every_step_is_told(client: Client) -> None:
    _, told = await reported(client)
    pile = told["file"]["incident"]["id"]
    response = await client.post(f"{PATH}/pictures", data=JPEG, headers={"Content-Type": "image/jpeg"})
    picture = await response.json()
    assert (response.status, picture["sha256"]) == (201, sha256(JPEG).hexdigest())
    for step, body in (
        ("verify", {}),
        ("dispatch", {"crew": "Regu 3"}),
        ("clear", {"evidence": picture["sha256"]}),
        ("reopen", {"reason": "masih ada sisa"}),
        ("dispatch", {"crew": "Regu 4"}),
        ("clear", {"evidence": picture["sha256"]}),
        ("close", {}),
    ):
        status, file = await post(client, f"incidents/{pile}/{step}", body)
        assert status == 200, file
    assert [(one["action"], one["state"], one["actor"], one["crew"]) for one in file["steps"]] == [
        ("detect", "detected", "Siti", None),
        ("verify", "verified", "Siti", None),
        ("dispatch", "dispatched", "Siti", "Regu 3"),
        ("clear", "cleared", "Siti", None),
        ("reopen", "reopened", "Siti", None),
        ("dispatch", "dispatched", "Siti", "Regu 4"),
        ("clear", "cleared", "Siti", None),
        ("close", "closed", "Siti", None),
    ]
    assert [one["version"] for one in file["steps"]] == list(range(1, 9))
    assert (file["incident"]["after_url"], file["incident"]["reopened"]) == (picture["url"], 1)
    shown = await client.get(picture["url"])
    assert (shown.content_type, await shown.read()) == ("image/jpeg", JPEG)


async def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(client: Client) -> None:
    _, told = await reported(client)
    pile = told["file"]["incident"]["id"]
    for step, body, status in (
        ("clear", {}, 409),
        ("close", {"reason": "x"}, 409),
        ("dispatch", {"crew": "x"}, 409),
        ("reopen", {"reason": "x"}, 409),
        ("reject", {}, 422),
        ("verify", {"expected_version": 7}, 409),
        ("verify", {"evidence": "00" * 32}, 422),
    ):
        assert (await post(client, f"incidents/{pile}/{step}", body))[0] == status, step
    file = await get(client, f"incidents/{pile}")
    assert (file["incident"]["version"], file["incident"]["state"], len(file["steps"])) == (1, "detected", 1)
    assert (await post(client, "incidents/00000000-0000-4000-8000-000000000000/verify"))[0] == 404


async def test_of_many_who_press_at_once_one_takes_the_step_and_the_others_are_refused(client: Client) -> None:
    _, told = await reported(client)
    pile = told["file"]["incident"]["id"]
    answers = await asyncio.gather(
        *(post(client, f"incidents/{pile}/verify", {"expected_version": 1}) for _ in range(8)),
        *(post(client, f"incidents/{pile}/reject", {"expected_version": 1, "reason": "x"}) for _ in range(8)),
    )
    assert sorted(status for status, _ in answers) == [200] + [409] * 15
    file = await get(client, f"incidents/{pile}")
    assert [one["version"] for one in file["steps"]] == [1, 2]


async def test_a_command_sent_again_under_its_name_is_done_once(client: Client) -> None:
    piles = [
        (await reported(client, f"L-{n}", waste_site=site))[1]["file"]["incident"]["id"]
        for n, site in enumerate(("liar-utara", "tpa-landoh"))
    ]
    again = await asyncio.gather(*(post(client, f"incidents/{piles[0]}/verify", key="k1") for _ in range(6)))
    assert {status for status, _ in again} == {200}
    assert {file["incident"]["version"] for _, file in again} == {2}
    assert (await post(client, f"incidents/{piles[1]}/verify", key="k1"))[0] == 409


async def test_a_report_counts_once_and_several_at_one_spot_tell_of_one_pile(client: Client) -> None:
    answers = await asyncio.gather(*(reported(client) for _ in range(6)))
    assert sorted(status for status, _ in answers) == [200] * 5 + [201]
    pile = answers[0][1]["file"]["incident"]["id"]
    status, second = await reported(client, "LAPOR-2", link="https://contoh.example/2")
    assert (status, second["opened"], second["file"]["incident"]["id"]) == (201, False, pile)
    assert [one["reference"] for one in second["file"]["reports"]] == ["LAPOR-1", "LAPOR-2"]
    assert (await reported(client, text="Sesuatu yang lain"))[0] == 409
    at_once = await asyncio.gather(*(reported(client, f"N-{n}", waste_site="tpa-landoh") for n in range(6)))
    assert len({told["file"]["incident"]["id"] for _, told in at_once}) == 1
    assert sum(told["opened"] for _, told in at_once) == 1


async def test_reports_without_a_site_are_one_pile_where_they_lie_together(client: Client) -> None:
    place: dict[str, object] = {"waste_site": None, "kecamatan": "33.17.05", "lat": -6.7428, "lon": 111.6738}
    near, far = place | {"lat": -6.7431}, place | {"lat": -6.7528}
    told = [(await reported(client, f"K-{n}", **one))[1] for n, one in enumerate((place, near, far))]
    assert [one["opened"] for one in told] == [True, False, True]
    assert (await reported(client, "K-9", waste_site=None))[0] == 422
    assert (await reported(client, "K-9", waste_site="nowhere"))[0] == 422
    assert (await reported(client, "K-9", waste_site=None, kecamatan="33.17.05", lat=-6.7))[0] == 422
    assert (await reported(client, "K-9", reported_at="2027-01-01T00:00:00+07:00"))[0] == 422


async def test_a_citizen_and_a_camera_at_one_spot_tell_of_one_pile(client: Client, writer: Writer) -> None:
    _, told = await reported(client, waste_site="tps-pasar")
    pile = told["file"]["incident"]
    assert (pile["camera"], pile["zone"], pile["seen"]) == ("cam", "sudut", False)
    seen = {"kind": "waste_pile", "zone": ZoneId("sudut"), "attrs": {}}
    writer.commit([statement("a", Phase.BEGIN, 5, **seen)])
    assert [(one["id"], one["seen"]) for one in (await get(client, "incidents"))["items"]] == [(pile["id"], True)]
    writer.commit([statement("a", Phase.END, 50, **seen)])
    (shown,) = (await get(client, "incidents", state="closed"))["items"]
    assert shown["id"] == pile["id"]
    assert (await post(client, f"incidents/{pile['id']}/reopen", {"reason": "masih ada"}))[0] == 200
    assert (await get(client, "open"))["items"][0]["kecamatan"] == "33.17.10"


async def test_lists_are_pages_files_and_maps(client: Client) -> None:
    for n, site in enumerate(("liar-utara", "tpa-landoh", "tps-pasar")):
        await reported(client, f"L-{n}", waste_site=site, reported_at=at(-60 * n).isoformat())
    first = await get(client, "incidents", limit="2")
    rest = await get(client, "incidents", limit="2", after=first["next"])
    assert [one["waste_site"] for one in first["items"] + rest["items"]] == ["liar-utara", "tpa-landoh", "tps-pasar"]
    assert rest["next"] is None
    assert [one["waste_site"] for one in (await get(client, "incidents", kecamatan="33.17.08"))["items"]] == [
        "tpa-landoh"
    ]
    drawn = await get(client, "incidents", format="geojson")
    assert drawn["features"][0]["geometry"]["coordinates"] == [111.45, -6.7]
    assert "lat" not in drawn["features"][0]["properties"]
    sites = await get(client, "sites", format="geojson")
    assert {one["properties"]["kind"] for one in sites["features"]} == {"tps", "tpa", "hot_spot"}
    for what in (
        "incidents",
        "sites",
        "bins",
        "open",
        "clearing",
        "tonnage",
        "repeat-spots",
        "sipsn",
        "loads",
        "emptyings",
    ):
        response = await client.get(f"{PATH}/{what}", params={"format": "csv"})
        assert (response.status, response.content_type) == (200, "text/csv"), what


async def test_the_service_clock_counts_from_detection(client: Client, city: str) -> None:
    for n, (site, minutes) in enumerate((("liar-utara", 29), ("tpa-landoh", 31))):
        await reported(client, f"L-{n}", waste_site=site, reported_at=at(-60 * minutes).isoformat())
    found = {one["waste_site"]: one for one in (await get(client, "incidents"))["items"]}
    assert (found["liar-utara"]["late"], found["liar-utara"]["due_at"]) == (False, "2026-03-01T12:01:00Z")
    assert found["tpa-landoh"]["late"] is True
    late = found["tpa-landoh"]["id"]
    for step, body, due_at in (
        ("verify", {}, "2026-03-01T15:29:00Z"),
        ("dispatch", {"crew": "x"}, "2026-03-02T11:29:00Z"),
        ("clear", {}, None),
    ):
        _, file = await post(client, f"incidents/{late}/{step}", body)
        assert (file["incident"]["due_at"], file["incident"]["late"]) == (due_at, False)
    _, file = await post(client, f"incidents/{late}/reopen", {"reason": "masih ada"})
    assert file["incident"]["due_at"] == "2026-03-02T11:29:00Z"  # the clock did not start anew


LOAD: dict[str, object] = {
    "waste_site": "tpa-landoh",
    "reference": "T-1",
    "weighed_at": "2026-03-01T08:00:00+07:00",
    "gross_kg": 9000,
    "tare_kg": 4000,
}


async def test_a_load_counts_once_by_whichever_way_it_comes(client: Client) -> None:
    at_once = await asyncio.gather(*(post(client, "loads", LOAD) for _ in range(6)))
    assert sorted(status for status, _ in at_once) == [200] * 5 + [201]
    assert (await post(client, "loads", LOAD | {"gross_kg": 9001}))[0] == 409
    for wrong, status in (
        ({"waste_site": "nowhere"}, 422),
        ({"tare_kg": 9500}, 422),
        ({"tare_kg": None}, 422),
        ({"gross_kg": None, "tare_kg": None}, 422),
        ({"gross_kg": -5}, 422),
        ({"handling": "dibuang"}, 422),
        ({"weighed_at": "2026-03-02T08:00:00+07:00"}, 422),
        ({"weighed_at": "2026-03-01T08:00:00"}, 400),
    ):
        assert (await post(client, "loads", LOAD | {"reference": "T-2"} | wrong))[0] == status, wrong
    file = (
        "waste_site;reference;weighed_at;gross_kg;tare_kg;volume_m3;vehicle\r\n"
        "tpa-landoh;T-1;2026-03-01T08:00:00;9000;4000;;\r\n"
        "tpa-landoh;T-3;2026-03-01T09:00:00;;;6;K 1234 XY\r\n"
        "tpa-landoh;T-3;2026-03-01T09:00:00;;;7;K 1234 XY\r\n"
        "nowhere;T-4;2026-03-01T09:00:00;;;6;\r\n"
        "tpa-landoh;T-5;kemarin;9000;4000;;\r\n"
        "tpa-landoh;T-6;2026-03-01T09:00:00;9.000,5;4000;;\r\n"
    )
    for added, known in ((1, 1), (0, 2)):
        response = await client.post(f"{PATH}/loads/import", data=file.encode(), headers={"Content-Type": "text/csv"})
        told = await response.json()
        assert response.status == 200, told
        assert (told["added"], told["known"]) == (added, known)
        assert [one["line"] for one in told["problems"]] == [4, 5, 6, 7]
    (day,) = (await get(client, "tonnage", first="2026-03-01"))["items"]
    assert (day["loads"], day["tonnes"], day["unweighed_loads"], day["unweighed_m3"]) == (2, 5, 1, 6)
    for wrong_file in (b"a,b\n1,2\n", b"\xff\xfe", b""):
        response = await client.post(f"{PATH}/loads/import", data=wrong_file, headers={"Content-Type": "text/csv"})
        assert response.status == 422


async def test_pictures_of_open_incidents_outlive_the_days_for_which_pictures_are_kept(
    client: Client, writer: Writer, city: str
) -> None:
    digest = "ab" * 32
    seen = {"kind": "waste_pile", "zone": ZoneId("sudut"), "attrs": {}, "evidence": digest}
    writer.commit([statement("a", Phase.BEGIN, 5, **seen)])
    with psycopg.connect(city) as connection:
        connection.execute("INSERT INTO evidence VALUES (%s, 'cam', 3, %s)", [digest, at(-86_400 * 90)])
        text = (Path(__file__).parents[2] / "storage/sql/queries/old_pictures.sql").read_bytes()
        parameters = {"edge": NOON, "limit": 10}
        assert connection.execute(text, parameters).fetchall() == []
        connection.execute("UPDATE gareng_mesem.incident SET state = 'closed'")
        assert connection.execute(text, parameters).fetchall() == [(digest,)]
