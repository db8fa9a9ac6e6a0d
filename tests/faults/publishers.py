"""Two publishers that keep their own record of what they were promised."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.ids import SourceId

PLAIN, CAREFUL = "perangkat-puback", "perangkat-resi"
"""Sources: a device that believes the broker's acknowledgement, and one that waits for Pantau's receipt."""

PACKET_IDS = 65_535

METRIC = "water_level"


def body(start: datetime, number: int) -> bytes:
    """Return a message whose one value is its number, with a time of its own."""
    ts = (start + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
    return json.dumps({"ts": ts, "values": {METRIC: number}}).encode()


def paced(count: int, rate_hz: float, stop: threading.Event) -> Iterator[int]:
    """Yield numbers from 0, no faster than the rate."""
    begin_s = time.monotonic()
    for number in range(count):
        early_s = number / rate_hz - (time.monotonic() - begin_s)
        if early_s > 0 and stop.wait(early_s):
            return
        yield number


class PlainPublisher:
    """Publishes at QoS 1 and notes when the broker acknowledged each message.

    Args:
        port: The broker's.
        count: Messages to publish, fewer than there are packet ids.
        rate_hz: Messages a second.
    """

    def __init__(self, port: int, count: int, rate_hz: float) -> None:
        assert count < PACKET_IDS
        self.sent = 0
        self._count, self._rate_hz = count, rate_hz
        self._start = datetime.now(UTC) - timedelta(minutes=1)
        self._numbers: dict[int, int] = {}
        self._came: list[tuple[int, float]] = []
        self._all = threading.Event()
        self._stop = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, PLAIN)
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run, name=PLAIN)
        self._thread.start()

    def _run(self) -> None:
        for number in paced(self._count, self._rate_hz, self._stop):
            info = self._client.publish(f"pantau/v1/{PLAIN}/telemetry", body(self._start, number), qos=1)
            self._numbers[info.mid] = number
            self.sent += 1

    def _on_publish(self, _client: object, _userdata: object, mid: int, *_: object) -> None:
        # Only noted: paho holds a lock here that `publish` wants, and the number may not be known yet.
        self._came.append((mid, time.monotonic()))
        if len(self._came) == self._count:
            self._all.set()

    @property
    def acknowledged(self) -> dict[int, float]:
        """When (monotonic) the broker acknowledged each number."""
        return {self._numbers[mid]: at_s for mid, at_s in list(self._came) if mid in self._numbers}

    def finish(self, timeout_s: float) -> bool:
        """Wait until everything is published and acknowledged; tell whether it is."""
        return self._all.wait(timeout_s)

    def stop(self) -> None:
        """Disconnect."""
        self._stop.set()
        self._thread.join(10)
        self._client.disconnect()
        self._client.loop_stop()


class CarefulPublisher:
    """The reference device: keeps each message on disk until Pantau's receipt.

    Args:
        port: The broker's.
        folder: Where its outbox lies.
        count: Messages to publish.
        rate_hz: Messages a second.
    """

    def __init__(self, port: int, folder: Path, count: int, rate_hz: float) -> None:
        self.sent = 0
        self._count, self._rate_hz = count, rate_hz
        self._start = datetime.now(UTC) - timedelta(minutes=1)
        self._outbox = Outbox(folder / "outbox")
        self._client = DeviceClient(Broker(port=port), SourceId(CAREFUL), self._outbox)
        self._stop = threading.Event()
        self._client.start()
        self._thread = threading.Thread(target=self._run, name=CAREFUL)
        self._thread.start()

    def _run(self) -> None:
        for number in paced(self._count, self._rate_hz, self._stop):
            self._client.publish("telemetry", body(self._start, number))
            self.sent += 1

    def finish(self, timeout_s: float) -> bool:
        """Wait until everything is published and receipted; tell whether it is."""
        deadline_s = time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and self._client.settle(max(deadline_s - time.monotonic(), 0))

    @property
    def receipted(self) -> int:
        """Messages that Pantau receipted: those sent and no longer kept."""
        return self.sent - len(self._outbox)

    def stop(self) -> None:
        """Disconnect."""
        self._stop.set()
        self._thread.join(10)
        self._client.stop()
