"""Hears the city's bus: messages in batches acknowledged after their commit, and passing pictures."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

import structlog
from prometheus_client import Counter, Gauge

from configs.services import Broker
from configs.sparkplug import EdgeTopic
from events.ids import SourceId, is_slug
from events.message import Message
from ingest.redelivery import Redelivery
from runtime.channel import LosslessChannel
from runtime.clock import Clock, utc_now
from runtime.isolation import isolated
from runtime.mqtt import MAX_PAYLOAD_BYTES, Hooks, MqttConnection

log = structlog.get_logger(__name__)

SUBSCRIPTIONS = tuple((f"pantau/v1/+/{kind}", 1) for kind in ("telemetry", "event", "evidence/+", "status", "canary"))
"""QoS 1 and not 2: with manual acknowledgement paho loses QoS 2 messages when the consumer dies."""

MOST_HELD_BYTES = 64 * 1024 * 1024
"""Payload bytes held at most, until they are acknowledged; beyond, nothing is read from the broker's socket."""

_OWN = "pantau/v1/"
_BURST_MESSAGES = 256
_REDELIVERY_PATIENCE_S = 10.0
_QUIET_S = 0.005

RECEIVED = Counter("pantau_mqtt_received_total", "Messages handed over for processing, redelivered ones included")
ACKNOWLEDGED = Counter("pantau_mqtt_acknowledged_total", "Messages acknowledged to the broker")
OUTDATED = Counter(
    "pantau_mqtt_outdated_acknowledgements_total",
    "Messages processed whose connection was gone: the broker sends them again",
)
UNSENT = Counter("pantau_mqtt_unsent_total", "Own messages not published for want of a connection")
HELD_BYTES = Gauge(
    "pantau_mqtt_held_bytes", "Payload bytes received and not yet done with", multiprocess_mode="livesum"
)

MAX_SNAPSHOT_BYTES = 512 * 1024
_JPEG_START = b"\xff\xd8\xff"

OnPicture = Callable[[SourceId, bytes, datetime], None]
"""Takes a camera, its JPEG, and when it was received (aware UTC); called on the network thread, must not block."""

IGNORED = Counter("pantau_snapshots_ignored_total", "Snapshots that were no JPEG, too large, or of no valid source")


class MqttIntake:
    """The durable subscription of the ingest process.

    The broker is the buffer: a message is acknowledged only after its commit, so whatever dies, the broker still has
    what was not kept. Messages wait here in a bounded channel; when it is full, the socket is not read until there
    is room. If nothing at all is taken for about a minute the keep-alive ends the connection, and with the next one
    everything unacknowledged comes again.

    After a reconnection the messages still waiting cannot be acknowledged any more (see `MqttConnection`). Where the
    broker lost the session they are all there is, so they stay, are committed, and `acknowledge` passes over them.
    Where it kept the session, each is given up for its redelivered copy (see `Redelivery`).

    Not restartable. One thread takes, one acknowledges all that was taken; `publish` may be called from any.

    Args:
        broker: The broker section of the site file.
        capacity: Messages held at most, apart from two bursts of 256.
        clock: Gives the receive time.
        redelivery_patience_s: How long old copies wait for their redelivery.
        foreign_topics: Topics outside Pantau's contract that are to be heard too; Sparkplug's may be filters.
        may_connect: Whether a connection may be begun: two processes of one client id would throw each other out.

    Raises:
        ConfigError: `broker.ca_file` cannot be used.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        capacity: int,
        clock: Clock,
        redelivery_patience_s: float = _REDELIVERY_PATIENCE_S,
        foreign_topics: Sequence[str] = (),
        may_connect: Callable[[], bool] = lambda: True,
    ) -> None:
        self._capacity = capacity
        self._channel = LosslessChannel[Message](capacity)
        self._pending: list[Message] = []  # received, but not yet in the channel
        self._old = Redelivery(redelivery_patience_s)
        # One writer each, so that neither needs a lock: the network thread and the acknowledging thread.
        self._bytes_in = 0
        self._bytes_out = 0
        self._foreign = frozenset(foreign_topics)
        self._unsubscribed: set[str] = set()  # unsubscribed from on this connection
        self._connection = MqttConnection(
            broker,
            name="ingest",
            client_id=broker.client_id,
            clean_session=False,
            subscriptions=[*SUBSCRIPTIONS, *((topic, 1) for topic in foreign_topics)],
            hooks=Hooks(
                connected=self._on_connected,
                received=self._on_received,
                between=self._hand_over,
                has_room=self._has_room,
                may_connect=may_connect,
            ),
            clock=clock,
        )

    def start(self) -> None:
        """Begin connecting; returns at once."""
        self._connection.start()

    def stop(self) -> None:
        """Disconnect, within two seconds; unacknowledged messages stay with the broker."""
        self._connection.stop()

    @property
    def alive(self) -> bool:
        """Whether the network thread works, connected or not. False means: start a new process."""
        return self._connection.alive

    @property
    def connected(self) -> bool:
        """Whether the broker is there just now."""
        return self._connection.connected

    def take(self, most: int, *, first_timeout_s: float, age_s: float) -> list[Message]:
        """Return up to `most` messages in order of arrival; an empty list when none came within `first_timeout_s`.

        Returns at once when so many wait, else `age_s` after the first was found, or as soon as nothing more has come
        for 5 ms: a broker whose window of unacknowledged messages is full (the embedded one's holds 100) sends nothing
        until this batch is acknowledged, and waiting for it would hold up everything.
        """
        batch = self._channel.take(most, first_timeout_s=first_timeout_s, age_s=0)
        deadline_s = time.monotonic() + age_s
        while batch and len(batch) < most and (rest_s := deadline_s - time.monotonic()) > 0:
            more = self._channel.take(most - len(batch), first_timeout_s=min(rest_s, _QUIET_S), age_s=0)
            if not more:
                break
            batch += more
        if batch:
            RECEIVED.inc(len(batch))
            HELD_BYTES.set(self._bytes_in - self._bytes_out)
            if self._pending:
                self._connection.wake()
        return batch

    def acknowledge(self, messages: Sequence[Message]) -> int:
        """Tell the broker that these are kept, in the order they were taken; return how many it is told of.

        Messages of an earlier connection are passed over: their packet ids now mean other messages.
        """
        told = self._connection.acknowledge(message.delivery for message in messages)
        self._bytes_out += sum(len(message.payload) for message in messages)
        HELD_BYTES.set(self._bytes_in - self._bytes_out)
        ACKNOWLEDGED.inc(told)
        OUTDATED.inc(len(messages) - told)
        return told

    def hear(self, foreign_topics: Sequence[str]) -> None:
        """Hear further topics outside Pantau's contract; those heard so far may still bring messages."""
        self._foreign |= frozenset(foreign_topics)
        self._connection.subscribe(foreign_topics, 1)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Publish one of Pantau's own messages; False, and counted, when there is no connection.

        Raises:
            PayloadError: the payload is larger than 1 MB.
        """
        sent = self._connection.publish(topic, payload, qos=qos, retain=retain) is not None
        if not sent:
            UNSENT.inc()
        return sent

    # On the network thread.

    def _has_room(self) -> bool:
        return len(self._pending) < _BURST_MESSAGES and self._bytes_in - self._bytes_out < MOST_HELD_BYTES

    def _on_connected(self, session_present: bool) -> None:  # noqa: FBT001 - the hook's shape
        self._unsubscribed.clear()
        if not session_present:
            self._admit_first(self._old.release())
            return
        waiting = self._channel.take(self._capacity, first_timeout_s=0, age_s=0) + self._pending
        self._pending.clear()
        self._bytes_in -= sum(len(message.payload) for message in waiting)
        self._old.hold(waiting, time.monotonic())

    def _on_received(self, message: Message) -> None:
        if len(message.payload) > MAX_PAYLOAD_BYTES:
            # One byte too many is kept, so that the decoder sees and refuses it; the rest would only cost memory.
            message = message._replace(payload=message.payload[: MAX_PAYLOAD_BYTES + 1])
        if not self._expects(message.topic):
            # The session outlives the site file: a topic taken out of it stays subscribed until somebody says so.
            # (The embedded broker does not listen to that for what an earlier connection subscribed to; it forgets
            # everything when it stops anyway.)
            edge = EdgeTopic.parse(message.topic)
            self._unsubscribed.add(message.topic)
            self._connection.unsubscribe(message.topic if edge is None else edge.filter)
        if self._old:
            self._old.replace(message)
        self._bytes_in += len(message.payload)
        self._pending.append(message)

    def _expects(self, topic: str) -> bool:
        if topic.startswith(_OWN) or topic in self._foreign or topic in self._unsubscribed:
            return True
        edge = EdgeTopic.parse(topic)
        return edge is not None and edge.filter in self._foreign

    def _hand_over(self) -> None:
        if self._old:
            self._admit_first(self._old.overdue(time.monotonic()))
        if self._pending:
            del self._pending[: self._channel.put_many(self._pending)]

    def _admit_first(self, messages: list[Message]) -> None:
        if messages:
            log.info("messages of the last connection were not sent again and are processed now", count=len(messages))
            self._bytes_in += sum(len(message.payload) for message in messages)
            self._pending[:0] = messages


class SnapshotListener:
    """A passing subscription (QoS 0, clean session, a client id of its own) to every camera's latest picture.

    Args:
        broker: The broker section of the site file.
        on_picture: Called for each picture; an error in it is logged and hurts nobody else.
        clock: Gives the receive time.

    Raises:
        ConfigError: `broker.ca_file` cannot be used.
    """

    def __init__(self, broker: Broker, on_picture: OnPicture, clock: Clock = utc_now) -> None:
        self._on_picture = on_picture
        self._connection = MqttConnection(
            broker,
            name="snapshots",
            client_id=f"{broker.client_id}-{uuid4().hex[:8]}",
            clean_session=True,
            subscriptions=[("pantau/v1/+/snapshot", 0)],
            hooks=Hooks(received=self._on_received),
            clock=clock,
        )

    def start(self) -> None:
        """Begin connecting; returns at once."""
        self._connection.start()

    def stop(self) -> None:
        """Disconnect, within two seconds."""
        self._connection.stop()

    @property
    def alive(self) -> bool:
        """Whether the network thread works, connected or not."""
        return self._connection.alive

    def _on_received(self, message: Message) -> None:
        source = message.topic.removeprefix("pantau/v1/").removesuffix("/snapshot")
        picture = message.payload
        if len(picture) > MAX_SNAPSHOT_BYTES or not picture.startswith(_JPEG_START) or not is_slug(source):
            IGNORED.inc()
            return
        isolated("snapshot", lambda: self._on_picture(SourceId(source), picture, message.received_at))
