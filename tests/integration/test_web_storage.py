"""The web room over the real storage: the promises of the stream, of commands and of pictures, end to end."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from devices.liveness import LivenessJudge
from events.alarm import AlarmState
from events.ids import SourceId
from storage.alarms import AlarmStore
from storage.life import LifeStore
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.traces import TraceStore
from storage.writer import Writer
from tests.fix_database import Server
from tests.material import NOON, LimitRule, at, canary, picture, telemetry
from tests.unit.web.fakes import JPEG, SITE
from tests.unit.web.sse import next_alarm, next_event
from web.server import make_app
from web.snapshots import LatestSnapshots

STREAM = "/api/v1/alarms/stream"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def writer(each_database: str, pictures: PictureStore) -> Iterator[Writer]:
    lives = LivenessJudge({SourceId("tide-1"): 10.0})
    writer = Writer(each_database, LimitRule(), pictures, lambda: NOON, lives=lives)
    yield writer
    writer.close()


@pytest.fixture
async def client(each_database: str, pictures: PictureStore) -> AsyncIterator[Client]:
    async for client in serving(each_database, pictures):
        yield client


async def serving(url: str, pictures: PictureStore) -> AsyncIterator[Client]:
    async with (
        AlarmStore(url) as alarms,
        ReadingStore(url) as readings,
        LifeStore(url) as lives,
        TraceStore(url) as traces,
    ):
        app = make_app(
            SITE,
            alarms=alarms,
            readings=readings,
            lives=lives,
            pictures=pictures,
            snapshots=LatestSnapshots([]),
            steps=STEPS,
            review=performance,
            traces=traces,
            tell=timeline,
            clock=lambda: at(1),
        )
        async with TestClient(TestServer(app)) as client:
            yield client


def swing(url: str, pictures: PictureStore, source: str, times: int) -> None:
    """Raise and return one source's alarm, a commit each time."""
    writer = Writer(url, LimitRule(), pictures, lambda: NOON)
    for n in range(times):
        writer.commit([telemetry(source, n, {"x": 150.0 if n % 2 == 0 else 50.0})])
    writer.close()


async def seqs_until(stream: ClientResponse, last: int) -> list[int]:
    seqs: list[int] = []
    while not seqs or seqs[-1] < last:
        seqs.append((await next_alarm(stream)).seq)
    return seqs


async def test_a_committed_reading_is_an_alarm_in_the_list_and_on_the_stream(client: Client, writer: Writer) -> None:
    async with client.get(STREAM) as stream:
        await next_event(stream)
        await asyncio.to_thread(writer.commit, [telemetry("tide-1", 0, {"tide": 150})])
        alarm = await next_alarm(stream)
    assert (alarm.source_id, alarm.value, alarm.state, alarm.source_name) == ("tide-1", 150, "UNACK", "Pasang surut")
    listing = await (await client.get("/api/v1/alarms", params={"state": "UNACK"})).json()
    assert listing["seq"] == alarm.seq
    assert [item["id"] for item in listing["items"]] == [alarm.id]
    one = await (await client.get(f"/api/v1/alarms/{alarm.id}")).json()
    assert one == listing["items"][0]


async def test_listeners_joining_amid_two_writers_miss_and_repeat_nothing(
    client: Client, each_database: str, pictures: PictureStore
) -> None:
    times = 120
    threads = [
        threading.Thread(target=swing, args=(each_database, pictures, f"sensor-{n}", times), name=f"writer-{n}")
        for n in range(2)
    ]
    for thread in threads:
        thread.start()

    async def listen(begin_at: int) -> list[int]:
        """Follow from the beginning up to a point, go away, come back."""
        async with client.get(STREAM, params={"after": "0"}) as stream:
            first = await seqs_until(stream, begin_at)
        async with client.get(STREAM, headers={"Last-Event-ID": str(first[-1])}) as stream:
            seqs = list(first)
            while len(seqs) < 2 * times:
                seqs.append((await next_alarm(stream)).seq)
            return seqs

    async with asyncio.timeout(60):
        heard = await asyncio.gather(*(listen(n) for n in (1, 20, 60, 100, 150)))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    truth = heard[0]
    assert len(set(truth)) == 2 * times
    assert truth == sorted(truth)
    assert all(seqs == truth for seqs in heard)


async def test_of_many_who_acknowledge_at_once_one_succeeds(client: Client, writer: Writer) -> None:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    async with client.get(STREAM) as one, client.get(STREAM) as two:
        await next_event(one)
        await next_event(two)
        responses = await asyncio.gather(*(client.post(address, json={"expected_version": 1}) for _ in range(12)))
        assert sorted(response.status for response in responses) == [200] + [409] * 11
        for stream in (one, two):
            alarm = await next_alarm(stream)
            assert (alarm.state, alarm.acked_by, alarm.version) == ("ACKED", "Siti", 2)
    response = await client.get(STREAM, params={"after": str(record.seq)})
    assert (await next_alarm(response)).change.before == "UNACK"
    response.close()


async def test_a_command_sent_by_many_at_once_under_one_key_is_done_once(client: Client, writer: Writer) -> None:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    headers = {"Idempotency-Key": "one-and-the-same"}
    responses = await asyncio.gather(*(client.post(address, headers=headers) for _ in range(12)))
    assert [response.status for response in responses] == [200] * 12
    assert len({(await response.json())["seq"] for response in responses}) == 1


async def test_what_hides_an_alarm_is_kept_through_its_returns(client: Client, writer: Writer) -> None:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    address = f"/api/v1/alarms/{record.change.alarm.id}"
    shelved = await (await client.post(f"{address}/shelve", json={"reason": "dermaga dikerjakan"})).json()
    (back,) = writer.commit([telemetry("tide-1", 1, {"tide": 10})]).records
    assert back.change.alarm.state is AlarmState.SHLVD
    (again,) = writer.commit([telemetry("tide-1", 2, {"tide": 150})]).records
    assert (again.change.alarm.id, again.change.alarm.state) == (record.change.alarm.id, AlarmState.SHLVD)
    item = await (await client.get(address)).json()
    assert (item["state"], item["shelf"]) == ("SHLVD", shelved["shelf"])
    listing = await (await client.get("/api/v1/alarms", params={"state": "SHLVD"})).json()
    assert [one["id"] for one in listing["items"]] == [item["id"]]
    restored = await (await client.post(f"{address}/unshelve")).json()
    assert (restored["state"], restored["shelf"]) == ("UNACK", None)


async def test_an_alarms_whole_life_is_read_in_its_order(client: Client, writer: Writer, each_database: str) -> None:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150}), telemetry("tide-2", 0, {"tide": 150})]).records[
        :1
    ]
    await client.post(f"/api/v1/alarms/{record.change.alarm.id}/ack")
    writer.commit([telemetry("tide-1", 1, {"tide": 10})])
    async with AlarmStore(each_database) as alarms:
        life = await alarms.history(record.change.alarm.id)
        assert [one.change.action.value for one in life] == ["raise", "acknowledge", "return"]
        assert [one.change.alarm.version for one in life] == [1, 2, 3]
        rule = record.change.alarm.key.rule
        both = await alarms.histories([rule], 5)
        assert [one for one in both if one.change.alarm.id == record.change.alarm.id] == list(life)
        assert len({one.change.alarm.id for one in both}) == 2
        assert len({one.change.alarm.id for one in await alarms.histories([rule], 1)}) == 1
        assert list(await alarms.histories(["another"], 5)) == []


async def test_an_alarm_of_the_past_is_not_shelved_beside_the_one_that_followed_it(
    client: Client, writer: Writer
) -> None:
    (first,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    old = f"/api/v1/alarms/{first.change.alarm.id}"
    await client.post(f"{old}/ack")
    writer.commit([telemetry("tide-1", 1, {"tide": 10})])
    writer.commit([telemetry("tide-1", 2, {"tide": 150})])
    response = await client.post(f"{old}/shelve", json={"reason": "x"})
    assert response.status == 409
    assert "newer alarm" in (await response.json())["detail"]


async def test_acknowledging_while_rules_change_the_alarm_loses_neither(client: Client, writer: Writer) -> None:
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    response, _ = await asyncio.gather(
        client.post(address), asyncio.to_thread(writer.commit, [telemetry("tide-1", 1, {"tide": 10})])
    )
    assert response.status == 200
    alarm = await (await client.get(f"/api/v1/alarms/{record.change.alarm.id}")).json()
    assert (alarm["state"], alarm["version"], alarm["acked_by"]) == ("NORM", 3, "Siti")
    assert (await client.post(address)).status == 409


async def test_the_air_of_a_day_is_averaged_over_what_can_be_trusted(writer: Writer, each_database: str) -> None:
    writer.commit([telemetry("air-1", 600 * n, {"pm25": 30.0 + 10 * (n % 2)}) for n in range(144)])
    writer.commit([telemetry("air-1", -10, {"pm25": 999.0})])
    async with ReadingStore(each_database) as readings:
        (window,) = await readings.windows(["pm25", "co"], at(0), at(86_400))
    assert (window.source, window.metric, window.received, window.mean) == ("air-1", "pm25", 144, 35.0)
    assert (window.span, window.longest_gap) == (timedelta(seconds=143 * 600), timedelta(seconds=600))


async def test_a_list_narrowed_by_the_server_is_narrowed_in_the_database(client: Client, writer: Writer) -> None:
    writer.commit([telemetry("tide-1", 0, {"tide": 150})])
    (item,) = (await (await client.get("/api/v1/alarms", params={"priority": "tinggi"})).json())["items"]
    for query in ({"priority": "darurat"}, {"kind": "crowding"}, {"site": "nowhere"}):
        assert (await (await client.get("/api/v1/alarms", params=query)).json())["items"] == []
    both = {"kind": item["kind"], "site": item["site"]}
    assert len((await (await client.get("/api/v1/alarms", params=both)).json())["items"]) == 1


async def test_paging_refuses_a_foreign_cursor(client: Client) -> None:
    assert (await client.get("/api/v1/alarms", params={"after": "yesterday"})).status == 422


async def test_values_pictures_and_hearing_come_through(client: Client, writer: Writer) -> None:
    assert (await client.get("/readyz")).status == 503
    writer.commit([telemetry("tide-1", 0, {"tide": 0.9}), picture(JPEG), canary(0)])
    (item,) = (await (await client.get("/api/v1/latest")).json())["items"]
    assert (item["name"], item["value"], item["source_state"]) == ("Tinggi muka air", 0.9, "up")
    sha256 = hashlib.sha256(JPEG).hexdigest()
    assert await (await client.get(f"/api/v1/evidence/{sha256}.jpg")).read() == JPEG
    assert (await client.get("/readyz")).status == 200
    status = await (await client.get("/api/v1/status")).json()
    assert (status["data_age_s"], status["sensors"]) == (1, {"up": 1, "total": 2})


async def test_a_listener_from_before_the_data_was_started_over_reloads(client: Client) -> None:
    async with client.get(STREAM, headers={"Last-Event-ID": "900"}) as stream:
        await next_event(stream)
        event = await next_event(stream)
    assert event is not None
    assert event.kind == "reset"


@pytest.mark.slow
async def test_the_stream_goes_on_after_the_database_was_killed(each_server: Server, pictures: PictureStore) -> None:
    url = each_server.url("postgres")
    await asyncio.to_thread(migrate, url)
    async for client in serving(url, pictures):
        async with client.get(STREAM) as stream:
            await next_event(stream)
            await asyncio.to_thread(swing, url, pictures, "sensor-1", 1)
            first = await next_alarm(stream)
            await asyncio.to_thread(each_server.kill)
            response = await client.get("/api/v1/alarms")
            assert response.status == 503
            assert response.content_type == "application/problem+json"
            assert (await client.get("/healthz")).status == 200
            await asyncio.to_thread(each_server.start)
            await asyncio.to_thread(swing, url, pictures, "sensor-2", 1)
            async with asyncio.timeout(30):
                second = await next_alarm(stream)
    assert first.source_id == "sensor-1"
    assert (second.source_id, second.seq > first.seq) == ("sensor-2", True)
