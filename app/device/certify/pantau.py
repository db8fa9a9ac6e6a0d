"""Plays Pantau's part towards one device: takes messages in or pretends not to have, and receipts them."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from configs.services import Broker
from devices.answers import receipt_payload
from devices.decoder import Decoder
from devices.registry import KnownSource, Registry
from events.message import Message
from events.receipt import Receipt, Tally
from runtime.clock import utc_now
from runtime.mqtt import Hooks, MqttConnection

RECEIPT_EVERY_S = 0.5
"""As Pantau itself."""

STATUS_S = 3.0

Number = tuple[str, int]
"""Boot and seq."""

Status = tuple[str, str | None]
"""State and boot."""

Taking = Callable[[Number], bool]
"""Decides whether a numbered message is taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing a device said.

    Attributes:
        number: Its boot and seq, None where it has none.
        content: What it says, without its numbering.
        ts: The device's time, None where it sent none or was refused.
        received_at: When it came, aware UTC.
        refusal: Why Pantau would not accept it, empty where it would.
    """

    number: Number | None
    content: str
    ts: datetime | None
    received_at: datetime
    refusal: str


@dataclass(slots=True)
class Heard:
    """Everything heard of a device so far."""

    said: list[Said] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)


def everything(_number: Number) -> bool:
    """Take everything in."""
    return True


def nothing(_number: Number) -> bool:
    """Take nothing in: as if the broker had lost it after its PUBACK."""
    return False


class Pantau:
    """A stand-in that keeps the contract of `docs/devices.md` but for what the trial makes it forget.

    Args:
        broker: Where to listen.
        source: The device and what it measures.
    """

    def __init__(self, broker: Broker, source: KnownSource) -> None:
        self.heard = Heard()
        self.taking: Taking = everything
        self.receipting = True
        self.tallies: dict[str, Tally] = {}
        self._receipted: list[tuple[float, str, int]] = []  # when (monotonic), boot, up to which number
        self._broker = broker
        self._source = source
        self._root = f"pantau/v1/{source.id}"
        self._decoder = Decoder(Registry({source.id: source}), utc_now)
        self._lock = threading.Lock()
        self._due: dict[str, None] = {}
        self._told_s = 0.0
        self._connection = MqttConnection(
            broker,
            name="certify",
            client_id="pantau-certify",
            clean_session=True,
            subscriptions=[(f"{self._root}/{kind}", 1) for kind in ("telemetry", "event", "status")],
            hooks=Hooks(received=self._on_received, between=self._attend),
        )

    def start(self) -> None:
        """Connect."""
        self._connection.start()

    def stop(self) -> None:
        """Disconnect."""
        self._connection.stop()

    @property
    def connected(self) -> bool:
        """Whether it hears."""
        return self._connection.connected

    @property
    def newest(self) -> Number | None:
        """Number of the newest message, None before the first."""
        with self._lock:
            return next((said.number for said in reversed(self.heard.said) if said.number is not None), None)

    def mark(self) -> int:
        """Return how much was heard so far, for `numbers` and `fresh`."""
        with self._lock:
            return len(self.heard.said)

    def numbers(self, since: int = 0) -> list[Number]:
        """Return the numbers of everything heard after a mark, in order."""
        with self._lock:
            return [said.number for said in self.heard.said[since:] if said.number is not None]

    def fresh(self, since: int) -> list[Number]:
        """Return the numbers heard for the first time after a mark."""
        with self._lock:
            before = {said.number for said in self.heard.said[:since]}
            return list(
                dict.fromkeys(
                    s.number for s in self.heard.said[since:] if s.number is not None and s.number not in before
                )
            )

    def receipted_before(self, at_s: float) -> set[Number]:
        """Return the numbers heard whose receipt was sent before a moment (monotonic)."""
        with self._lock:
            upto: dict[str, int] = {}
            for sent_s, boot, seq in self._receipted:
                if sent_s < at_s:
                    upto[boot] = max(seq, upto.get(boot, 0))
        return {(boot, seq) for boot, seq in self.numbers() if seq <= upto.get(boot, 0)}

    def retained_status(self) -> Status | None:
        """Return the status that the broker retains, None where it retains none."""
        kept: list[Status] = []
        answered = threading.Event()

        def received(message: Message) -> None:
            if message.retained:
                kept.append(_status(message))
                answered.set()

        asking = MqttConnection(
            self._broker,
            name="certify-status",
            client_id="pantau-certify-status",
            clean_session=True,
            subscriptions=[(f"{self._root}/status", 0)],
            hooks=Hooks(received=received),
        )
        asking.start()
        answered.wait(STATUS_S)
        asking.stop()
        return kept[-1] if kept else None

    def forgive(self) -> None:
        """Take in whatever was not taken in so far, so that an earlier failure does not spoil the next line."""
        with self._lock:
            highest: dict[str, int] = {}
            for said in self.heard.said:
                if said.number is not None:
                    boot, seq = said.number
                    highest[boot] = max(highest.get(boot, 0), seq)
            for boot, seq in highest.items():
                self.tallies[boot] = Tally(upto=max(seq, self.tallies.get(boot, Tally()).upto))
                self._due[boot] = None

    def say(self, payload: bytes) -> None:
        """Publish something on the device's receipt topic, retained."""
        self._connection.publish(f"{self._root}/receipt", payload, qos=1, retain=True)

    # On the network thread.

    def _on_received(self, message: Message) -> None:
        with self._lock:
            if message.topic.endswith("/status"):
                self._note_status(message)
            elif not message.retained:
                for said in _understood(message, self._decoder):
                    self._note(said)
        self._connection.acknowledge([message.delivery])

    def _note(self, said: Said) -> None:
        self.heard.said.append(said)
        if said.number is None:
            return
        boot, seq = said.number
        tally = self.tallies.setdefault(boot, Tally(upto=seq - 1))  # what came before the trial is not asked for
        if self.taking(said.number):
            self.tallies[boot] = tally.take([seq])
            self._due[boot] = None

    def _note_status(self, message: Message) -> None:
        status = _status(message)
        self.heard.statuses.append(status)
        if status[0] == "online":
            self._due |= dict.fromkeys(self.tallies)
            self._told_s = 0.0

    def _attend(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            if not self.receipting or not self._due or now_s - self._told_s < RECEIPT_EVERY_S:
                return
            self._told_s = now_s
            due, self._due = self._due, {}
            payloads = [self._receipt(boot, now_s) for boot in due]
        for payload in payloads:
            self.say(payload)

    def _receipt(self, boot: str, now_s: float) -> bytes:
        tally = self.tallies[boot]
        self._receipted.append((now_s, boot, tally.upto))
        return receipt_payload(Receipt(source=self._source.id, boot=boot, tally=tally))


def _status(message: Message) -> Status:
    try:
        body = json.loads(message.payload)
    except ValueError:
        body = message.payload.decode("ascii", "replace").strip()
    return (str(body.get("state")), body.get("boot")) if isinstance(body, dict) else (str(body), None)


def _understood(message: Message, decoder: Decoder) -> Iterable[Said]:
    """Yield what a message says, one by one where it is an array."""
    intake = decoder.decode(message)
    refusal = "" if intake.rejection is None else f"{intake.rejection.reason}: {intake.rejection.detail}"
    moments = [] if intake.decoded is None else [reading.ts for reading in intake.decoded.readings]
    newest = max(moments, default=None)
    try:
        body = json.loads(message.payload)
    except ValueError:
        body = None
    for part in body if isinstance(body, list) and body else [body]:
        fields = dict(part) if isinstance(part, dict) else {}
        boot, seq = fields.pop("boot", None), fields.pop("seq", None)
        fields.pop("oldest", None)
        yield Said(
            number=(boot, seq) if isinstance(boot, str) and isinstance(seq, int) else None,
            content=json.dumps(fields, sort_keys=True),
            ts=newest if newest is not None and abs(newest - message.received_at) > timedelta(0) else None,
            received_at=message.received_at,
            refusal=refusal,
        )
