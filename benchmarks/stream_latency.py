"""How long a reading takes from its publishing to the operators' alarm stream, with hundreds of them listening.

`python -m benchmarks.stream_latency`: a whole city (broker, ingest, database, web) takes 1,000 messages a second of
five values each; some cross a threshold. A publisher notes when it sends each of those, a listener when its event
comes, both by one clock. Told for one listener and for 500 on the same web process, whose streams must all be complete
and in order: whoever misses an event stops the benchmark.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.table import Table

from tests.fix_broker import Embedded, Mosquitto, mosquitto_program
from tests.ports import free_ports
from tests.waiting import until

SENSORS = 200
PROBES = 10
LIMIT = 100.0
CROSSINGS_HZ = 10
GOAL_P50_MS, GOAL_P99_MS = 50.0, 250.0
READY_S, LAST_S = 60.0, 10.0
UNITS = {"level": "cm", "pm25": "ug/m3", "temperature": "Cel", "humidity": "%", "battery": "V"}


def site_text(broker: int, web: int) -> str:
    """Return the site file, which is JSON and therefore YAML: sensors that only load, and some that cross a limit."""
    names = [*(f"load-{n:03}" for n in range(SENSORS)), *(f"probe-{n:02}" for n in range(PROBES))]
    metrics = {metric: {"unit": unit} for metric, unit in UNITS.items()}
    place = {"id": "bench", "name": "Bench", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}
    return json.dumps(
        {
            "city": {"name": "Bench"},
            "data_dir": "data",
            "broker": {"embedded": False, "port": broker},
            "database": {"embedded": True},
            "web": {"port": web},
            "sites": [place],
            "sensors": [{"id": name, "name": name, "site": "bench", "metrics": metrics} for name in names],
            "rules": [
                {"id": "limit", "kind": "threshold", "metric": "level", "above": LIMIT, "hysteresis": 5},
                {"id": "smoke", "kind": "threshold", "metric": "pm25", "above": 150},
                {"id": "silent", "kind": "absence", "of": "sensors"},
            ],
        }
    )


@contextmanager
def city(folder: Path) -> Iterator[tuple[int, int]]:
    """Run a city; yields the ports of its broker and of its pages."""
    (folder / "broker").mkdir()
    server = Mosquitto(folder / "broker") if mosquitto_program() else Embedded()
    server.start()
    port = free_ports(1)
    file = folder / "site.yaml"
    file.write_text(site_text(server.port, port))
    with (folder / "city.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ,
        )
    try:
        yield server.port, port
    finally:
        process.terminate()
        process.wait(30)
        server.kill()


class Publisher:
    """Sends the load at a steady pace, a crossing now and then, and notes when each crossing left."""

    def __init__(self, port: int, rate_hz: float) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench-load")
        self._client.max_inflight_messages_set(2_000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._rate_hz = rate_hz
        self.sent: dict[str, list[float]] = {f"probe-{n:02}": [] for n in range(PROBES)}

    def run(self, seconds: float) -> None:
        """Send for so long; what the machine cannot send in time is sent late and not left out."""
        began_s = time.monotonic()
        every = max(round(self._rate_hz / CROSSINGS_HZ), 1)
        cycle = 2 * PROBES * every  # whole ones, so that every alarm ends before the next part
        total = -(-round(seconds * self._rate_hz) // cycle) * cycle
        for number in range(total):
            due_s = began_s + number / self._rate_hz
            if (wait_s := due_s - time.monotonic()) > 0.002:
                time.sleep(wait_s)
            self._send(f"load-{number % SENSORS:03}", 50.0 + number % 7)
            if number % every == 0:
                name = f"probe-{number // every % PROBES:02}"
                crossed = len(self.sent[name]) % 2 == 0
                self.sent[name].append(time.monotonic())
                self._send(name, LIMIT + 20 if crossed else LIMIT - 20)

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _send(self, name: str, level: float) -> None:
        body = {
            "ts": round(time.time() * 1000),
            "values": {"level": level, "pm25": 30, "temperature": 30, "humidity": 70, "battery": 3.6},
        }
        self._client.publish(f"pantau/v1/{name}/telemetry", json.dumps(body), qos=1)


def wait_until_ready(port: int) -> None:
    """Wait until the city says that data flows."""

    def ready() -> bool:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    until(ready, "ready", READY_S)


@dataclass
class Stream:
    """What one listener heard.

    Attributes:
        timed: Whether it notes when each source's events came; the others only count.
    """

    timed: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)
    seqs: list[int] = field(default_factory=list)
    heard: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def follow(self, session: aiohttp.ClientSession, url: str) -> None:
        """Collect events for ever."""
        kind, seq = b"", 0
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=None)) as response:
            self.open.set()
            async for line in response.content:
                name, _, value = line.rstrip().partition(b": ")
                if name == b"id":
                    seq = int(value)
                elif name == b"event":
                    kind = value
                elif name == b"data" and kind == b"alarm":
                    self.seqs.append(seq)
                    if self.timed:
                        self.heard[json.loads(value)["source_id"]].append(time.monotonic())


@asynccontextmanager
async def following(streams: Sequence[Stream], url: str) -> AsyncIterator[None]:
    """Have every stream open meanwhile."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, read_bufsize=2**20) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(stream.follow(session, url)) for stream in streams]
        async with asyncio.timeout(READY_S):
            await asyncio.gather(*(stream.open.wait() for stream in streams))
        yield
        for task in tasks:
            task.cancel()


def heard_by_all(streams: Sequence[Stream], wanted: int) -> None:
    """Wait, not for ever, until every stream had so many events."""
    deadline_s = time.monotonic() + LAST_S
    while time.monotonic() < deadline_s and any(len(stream.seqs) < wanted for stream in streams):
        time.sleep(0.1)


def crowd(url: str, size: int, mine: Connection) -> None:
    """Listen as so many until told how many events there were, then hand over every listener's events."""

    async def listen() -> None:
        streams = [Stream() for _ in range(size)]
        async with following(streams, url):
            mine.send("open")
            await asyncio.to_thread(lambda: heard_by_all(streams, mine.recv()))
        mine.send([stream.seqs for stream in streams])

    asyncio.run(listen())


async def measure(url: str, port: int, *, others: Connection | None, rate_hz: float, seconds: float) -> list[float]:
    """Return every latency in milliseconds, once it is sure that everybody heard everything."""
    stream = Stream(timed=True)
    publisher = Publisher(port, rate_hz)
    async with following([stream], url):
        await asyncio.to_thread(publisher.run, seconds)
        wanted = sum(map(len, publisher.sent.values()))
        await asyncio.to_thread(heard_by_all, [stream], wanted)
    publisher.stop()
    lists = [stream.seqs]
    if others is not None:
        others.send(wanted)
        lists += await asyncio.to_thread(others.recv)
    if (fewest := min(map(len, lists))) != wanted:
        raise SystemExit(f"of {wanted} events a listener had {fewest}: the figures would mean nothing")
    assert all(seqs == sorted(set(stream.seqs)) for seqs in lists), "out of order, or twice"
    return [
        (there - sent) * 1000
        for name, times in publisher.sent.items()
        for sent, there in zip(times, stream.heard[name], strict=True)
    ]


def measure_in_a_crowd(url: str, port: int, size: int, *, rate_hz: float, seconds: float) -> list[float]:
    """Measure while others, in a process of their own, listen to the same web process."""
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=crowd, args=(url, size, theirs))
    process.start()
    try:
        if not mine.poll(READY_S):
            raise SystemExit(f"{size} listeners could not connect")
        mine.recv()
        return asyncio.run(measure(url, port, others=mine, rate_hz=rate_hz, seconds=seconds))
    finally:
        process.join(LAST_S)
        process.kill()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second")
    parser.add_argument("--seconds", type=float, help="how long each part takes")
    parser.add_argument("--listeners", type=int, default=500)
    parser.add_argument("--full", action="store_true", help="two minutes a part instead of twenty seconds")
    asked = parser.parse_args()
    pace = {"rate_hz": asked.rate, "seconds": asked.seconds or (120.0 if asked.full else 20.0)}
    title = f"Publishing to alarm stream, {asked.rate:,.0f} messages a second of {len(UNITS)} values"
    table = Table(title=title, width=len(title) + 4)
    for heading in ("listeners", "events", "p50 ms", "p90 ms", "p99 ms", "worst ms"):
        table.add_column(heading, justify="right")
    with TemporaryDirectory() as folder, city(Path(folder)) as (broker, web):
        wait_until_ready(web)
        url = f"http://127.0.0.1:{web}/api/v1/alarms/stream"
        alone = asyncio.run(measure(url, broker, others=None, **pace))
        crowded = measure_in_a_crowd(url, broker, asked.listeners - 1, **pace)
    for listeners, latencies in ((1, alone), (asked.listeners, crowded)):
        p50, p90, p99 = np.percentile(latencies, (50, 90, 99))
        figures = (f"{ms:,.0f}" for ms in (p50, p90, p99, max(latencies)))
        table.add_row(f"{listeners}", f"{len(latencies):,}", *figures)
    console = Console(width=120)
    console.print(table)
    console.print(f"goal: p50 at most {GOAL_P50_MS:.0f} ms, p99 at most {GOAL_P99_MS:.0f} ms")


if __name__ == "__main__":
    main()
