"""Alertmanager's web hook in and out: payloads as it posts them, a real receiver, the real database and rules."""

import io
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.operating import STEPS, acknowledge, shelve
from alerts.performance import performance
from alerts.timeline import timeline
from app.notify.trying import Channels
from app.notify.webhooks import FIRST_PAUSE, Feed
from configs.notifications import Notifications, WebHook
from configs.rules import ObservationRule, ThresholdRule
from configs.sensors import Metric, Sensor
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.alarm import AlarmState
from events.command import Command
from events.ids import is_slug
from events.intake import Intake
from events.message import Delivery, Message
from storage.alarms import AlarmStore
from storage.feeds import FeedBook
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.material import NOON, at, telemetry
from tests.unit.alerts.town import TIDE, town
from tests.unit.web.fakes import City
from web.alertmanager import Alert, event_of
from web.server import make_app
from web.snapshots import LatestSnapshots

PLATFORM = ObservationRule(
    id="platform", kind="observation", observes="platform", title="Gangguan platform", sources=("prometheus",)
)
LEVEL = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, priority="tinggi", title="Pasang rob")
CITY = town(LEVEL)
SITE = CITY.model_copy(
    update={
        "rules": (PLATFORM, LEVEL),
        "sensors": (
            *CITY.sensors,
            Sensor(
                id="prometheus",
                name="Prometheus",
                site="shore",
                interval_s=60,
                metrics={"alerts": Metric(unit="{alert}")},
            ),
        ),
        "notifications": Notifications.model_validate({"channels": [{"id": "duty", "url": "json://127.0.0.1:1/"}]}),
    }
)


MOMENTS = st.timedeltas(timedelta(days=-700_000), timedelta(days=2_000_000)).map(lambda passed: NOON + passed)


def posted(status: str, *, name: str = "DiskFull", instance: str = "db:9100", end: str | None = None) -> dict[str, Any]:
    """Return what Alertmanager posts, as its documentation of `webhook_configs` has it."""
    alert = {
        "status": status,
        "labels": {"alertname": name, "instance": instance, "severity": "critical"},
        "annotations": {"summary": "Disk is 95 % full"},
        "startsAt": "2026-03-01T11:59:00.123456789Z",
        "endsAt": end or "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.invalid/graph",
        "fingerprint": f"c0ffee{instance}",
    }
    return {"version": "4", "status": status, "receiver": "pantau", "groupKey": "{}", "alerts": [alert]}


class Line:
    """Takes what would go to the broker."""

    def __init__(self) -> None:
        self.events: list[bytes] = []

    def publish(self, topic: str, payload: bytes) -> None:
        assert topic == "event"
        self.events.append(payload)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def client(line: Line, tmp_path: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    city = City()
    channels = Channels(SITE)
    app = make_app(
        SITE,
        alarms=city.alarms,
        readings=city.readings,
        lives=city.lives,
        pictures=city.pictures,
        snapshots=LatestSnapshots([]),
        steps=STEPS,
        review=performance,
        traces=city.traces,
        tell=timeline,
        platform=line,
        channels=channels,
        clock=lambda: NOON,
        dist=tmp_path,
    )
    async with TestClient(TestServer(app)) as client:
        yield client
    channels.close()


@pytest.fixture
def writer(database_url: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(database_url, Engine(SITE), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


def heard(events: list[bytes]) -> list[Intake]:
    """Return what ingest makes of messages of the broker."""
    decoder = Decoder(Registry.from_site(SITE), lambda: NOON)
    topic = "pantau/v1/prometheus/event"
    messages = [Message(topic, one, NOON, retained=False, delivery=Delivery(1, n)) for n, one in enumerate(events)]
    return [decoder.decode(message) for message in messages]


async def test_an_alert_of_prometheus_becomes_one_alarm_that_returns_when_the_last_instance_is_well(
    client: TestClient[web.Request, web.Application], line: Line, writer: Writer
) -> None:
    for body in (posted("firing"), posted("firing"), posted("firing", instance="web:9100")):
        response = await client.post("/api/v1/alertmanager", json=body)
        assert (response.status, await response.json()) == (200, {"taken": 1})
    records = writer.commit(heard(line.events)).records
    assert [(r.change.alarm.key.rule, r.change.alarm.title) for r in records] == [("platform", "Gangguan platform")]
    line.events.clear()
    await client.post("/api/v1/alertmanager", json=posted("resolved", end="2026-03-01T11:59:20Z"))
    assert writer.commit(heard(line.events)).records == ()
    ended = posted("resolved", instance="web:9100", end="2026-03-01T11:59:30Z")
    await client.post("/api/v1/alertmanager", json=ended)
    (back,) = writer.commit(heard(line.events)).records
    assert back.change.alarm.state is AlarmState.RTNUN
    assert back.change.alarm.cleared_at == datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)


async def test_a_whole_group_of_alerts_is_taken_and_a_payload_of_megabytes_is_not(
    client: TestClient[web.Request, web.Application], line: Line
) -> None:
    (alert,) = posted("firing")["alerts"]
    group = [{**alert, "fingerprint": str(number)} for number in range(500)]
    response = await client.post("/api/v1/alertmanager", json={"alerts": group})
    assert (response.status, len(line.events)) == (200, 500)
    huge = io.BytesIO(json.dumps({"alerts": [{**alert, "annotations": {"summary": "x" * 2**21}}]}).encode())
    headers = {"Content-Type": "application/json"}
    assert (await client.post("/api/v1/alertmanager", data=huge, headers=headers)).status == 413
    assert len(line.events) == 500


async def test_what_alertmanager_never_posts_is_refused_with_what_is_wanted(
    client: TestClient[web.Request, web.Application], line: Line
) -> None:
    for body in (b"{", b"{}", b'{"alerts": [{"status": "odd", "labels": {}, "startsAt": "2026-03-01T12:00:00Z"}]}'):
        headers = {"Content-Type": "application/json"}
        response = await client.post("/api/v1/alertmanager", data=body, headers=headers)
        assert (response.status, "Alertmanager" in (await response.json())["detail"]) == (400, True)
    assert line.events == []


@given(
    st.dictionaries(st.sampled_from(["alertname", "instance", "severity", "job"]), st.text(max_size=200), max_size=4),
    st.sampled_from(["firing", "resolved"]),
    MOMENTS,
    st.none() | MOMENTS,
)
def test_whatever_the_labels_ingest_takes_the_event(
    labels: dict[str, str], status: Any, starts_at: datetime, ends_at: datetime | None
) -> None:
    event = event_of(Alert(status=status, labels=labels, starts_at=starts_at, ends_at=ends_at), NOON)
    attrs = event["attrs"]
    assert isinstance(attrs, dict)
    assert is_slug(attrs["class"])
    (intake,) = heard([json.dumps(event).encode()])
    assert intake.rejection is None


async def test_a_channel_is_tried_from_the_pages_and_its_address_never_told(
    client: TestClient[web.Request, web.Application],
) -> None:
    listing = await client.get("/api/v1/notifications")
    assert await listing.json() == {"items": [{"id": "duty"}]}
    refused = await client.post("/api/v1/notifications/duty/test")
    assert refused.status == 502
    assert "json://" not in await refused.text()
    assert (await client.post("/api/v1/notifications/nobody/test")).status == 404


class Receiver(BaseHTTPRequestHandler):
    """A program that takes Alertmanager's web hooks, or does not just now."""

    got: ClassVar[list[dict[str, Any]]] = []
    works = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if type(self).works:
            type(self).got.append(body)
        self.send_response(200 if type(self).works else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    handler = type("Fresh", (Receiver,), {"got": [], "works": True})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook?token=geheim", handler
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_web_hook_follows_the_stream_in_order_again_until_it_is_taken_and_on_after_a_restart(
    writer: Writer, database_url: str, receiver: tuple[str, type[Receiver]]
) -> None:
    url, handler = receiver
    now = NOON
    hook = WebHook.model_validate({"id": "oncall", "url": url, "priorities": ["tinggi"]})

    def feed() -> Feed:
        return Feed(hook, external="http://127.0.0.1:8080", clock=lambda: now)

    writer.commit([telemetry(TIDE, 0, {"level": 1.2})])
    with FeedBook(database_url) as book:
        first = feed()
        assert first.turn(book) == 0  # what happened before it was named is not told
        writer.commit([telemetry(TIDE, 1, {"level": 0.2})])
        handler.works = False
        assert first.turn(book) == 0
        handler.works = True
        assert first.turn(book) == 0  # it waits
        now += FIRST_PAUSE
        assert first.turn(book) == 1
        (raised,) = writer.commit([telemetry(TIDE, 2, {"level": 1.4})]).records
        again = feed()  # another process, later
        assert again.turn(book) == 1
        async with AlarmStore(database_url) as alarms:
            command = Command(actor="Siti", supervisor=True, at=at(3), reason="uji")
            await alarms.change(raised.change.alarm.id, lambda alarm: acknowledge(alarm, command))
            await alarms.change(raised.change.alarm.id, lambda alarm: shelve(alarm, command))
        assert again.turn(book) == 2
    told = [(body["status"], [alert["status"] for alert in body["alerts"]]) for body in handler.got]
    assert told == [("resolved", ["resolved"]), ("firing", ["firing"]), ("resolved", ["resolved"])]
    (alert,) = handler.got[1]["alerts"]
    assert (alert["labels"]["alertname"], alert["labels"]["severity"], alert["labels"]["site"]) == (
        "rob",
        "critical",
        "shore",
    )
    assert alert["annotations"]["summary"].startswith("Pasang rob 1,4")
    assert alert["endsAt"] == "0001-01-01T00:00:00Z"
    assert alert["generatorURL"].endswith(str(raised.change.alarm.id))
    assert handler.got[1]["version"] == "4"
    assert NOON + timedelta() < now


def test_a_site_file_may_have_web_hooks_alone() -> None:
    settings = {"notifications": {"webhooks": [{"id": "a", "url": "http://127.0.0.1:1/"}]}}
    site = SiteFile.model_validate({**CITY.model_dump(exclude_unset=True), **settings})
    assert site.notifications is not None
    assert site.notifications.escalation == {}
