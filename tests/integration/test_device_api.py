"""The registry over the API, on a real database."""

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app.device.office import DeviceOffice
from events.errors import StorageError
from storage.orders import OrderBook
from storage.seed import seed_devices
from tests.device_town import served
from tests.unit.web.fakes import SITE

pytestmark = pytest.mark.database

Client = TestClient[web.Request, web.Application]

PATH = "/api/v1/devices"
IMPORT = "/api/v1/imports/devices"
CSV = {"Content-Type": "text/csv"}
NEW: dict[str, Any] = {
    "id": "udara-07",
    "name": "Udara Lasem",
    "site": "alun-alun",
    "opd": "dlh",
    "metrics": {"pm25": {"unit": "ug/m3", "minimum": 0, "maximum": 1000}},
    "position": [-6.69, 111.44],
    "installed_on": "2026-11-20",
}


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    seed_devices(database_url, SITE, datetime.now(UTC))
    office = DeviceOffice(SITE, lambda: database_url, actor="Siti")
    async with served(office, tmp_path) as client:
        yield client
    office.close()


def everything(url: str) -> str:
    with psycopg.connect(url) as connection:
        return str([connection.execute(q).fetchall() for q in ("SELECT * FROM device", "SELECT * FROM audit_log")])


def audit(url: str, device: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT actor, action FROM audit_log WHERE subject = %s ORDER BY id", [device]
        ).fetchall()


async def test_a_password_is_in_the_answer_to_its_making_and_never_again(client: Client, database_url: str) -> None:
    answer = await client.post(PATH, json=NEW)
    made = await answer.json()
    assert answer.status == 201, made
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Location"] == f"{PATH}/udara-07"
    password = made["password"]
    assert len(password) == 24
    again = await client.post(f"{PATH}/udara-07/password")
    newer = (await again.json())["password"]
    assert newer != password
    for path in (PATH, f"{PATH}/udara-07"):
        told = await (await client.get(path)).text()
        assert "udara-07" in told
        assert password not in told
        assert newer not in told
        assert "$7$" not in told
    assert password not in everything(database_url)
    assert newer not in everything(database_url)
    assert audit(database_url, "udara-07") == [("Siti", "device.add"), ("Siti", "device.rotate")]
    history = (await (await client.get(f"{PATH}/udara-07")).json())["history"]
    assert [(line["actor"], line["action"]) for line in history] == audit(database_url, "udara-07")
    assert "history" not in (await (await client.get(PATH)).json())["items"][0]


async def test_a_device_is_listed_as_it_was_registered(client: Client) -> None:
    await client.post(PATH, json=NEW)
    one = await (await client.get(f"{PATH}/udara-07")).json()
    assert one["settings"]["metrics"]["pm25"] == {"unit": "ug/m3", "minimum": 0.0, "maximum": 1000.0}
    assert (one["described_in"], one["enabled"], one["has_password"]) == ("registry", True, True)
    assert (one["position"], one["installed_on"]) == ([-6.69, 111.44], "2026-11-20")
    listing = (await (await client.get(PATH)).json())["items"]
    assert [item["id"] for item in listing] == ["air-1", "tide-1", "udara-07"]
    assert listing[0]["described_in"] == "file"


async def test_a_change_is_made_whole_or_not_at_all_and_leaves_its_line(client: Client, database_url: str) -> None:
    await client.post(PATH, json=NEW)
    answer = await client.patch(f"{PATH}/udara-07", json={"name": "Udara Baru", "opd": None, "interval_s": 30})
    changed = await answer.json()
    assert answer.status == 200
    assert (changed["name"], changed["settings"]["interval_s"]) == ("Udara Baru", 30.0)
    assert "opd" not in changed["settings"]
    assert "pm25" in changed["settings"]["metrics"]
    impossible: list[dict[str, Any]] = [
        {"site": "nowhere"},
        {"name": ""},
        {"metrics": {}},
        {"gateway": "nobody"},
        {"position": [99, 0]},
        {"secret_hash": "x"},
        {"enabled": "no"},
        {"config": {"a": "\0"}},
    ]
    for refused in impossible:
        answer = await client.patch(f"{PATH}/udara-07", json={"interval_s": 5} | refused)
        assert answer.status in {400, 422}, refused
    assert (await (await client.get(f"{PATH}/udara-07")).json())["settings"]["interval_s"] == 30.0
    both = await client.patch(f"{PATH}/udara-07", json={"enabled": False, "config": {"interval_s": 60}})
    assert (await both.json())["config"]["version"] == 1
    assert [action for _, action in audit(database_url, "udara-07")] == [
        "device.add",
        "device.change",
        "device.disable",
        "device.config",
    ]


async def test_the_site_file_s_devices_are_switched_off_here_but_described_there(client: Client) -> None:
    assert (await client.patch(f"{PATH}/air-1", json={"enabled": False})).status == 200
    answer = await client.patch(f"{PATH}/air-1", json={"name": "x"})
    assert answer.status == 422
    assert "described by the site file" in (await answer.json())["detail"]


async def test_settings_wanted_and_reported_and_commands_stand_beside_each_other(
    client: Client, database_url: str
) -> None:
    answer = await client.patch(f"{PATH}/air-1", json={"config": {"interval_s": 30, "fan": True}})
    assert (await answer.json())["config"]["agreement"] == "never reported"
    with OrderBook(database_url, actor="ingest") as book:
        book.report("air-1", 1, {"interval_s": 60, "fan": True}, "", datetime.now(UTC))
    answer = await client.post(f"{PATH}/air-1/commands", json={"name": "ping", "args": {"a": 1}, "timeout_s": 9})
    command = await answer.json()
    assert (answer.status, command["state"]) == (202, "queued")
    one = await (await client.get(f"{PATH}/air-1")).json()
    assert (one["config"]["agreement"], one["config"]["differing"]) == ("different", ["interval_s"])
    assert one["config"]["reported"] == {"interval_s": 60, "fan": True}
    assert [(c["id"], c["name"], c["actor"]) for c in one["commands"]] == [(command["id"], "ping", "Siti")]
    assert (await client.post(f"{PATH}/air-1/commands", json={"name": "x", "timeout_s": 0})).status == 400
    assert [action for _, action in audit(database_url, "air-1")] == [
        "device.config",
        "device.config.reported",
        "device.command",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (NEW | {"id": "air-1"}, 409),
        (NEW | {"id": "cam-plaza"}, 422),
        (NEW | {"id": "Not A Slug"}, 422),
        (NEW | {"site": "nowhere"}, 422),
        (NEW | {"metrics": {"pm25": {"unit": "ug/m3", "minimum": 9, "maximum": 1}}}, 422),
        (NEW | {"name": "Udara\0"}, 422),
        (NEW | {"metrics": {"pm25": {"unit": "ug\0"}}}, 422),
        (NEW | {"metrics": {"pm\0": {"unit": "ug"}}}, 422),
        (NEW | {"site": "x\0"}, 422),
        (NEW | {"opd": "x\0"}, 422),
        (NEW | {"gateway": "x\0"}, 422),
        (NEW | {"gateway": "nobody"}, 422),
        (NEW | {"password": "chosen"}, 400),
        ({"id": "x"}, 422),
        ([], 400),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(client: Client, body: Any, status: int) -> None:
    answer = await client.post(PATH, json=body)
    problem = await answer.json()
    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert len(problem["detail"]) > 10
    assert len((await (await client.get(PATH)).json())["items"]) == 2


async def test_writing_is_guarded_like_every_other_command(client: Client) -> None:
    foreign = {"Origin": "http://evil.example", "Content-Type": "application/json"}
    form = {"Content-Type": "text/plain"}
    for method, path in (
        ("POST", PATH),
        ("PATCH", f"{PATH}/air-1"),
        ("POST", f"{PATH}/air-1/password"),
        ("POST", f"{PATH}/air-1/commands"),
    ):
        assert (await client.request(method, path, data=json.dumps(NEW), headers=foreign)).status == 403
        assert (await client.request(method, path, data=json.dumps(NEW), headers=form)).status == 415
        strange = await client.request(method, path, json=NEW, headers={"Host": "evil.example"})
        assert strange.status == 421
    assert (await client.get(f"{PATH}/nobody")).status == 404
    assert (await client.patch(f"{PATH}/nobody", json={})).status == 404
    assert len((await (await client.get(PATH)).json())["items"]) == 2


TABLE = """id;name;site;metrics;opd;gateway;position
udara-11;Udara Sulang;alun-alun;pm25=ug/m3:0:1000 temperature=Cel;dlh;;-6.69 111.44
udara-12;Udara Kaliori;alun-alun;pm25=ug/m3;;udara-11;
"""


async def test_many_devices_are_registered_by_a_table_and_each_password_is_told_once(
    client: Client, database_url: str
) -> None:
    answer = await client.post(IMPORT, data=TABLE, headers=CSV)
    made = await answer.json()
    assert answer.status == 201, made
    assert answer.headers["Cache-Control"] == "no-store"
    assert [item["id"] for item in made["items"]] == ["udara-11", "udara-12"]
    password, none = (item["password"] for item in made["items"])
    assert (len(password), none) == (24, None)
    assert password not in everything(database_url)
    one = await (await client.get(f"{PATH}/udara-11")).json()
    assert one["settings"]["metrics"]["pm25"] == {"unit": "ug/m3", "minimum": 0.0, "maximum": 1000.0}
    assert (one["position"], one["settings"]["opd"]) == ([-6.69, 111.44], "dlh")
    assert audit(database_url, "udara-12") == [("Siti", "device.add")]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (TABLE + "air-1;Lagi;alun-alun;pm25=ug/m3;;;\n", "air-1: there is a device or camera of this id already"),
        (TABLE + "udara-13;Udara;nowhere;pm25=ug/m3;;;\n", "udara-13: "),
        (TABLE + "udara-13;Udara;alun-alun;pm25;;;\n", "line 4: 'pm25': want NAME=UNIT"),
        (TABLE + "udara-13;Udara;alun-alun;pm25=ug/m3;;;;9\n", "line 4: more values than columns"),
        (TABLE + "udara-13;U\0dara;alun-alun;pm25=ug/m3;;;\n", "line 4: "),
        ("id;nama\n", "columns missing: name, site, metrics; columns nobody knows: 'nama'"),
        ("", "columns missing: id, name, site, metrics"),
        (b"\xff\xfe", "cannot be read as CSV in UTF-8"),
    ],
)
async def test_a_table_with_a_mistake_registers_nobody_and_names_it(client: Client, table: str, reason: str) -> None:
    answer = await client.post(IMPORT, data=table, headers=CSV)
    assert answer.status == 422, await answer.text()
    assert reason in (await answer.json())["detail"]
    assert len((await (await client.get(PATH)).json())["items"]) == 2


async def test_a_table_must_be_csv_of_at_most_a_megabyte(client: Client) -> None:
    assert (await client.post(IMPORT, json=[])).status == 415
    answer = await client.post(IMPORT, data=io.BytesIO(TABLE.encode() + b";\n" * 600_000), headers=CSV)
    assert answer.status == 413
    assert len((await (await client.get(PATH)).json())["items"]) == 2


async def test_a_gateway_s_device_has_no_password(client: Client) -> None:
    made = await (await client.post(PATH, json=NEW | {"gateway": "tide-1"})).json()
    assert made["password"] is None
    answer = await client.post(f"{PATH}/udara-07/password")
    assert answer.status == 409
    assert "its gateway tide-1" in (await answer.json())["detail"]


async def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    def away() -> str:
        raise StorageError("away")

    office = DeviceOffice(SITE, away, actor="Siti")
    async with served(office, tmp_path) as client:
        assert (await client.get(PATH)).status == 503
    office.close()
