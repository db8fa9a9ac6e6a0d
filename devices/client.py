"""The reference device: publishes at least once, whatever happens to the broker or to itself."""

import threading
from collections.abc import Callable, Sequence
from uuid import uuid4

import msgspec
from prometheus_client import Counter

from configs.services import Broker
from devices.outbox import Outbox
from events.errors import PayloadError
from events.ids import SourceId
from events.message import Message
from runtime.clock import Clock, utc_now
from runtime.mqtt import MAX_PAYLOAD_BYTES, Hooks, MqttConnection, Will

WINDOW_MESSAGES = 64
"""Messages on the way without the broker's word; small enough that a reconnection repeats little."""

_NUMBERED = frozenset({"telemetry", "event"})
_PREFIX = "pantau/v1/"

PASSING_DROPPED = Counter("pantau_device_passing_dropped_total", "QoS 0 messages replaced by newer ones or never sent")


class DeviceClient:
    """One source's connection, for sensors, gateways and whoever wants an example.

    A QoS 1 message is kept in the outbox from `publish` until the broker acknowledges it, and is sent in order, again
    after each reconnection and after a restart of the process; so it arrives at least once. Telemetry and events that
    are JSON objects are numbered before they are kept: `boot` names this run, `seq` grows by one for each message of
    a source, so a repeated one is recognised. (The receipts of a later release will say up to which `seq` everything
    is committed; until then the broker's word empties the outbox.) A QoS 0 message, such as a snapshot, is never kept:
    while it waits, a newer one on its topic takes its place.

    The retained status says `online` from each connection on, and `offline` by the last will or by `stop`.

    Args:
        broker: The broker section of the site file.
        source: Who this is: the client id, and whose status is reported.
        outbox: Where messages wait; closed by `stop`.
        clock: Gives the time of status messages.
        boot: Identifier of this run, made anew by default.
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
        hears: Sequence[str] = (),
        heard: Callable[[Message], None] = lambda _message: None,
    ) -> None:
        self.source = source
        self.boot = boot or uuid4().hex
        self._outbox = outbox
        self._heard = heard
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._publishing = threading.Lock()
        self._status_topic = f"{_PREFIX}{source}/status"
        self._passing: dict[str, bytes] = {}  # QoS 0, newest of each topic
        # The network thread's own: what is on the way, by packet id, and what the broker acknowledged.
        self._sent_up_to = 0
        self._on_the_way: dict[int, int] = {}
        self._acknowledged: list[int] = []
        self._emptied = threading.Condition()
        self._connection = MqttConnection(
            broker,
            name=source,
            client_id=source,
            clean_session=True,
            subscriptions=[(topic, 1) for topic in hears],
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
        self._connection.wake()

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has everything; tell whether it does."""
        with self._emptied:
            return self._emptied.wait_for(lambda: len(self._outbox) == 0, timeout_s)

    def stop(self) -> None:
        """Say `offline`, disconnect within two seconds, and close the outbox; what is in it waits for the next run."""
        self._connection.stop()
        self._outbox.close()

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
            numbered = _numbered(payload, self.boot, number)
            self._outbox.append(topic, numbered, retain=retain, telemetry=kind == "telemetry")
            self._numbers[source] = number

    # On the network thread.

    def _on_connected(self, _session_present: bool) -> None:  # noqa: FBT001 - the hook's shape
        self._report("online")

    def _on_received(self, message: Message) -> None:
        self._heard(message)
        self._connection.acknowledge([message.delivery])

    def _report(self, state: str) -> None:
        payload = msgspec.json.encode({"state": state, "boot": self.boot, "ts": self._clock()})
        self._connection.publish(self._status_topic, payload, qos=1, retain=True)

    def _on_delivered(self, packet_id: int) -> None:
        item_id = self._on_the_way.pop(packet_id, None)
        if item_id is not None:
            self._acknowledged.append(item_id)

    def _take_turn(self) -> None:
        self._forget_acknowledged()
        if not self._connection.connected:
            return
        self._send_passing()
        room = WINDOW_MESSAGES - len(self._on_the_way)
        for item in self._outbox.after(self._sent_up_to, room) if room else ():
            packet_id = self._connection.publish(item.topic, item.payload, qos=1, retain=item.retain)
            if packet_id is None:
                return
            self._on_the_way[packet_id] = item.id
            self._sent_up_to = item.id

    def _forget_acknowledged(self) -> None:
        if not self._acknowledged:
            return
        self._outbox.remove(self._acknowledged)
        self._acknowledged.clear()
        with self._emptied:
            self._emptied.notify_all()

    def _send_passing(self) -> None:
        # Only onto an idle socket: behind a broker that does not read, pictures would pile up in memory.
        if not self._passing or self._connection.is_writing:
            return
        with self._publishing:
            passing, self._passing = self._passing, {}
        for topic, payload in passing.items():
            if self._connection.publish(topic, payload, qos=0, retain=False) is None:
                PASSING_DROPPED.inc()


def _numbered(payload: bytes, boot: str, seq: int) -> bytes:
    """Return a JSON object with its number; an array, and an object that has a number, as it is.

    Raises:
        PayloadError: `malformed`.
    """
    if payload.lstrip()[:1] == b"[":
        return payload
    try:
        body = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PayloadError("malformed", f"telemetry and events are JSON: {error}") from error
    if "boot" in body or "seq" in body:
        return payload
    body["boot"] = msgspec.Raw(msgspec.json.encode(boot))
    body["seq"] = msgspec.Raw(msgspec.json.encode(seq))
    return msgspec.json.encode(body)
