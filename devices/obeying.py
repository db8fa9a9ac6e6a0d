"""The device's side of settings and commands."""

import queue
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
import structlog

from devices.orders import ROOT, Answered, Ordered, Reported, Wanted
from events.ids import SourceId
from events.message import Message
from runtime.clock import Clock, utc_now

log = structlog.get_logger(__name__)

REMEMBERED = 64
"""Commands of which the answer is kept: the broker may deliver one twice, and it is done once."""

MOST_WAITING = 100

_WANTED = msgspec.json.Decoder(Wanted)
_ORDERED = msgspec.json.Decoder(Ordered)

Apply = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Takes the wanted settings on and returns those now in force; raises ValueError where it cannot."""

Act = Callable[[Mapping[str, Any]], object]
"""Does what a command says with its arguments and returns what to answer; raises ValueError where it cannot."""


class Line(Protocol):
    """A device's way to the broker."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Accept a message for sending."""
        ...


class Orders:
    """Follows settings and does commands, each command once while this runs.

    Give `topics` and `hear` to a `DeviceClient` as `hears` and `heard`; call `attend` a few times a second on a thread
    of your own, since what settings and commands do may take its time.

    Args:
        source: Whose orders.
        apply: Takes settings on.
        commands: What can be done, by name.
        clock: Tells whether a command has expired.
    """

    def __init__(
        self, source: SourceId, *, apply: Apply, commands: Mapping[str, Act] | None = None, clock: Clock = utc_now
    ) -> None:
        self._root = f"{ROOT}/{source}/"
        self._apply = apply
        self._commands = dict(commands or {})
        self._clock = clock
        self._version = 0
        self._waiting = queue.Queue[Message](MOST_WAITING)
        self._answers: OrderedDict[str, bytes] = OrderedDict()

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return f"{self._root}config", f"{self._root}command/+"

    def hear(self, message: Message) -> None:
        """Take an order in, on the network thread; the newest is passed over where too many wait."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            log.warning("an order was passed over: too many wait", topic=message.topic)

    def attend(self, line: Line) -> None:
        """Do what has been ordered, and answer.

        Raises:
            StorageError: an answer could not be kept.
        """
        while True:
            try:
                message = self._waiting.get_nowait()
            except queue.Empty:
                return
            kind = message.topic.removeprefix(self._root)
            if kind == "config":
                self._follow(message.payload, line)
            else:
                self._do(kind, message.payload, line)

    def _follow(self, payload: bytes, line: Line) -> None:
        try:
            wanted = _WANTED.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return  # nothing is wanted any more, or nobody can tell what
        if wanted.version == self._version:
            return  # the broker says the retained wish again at each connection
        try:
            report = Reported(version=wanted.version, settings=dict(self._apply(wanted.settings)))
        except ValueError as error:
            report = Reported(version=wanted.version, error=str(error))
        self._version = wanted.version
        line.publish("config/reported", msgspec.json.encode(report), retain=True)

    def _do(self, kind: str, payload: bytes, line: Line) -> None:
        if kind not in self._answers:
            self._answers[kind] = msgspec.json.encode(self._outcome(payload))
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        line.publish(f"{kind}/result", self._answers[kind])

    def _outcome(self, payload: bytes) -> Answered:
        try:
            order = _ORDERED.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Answered(state="failed", detail=f"this command cannot be read: {error}")
        act = self._commands.get(order.name)
        if act is None:
            known = ", ".join(sorted(self._commands)) or "none"
            return Answered(state="failed", detail=f"there is no command {order.name}; there are: {known}")
        if self._clock() > order.expires_at:
            return Answered(state="failed", detail="it came after its time and was not done")
        try:
            return Answered(state="done", result=act(order.args))
        except ValueError as error:
            return Answered(state="failed", detail=str(error))
