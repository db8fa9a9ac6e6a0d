"""The reference device: publishes at least once, whatever happens to the broker or to itself."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import msgspec
from prometheus_client import Counter

from configs.services import Broker
from devices.awaiting import Awaiting, ReceiptPayload, with_oldest
from devices.outbox import Item, ItemNumber, Outbox
from events.errors import PayloadError
from events.ids import SourceId
from events.message import Message
from runtime.clock import Clock, utc_now
from runtime.mqtt import MAX_PAYLOAD_BYTES, Hooks, MqttConnection
from runtime.mqtt_client import Will

WINDOW_MESSAGES = 64
"""Messages on the way without the broker's word; small enough that a reconnection repeats little."""

_NUMBERED = frozenset({"telemetry", "event"})
_PREFIX = "pantau/v1/"

_RECEIPT = msgspec.json.Decoder(ReceiptPayload)

UNREADABLE = Counter("pantau_device_unreadable_receipts_total", "Receipts that could not be read")
PASSING_DROPPED = Counter("pantau_device_passing_dropped_total", "QoS 0 messages replaced by newer ones or never sent")


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of a client's QoS 1 messages since it was made.

    Attributes:
        published: Accepted by `publish`.
        acknowledged: The broker has them; one that was sent twice counts twice.
        receipted: Pantau has them.
        resent: Sent again because a receipt missed them or none came, or held since an earlier run.
    """

    published: int = 0
    acknowledged: int = 0
    receipted: int = 0
    resent: int = 0


class DeviceClient:
    """One source's connection, for sensors, gateways and whoever wants an example.

    A QoS 1 message is kept in the outbox from `publish` on and is sent in order, again after each reconnection and
    after a restart of the process; so it arrives at least once. Telemetry and events that are JSON objects are
    numbered before they are kept: `boot` names this run, `seq` grows by one for each message of a source, so a
    repeated one is recognised. They leave the outbox when Pantau's receipt says that they are committed; what a
    receipt misses, or nobody receipts for long, is sent again. Where a receipt names a higher number than was given, or
    says that the counter was lost, a new run begins and what is held is numbered anew. Other messages leave when the
    broker acknowledges them. A QoS 0 message, such as a snapshot, is never kept: while it waits, a newer one on its
    topic takes its place.

    The retained status says `online` from each connection on, and `offline` by the last will or by `stop`.

    Args:
        broker: The broker section of the site file.
        source: Who this is: the client id, and whose status is reported.
        outbox: Where messages wait; closed by `stop`.
        clock: Gives the time of status messages.
        boot: Identifier of this run, made anew by default; it must never be used again.
        speaks_for: Further sources it publishes for, whose receipts it needs: a gateway's.
        hears: Topic filters of what is sent to this device, such as commands; QoS 1.
        heard: Takes each such message, on the network thread; must not block. The message is acknowledged when it
            returns, and comes again where the connection breaks before.

    Raises:
        ConfigError: `broker.ca_file` cannot be used.
    """

    def __init__(
        self,
        broker: Broker,
        source: SourceId,
        outbox: Outbox,
        *,
        clock: Clock = utc_now,
        boot: str | None = None,
        speaks_for: Sequence[SourceId] = (),
        monotonic: Callable[[], float] = time.monotonic,
        hears: Sequence[str] = (),
        heard: Callable[[Message], None] = lambda _message: None,
    ) -> None:
        self.source = source
        self.boot = boot or uuid4().hex
        self._outbox = outbox
        self._heard = heard
        self._clock = clock
        self._monotonic = monotonic
        self._numbers: dict[str, int] = {}
        self._publishing = threading.Lock()
        self._status_topic = f"{_PREFIX}{source}/status"
        self._passing: dict[str, bytes] = {}  # QoS 0, newest of each topic
        # The network thread's own: what is on the way, by packet id, and what the broker acknowledged.
        self._sent_up_to = 0
        self._on_the_way: dict[int, Item] = {}
        self._acknowledged: list[Item] = []
        self._awaiting = Awaiting()
        self._again: deque[int] = deque()
        self._receipts: list[tuple[str, ReceiptPayload, bool]] = []
        self._emptied = threading.Condition()
        self._counts = Counts()
        self._connection = MqttConnection(
            broker,
            name=source,
            client_id=source,
            clean_session=True,
            subscriptions=[
                *((f"{_PREFIX}{name}/receipt", 1) for name in (source, *speaks_for)),
                *((topic, 1) for topic in hears),
            ],
            # No time in the will: it is written now, and true only when this client is gone.
            will=Will(topic=self._status_topic, payload=msgspec.json.encode({"state": "offline", "boot": self.boot})),
            hooks=Hooks(
                connected=self._on_connected,
                received=self._on_received,
                delivered=self._on_delivered,
                between=self._take_turn,
                farewell=lambda: self._report("offline"),
            ),
            clock=clock,
        )

    def start(self) -> None:
        """Begin connecting; returns at once."""
        self._connection.start()

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Accept a message for sending; returns at once, connected or not.

        Args:
            topic: A full topic, or what follows `pantau/v1/{source}/`.
            payload: At most 1 MB; a JSON object where the topic is telemetry or event, to be numbered.
            qos: 1 for at least once, 0 for a passing picture.
            retain: Whether the broker shall keep it for later subscribers.

        Raises:
            PayloadError: too large for any broker, or not JSON where JSON belongs; a retry would fail again.
            StorageError: the disk did not take it; the caller still owns it.
        """
        topic = topic if topic.startswith(_PREFIX) else f"{_PREFIX}{self.source}/{topic}"
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadError("too_large", f"{len(payload)} bytes for {topic}; at most {MAX_PAYLOAD_BYTES}")
        if qos == 0:
            with self._publishing:
                if topic in self._passing:
                    PASSING_DROPPED.inc()
                self._passing[topic] = payload
        else:
            self._keep(topic, payload, retain=retain)
            self._counts.published += 1
        self._connection.wake()

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has everything; tell whether it does. Receipts may still be awaited."""
        with self._emptied:
            return self._emptied.wait_for(lambda: len(self._outbox) <= len(self._awaiting), timeout_s)

    def stop(self) -> None:
        """Say `offline`, disconnect within two seconds, and close the outbox; what is in it waits for the next run."""
        self._connection.stop()
        self._outbox.close()

    def settle(self, timeout_s: float) -> bool:
        """Wait until everything is receipted, so that nothing depends on this device any more; tell whether it is."""
        with self._emptied:
            return self._emptied.wait_for(lambda: len(self._outbox) == 0, timeout_s)

    @property
    def counts(self) -> Counts:
        """What became of its messages so far; a copy."""
        return replace(self._counts)

    @property
    def held(self) -> int:
        """Messages in the outbox."""
        return len(self._outbox)

    @property
    def alive(self) -> bool:
        """Whether the network thread works, connected or not."""
        return self._connection.alive

    @property
    def connected(self) -> bool:
        """Whether the broker is there just now."""
        return self._connection.connected

    def _keep(self, topic: str, payload: bytes, *, retain: bool) -> None:
        source, _, kind = topic.removeprefix(_PREFIX).partition("/")
        if kind not in _NUMBERED:
            self._outbox.append(topic, payload, retain=retain, telemetry=False)
            return
        # Numbers and places in the outbox are given under one lock, so that both grow together.
        with self._publishing:
            number = self._numbers.get(source, 0) + 1
            numbered, called = _numbered(payload, self.boot, number)
            self._outbox.append(
                topic,
                numbered,
                retain=retain,
                telemetry=kind == "telemetry",
                number=None if called is None else ItemNumber(source, *called),
            )
            self._numbers[source] = number

    # On the network thread.

    def _on_connected(self, _session_present: bool) -> None:  # noqa: FBT001 - the hook's shape
        self._awaiting.connected(self._monotonic())
        self._report("online")

    def _report(self, state: str) -> None:
        payload = msgspec.json.encode({"state": state, "boot": self.boot, "ts": self._clock()})
        self._connection.publish(self._status_topic, payload, qos=1, retain=True)

    def _on_received(self, message: Message) -> None:
        if message.topic.endswith("/receipt"):
            self._note_receipt(message)
        else:
            self._heard(message)
        self._connection.acknowledge([message.delivery])

    def _note_receipt(self, message: Message) -> None:
        source = message.topic.removeprefix(_PREFIX).removesuffix("/receipt")
        try:
            self._receipts.append((source, _RECEIPT.decode(message.payload), not message.retained))
        except (msgspec.DecodeError, UnicodeDecodeError):
            UNREADABLE.inc()

    def _on_delivered(self, packet_id: int) -> None:
        item = self._on_the_way.pop(packet_id, None)
        if item is not None:
            self._acknowledged.append(item)

    def _take_turn(self) -> None:
        self._note_acknowledged()
        self._read_receipts()
        if not self._connection.connected:
            return
        self._send_passing()
        self._repeat(self._awaiting.overdue(self._monotonic()))
        while self._again and len(self._on_the_way) < WINDOW_MESSAGES:
            item = self._outbox.get(self._again.popleft())
            if item is not None:
                if not self._send(item):
                    return
                self._counts.resent += 1
        room = WINDOW_MESSAGES - len(self._on_the_way)
        for item in self._outbox.after(self._sent_up_to, room) if room else ():
            if not self._send(item):
                return
            self._sent_up_to = item.id
            if item.number is not None and item.number.boot != self.boot:
                self._counts.resent += 1

    def _send(self, item: Item) -> bool:
        number = item.number
        oldest = None if number is None else self._outbox.lowest(number.source, number.boot)
        packet_id = self._connection.publish(item.topic, with_oldest(item, oldest), qos=1, retain=item.retain)
        if packet_id is None:
            return False
        self._on_the_way[packet_id] = item
        return True

    def _note_acknowledged(self) -> None:
        if not self._acknowledged:
            return
        now_s = self._monotonic()
        acknowledged, self._acknowledged = self._acknowledged, []
        self._counts.acknowledged += len(acknowledged)
        for item in acknowledged:
            if item.number is not None:
                self._awaiting.add(item.id, item.number, now_s)
        self._forget([item.id for item in acknowledged if item.number is None])

    def _read_receipts(self) -> None:
        """Forget what is receipted, and send again what a receipt misses."""
        receipts, self._receipts = self._receipts, []
        for source, receipt, live in receipts:
            now_s = self._monotonic()
            if self._renewed(source, receipt):
                continue
            kept = self._outbox.up_to(ItemNumber(source, receipt.boot, receipt.seq))
            self._awaiting.receipted(kept, now_s)
            self._forget(kept)
            self._counts.receipted += len(kept)
            self._repeat(self._awaiting.missed(source, receipt, now_s, live=live))

    def _renewed(self, source: str, receipt: ReceiptPayload) -> bool:
        """Begin a new run where the receipt shows that numbers of this one were given before; tell whether it did."""
        with self._publishing:
            if receipt.boot != self.boot or (receipt.error is None and receipt.seq <= self._numbers.get(source, 0)):
                return False
            held = self._outbox.of_run(source, self.boot)
            self.boot = uuid4().hex
            self._numbers = {source: len(held)}
            self._outbox.rewrite([_renumbered(item, self.boot, seq) for seq, item in enumerate(held, 1)])
        self._repeat([item.id for item in held if item.id <= self._sent_up_to])
        self._report("online")
        return True

    def _forget(self, item_ids: Sequence[int]) -> None:
        if item_ids:
            self._outbox.remove(item_ids)
        with self._emptied:
            self._emptied.notify_all()

    def _repeat(self, item_ids: Sequence[int]) -> None:
        self._awaiting.withdraw(item_ids)
        self._again.extend(item_ids)

    def _send_passing(self) -> None:
        # Only onto an idle socket: behind a broker that does not read, pictures would pile up in memory.
        if not self._passing or self._connection.is_writing:
            return
        with self._publishing:
            passing, self._passing = self._passing, {}
        for topic, payload in passing.items():
            if self._connection.publish(topic, payload, qos=0, retain=False) is None:
                PASSING_DROPPED.inc()


def _renumbered(item: Item, boot: str, seq: int) -> Item:
    body = msgspec.json.decode(item.payload, type=dict[str, msgspec.Raw])
    body |= {"boot": msgspec.Raw(msgspec.json.encode(boot)), "seq": msgspec.Raw(msgspec.json.encode(seq))}
    body.pop("oldest", None)
    number = None if item.number is None else ItemNumber(item.number.source, boot, seq)
    return item._replace(payload=msgspec.json.encode(body), number=number)


class _Called(msgspec.Struct):
    boot: str
    seq: int


def _numbered(payload: bytes, boot: str, seq: int) -> tuple[bytes, tuple[str, int] | None]:
    """Return a JSON object with its number, and the number; an array, and an object that has one, as it is.

    Raises:
        PayloadError: `malformed`.
    """
    if payload.lstrip()[:1] == b"[":
        return payload, None
    try:
        body = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PayloadError("malformed", f"telemetry and events are JSON: {error}") from error
    if "boot" in body or "seq" in body:
        try:
            called = msgspec.json.decode(payload, type=_Called)
        except msgspec.DecodeError:
            return payload, None
        return payload, (called.boot, called.seq)
    body["boot"] = msgspec.Raw(msgspec.json.encode(boot))
    body["seq"] = msgspec.Raw(msgspec.json.encode(seq))
    return msgspec.json.encode(body), (boot, seq)
