"""The desk of the ingest role: carries settings and commands to devices, and their answers into the database.

It has a connection of its own, apart from the telemetry's: an order never waits behind a backlog of readings.
"""

import threading
from collections import deque
from collections.abc import Callable
from uuid import UUID

import structlog
from prometheus_client import Counter

from configs.services import Broker
from devices.answers import refusal_payload, refusal_topic
from devices.orders import (
    ANSWERS,
    MOST_BYTES,
    answered_of,
    command_payload,
    command_topic,
    config_payload,
    config_topic,
    reported_of,
)
from devices.reasons import Reason
from events.errors import PayloadError, StorageError
from events.ids import SourceId, is_slug
from events.intake import Rejection
from events.message import Message
from events.orders import CommandState
from runtime.backoff import full_jitter
from runtime.clock import Clock, utc_now
from runtime.isolation import Fault, isolated
from runtime.mqtt import Hooks, MqttConnection
from storage.orders import OrderBook

log = structlog.get_logger(__name__)

TURN_S = 0.5
"""How often the database is asked for new orders."""

MOST_WAITING = 1_000
"""Answers held at most, each cut to what is looked at: 64 MB."""

ACTOR = "ingest"

ANSWERED = Counter("pantau_device_answers_total", "Reports and results of devices, by what became of them", ["outcome"])


class Desk:
    """Publishes what is wanted and stores what is answered; answers are acknowledged after their commit.

    Args:
        broker: The broker section of the site file; the session is `client_id` with `-desk` behind it.
        url: Gives the database's address; raises StorageError while there is none.
        clock: The present.
        may_connect: Whether a connection may be begun: two desks of one name would throw each other out.
    """

    def __init__(
        self,
        broker: Broker,
        url: Callable[[], str],
        clock: Clock = utc_now,
        *,
        may_connect: Callable[[], bool] = lambda: True,
    ) -> None:
        self._url = url
        self._clock = clock
        self._book: OrderBook | None = None
        self._waiting: deque[Message] = deque()
        self._forgotten = False
        # By packet id, what the broker has not acknowledged yet.
        self._configs: dict[int, tuple[SourceId, int]] = {}
        self._commands: dict[int, UUID] = {}
        self._delivered: deque[int] = deque()
        self._connection = MqttConnection(
            broker,
            name="desk",
            client_id=f"{broker.client_id}-desk",
            clean_session=False,
            subscriptions=[(topic, 1) for topic in ANSWERS],
            hooks=Hooks(
                connected=self._on_connected,
                received=self._on_received,
                delivered=self._delivered.append,
                has_room=lambda: len(self._waiting) < MOST_WAITING,
                may_connect=may_connect,
            ),
            clock=clock,
        )

    def run(self, stop: threading.Event) -> None:
        """Work until asked to stop; whatever the database does meanwhile, nothing is lost."""
        self._connection.start()
        pauses = full_jitter(first_s=0.5, longest_s=10.0)
        pause_s = TURN_S
        while not stop.wait(pause_s):
            # An error in one turn is logged and counted; what was not acknowledged comes again.
            problem = isolated("desk", self._turn)
            pause_s = TURN_S if problem is None else next(pauses)
            if problem is None:
                pauses = full_jitter(first_s=0.5, longest_s=10.0)
        self._connection.stop()
        self._close()

    def _turn(self) -> StorageError | None:
        try:
            if self._book is None:
                self._book = OrderBook(self._url(), actor=ACTOR)
            self._note_delivered(self._book)
            self._take_answers(self._book)
            self._book.expire(self._clock())
            self._give_orders(self._book)
        except StorageError as error:
            log.warning("orders wait for the database", problem=str(error))
            self._close()
            return error
        return None

    def _take_answers(self, book: OrderBook) -> None:
        for _ in range(len(self._waiting)):
            message = self._waiting[0]
            # A bug met by one answer costs that answer: nobody else's waits behind it.
            outcome = isolated("answer", self._taken, book, message)
            if isinstance(outcome, StorageError):
                raise outcome
            if isinstance(outcome, Fault):
                outcome = PayloadError(Reason.DECODER_FAULT, "Pantau failed to read this; its log has the reason")
            ANSWERED.labels("stored" if outcome is None else "refused").inc()
            if outcome is not None:
                self._refuse(book, message, outcome)
            self._waiting.popleft()
            self._connection.acknowledge([message.delivery])

    def _refuse(self, book: OrderBook, message: Message, error: PayloadError) -> None:
        device = _device_of(message.topic)
        # Whoever is not known shares one place in quarantine: names can be invented without end.
        source = device if is_slug(device) and book.knows(device) else None
        rejection = Rejection(source=source, reason=error.reason, detail=str(error))
        book.refuse(message, rejection)
        topic = refusal_topic(rejection)
        if topic is not None:
            self._connection.publish(topic, refusal_payload(message, rejection), qos=0, retain=False)

    def _taken(self, book: OrderBook, message: Message) -> PayloadError | StorageError | None:
        """Store an answer; return why it is refused, or why it cannot be stored just now."""
        try:
            if message.payload:  # an empty one only clears what was retained
                self._take(book, message)
        except (PayloadError, StorageError) as error:
            return error
        return None

    def _take(self, book: OrderBook, message: Message) -> None:
        device = _device_of(message.topic)
        if message.topic.endswith("/config/reported"):
            report = reported_of(message.payload)
            book.report(device, report.version, report.settings, report.error, self._clock())
        else:
            command, answer = answered_of(message.topic, message.payload)
            state = CommandState(answer.state)
            book.finish(command, device, state=state, result=answer.result, detail=answer.detail, now=self._clock())

    def _give_orders(self, book: OrderBook) -> None:
        if not self._connection.connected:
            return
        if self._forgotten:
            self._forgotten = False
            book.publish_again()
        under_way = set(self._configs.values())
        for config in book.unpublished():
            if (config.device, config.version) not in under_way:
                mid = self._publish(config_topic(config.device), config_payload(config), retain=True)
                if mid is not None:
                    self._configs[mid] = config.device, config.version
        ordered = set(self._commands.values())
        for command in book.queued(self._clock()):
            if command.id not in ordered:
                mid = self._publish(command_topic(command), command_payload(command), retain=False)
                if mid is not None:
                    self._commands[mid] = command.id

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        return self._connection.publish(topic, payload, qos=1, retain=retain)

    def _note_delivered(self, book: OrderBook) -> None:
        while self._delivered:
            mid = self._delivered[0]
            if mid in self._configs:
                book.published(*self._configs[mid])
            elif mid in self._commands:
                book.sent(self._commands[mid], self._clock())
            self._delivered.popleft()
            self._configs.pop(mid, None)
            self._commands.pop(mid, None)

    def _on_received(self, message: Message) -> None:
        if len(message.payload) > MOST_BYTES:
            # One byte too many is kept, by which it is refused; the rest would only cost memory.
            message = message._replace(payload=message.payload[: MOST_BYTES + 1])
        self._waiting.append(message)

    def _on_connected(self, session_present: bool) -> None:  # noqa: FBT001 - the hook's shape
        # A broker without our session may have lost what it retained, too.
        self._forgotten = self._forgotten or not session_present

    def _close(self) -> None:
        if self._book is not None:
            self._book.close()
            self._book = None


def _device_of(topic: str) -> SourceId:
    return SourceId("/".join(topic.split("/")[2:3]))
