"""One client of an MQTT broker in a thread of its own: it reconnects for ever and never dies unnoticed.

paho's documented external-loop functions are driven here instead of `loop_start()`, because that one
joins its thread without a bound, waits without jitter, dies of an error in a callback while
`is_connected()` stays true, and makes one `select` per packet: reading in bursts drained twice as many messages.
"""

import select
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import Counter, Gauge

from events.errors import PayloadError
from events.message import Delivery, Message
from runtime.backoff import full_jitter
from runtime.broker_address import BrokerAddress, remedy_for, remedy_for_refusal
from runtime.clock import Clock, Unrepeated, utc_now
from runtime.isolation import Fault, isolated
from runtime.mqtt_client import Will, make_client
from runtime.read_ahead import UNREADABLE, ReadAhead
from runtime.seldom import Seldom
from runtime.wakeup import Wakeup

MAX_PAYLOAD_BYTES = 1_000_000
"""Largest payload sent. A broker answers a larger one (Mosquitto and the embedded broker are set to 1 MiB a packet)
by closing the connection, and the client would then send it again for ever."""

KEEPALIVE_S = 30
STOP_TIMEOUT_S = 2.0
_FAREWELL_S = 0.5
_LONGEST_PAUSE_S = 10.0
_BURST_MESSAGES = 256
_IDLE_POLL_MS = 500
_NO_ROOM_POLL_MS = 20
_PUT_OFF_S = 0.1
_SETTLED_S = 5.0  # a connection that lasted this long was a good one: the next pause is short again
_SILENT_S = 60.0  # longer without a turn of the loop than any connection attempt, slow name servers included, may take

log = structlog.get_logger(__name__)

CONNECTED = Gauge(
    "pantau_mqtt_connected", "Whether the client has a connection", ["client"], multiprocess_mode="livesum"
)
LOSSES = Counter("pantau_mqtt_connection_losses_total", "Connections that ended without being asked to", ["client"])


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the owner of a connection does; all of it runs on the network thread and must not block.

    Attributes:
        connected: After each successful connection, before its first message: whether the broker kept the session.
        received: For each message.
        delivered: For each packet id of a QoS 1 message that the broker acknowledged. paho holds its own lock here:
            only note the id, never publish.
        between: After each burst of packets and at least twice a second.
        has_room: False stops reading from the socket, so that TCP pushes back on the broker.
        farewell: Before an orderly disconnection; may publish.
        may_connect: False puts off the next connection, not the present one.
    """

    connected: Callable[[bool], None] = lambda _session_present: None
    received: Callable[[Message], None] = lambda _message: None
    delivered: Callable[[int], None] = lambda _packet_id: None
    between: Callable[[], None] = _nothing
    has_room: Callable[[], bool] = lambda: True
    farewell: Callable[[], None] = _nothing
    may_connect: Callable[[], bool] = lambda: True


class MqttConnection:
    """A client that stays connected as far as the broker lets it (MQTT 3.1.1, manual acknowledgement).

    Connections are numbered ("generations"). A packet id means something only on the connection it came on: after a
    reconnection the broker gives the same id to another message, and acknowledging with the old one would confirm,
    and so lose, a message nobody has processed. `acknowledge` therefore compares the generation under the lock under
    which it is closed.

    Args:
        address: Where the broker is and how to sign in.
        name: What logs and metrics call this client; taken from the configuration, never from payloads.
        client_id: MQTT client id; two clients with one id keep throwing each other out.
        clean_session: Whether the broker forgets the session when the connection ends.
        subscriptions: (topic filter, QoS) pairs, subscribed to after each connection.
        hooks: What to do.
        will: Last will, None for none.
        clock: Gives the receive time.

    Raises:
        ConfigError: the certificate authority's file cannot be used.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        name: str,
        client_id: str,
        clean_session: bool,
        hooks: Hooks,
        subscriptions: Sequence[tuple[str, int]] = (),
        will: Will | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._address = address
        self._name = name
        self._hooks = hooks
        self._subscriptions = list(subscriptions)
        self._clock = Unrepeated(clock)  # to a device that sends no time this is the time of its readings
        self._log = log.bind(client=name, broker=f"{address.host}:{address.port}")
        self._turn = threading.Lock()  # held while acknowledging or publishing, and while a generation is closed
        self._generation = 0
        self._open: int | None = None
        self._burst = 0
        self._refusal: str | None = None
        self._lost: str = ""
        self._seldom = Seldom()
        self._stopping = threading.Event()
        self._wakeup = Wakeup()
        self._beat_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{name}", daemon=True)
        self._client = make_client(address, client_id, clean_session=clean_session, will=will)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish
        # Without this hook paho would write to the socket from whichever thread acknowledges or publishes.
        self._client.on_socket_register_write = lambda *_: self.wake()

    def start(self) -> None:
        """Begin connecting; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and end the thread, within two seconds even when the broker hangs."""
        self._stopping.set()
        self.wake()
        if self._thread.ident is None:
            self._wakeup.close()
        else:
            self._thread.join(STOP_TIMEOUT_S)

    def wake(self) -> None:
        """Make the network thread take a turn now."""
        if threading.get_ident() != self._thread.ident:
            self._wakeup.signal()

    @property
    def alive(self) -> bool:
        """Whether the network thread runs and turns, connected or not."""
        return self._thread.is_alive() and time.monotonic() - self._beat_s < _SILENT_S

    @property
    def connected(self) -> bool:
        """Whether there is an accepted connection just now."""
        return self._open is not None

    def acknowledge(self, deliveries: Iterable[Delivery]) -> int:
        """Acknowledge what came on the present connection, in the order given; return how many that were.

        Keep the order of arrival: the embedded broker closes the connection on an acknowledgement out of order.
        """
        with self._turn:
            generation = self._open
            if generation is None:
                return 0
            ids = [d.packet_id for d in deliveries if d.generation == generation and d.packet_id]
            if ids:
                self._client.acknowledge(ids)
        return len(ids)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int | None:
        """Hand a message to the connection; return its packet id, None when there is no connection.

        A QoS 1 message handed over is sent again after a reconnection until the broker acknowledges it.

        Raises:
            PayloadError: larger than any broker of ours takes.
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadError("too_large", f"{len(payload)} bytes; at most {MAX_PAYLOAD_BYTES} can be published")
        with self._turn:
            if self._open is None:
                return None
            info = self._client.publish(topic, payload, qos=qos, retain=retain)
            # Where the connection broke this very moment, paho has kept a QoS 1 message and will send it.
            kept = info.rc == MQTTErrorCode.MQTT_ERR_NO_CONN and qos > 0
            return info.mid if kept or info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, topics: Iterable[str], qos: int) -> None:
        """Hear further topics, on this connection and on every later one."""
        with self._turn:
            new = [(topic, qos) for topic in topics if (topic, qos) not in self._subscriptions]
            self._subscriptions = [*self._subscriptions, *new]
            if new and self._open is not None:
                self._client.subscribe(new)

    def unsubscribe(self, topic: str) -> None:
        """Tell the broker to send no more on a topic; without a connection, nothing happens."""
        with self._turn:
            if self._open is not None:
                self._client.unsubscribe(topic)

    @property
    def is_writing(self) -> bool:
        """Whether packets wait for the socket; true for long when the broker does not read."""
        return self._client.want_write()

    # The network thread.

    def _run(self) -> None:
        pauses = full_jitter(longest_s=_LONGEST_PAUSE_S)
        while not self._stopping.is_set():
            self._beat_s = started_s = time.monotonic()
            if not self._hooks.may_connect():
                self._stopping.wait(_PUT_OFF_S)
                continue
            # An error in an owner's hook costs this connection, not the thread: the broker delivers again.
            outcome = isolated("mqtt", self._one_connection)
            accepted = self._open is not None
            self._close(orderly=not isinstance(outcome, Fault) and self._stopping.is_set())
            if accepted and time.monotonic() - started_s >= _SETTLED_S:
                pauses = full_jitter(longest_s=_LONGEST_PAUSE_S)
                self._seldom.forget()
            self._beat_s = time.monotonic()
            self._stopping.wait(next(pauses))
        self._wakeup.close()

    def _one_connection(self) -> None:
        """Connect and serve until the connection ends or `stop` is called."""
        with self._turn:
            self._generation += 1
        self._refusal, self._lost = None, ""
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
            self._complain(remedy_for(error, self._address))
            return
        while not self._stopping.is_set():
            self._beat_s = time.monotonic()
            if not self._serve_once():
                break
        if not self._stopping.is_set():
            self._explain_loss()

    def _serve_once(self) -> bool:
        """Wait for the socket or a wake-up, then read, write and keep alive; False once the connection is gone."""
        stream = self._client.stream
        if stream is None:
            return False
        reading = self._hooks.has_room()
        if self._wait(stream, reading=reading):
            self._read_burst(stream)
        self._hooks.between()
        if self._client.want_write() and self._client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        return self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS and self._client.stream is not None

    def _wait(self, stream: ReadAhead, *, reading: bool) -> bool:
        """Wait until something is to be done; tell whether that is reading."""
        if reading and stream.holds:
            return True
        poll = select.poll()
        events = (select.POLLIN if reading else 0) | (select.POLLOUT if self._client.want_write() else 0)
        if events:  # polled without events a hung-up socket would still report, and the loop would spin
            poll.register(stream, events)
        poll.register(self._wakeup, select.POLLIN)
        ready = dict(poll.poll(_IDLE_POLL_MS if reading else _NO_ROOM_POLL_MS))
        if self._wakeup.fileno() in ready:
            self._wakeup.clear()
        return reading and bool(ready.get(stream.fileno(), 0) & ~select.POLLOUT)

    def _read_burst(self, stream: ReadAhead) -> None:
        """Read until nothing more is there; paho reads one packet of each piece, which keeps its keep-alive true."""
        self._burst = 0
        while self._burst < _BURST_MESSAGES:
            before = self._burst
            stream.admit()
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or self._client.stream is None:
                return
            for message in stream.messages(_BURST_MESSAGES - self._burst, self._generation, self._clock):
                self._burst += 1
                self._hooks.received(message)
            if self._burst == before or not self._hooks.has_room():
                return

    def _close(self, *, orderly: bool) -> None:
        if orderly and self._open is not None:
            self._hooks.farewell()
            self._client.disconnect()
            deadline_s = time.monotonic() + _FAREWELL_S
            while (stream := self._client.stream) is not None and time.monotonic() < deadline_s:
                select.select([], [stream], [], _FAREWELL_S)
                self._client.loop_write()
        with self._turn:
            self._open = None
        CONNECTED.labels(self._name).set(0)
        stream = self._client.stream
        if stream is not None:
            stream.close()

    def _on_connect(self, _client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, *_more: object) -> None:
        if reason.is_failure:
            self._refusal = reason.getName()
            return
        CONNECTED.labels(self._name).set(1)
        if self._seldom.worth_saying("connected"):
            self._log.info("connected to the broker", session_kept=flags.session_present)
        # The hook comes first: messages follow at once when the session was kept.
        self._open = self._generation
        self._hooks.connected(flags.session_present)
        if self._subscriptions:
            self._client.subscribe(self._subscriptions)

    def _on_disconnect(
        self, _client: Client, _: object, _flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._lost = reason.getName()

    def _on_subscribe(self, _client: Client, _: object, _mid: int, codes: list[ReasonCode], *_more: object) -> None:
        refused = [t for (t, _), code in zip(self._subscriptions, codes, strict=False) if code.is_failure]
        if refused:
            self._complain(f"the broker refuses to let this client hear {', '.join(refused)}: correct its access list")

    def _on_message(self, _client: Client, _: object, message: MQTTMessage) -> None:
        self._burst += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = UNREADABLE
        delivery = Delivery(self._generation, message.mid if message.qos else 0)
        self._hooks.received(Message(topic, bytes(message.payload), self._clock(), message.retain, delivery))

    def _on_publish(self, _client: Client, _: object, packet_id: int, *_more: object) -> None:
        self._hooks.delivered(packet_id)

    def _explain_loss(self) -> None:
        if self._refusal is not None:
            self._complain(f"the broker refuses: {self._refusal}. {remedy_for_refusal(self._refusal)}".strip())
        elif self._open is None:
            self._complain("the broker closed the connection without an answer; does it want TLS (broker.tls: true)?")
        else:
            LOSSES.labels(self._name).inc()
            self._complain(
                f"connection lost ({self._lost or 'closed'}); connecting again. If this repeats every few seconds, "
                "another client uses the same client id"
            )

    def _complain(self, text: str) -> None:
        if self._seldom.worth_saying(text):
            self._log.warning(text)
