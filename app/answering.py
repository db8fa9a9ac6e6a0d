"""Tells devices what became of their messages, after the commit."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client import Counter, Gauge

from devices.answers import receipt_payload, receipt_topic, refusal_payload, refusal_topic
from events.ids import SourceId
from events.receipt import Receipt
from storage.report import CommitReport

RECEIPT_EVERY_S = 0.5
"""A device that sends a hundred messages a second is told of many at once."""

RECEIPTS = Counter("pantau_receipts_total", "Receipts handed to the broker")
WAITING = Gauge("pantau_receipts_waiting", "Receipts not yet handed to the broker", multiprocess_mode="livesum")
LOST = Counter("pantau_device_messages_lost_total", "Numbered messages that devices gave up before they came")


class Outlet(Protocol):
    """Takes Pantau's own messages to the broker."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand over a message; False when there is no connection."""
        ...


class Answers:
    """Refusals at once, receipts at most twice a second a device: the newest stands for those before it.

    A receipt that never leaves costs nothing but a repetition: the device sends again, and is told again. For one
    thread.

    Args:
        outlet: Takes messages to the broker.
        monotonic: Seconds that only run forward.
    """

    def __init__(self, outlet: Outlet, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._outlet = outlet
        self._monotonic = monotonic
        self._waiting: dict[SourceId, dict[str, Receipt]] = {}
        self._told_s: dict[SourceId, float] = {}

    def answer(self, report: CommitReport) -> None:
        """Tell each device what could not be accepted of it, and up to where it may forget."""
        for message, rejection in report.rejections:
            topic = refusal_topic(rejection)
            if topic is not None:
                self._outlet.publish(topic, refusal_payload(message, rejection))
        for receipt in report.receipts:
            LOST.inc(receipt.newly_lost)
            self._waiting.setdefault(receipt.source, {})[receipt.boot] = receipt
        self.attend()

    def ask(self, requests: Iterable[tuple[str, bytes]]) -> None:
        """Ask devices for something, each with a topic and a payload; nobody retains a request."""
        for topic, payload in requests:
            self._outlet.publish(topic, payload)

    def attend(self) -> None:
        """Send the receipts that are due; call this a few times a second."""
        if not self._waiting:
            return
        now_s = self._monotonic()
        due = [s for s in self._waiting if now_s - self._told_s.get(s, -RECEIPT_EVERY_S) >= RECEIPT_EVERY_S]
        for source in due:
            if not self._send(source):
                break
            self._told_s[source] = now_s
        WAITING.set(len(self._waiting))

    def _send(self, source: SourceId) -> bool:
        """Send what waits for a device, its newest run last, so that this is what the broker retains."""
        waiting = self._waiting[source]
        for boot, receipt in list(waiting.items()):
            if not self._outlet.publish(receipt_topic(receipt), receipt_payload(receipt), qos=1, retain=True):
                return False
            del waiting[boot]
            RECEIPTS.inc()
        del self._waiting[source]
        return True
