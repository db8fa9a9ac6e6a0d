"""Verdicts over HTTP and the real database, and changed rules judged by them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from rich.console import Console

from alerts.engine import Engine
from app.rules.verdicts import print_verdicts, try_verdicts
from configs.rules import ThresholdRule
from events.alarm import AlarmRecord
from events.errors import ConfigError
from events.truth import Opinion, Truth
from storage.pictures import PictureStore
from storage.verdicts import VerdictStore
from storage.writer import Writer
from tests.integration.test_journal import serving
from tests.material import NOON, LimitRule, at, canary, telemetry
from tests.unit.alerts.town import TIDE, town

Client = TestClient[web.Request, web.Application]
ROB = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0)


@pytest.fixture
async def client(each_database: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(each_database, tmp_path, tmp_path) as app, TestClient(TestServer(app)) as client:
        yield client


async def test_the_newest_verdict_holds_and_every_one_is_in_the_audit_log(
    client: Client, each_database: str, tmp_path: Path
) -> None:
    writer = Writer(each_database, LimitRule(), PictureStore(tmp_path), lambda: NOON)
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    writer.close()
    address = f"/api/v1/alarms/{record.change.alarm.id}/verdict"
    assert (await (await client.get(address)).json())["verdict"] is None
    for body in ({"verdict": "true"}, {"verdict": "false", "note": "bayangan"}):
        assert (await client.put(address, json=body)).status == 200
    assert (await (await client.get(address)).json())["note"] == "bayangan"
    with psycopg.connect(each_database) as connection:
        rows = connection.execute(
            "SELECT actor, detail->>'truth' FROM audit_log WHERE action = 'alarm.verdict' ORDER BY id"
        ).fetchall()
    assert rows == [("Siti", "true"), ("Siti", "false")]
    found = await (await client.get("/api/v1/verdicts/precision")).json()
    (rule,) = found["rules"]
    assert (rule["true"], rule["false"], rule["precision"]) == (0, 1, 0.0)


async def test_a_verdict_on_nothing_or_of_another_kind_is_refused(client: Client) -> None:
    address = f"/api/v1/alarms/{uuid4()}/verdict"
    assert (await client.put(address, json={"verdict": "true"})).status == 404
    assert (await client.put(address, json={"verdict": "maybe"})).status == 400
    assert (
        await client.get("/api/v1/verdicts/precision?from=2026-11-23T07:00:00Z&to=2026-11-22T07:00:00Z")
    ).status == 422


def test_a_changed_rule_is_judged_by_the_towns_own_verdicts(each_database: str, tmp_path: Path) -> None:
    writer = Writer(each_database, Engine(town(ROB)), PictureStore(tmp_path), lambda: at(0))
    records: list[AlarmRecord] = []
    for n, level in enumerate((0.5, 1.4, 1.4, 0.5, 1.1, 0.5, 1.4, 0.5, 1.1, 0.5)):
        records += writer.commit([telemetry(TIDE, 100 * n, {"level": level})]).records
        writer.commit([canary(2000 + n)])  # long after: what has returned clears itself, and the next is another alarm
    writer.close()
    alarms = list(dict.fromkeys(record.change.alarm.id for record in records))
    with pytest.raises(ConfigError, match="nobody has given a verdict"):
        try_verdicts(town(ROB), each_database, None, at(10_000))
    asyncio.run(judge(each_database, alarms))
    higher = ROB.model_copy(update={"above": 1.2})
    found = try_verdicts(town(higher), each_database, None, at(10_000))
    out = Console(record=True, width=100)
    print_verdicts(found, out)
    assert "2 of 2" in out.export_text()
    (rob,) = found.kept
    assert (rob.true, rob.true_kept, rob.false, rob.false_removed, rob.new) == (2, 2, 2, 2, 0)
    (same,) = try_verdicts(town(ROB), each_database, None, at(10_000)).kept
    assert (same.true_kept, same.false_removed) == (2, 0)


async def judge(url: str, alarms: list[UUID]) -> None:
    async with VerdictStore(url) as verdicts:
        for alarm, truth in zip(alarms, (Truth.TRUE, Truth.FALSE) * 2, strict=True):
            opinion = Opinion(alarm=alarm, truth=truth, actor="Sri", at=at(1))
            assert await verdicts.give(opinion, origin="127.0.0.1")
