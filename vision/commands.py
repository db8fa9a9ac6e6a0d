"""Commands that operators send to a worker's cameras over the bus, and their answers.

`pantau/v1/{camera}/command/{id}` carries `{"do": "clean_now", "zone": "corner"}`; the answer on
`pantau/v1/{camera}/command/{id}/result` is `{"id", "do", "zone", "result": "ok" | "failed", "reason", "ts"}`.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

import msgspec
import structlog
from prometheus_client import Counter

from events.errors import StorageError
from events.ids import SourceId, ZoneId
from events.message import Message
from runtime.channel import LatestChannel
from runtime.clock import Clock
from vision.detector import Answer
from vision.payloads import TOPIC_ROOT, topic
from vision.reporter import Publisher

log = structlog.get_logger(__name__)

WAITING_MOST = 32
"""Commands come from people; more at once are a mistake, and the oldest give way."""
REMEMBERED_MOST = 256
"""Answers kept, to be repeated when the broker or an impatient client sends a command again."""
LARGEST_BYTES = 4096
ANSWER_WITHIN_S = 45.0
"""After this the camera itself has not answered: no pictures come, or its analysis was made anew."""

_COMMAND = re.compile(rf"{TOPIC_ROOT}/([a-z0-9][a-z0-9_-]*)/command/([A-Za-z0-9_-]{{1,64}})")

COMMANDS = Counter("pantau_vision_commands_total", "Commands answered, by result", ["result"])


class Cleanable(Protocol):
    """A camera of this worker that can be told that a zone is clean."""

    @property
    def id(self) -> SourceId:
        """Which camera."""
        ...

    def take_clean(self, zone: ZoneId | None, now_s: float, answer: Answer) -> None:
        """Take a zone as it is now for clean, and tell `answer` how that went, now or later."""
        ...


class Order(msgspec.Struct):
    """What a command says."""

    do: str
    zone: str | None = None


class _Name(NamedTuple):
    camera: SourceId
    id: str


class _Pending(NamedTuple):
    order: Order
    until_s: float


def filters(cameras: Iterable[SourceId]) -> list[str]:
    """Return the topic filters on which commands for these cameras come."""
    return [topic(camera, "command/+") for camera in cameras]


class CommandDesk:
    """Takes commands in, has them carried out once, and answers each, however often it comes.

    `hear` may be called from any thread; all else from the one that looks at pictures.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting = LatestChannel[Message](WAITING_MOST)
        self._pending: dict[_Name, _Pending] = {}
        self._answered: OrderedDict[_Name, bytes] = OrderedDict()

    def hear(self, message: Message) -> None:
        """Take in a message; never blocks, never raises."""
        if message.retained:
            log.warning("a retained command is of the past and is not carried out", topic=message.topic[:200])
            return
        self._waiting.put(message)

    def serve(self, cameras: Mapping[SourceId, Cleanable], publisher: Publisher, now_s: float) -> None:
        """Carry out what waits, and answer for cameras that do not.

        Args:
            cameras: The worker's cameras.
            publisher: Takes the answers.
            now_s: Monotonic seconds.
        """
        while len(self._waiting) and (message := self._waiting.get(timeout_s=0.0)) is not None:
            self._carry_out(message, cameras, publisher, now_s)
        for name, pending in list(self._pending.items()):
            if now_s >= pending.until_s:
                self._answer(name, pending.order, publisher, "the camera's analysis gave no answer; does it run?")

    def _carry_out(
        self, message: Message, cameras: Mapping[SourceId, Cleanable], publisher: Publisher, now_s: float
    ) -> None:
        matched = _COMMAND.fullmatch(message.topic)
        if matched is None:
            log.warning("a command's id is unusable: want up to 64 letters, digits, - or _", topic=message.topic[:200])
            return
        name = _Name(SourceId(matched[1]), matched[2])
        camera = cameras.get(name.camera)
        if camera is None or name in self._pending:
            return
        if name in self._answered:
            self._publish(name, self._answered[name], publisher)
            return
        order, fault = _read(message.payload)
        if fault is not None:
            self._answer(name, order, publisher, fault)
            return
        self._pending[name] = _Pending(order, now_s + ANSWER_WITHIN_S)
        camera.take_clean(
            None if order.zone is None else ZoneId(order.zone), now_s, partial(self._answer, name, order, publisher)
        )

    def _answer(self, name: _Name, order: Order, publisher: Publisher, reason: str | None) -> None:
        self._pending.pop(name, None)
        if name in self._answered:  # given up before the camera answered after all
            return
        result = "ok" if reason is None else "failed"
        COMMANDS.labels(result).inc()
        log.info("a command was answered", camera=name.camera, do=order.do[:40], result=result, reason=reason)
        body = {"id": name.id, "do": order.do[:40], "zone": order.zone, "result": result, "reason": reason}
        self._answered[name] = msgspec.json.encode(body | {"ts": self._clock()})
        while len(self._answered) > REMEMBERED_MOST:
            self._answered.popitem(last=False)
        self._publish(name, self._answered[name], publisher)

    def _publish(self, name: _Name, payload: bytes, publisher: Publisher) -> None:
        try:
            publisher.publish(topic(name.camera, f"command/{name.id}/result"), payload, qos=1, retain=False)
        except StorageError as error:
            log.error("an answer cannot be kept and is not sent", camera=name.camera, reason=str(error))  # noqa: TRY400 - the sentence says all


def _read(payload: bytes) -> tuple[Order, str | None]:
    """Return what a command says, and what is wrong with it."""
    if len(payload) > LARGEST_BYTES:
        return Order(do=""), f"the command has {len(payload)} bytes; at most {LARGEST_BYTES}"
    try:
        order = msgspec.json.decode(payload, type=Order)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Order(do=""), 'the command is unreadable; want {"do": "clean_now", "zone": "ZONE"}'
    if order.do != "clean_now":
        return Order(do=order.do[:40]), "this camera knows only clean_now"
    return order, None
