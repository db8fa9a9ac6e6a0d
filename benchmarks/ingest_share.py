"""How much of a bare MQTT subscriber's speed is left once every message is decoded, judged and committed.

`python -m benchmarks.ingest_share`: QoS 1, five values a message, acknowledged after the commit. A broker keeps the
messages for sessions that are away; then a bare paho subscriber with manual acknowledgement and Pantau's own ingest
drain them in the same run, the bare one before and after, and the share is printed; `--rounds` repeats all of it and
prints medians. Rates depend on the machine and on what else runs there; the share less, the share by CPU time least.
"""

import argparse
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import paho.mqtt.client as mqtt
import psutil
import psycopg
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.table import Table

from alerts.engine import Engine
from app.ingesting import CHANNEL_CAPACITY, pump
from configs.places import Position, Site
from configs.rules import AbsenceRule, Rule, ThresholdRule
from configs.sensors import Metric, Sensor
from configs.services import Broker, Database
from configs.site import City, SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.message import Message
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now
from runtime.collection import spare_collector
from runtime.turns import take_short_turns
from storage.embedded import EmbeddedPostgres
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.seed import seed
from storage.writer import Writer
from tests.fix_broker import Embedded, Mosquitto, mosquitto_program

SENSORS = 200
UNITS = {"level": "m", "pm25": "ug/m3", "temperature": "Cel", "humidity": "%", "battery": "V"}
TOPICS = "pantau/v1/+/telemetry"
GOAL = 0.6
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """One consumer's work.

    Attributes:
        who: Its name in the table.
        messages: How many it acknowledged.
        wall_s: From connecting to the last acknowledgement.
        cpu_s: CPU time of this process meanwhile.
        database_cpu_s: CPU time of the database meanwhile.
    """

    who: str
    messages: int
    wall_s: float
    cpu_s: float
    database_cpu_s: float = 0.0

    @property
    def rate_hz(self) -> float:
        """Messages a second."""
        return self.messages / self.wall_s


def city(data_dir: Path, port: int) -> SiteFile:
    """Return a regency's worth of sensors with rules on two of their five metrics."""
    levels = (("waspada", 0.8), ("siaga", 1.0), ("awas", 1.2))
    rules: list[Rule] = [
        ThresholdRule(kind="threshold", id=name, metric="level", above=limit, hysteresis=0.05) for name, limit in levels
    ]
    rules.append(ThresholdRule(kind="threshold", id="asap", metric="pm25", above=150.0))
    rules.append(AbsenceRule(kind="absence", id="diam", of="sensors"))
    metrics = {metric: Metric(unit=unit) for metric, unit in UNITS.items()}
    return SiteFile(
        city=City(name="Bench"),
        data_dir=data_dir,
        broker=Broker(embedded=False, port=port, client_id="bench-pantau"),
        database=Database(embedded=True),
        sites=(Site(id="bench", name="Bench", kecamatan="33.17.10", position=Position(lat=-6.7, lon=111.3)),),
        sensors=tuple(
            Sensor(id=f"sensor-{i:03}", name=f"Sensor {i}", site="bench", metrics=metrics) for i in range(SENSORS)
        ),
        rules=tuple(rules),
    )


def telemetry(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield (topic, payload): every sensor in turn, a second apart, one of them flooding for a while."""
    rounds = -(-count // SENSORS)
    # Centred on now: a device's clock may differ by five minutes before its readings stop counting for rules.
    start = utc_now() - timedelta(seconds=rounds / 2)
    for i in range(count):
        turn, sensor = divmod(i, SENSORS)
        flood = 0.7 if sensor == 0 and rounds / 3 < turn < rounds / 2 else 0.0
        body = {
            "ts": (start + timedelta(seconds=turn)).isoformat(timespec="milliseconds"),
            "boot": "bench",
            "seq": turn,
            "values": {
                "level": 0.4 + flood + (i % 7) / 100,
                "pm25": 30 + i % 50,
                "temperature": 30 + (i % 30) / 10,
                "humidity": 60 + i % 30,
                "battery": 3.6,
            },
        }
        yield f"pantau/v1/sensor-{sensor:03}/telemetry", json.dumps(body).encode()


def open_session(port: int, client_id: str) -> None:
    """Subscribe durably and leave, so that the broker keeps what comes."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)

    def on_connect(*_: object) -> None:
        client.subscribe(TOPICS, qos=1)

    def on_subscribe(*_: object) -> None:
        client.disconnect()

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.connect("127.0.0.1", port)
    client.loop_forever()


def fill(port: int, count: int) -> None:
    """Publish everything at QoS 1 and wait until the broker has accepted it all."""
    accepted = threading.Semaphore(0)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench-publisher")
    client.max_inflight_messages_set(1000)
    client.on_publish = lambda *_: accepted.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in telemetry(count):
        client.publish(topic, payload, qos=1)
    for _ in range(count):
        if not accepted.acquire(timeout=PATIENCE_S):
            raise TimeoutError("the broker stopped accepting messages")
    client.disconnect()
    client.loop_stop()


def drain_bare(port: int, client_id: str, count: int) -> Drained:
    """Acknowledge every message and do nothing else."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=True)
    left = count

    def on_message(_client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        nonlocal left
        client.ack(message.mid, message.qos)
        left -= 1
        if left == 0:
            client.disconnect()

    client.on_message = on_message
    started_s, cpu_s = time.perf_counter(), time.process_time()
    client.connect("127.0.0.1", port)
    client.loop_forever()
    return Drained(
        who=f"bare paho ({client_id})",
        messages=count,
        wall_s=time.perf_counter() - started_s,
        cpu_s=time.process_time() - cpu_s,
    )


class CountedIntake(MqttIntake):
    """The platform's own intake; tells when everything is acknowledged."""

    def __init__(self, broker: Broker, count: int) -> None:
        super().__init__(broker, capacity=CHANNEL_CAPACITY, clock=utc_now)
        self._left = count
        self.done = threading.Event()

    def acknowledge(self, messages: Sequence[Message]) -> int:
        """Acknowledge, and count."""
        told = super().acknowledge(messages)
        self._left -= told
        if self._left <= 0:
            self.done.set()
        return told


def drain_pantau(site: SiteFile, server: EmbeddedPostgres, count: int) -> Drained:
    """Decode, judge, commit and acknowledge every message, with the loop the platform itself runs."""
    intake = CountedIntake(site.broker, count)
    decoder = Decoder(Registry.from_site(site), utc_now)
    writer = Writer(server.url, Engine(site), PictureStore(site.data_dir / "pictures"), utc_now)
    stop = threading.Event()
    worker = threading.Thread(target=pump, args=(site, intake, decoder, writer, stop), name="commit")
    used_s = database_cpu(server)
    started_s, cpu_s, database_cpu_s = time.perf_counter(), time.process_time(), used_s()
    intake.start()
    worker.start()
    finished = intake.done.wait(PATIENCE_S)
    drained = Drained(
        who="Pantau, committed",
        messages=count,
        wall_s=time.perf_counter() - started_s,
        cpu_s=time.process_time() - cpu_s,
        database_cpu_s=used_s() - database_cpu_s,
    )
    stop.set()
    worker.join()
    intake.stop()
    writer.close()
    if not finished:
        raise TimeoutError("Pantau did not drain everything")
    return drained


def database_cpu(server: EmbeddedPostgres) -> Callable[[], float]:
    """Return a function that tells the CPU seconds the embedded database has used so far."""
    postmaster = psutil.Process(server.pid)

    def used_s() -> float:
        times = [process.cpu_times() for process in (postmaster, *postmaster.children(recursive=True))]
        return sum(t.user + t.system for t in times)

    return used_s


def check(url: str, count: int) -> tuple[int, int]:
    """Return rows and alarm events stored.

    Raises:
        AssertionError: a row is missing, or the flood raised no alarm: the figures would mean nothing.
    """
    with psycopg.connect(url) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM reading").fetchone() or (0,)
        (events,) = connection.execute("SELECT count(*) FROM alarm_event").fetchone() or (0,)
    assert rows == count * len(UNITS), f"{rows} rows of {count * len(UNITS)}"
    assert events > 0, "the flood raised no alarm"
    return rows, events


@contextmanager
def broker(folder: Path) -> Iterator[tuple[int, str]]:
    """Run Mosquitto with the shipped configuration where it is installed, else the embedded broker."""
    folder.mkdir()
    server, name = (Mosquitto(folder), "Mosquitto") if mosquitto_program() else (Embedded(), "embedded broker")
    server.start()
    try:
        yield server.port, name
    finally:
        server.kill()


@contextmanager
def database(site: SiteFile) -> Iterator[EmbeddedPostgres]:
    """Run the embedded PostgreSQL with the schema of this release."""
    server = EmbeddedPostgres(site.data_dir / "postgres")
    server.start()
    try:
        migrate(server.url)
        seed(server.url, site)
        yield server
    finally:
        server.stop()


def report(bare: Sequence[Drained], pantau: Drained, *, title: str, rows: int, events: int) -> tuple[float, float]:
    """Print the table and the shares; return them, by time and by CPU time."""
    table = Table(title=title)
    for heading in ("", "messages/s", "rows/s", "wall s", "CPU s", "CPU us/message", "database CPU s"):
        table.add_column(heading, justify="left" if not heading else "right")
    for drained in (*bare, pantau):
        table.add_row(
            drained.who,
            f"{drained.rate_hz:,.0f}",
            f"{rows / drained.wall_s:,.0f}" if drained is pantau else "",
            f"{drained.wall_s:.2f}",
            f"{drained.cpu_s:.2f}",
            f"{drained.cpu_s / drained.messages * 1e6:.1f}",
            f"{drained.database_cpu_s:.2f}" if drained is pantau else "",
        )
    console = Console(width=120)
    console.print(table)
    share = pantau.rate_hz / mean(drained.rate_hz for drained in bare)
    console.print(f"share of bare drain: {share:.0%} (goal: at least {GOAL:.0%}); {rows:,} rows, {events} alarm events")
    # The interpreter runs one thread at a time, so its CPU time bounds the share; other programs disturb it less.
    bound = mean(drained.cpu_s for drained in bare) / pantau.cpu_s
    console.print(f"by this process's CPU time: {bound:.0%}; load of the machine {os.getloadavg()[0]:.1f}")
    return share, bound


def run(count: int) -> tuple[float, float]:
    """Drain so many messages thrice; return the shares by time and by CPU time."""
    bare_ids = ("before", "after")
    with TemporaryDirectory() as temporary, broker(Path(temporary) / "broker") as (port, broker_name):
        site = city(Path(temporary) / "data", port)
        site.data_dir.mkdir()
        with database(site) as server:
            for client_id in (*bare_ids, site.broker.client_id):
                open_session(port, client_id)
            fill(port, count)
            before = drain_bare(port, bare_ids[0], count)
            pantau = drain_pantau(site, server, count)
            after = drain_bare(port, bare_ids[1], count)
            rows, events = check(server.url, count)
    title = f"{count:,} messages of {len(UNITS)} values, QoS 1, {broker_name}, embedded PostgreSQL"
    return report([before, after], pantau, title=title, rows=rows, events=events)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, help="how many to drain")
    parser.add_argument("--full", action="store_true", help="drain four times as many")
    parser.add_argument("--rounds", type=int, default=1, help="how often")
    asked = parser.parse_args()
    spare_collector()  # for both sides alike
    take_short_turns()  # likewise
    shares = [run(asked.messages or (200_000 if asked.full else 50_000)) for _ in range(asked.rounds)]
    if len(shares) > 1:
        by_time, by_cpu = zip(*shares, strict=True)
        best = f"best {max(by_time):.0%} and {max(by_cpu):.0%}"
        print(f"{len(shares)} rounds: median {median(by_time):.0%} by time, {median(by_cpu):.0%} by CPU time; {best}")


if __name__ == "__main__":
    main()
