"""How much memory the ingest process takes, whatever the broker sends.

`python -m benchmarks.ingest_memory`: retained messages on as many topics, all sent at once when ingest subscribes, and
fit for quarantine only; then one payload of 50 MB through a broker that allows it. Real Mosquitto, embedded
PostgreSQL, ingest as a process of its own; its resident memory is read from outside.
"""

import argparse
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console

from tests.faults.city import FaultCity, Ingest
from tests.faults.publishers import PLAIN

BIG_BYTES = 50 * 1000 * 1000
MIB = 1 << 20
WINDOW = 1000
PATIENCE_S = 3600.0


def resident_bytes(ingest: Ingest, field: str) -> int:
    """Return resident memory now (`VmRSS`) or at most so far (`VmHWM`), as Linux tells (proc(5))."""
    lines = Path(f"/proc/{ingest.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def shown(ingest: Ingest) -> str:
    """Return both in MiB."""
    now, peak = (resident_bytes(ingest, field) / MIB for field in ("VmRSS", "VmHWM"))
    return f"{now:.0f} MiB, at most {peak:.0f}"


def publish(port: int, count: int, topic: Callable[[int], str], payload: bytes, *, retain: bool) -> None:
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
    for number in range(count):
        window.acquire()
        client.publish(topic(number), payload, qos=1, retain=retain)
    for _ in range(count):
        assert done.acquire(timeout=PATIENCE_S), "the broker stopped accepting messages"
    client.disconnect()
    client.loop_stop()


def refused(ingest: Ingest) -> int:
    """Return how many messages went to quarantine, by the process's own books."""
    return ingest.balance().outcomes["messages"].get("quarantined", 0)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    count: int = parser.parse_args().messages
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=120, highlight=False)
    with FaultCity(broker_changes=[("message_size_limit 1048576", "message_size_limit 0")]) as city:
        city.ingest.wait_until_it_hears()
        console.print(f"idle: {shown(city.ingest)}; publishing {count:,} retained messages ...")
        city.kill_ingest()
        publish(city.broker.port, count, lambda n: f"pantau/v1/{PLAIN}/evidence/{n}", b"x" * 100, retain=True)
        ingest = city.start_ingest()
        ingest.wait_until_it_hears()
        for quarter in range(1, 5):
            while refused(ingest) < count * quarter // 4:
                time.sleep(0.2)
            console.print(f"{quarter * 25} % taken: {shown(ingest)}")
        before = refused(ingest)
        publish(city.broker.port, 1, lambda _: f"pantau/v1/{PLAIN}/telemetry", bytes(BIG_BYTES), retain=False)
        while refused(ingest) == before:
            time.sleep(0.2)
        console.print(f"after {BIG_BYTES:,} bytes: {shown(ingest)}")


if __name__ == "__main__":
    main()
