"""What people say about alarms, over the real database: kept once, with who and from where, read by the next shift."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.precision import precisions
from alerts.timeline import timeline
from storage.alarms import AlarmStore
from storage.journal import JournalStore
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.traces import TraceStore
from storage.verdicts import VerdictStore
from storage.writer import Writer
from tests.material import NOON, LimitRule, telemetry
from tests.unit.web.fakes import SITE
from web.journal import LARGEST_PAPER
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]
PNG = b"\x89PNG\r\n\x1a\n and the rest"


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, LimitRule(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


@asynccontextmanager
async def serving(url: str, folder: Path, dist: Path) -> AsyncIterator[web.Application]:
    """Have the application over a database, five minutes past noon."""
    async with AsyncExitStack() as stack:
        open_ = stack.enter_async_context
        yield make_app(
            SITE,
            alarms=await open_(AlarmStore(url)),
            readings=await open_(ReadingStore(url)),
            lives=await open_(LifeStore(url)),
            traces=await open_(TraceStore(url)),
            journal=await open_(JournalStore(url)),
            papers=PictureStore(folder / "papers"),
            verdicts=await open_(VerdictStore(url)),
            weigh=precisions,
            pictures=PictureStore(folder / "pictures"),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            clock=lambda: NOON + timedelta(minutes=5),
            dist=dist,
        )


@pytest.fixture
async def client(each_database: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(each_database, tmp_path, tmp_path) as app, TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def alarm(writer: Writer) -> str:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    return f"/api/v1/alarms/{record.change.alarm.id}"


async def journal(client: Client, alarm: str) -> Any:
    return await (await client.get(f"{alarm}/journal")).json()


async def test_a_note_says_who_wrote_it_and_from_where(client: Client, alarm: str) -> None:
    response = await client.post(
        f"{alarm}/notes", json={"text": " Pompa dinyalakan "}, headers={"X-Forwarded-For": "evil, 10.1.2.3"}
    )
    assert response.status == 201
    (note,) = (await journal(client, alarm))["items"]
    assert (note["kind"], note["text"], note["actor"], note["origin"]) == (
        "note",
        "Pompa dinyalakan",
        "Siti",
        "10.1.2.3",
    )


async def test_a_note_sent_by_many_at_once_under_one_key_is_kept_once(client: Client, alarm: str) -> None:
    async def send() -> int:
        answer = await client.post(f"{alarm}/notes", json={"text": "x"}, headers={"Idempotency-Key": "k"})
        return int((await answer.json())["id"])

    assert len(set(await asyncio.gather(*(send() for _ in range(8))))) == 1
    assert len((await journal(client, alarm))["items"]) == 1
    other = await client.post(f"{alarm}/assign", json={}, headers={"Idempotency-Key": "k"})
    assert other.status == 409


async def test_the_newest_assignment_holds_and_can_be_taken_back(client: Client, alarm: str) -> None:
    await client.post(f"{alarm}/assign", json={})
    assert (await journal(client, alarm))["assignee"] == "Siti"
    await client.post(f"{alarm}/assign", json={"to": "Budi", "text": "lebih dekat"})
    assert (await journal(client, alarm))["assignee"] == "Budi"
    handover = await (await client.get("/api/v1/handover")).json()
    assert [one["assignee"] for one in handover["open"]] == ["Budi"]
    await client.post(f"{alarm}/assign", json={"to": None})
    assert (await journal(client, alarm))["assignee"] is None


async def test_a_link_is_seen_from_both_ends(client: Client, alarm: str, writer: Writer) -> None:
    (record,) = writer.commit([telemetry("tide-2", 1, {"tide": 150})]).records
    other = str(record.change.alarm.id)
    assert (await client.post(f"{alarm}/links", json={"alarm": other, "text": "pasang yang sama"})).status == 201
    for end in (alarm, f"/api/v1/alarms/{other}"):
        (link,) = (await journal(client, end))["items"]
        assert (link["kind"], link["linked"]) == ("link", other)
    assert (await client.post(f"{alarm}/links", json={"alarm": alarm.rpartition("/")[2]})).status == 422
    assert (await client.post(f"{alarm}/links", json={"alarm": str(uuid4())})).status == 409


async def test_an_attachment_comes_back_as_it_was_and_never_runs_in_a_browser(client: Client, alarm: str) -> None:
    response = await client.post(
        f"{alarm}/attachments", params={"name": "foto.png"}, data=PNG, headers={"Content-Type": "image/png"}
    )
    assert response.status == 201
    (entry,) = (await journal(client, alarm))["items"]
    assert (entry["text"], entry["size_bytes"]) == ("foto.png", len(PNG))
    file = await client.get(entry["url"])
    assert await file.read() == PNG
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    elsewhere = entry["url"].replace(entry["alarm"], str(uuid4()))
    assert (await client.get(elsewhere)).status == 404


async def test_what_cannot_be_attached_is_refused(client: Client, alarm: str) -> None:
    for content, kind, status in (
        (b"<script>", "text/html", 415),
        (b"<script>", "image/png", 422),
        (b"", "image/png", 422),
        (b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_PAPER), "image/png", 413),
    ):
        answer = await client.post(f"{alarm}/attachments", data=io.BytesIO(content), headers={"Content-Type": kind})
        assert answer.status == status, kind
    assert (await journal(client, alarm))["items"] == []


async def test_a_file_for_an_alarm_that_is_not_there_is_not_kept(client: Client, tmp_path: Path) -> None:
    address = f"/api/v1/alarms/{uuid4()}/attachments"
    answer = await client.post(address, data=PNG, headers={"Content-Type": "image/png"})
    assert answer.status == 409
    assert [path for path in (tmp_path / "papers").rglob("*") if path.is_file()] == []


async def test_bad_words_are_refused_with_what_to_write_instead(client: Client, alarm: str) -> None:
    for what, body in (("notes", {"text": ""}), ("notes", {"words": "x"}), ("assign", {"to": 5}), ("links", {})):
        answer = await client.post(f"{alarm}/{what}", json=body)
        assert (answer.status, "must be like" in (await answer.json())["detail"]) == (400, True), body
    nobodys = f"/api/v1/alarms/{uuid4()}"
    assert (await client.post(f"{nobodys}/notes", json={"text": "x"})).status == 409
    assert (await client.post("/api/v1/alarms/x/notes", json={"text": "x"})).status == 400


async def test_the_next_shift_reads_what_is_open_shelved_said_and_down(
    client: Client, alarm: str, writer: Writer, each_database: str
) -> None:
    writer.commit([telemetry("tide-2", 1, {"tide": 150})])
    await client.post(f"{alarm}/shelve", json={"reason": "dermaga dikerjakan"})
    await client.post(f"{alarm}/notes", json={"text": "<b>pompa</b>"})
    with psycopg.connect(each_database) as connection:
        connection.execute("INSERT INTO liveness_change VALUES ('air-1', %s, 'gone')", [NOON - timedelta(minutes=9)])
        connection.execute("INSERT INTO liveness (source_id, state, since) VALUES ('air-1', 'gone', %s)", [NOON])
    found = await (await client.get("/api/v1/handover")).json()
    # Seven in the evening in Rembang: the shift that began at three in the afternoon.
    assert found["start"] == "2026-03-01T08:00:00Z"
    assert [one["alarm"]["source_id"] for one in found["open"]] == ["tide-2"]
    assert [one["alarm"]["shelf"]["reason"] for one in found["shelved"]] == ["dermaga dikerjakan"]
    assert [one["source_name"] for one in found["down"]] == ["Udara"]
    assert {one["name"] for one in found["figures"]} > {"per_hour", "flood_time"}
    page = await client.get("/api/v1/handover", params={"format": "html"})
    text = await page.text()
    assert "&lt;b&gt;pompa&lt;/b&gt;" in text
    assert "<b>" not in text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert (await client.get("/api/v1/handover", params={"format": "pdf"})).status == 400
    assert (await client.get("/api/v1/handover", params={"from": "2026-03-02T00:00:00Z"})).status == 422


async def test_one_alarms_record_holds_its_timeline_and_its_journal(client: Client, alarm: str) -> None:
    await client.post(f"{alarm}/ack")
    await client.post(f"{alarm}/notes", json={"text": "selesai diperiksa"})
    found = await (await client.get(f"{alarm}/record")).json()
    assert [one["text"] for one in found["journal"]] == ["selesai diperiksa"]
    assert {one["what"] for one in found["timeline"]} > {"raised", "acknowledged"}
    page = await (await client.get(f"{alarm}/record", params={"format": "html"})).text()
    assert "selesai diperiksa" in page
    assert "Catatan kejadian" in page
    assert (await client.get(f"/api/v1/alarms/{uuid4()}/record")).status == 404


async def test_the_alarms_of_a_period_are_a_file_for_a_spreadsheet(client: Client, alarm: str, writer: Writer) -> None:
    writer.commit([telemetry("tide-1", 60, {"tide": 10})])
    response = await client.get("/api/v1/alarms/export")
    (row,) = csv.DictReader(io.StringIO(await response.text()))
    assert (row["id"], row["state"], row["active"]) == (alarm.rpartition("/")[2], "RTNUN", "False")


async def test_the_account_says_who_changed_what_when_and_from_where(client: Client, alarm: str) -> None:
    name = alarm.rpartition("/")[2]
    await client.post(f"{alarm}/ack", headers={"X-Forwarded-For": "10.1.2.3"})
    assert (await client.post(f"{alarm}/ack")).status == 409  # what was refused changed nothing
    await client.post(f"{alarm}/unack")
    found = await (await client.get("/api/v1/audit", params={"subject": name})).json()
    told = [(one["action"], one["actor"], one["detail"]["origin"], one["detail"]["after"]) for one in found["items"]]
    assert told == [
        ("alarm.unacknowledge", "Siti", "127.0.0.1", "UNACK"),
        ("alarm.acknowledge", "Siti", "10.1.2.3", "ACKED"),
    ]
    older = await client.get("/api/v1/audit", params={"subject": name, "before": str(found["items"][0]["id"])})
    assert [one["action"] for one in (await older.json())["items"]] == ["alarm.acknowledge"]
    assert (await client.get("/api/v1/audit", params={"actor": "nobody"})).status == 200
    assert (await client.get("/api/v1/audit", params={"before": "x"})).status == 400
