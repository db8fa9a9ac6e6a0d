"""Rules over HTTP and the real database: all mistakes at once, tried, put in force, taken up, rolled back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from alerts.engine import Engine
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from app.rules import in_force, office
from app.rules.in_force import RuleWatch, definitions, with_rules
from app.rules.office import RuleOffice
from configs.rules import ThresholdRule
from configs.site import SiteFile
from configs.warnings import Warnings
from storage.alarms import AlarmStore
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.rule_versions import RuleBook
from storage.traces import TraceStore
from storage.writer import Writer
from tests.material import at, telemetry
from tests.unit.alerts.town import TIDE, town
from web.server import make_app
from web.snapshots import LatestSnapshots

Client = TestClient[web.Request, web.Application]
ROB = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0)
NEW = {"kind": "threshold", "metric": "level", "above": 1.2, "hysteresis": 0.1}


def city(*, supervisor: bool = True) -> SiteFile:
    site = town(ROB)
    return site.model_copy(update={"web": site.web.model_copy(update={"supervisor": supervisor})})


@pytest.fixture
async def client(each_database: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with served(each_database, tmp_path, city()) as client:
        yield client


class served:  # noqa: N801 - used like a function
    """A client of the application over a database."""

    def __init__(self, url: str, folder: Path, site: SiteFile) -> None:
        self._url, self._folder, self._site = url, folder, site
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Client:
        open_ = self._stack.enter_async_context
        desk = RuleOffice(self._site, lambda: self._url, actor="Sri", clock=lambda: at(0))
        self._stack.callback(desk.close)
        app = make_app(
            self._site,
            alarms=await open_(AlarmStore(self._url)),
            readings=await open_(ReadingStore(self._url)),
            lives=await open_(LifeStore(self._url)),
            traces=await open_(TraceStore(self._url)),
            pictures=PictureStore(self._folder),
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            tell=timeline,
            rules=desk,
            dist=self._folder,
        )
        return await open_(TestClient(TestServer(app)))

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


async def put(client: Client, rule: dict[str, Any], **more: object) -> tuple[int, Any]:
    answer = await client.put("/api/v1/rules/rob", json={"rule": rule, "reason": "coba", **more})
    return answer.status, await answer.json()


async def test_a_rule_is_changed_shown_and_rolled_back(client: Client, each_database: str) -> None:
    with RuleBook(each_database) as book:
        book.seed(definitions([ROB]), at(-1))
    status, changed = await put(client, NEW, expected_version=1)
    assert (status, changed["version"], changed["rule"]["above"], changed["actor"]) == (200, 2, 1.2, "Sri")
    status, refused = await put(client, NEW, expected_version=1)
    assert (status, "at version 2" in refused["detail"]) == (409, True)
    (listed,) = (await (await client.get("/api/v1/rules")).json())["items"]
    assert (listed["version"], listed["origin"], listed["judged"], listed["problem"]) == (2, "person", False, None)
    back = await client.post("/api/v1/rules/rob/rollback", json={"version": 1, "reason": "terlalu sering"})
    assert (await back.json())["rule"]["above"] == 1.0
    gone = await client.delete("/api/v1/rules/rob", json={"reason": "sensor rusak"})
    assert (await gone.json())["rule"] is None
    history = (await (await client.get("/api/v1/rules/rob/history")).json())["items"]
    assert [(one["version"], one["origin"], one["reason"]) for one in history] == [
        (1, "file", "read from the site file"),
        (2, "person", "coba"),
        (3, "person", "terlalu sering"),
        (4, "person", "sensor rusak"),
    ]
    with psycopg.connect(each_database) as connection:
        rows = connection.execute("SELECT actor, action FROM audit_log WHERE subject = 'rule:rob' ORDER BY id")
        assert rows.fetchall() == [("Sri", "rule.activate")] * 2 + [("Sri", "rule.withdraw")]


async def test_every_mistake_is_told_at_once_and_nothing_is_changed(client: Client) -> None:
    wrong = {"kind": "threshold", "metric": "lefel", "above": "x", "hold_s": -1, "colour": "red"}
    status, told = await put(client, wrong)
    assert status == 422
    assert {one["path"] for one in told["mistakes"]} >= {"rob.metric", "rob.above", "rob.hold_s", "rob.colour"}
    assert (await (await client.get("/api/v1/rules")).json())["items"] == []
    found = await (await client.post("/api/v1/rules/check", json={"rule": {"id": "rob", **wrong}})).json()
    assert (found["usable"], len(found["mistakes"])) == (False, len(told["mistakes"]))
    assert (await (await client.post("/api/v1/rules/check", json={"rule": {"id": "a", **NEW}})).json())["usable"]


async def test_a_secret_of_the_environment_cannot_be_asked_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_SECRET", "sesame")
    status, told = await put(client, {**NEW, "title": "${PANTAU_SECRET}"})
    assert (status, "sesame" in str(told)) == (422, False)


async def test_a_rule_put_in_force_by_a_person_warns_the_public_and_groups_its_alarms_by_what_it_judges(
    each_database: str, tmp_path: Path
) -> None:
    site = city().model_copy(update={"warnings": Warnings(sender="bpbd@contoh.go.id")})
    async with served(each_database, tmp_path, site) as client:
        rule = {**NEW, "warns": "rob"}
        answer = await client.put("/api/v1/rules/rob-besar", json={"rule": rule, "reason": "musim rob"})
        assert answer.status == 200
        with RuleBook(each_database) as book:
            judged = with_rules(site, book.newest())
        writer = Writer(each_database, Engine(judged), PictureStore(tmp_path), lambda: at(0))
        writer.commit([telemetry(TIDE, 0, {"level": 1.4})])
        writer.close()
        for _ in range(200):
            if "Banjir rob" in await (await client.get("/api/v1/cap/feed.atom")).text():
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("the feed never warned")
        (alarm,) = (await (await client.get("/api/v1/alarms")).json())["items"]
        assert alarm["group"].endswith("/level")


async def test_a_rule_that_another_one_waits_for_cannot_be_withdrawn(client: Client) -> None:
    await put(client, NEW)
    both = {"kind": "combination", "all_of": ["rob", "kerumunan"]}
    crowd = {"kind": "observation", "observes": "crowding"}
    for name, rule in (("kerumunan", crowd), ("dua", both)):
        assert (await client.put(f"/api/v1/rules/{name}", json={"rule": rule, "reason": "baru"})).status == 200
    refused = await client.delete("/api/v1/rules/rob", json={"reason": "coba"})
    assert refused.status == 422
    assert "dua.all_of[0]" in {one["path"] for one in (await refused.json())["mistakes"]}


async def test_rules_on_trial_are_listed_beside_those_in_use(client: Client) -> None:
    await put(client, NEW)
    trial_rule = {**NEW, "shadow": True, "shadow_of": "rob"}
    await client.put("/api/v1/rules/rob-baru", json={"rule": trial_rule, "reason": "coba"})
    (one,) = (await (await client.get("/api/v1/rules/shadows")).json())["items"]
    assert (one["rule"], one["of"], one["times"]) == ("rob-baru", "rob", 0)


async def test_only_a_supervisor_changes_rules(each_database: str, tmp_path: Path) -> None:
    async with served(each_database, tmp_path, city(supervisor=False)) as client:
        assert (await put(client, NEW))[0] == 403
        assert (await client.get("/api/v1/rules")).status == 200


async def trial(client: Client, **changes: object) -> Any:
    body = {"rules": [{"id": "rob", **NEW}], "from": at(-10).isoformat(), "to": at(9999).isoformat(), **changes}
    begun = await client.post("/api/v1/rules/trials", json=body)
    if begun.status != 202:
        return await begun.json()
    address = f"/api/v1/rules/trials/{(await begun.json())['id']}"
    while True:
        found = await (await client.get(address)).json()
        if found["state"] not in {"waiting", "running"}:
            return found
        await asyncio.sleep(0.02)


async def test_a_rule_is_tried_on_history_before_it_is_used(
    client: Client, each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(each_database, Engine(town(ROB)), PictureStore(tmp_path), lambda: at(0))
    for n, level in enumerate((0.5, 1.4, 0.5, 1.1, 0.5, 1.4)):
        writer.commit([telemetry(TIDE, 100 * n, {"level": level})])
    writer.close()
    found = await trial(client)
    assert (found["state"], found["share"], found["readings"]) == ("done", 1.0, 6)
    (fired,) = found["fired"]
    assert (fired["times"], len(fired["starts"]), fired["source_id"]) == (2, 2, TIDE)
    assert "mistakes" in await trial(client, rules=[{"id": "rob"}])
    assert "days at most" in (await trial(client, to=at(1e8).isoformat()))["detail"]
    monkeypatch.setattr(office, "MOST_READINGS", 5)
    failed = await trial(client)
    assert (failed["state"], "shorter time" in failed["problem"]) == ("failed", True)


async def test_an_alarm_of_a_rule_that_no_file_knows_is_explained(
    client: Client, each_database: str, tmp_path: Path
) -> None:
    await client.put("/api/v1/rules/rob-baru", json={"rule": NEW, "reason": "baru"})
    with RuleBook(each_database) as book:
        site = with_rules(town(), book.newest())
    writer = Writer(each_database, Engine(site), PictureStore(tmp_path), lambda: at(0))
    (record,) = writer.commit([telemetry(TIDE, 0, {"level": 1.5})]).records
    writer.close()
    address = f"/api/v1/alarms/{record.change.alarm.id}"
    assert (await (await client.get(address)).json())["rule_version"] == 1
    told = " ".join(one["text"] for one in (await (await client.get(f"{address}/why")).json())["items"])
    assert "rule rob-baru (version 1) was met" in told
    assert "measured level 1.5" in told


def test_ingest_notices_a_newer_version_and_takes_it_up(each_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "connect_url", lambda _site: each_database)
    now_s = [0.0]
    watch = RuleWatch(town(ROB), lambda: at(0), lambda: now_s[0])
    (rule,) = watch.settle(town()).rules
    assert rule.version == 1
    with RuleBook(each_database) as book:
        book.add("rob", {**NEW, "id": "rob"}, actor="Sri", reason="coba", now=at(1))
    assert not watch.changed()
    now_s[0] = 3.0
    assert watch.changed()
    (rule,) = watch.settle(town()).rules
    assert isinstance(rule, ThresholdRule)
    assert (rule.version, rule.above) == (2, 1.2)
    now_s[0] = 6.0
    assert not watch.changed()
    # A new process goes on with what is in force, not with its file.
    (rule,) = RuleWatch(town(ROB), lambda: at(2)).settle(town()).rules
    assert rule.version == 2
