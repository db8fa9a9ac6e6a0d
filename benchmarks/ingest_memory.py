"""How much memory the ingest process takes, for how long, and whatever the broker sends.

`python -m benchmarks.ingest_memory`: a million messages of 200 sensors, good and bad (`benchmarks.mixed_traffic`), at
ten points of which resident memory is read, with its slope from the third on, when all that is bounded is full, and
what a message cost in processor time since the point before. With `--flood N` instead N retained messages on as many
topics, all sent at once when ingest subscribes, and fit for quarantine only; then one payload of 50 MB through a
broker that allows it. Real Mosquitto, embedded PostgreSQL, ingest as a process of its own; its resident memory is
read from outside.
"""

import argparse
import logging
import threading
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from statistics import linear_regression

import paho.mqtt.client as mqtt
import psutil
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.table import Table

from benchmarks.mixed_traffic import mixed, site_text
from benchmarks.servers import ServerClock
from tests.faults.city import FaultCity, Ingest
from tests.faults.publishers import PLAIN

BIG_BYTES = 50 * 1000 * 1000
MIB = 1 << 20
WINDOW = 1000
PATIENCE_S = 3600.0
POINTS, WARM_UP = 10, 3
AHEAD = 20_000
"""Messages that the broker may hold for ingest: the bench waits for whichever is slower."""


def resident_bytes(ingest: Ingest, field: str) -> int:
    """Return resident memory now (`VmRSS`) or at most so far (`VmHWM`), as Linux tells (proc(5))."""
    lines = Path(f"/proc/{ingest.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def shown(ingest: Ingest) -> str:
    """Return both in MiB."""
    now, peak = (resident_bytes(ingest, field) / MIB for field in ("VmRSS", "VmHWM"))
    return f"{now:.0f} MiB, at most {peak:.0f}"


def publish(port: int, messages: Iterable[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish at QoS 1 and wait for every acknowledgement."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "bench-publisher")
    window, done = threading.Semaphore(WINDOW), threading.Semaphore(0)

    def on_publish(*_: object) -> None:
        window.release()
        done.release()

    client.on_publish = on_publish
    client.max_inflight_messages_set(WINDOW)
    client.connect("127.0.0.1", port)
    client.loop_start()
    count = 0
    for topic, payload in messages:
        window.acquire()
        client.publish(topic, payload, qos=1, retain=retain)
        count += 1
    for _ in range(count):
        assert done.acquire(timeout=PATIENCE_S), "the broker stopped accepting messages"
    client.disconnect()
    client.loop_stop()


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def refused(ingest: Ingest) -> int:
    """Return how many messages went to quarantine, by the process's own books."""
    return ingest.balance().outcomes["messages"].get("quarantined", 0)


def steady(city: FaultCity, count: int, console: Console) -> None:
    """Send mixed traffic, never far ahead of ingest, and print memory at ten points with its slope."""
    city.file.write_text(site_text(city.wires[0].port), encoding="utf-8")
    city.kill_ingest()
    ingest = city.start_ingest()
    ingest.wait_until_it_hears()
    table = Table(title=f"{count:,} messages of 200 sensors; idle: {shown(ingest)}")
    headings = "messages", "resident MiB", "of it not shared, MiB", "ingest us/message", "server us/message"
    for heading in headings:
        table.add_column(heading, justify="right")
    points: list[tuple[int, float]] = []
    process = psutil.Process(ingest.process.pid)
    server = ServerClock(city.database.url)
    used_s, served_s = _cpu_s(process), server.used_s()
    traffic = mixed(count)
    sent = 0
    for point in range(1, POINTS + 1):
        while sent < point * count // POINTS:
            slice_of = min(AHEAD, point * count // POINTS - sent)
            publish(city.broker.port, islice(traffic, slice_of))
            sent += slice_of
            deadline_s = time.monotonic() + PATIENCE_S
            while ingest.committed < sent:  # canaries count too: at most a few messages are still under way
                assert time.monotonic() < deadline_s, "ingest stopped taking messages"
                time.sleep(0.1)
        now_s, served_now_s = _cpu_s(process), server.used_s()
        points.append((ingest.committed, resident_bytes(ingest, "VmRSS") / MIB))
        taken, resident_mib = points[-1]
        before = points[-2][0] if point > 1 else 0
        alone = resident_bytes(ingest, "RssAnon") / MIB
        costs = (f"{spent_s / (taken - before) * 1e6:.0f}" for spent_s in (now_s - used_s, served_now_s - served_s))
        table.add_row(f"{taken:,}", f"{resident_mib:.1f}", f"{alone:.1f}", *costs)
        used_s, served_s = now_s, served_now_s
    console.print(table)
    warm = points[WARM_UP - 1 :]
    slope, _ = linear_regression([taken / 1e6 for taken, _ in warm], [mib for _, mib in warm])
    outcomes = ingest.balance().outcomes["messages"]
    console.print(f"slope from point {WARM_UP} on: {slope:+.1f} MiB per million messages; {shown(ingest)}; {outcomes}")


def flood(city: FaultCity, count: int, console: Console) -> None:
    """Have everything sent at once, and then something too large."""
    console.print(f"idle: {shown(city.ingest)}; publishing {count:,} retained messages ...")
    city.kill_ingest()
    topics = (f"pantau/v1/{PLAIN}/evidence/{n}" for n in range(count))
    publish(city.broker.port, ((topic, b"x" * 100) for topic in topics), retain=True)
    ingest = city.start_ingest()
    ingest.wait_until_it_hears()
    # Each comes twice: kept for the session while ingest was away, and retained for whoever subscribes.
    for quarter in range(1, 5):
        while refused(ingest) < 2 * count * quarter // 4:
            time.sleep(0.2)
        console.print(f"{quarter * 25} % taken: {shown(ingest)}")
    before = refused(ingest)
    publish(city.broker.port, [(f"pantau/v1/{PLAIN}/telemetry", bytes(BIG_BYTES))])
    while refused(ingest) == before:
        time.sleep(0.2)
    console.print(f"after {BIG_BYTES:,} bytes: {shown(ingest)}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="of mixed traffic")
    parser.add_argument("--flood", type=int, help="retained messages, in the place of mixed traffic")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=120, highlight=False)
    with FaultCity(broker_changes=[("message_size_limit 1048576", "message_size_limit 0")]) as city:
        city.ingest.wait_until_it_hears()
        if asked.flood is None:
            steady(city, asked.messages, console)
        else:
            flood(city, asked.flood, console)


if __name__ == "__main__":
    main()
