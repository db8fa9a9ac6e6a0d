import asyncio
import random
import socket
import time
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector
from aiohttp.test_utils import TestServer

from events.alarm import AlarmRecord
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import City, MemoryAlarms
from tests.unit.web.sse import next_alarm, next_event
from web.stream import Hub, StreamClosedError

STREAM = "/api/v1/alarms/stream"


async def dropped_clients(client: Client) -> float:
    lines = (await (await client.get("/metrics")).text()).splitlines()
    (line,) = (line for line in lines if line.startswith("pantau_web_stream_clients_dropped_total"))
    return float(line.split()[-1])


async def test_a_new_listener_hears_only_what_happens_from_now_on(client: Client, city: City) -> None:
    city.raise_alarm("dulu")
    async with client.get(STREAM) as stream:
        assert stream.content_type == "text/event-stream"
        assert (await next_event(stream)).id == "1"  # type: ignore[union-attr]
        city.raise_alarm("sekarang")
        alarm = await next_alarm(stream)
    assert (alarm.title, alarm.seq) == ("sekarang", 2)


@pytest.mark.parametrize("by", ["header", "query"])
async def test_a_returning_listener_hears_everything_since(client: Client, city: City, by: str) -> None:
    for number in range(5):
        city.raise_alarm(str(number))
    headers = {"Last-Event-ID": "2"} if by == "header" else {}
    params = {"after": "2"} if by == "query" else {}
    async with client.get(STREAM, headers=headers, params=params) as stream:
        assert [(await next_alarm(stream)).seq for _ in range(3)] == [3, 4, 5]


async def test_the_header_of_a_reconnect_wins_over_the_address(client: Client, city: City) -> None:
    for number in range(5):
        city.raise_alarm(str(number))
    async with client.get(STREAM, headers={"Last-Event-ID": "4"}, params={"after": "1"}) as stream:
        assert (await next_alarm(stream)).seq == 5


async def test_replay_tells_what_was_true_then(client: Client, city: City) -> None:
    record = city.raise_alarm()
    city.acknowledge(record)
    async with client.get(STREAM, params={"after": "0"}) as stream:
        states = [(await next_alarm(stream)).state for _ in range(2)]
    assert states == ["UNACK", "ACKED"]


async def test_listeners_joining_amid_writes_miss_and_repeat_nothing(client: Client, city: City) -> None:
    rng = random.Random(7)
    total = 1_500
    city.alarms.wakes = False
    city.alarms.latency = lambda: rng.randrange(30)

    async def write() -> None:
        for number in range(total):
            city.raise_alarm(str(number))
            if rng.random() < 0.3:
                city.alarms.wake()
                await asyncio.sleep(0)
        city.alarms.wake()

    async def listen(after: int) -> list[int]:
        for _ in range(after):
            await asyncio.sleep(0)
        begun = min(after, len(city.alarms.records))
        async with client.get(STREAM, headers={"Last-Event-ID": str(begun)}) as stream:
            seen: list[int] = []
            while not seen or seen[-1] < total:
                seen.append((await next_alarm(stream)).seq)
            return [begun, *seen]

    writing = asyncio.create_task(write())
    async with asyncio.timeout(30):
        heard = await asyncio.gather(*(listen(rng.randrange(200)) for _ in range(12)))
        await writing
    for seqs in heard:
        assert seqs == list(range(seqs[0], total + 1))


async def test_a_listener_is_told_to_reload_when_its_point_is_forgotten(client: Client, city: City) -> None:
    for number in range(9):
        city.raise_alarm(str(number))
    city.alarms.forget_before(6)
    async with client.get(STREAM, headers={"Last-Event-ID": "3"}) as stream:
        assert (await next_event(stream)).kind == "hello"  # type: ignore[union-attr]
        event = await next_event(stream)
        assert event is not None
        assert (event.kind, event.id) == ("reset", "9")
        city.raise_alarm("baru")
        assert (await next_alarm(stream)).seq == 10
    async with client.get(STREAM, headers={"Last-Event-ID": "5"}) as stream:
        assert (await next_alarm(stream)).seq == 6


async def test_a_listener_from_before_the_data_was_started_over_reloads(client: Client, city: City) -> None:
    city.raise_alarm()
    async with client.get(STREAM, headers={"Last-Event-ID": "4711"}) as stream:
        await next_event(stream)
        event = await next_event(stream)
    assert event is not None
    assert event.kind == "reset"


@pytest.mark.parametrize("seq", ["x", "-1", "1.5", "9" * 30, "٣"])
async def test_a_point_that_is_no_number_is_refused(client: Client, seq: str) -> None:
    response = await client.get(STREAM, params={"after": seq})
    assert response.status == 400


async def test_an_acknowledgement_reaches_every_listener(client: Client, city: City) -> None:
    record = city.raise_alarm()
    async with client.get(STREAM) as one, client.get(STREAM) as two:
        await next_event(one)
        await next_event(two)
        await client.post(f"/api/v1/alarms/{record.change.alarm.id}/ack")
        assert (await next_alarm(one)).acked_by == "Siti"
        assert (await next_alarm(two)).acked_by == "Siti"


async def test_five_hundred_listeners_on_one_server_hear_every_alarm_in_order(city: City, app: object) -> None:
    server = TestServer(app)  # type: ignore[arg-type]
    await server.start_server()
    async with ClientSession(connector=TCPConnector(limit=0)) as session, AsyncExitStack() as open_streams:
        streams = [
            await open_streams.enter_async_context(session.get(server.make_url(STREAM), params={"after": "0"}))
            for _ in range(500)
        ]
        for _ in range(5):
            city.raise_alarm()
        for stream in streams:
            assert [(await next_alarm(stream)).seq for _ in range(5)] == [1, 2, 3, 4, 5]
    await server.close()


async def test_a_change_is_written_once_for_all_listeners(city: City) -> None:
    hub = Hub(city.alarms)
    told = [hub.join(0) for _ in range(3)]
    running = asyncio.create_task(hub.run())
    city.raise_alarm()
    words: list[int] = []

    def write(record: AlarmRecord) -> bytes:
        words.append(record.seq)
        return b"%d" % record.seq

    assert [(await one.next()).written(write) for one in told if one is not None] == [b"1", b"1", b"1"]
    assert words == [1]
    running.cancel()


async def test_a_client_that_does_not_read_is_let_go_and_others_hear_all(client: Client, city: City) -> None:
    assert client.port is not None
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, ("127.0.0.1", client.port))
    await loop.sock_sendall(deaf, f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    long_title = "x" * 20_000
    total = 1_400
    async with client.get(STREAM) as stream:
        await next_event(stream)

        async def write() -> None:
            for _ in range(total):
                city.raise_alarm(long_title)
                await asyncio.sleep(0)

        before = await dropped_clients(client)
        writing = asyncio.create_task(write())
        assert [(await next_alarm(stream)).seq for _ in range(total)] == list(range(1, total + 1))
        await writing
        assert await dropped_clients(client) == before + 1
    deaf.close()


async def test_a_subscription_without_room_ends_and_the_hub_goes_on() -> None:
    alarms = MemoryAlarms()
    city = City()
    city.alarms = alarms
    hub = Hub(alarms, client_capacity=3)
    running = asyncio.create_task(hub.run())
    slow, quick = hub.join(0), hub.join(0)
    assert slow is not None
    assert quick is not None
    for number in range(1, 6):
        city.raise_alarm()
        assert (await quick.next()).record.seq == number
    with pytest.raises(StreamClosedError):
        await slow.next()
    running.cancel()


async def test_what_waits_for_a_listener_goes_out_together() -> None:
    city = City()
    hub = Hub(city.alarms)
    subscription = hub.join(0)
    assert subscription is not None
    for _ in range(3):
        city.raise_alarm()
    running = asyncio.create_task(hub.run())
    assert [one.record.seq for one in await subscription.next_ones()] == [1, 2, 3]
    running.cancel()


async def test_the_hub_begins_no_later_than_its_first_listener() -> None:
    """A listener may join before the hub has found its place; what happened between must still come."""
    city = City()
    hub = Hub(city.alarms)
    city.raise_alarm()
    subscription = hub.join(1)
    assert subscription is not None
    city.raise_alarm()
    city.raise_alarm()
    running = asyncio.create_task(hub.run())
    assert [(await subscription.next()).record.seq for _ in range(2)] == [2, 3]
    running.cancel()


async def test_a_listener_behind_the_hub_is_sent_back_to_replay() -> None:
    city = City()
    hub = Hub(city.alarms)
    ahead = hub.join(0)
    assert ahead is not None
    running = asyncio.create_task(hub.run())
    city.raise_alarm()
    await ahead.next()
    assert hub.join(0) is None
    assert hub.join(1) is not None
    running.cancel()


async def test_the_stream_outlives_an_absent_database(client: Client, city: City) -> None:
    async with client.get(STREAM) as stream:
        await next_event(stream)
        city.alarms.away = True
        city.raise_alarm("tertunda")
        assert (await client.get("/api/v1/alarms")).status == 503
        assert (await client.get(STREAM)).status == 503
        city.alarms.away = False
        assert (await next_alarm(stream)).title == "tertunda"


async def test_the_server_stops_at_once_with_open_streams(city: City, app: object) -> None:
    server = TestServer(app)  # type: ignore[arg-type]
    await server.start_server()
    async with ClientSession(timeout=ClientTimeout(total=10)) as session:
        streams = [await session.get(server.make_url(STREAM)) for _ in range(5)]
        for stream in streams:
            await next_event(stream)
        began_s = time.monotonic()
        await server.close()
        took_s = time.monotonic() - began_s
        for stream in streams:
            assert await next_event(stream) is None
    assert took_s < 2
