"""Turns each message into what it says, or into why it is refused; never into an error."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from prometheus_client import Counter

from configs.sparkplug import EdgeTopic
from devices.arrival import Arrival, shown
from devices.checks import Checks
from devices.clocks import Clocks
from devices.codecs import CODECS, Codec
from devices.dialects.foreign import ForeignTopic
from devices.dialects.sparkplug import EdgeNodes
from devices.dialects.status import ForeignStatus
from devices.numbering import salvage
from devices.reasons import Reason
from devices.registry import KnownSource, Registry, SourceKind
from events.errors import PayloadError
from events.ids import SourceId
from events.intake import Decoded, Intake, Rejection
from events.message import Message
from events.reading import Reading
from runtime.clock import Clock
from runtime.isolation import Fault, isolated

PREFIX = "pantau/v1/"

_FOREIGN = frozenset({SourceKind.SENSOR})
_NUMBERED = ("/telemetry", "/event")
_MOST_FOREIGN_BYTES = 256 * 1024

MOST_DAYS = 366
"""Days in which the values of one message may lie: a message is one transaction at least, and each day that is new to
the database costs that some of its locks."""

OWN_PACE = 0.5
"""Share of its interval within which a device's next message is taken for one that it had held back."""

NONE = timedelta()

STRAIGHT = timedelta(seconds=10)
"""So long after the last canary a message has not waited at the broker for long: its receive time can be trusted."""

_new = tuple.__new__
"""Makes a named tuple at half the cost of its own `__new__`, a function in Python; several are made for a message."""

log = structlog.get_logger(__name__)

REFUSED = Counter("pantau_messages_refused_total", "Messages that could not be accepted, by reason", ["reason"])


class _Route(NamedTuple):
    source: KnownSource
    codec: Codec
    rest: str


class Decoder:
    """Decodes messages of known sources, on Pantau's own topics and on the foreign ones the site file names.

    A message is accepted or refused as a whole. Half of one would leave the device believing that it was all kept,
    and a replay from quarantine, once the site file is corrected, would store the accepted half a second time.

    Remembers two things: of Sparkplug's edge nodes their births, and when the last canary was sent. What comes after
    it at the broker cannot have waited there for longer than since then, and what may have waited so long is not taken
    for a device with a slow clock. Used by one thread.

    Args:
        registry: Who may speak.
        clock: Reserved for decoders that need the present time; every time given here is the message's own.
        listened_until: When the last canary that was heard before was sent, None where there was none.
        checks: Judges readings by those before them; outlives the decoder.
        clocks: Watches devices' clocks; outlives the decoder.
        edge_nodes: Remembers births of Sparkplug's edge nodes; outlives the decoder.
    """

    def __init__(
        self,
        registry: Registry,
        clock: Clock,
        listened_until: datetime | None = None,
        *,
        checks: Checks | None = None,
        clocks: Clocks | None = None,
        edge_nodes: EdgeNodes | None = None,
    ) -> None:
        self._registry = registry
        self._checks = Checks(registry) if checks is None else checks
        self._clocks = Clocks() if clocks is None else clocks
        self._paces = {source.id: timedelta(seconds=OWN_PACE * (source.interval_s or 0.0)) for source in registry}
        self._clock = clock
        self._listened_until = listened_until
        # All topics but those of evidence are known beforehand: one look-up for each message.
        self._routes = {
            f"{PREFIX}{source.id}/{kind}": _Route(source, codec, "")
            for source in registry
            for kind, codec in CODECS.items()
            if source.kind in codec.used_by and not codec.names_content
        } | dict(_foreign_routes(registry))
        self._edge_nodes = (EdgeNodes(clock) if edge_nodes is None else edge_nodes).follow(registry)
        self._routes |= {
            str(edge): self._edge_route(edge) for node in self._edge_nodes.values() for edge in node.topics
        }

    def decode(self, message: Message) -> Intake:
        """Return the message with exactly one of what it says and why it is refused. Never raises."""
        outcome = isolated("decoder", lambda: self._understand(message))
        if isinstance(outcome, Decoded):
            return _new(Intake, (message, outcome, None))
        if isinstance(outcome, Fault):
            log.error("a decoder failed on a message; it is kept in quarantine", topic=shown(message.topic))
            outcome = Rejection(
                source=self._source_of(message.topic),
                reason=Reason.DECODER_FAULT,
                detail="Pantau failed to read this; its log has the reason",
            )
        REFUSED.labels(outcome.reason).inc()
        number = salvage(message.payload) if message.topic.endswith(_NUMBERED) else None
        if number is not None and outcome.source is not None:
            outcome = replace(outcome, numbers=(number,))
        return Intake(message, None, outcome)

    def _understand(self, message: Message) -> Decoded | Rejection:
        route = self._routes.get(message.topic)
        try:
            if route is None:
                route = self._find_route(message.topic)
            source, codec, rest = route
            if len(message.payload) > codec.most_bytes:
                codec.refuse_size(len(message.payload))
            listened, lag = self._listened_until, NONE
            if listened is not None and message.received_at > listened:
                lag = message.received_at - listened
            decoded = codec.decode(_new(Arrival, (message, source, rest, lag)))
            if len(decoded.readings) > MOST_DAYS:
                _require_few_days(decoded.readings)
        except PayloadError as error:
            about = route.source.id if route is not None else self._source_of(message.topic)
            return Rejection(source=about, reason=error.reason, detail=str(error))
        if decoded.readings:
            return self._examined(decoded, lag)
        if decoded.canary is not None and not message.retained:
            self._listened_until = decoded.canary.sent_at
            return decoded._replace(clocks=self._clocks.news())
        return decoded

    def _examined(self, decoded: Decoded, lag: timedelta) -> Decoded:
        """Judge readings by those before them, and the clock by a message of one moment that came straight here."""
        readings = decoded.readings
        first, ts = readings[0], readings[0].ts
        if (
            decoded.live
            and ts is not first.received_at
            and lag <= STRAIGHT
            and not decoded.sent_times
            and readings[-1].ts == ts
        ):
            self._clocks.hear(first.source, ts, first.received_at, self._paces[first.source])
        checked = self._checks.check(readings)
        return decoded if checked is readings else decoded._replace(readings=checked)

    def _find_route(self, topic: str) -> _Route:
        """Find the route of a topic that is not in the table: evidence, or a mistake.

        Raises:
            PayloadError: a mistake.
        """
        edge = EdgeTopic.parse(topic)
        if edge is not None and edge.node in self._edge_nodes:
            return self._edge_route(edge)
        name, _, path = topic.removeprefix(PREFIX).partition("/")
        kind, slash, rest = path.partition("/")
        codec = CODECS.get(kind)
        if not topic.startswith(PREFIX) or codec is None or bool(slash) != codec.names_content:
            raise PayloadError(
                Reason.UNKNOWN_TOPIC, f"{shown(topic)} is no topic of the contract; want {PREFIX}SOURCE/telemetry"
            )
        source = self._registry.get(name)
        if source is None:
            raise PayloadError(
                Reason.UNKNOWN_SOURCE, f"the site file has no source {shown(name)}; add it, or correct the topic"
            )
        if source.kind not in codec.used_by:
            raise PayloadError(Reason.UNKNOWN_TOPIC, f"{source.id} is a {source.kind}, which publishes no {kind}")
        return _Route(source, codec, rest)

    def _edge_route(self, edge: EdgeTopic) -> _Route:
        """Return the route of a Sparkplug topic; devices that the site file does not name count in the sequence too."""
        node = self._edge_nodes[edge.node]
        codec = Codec(decode=node.decoder(edge), used_by=_FOREIGN, most_bytes=_MOST_FOREIGN_BYTES)
        return _Route(node.owner(edge), codec, "")

    def _source_of(self, topic: str) -> SourceId | None:
        if topic in self._routes:
            return self._routes[topic].source.id
        if not topic.startswith(PREFIX):
            return None
        known = self._registry.get(topic.removeprefix(PREFIX).partition("/")[0])
        return None if known is None else known.id


def _require_few_days(readings: Sequence[Reading]) -> None:
    """Refuse values that lie in too many days (UTC) to be stored in one transaction.

    Raises:
        PayloadError: `too_large`.
    """
    days = len({reading.ts.toordinal() for reading in readings})
    if days > MOST_DAYS:
        raise PayloadError(Reason.TOO_LARGE, f"values of {days} days in one message; at most {MOST_DAYS}, send several")


def _foreign_routes(registry: Registry) -> Iterator[tuple[str, _Route]]:
    """Yield the routes of foreign topics. A refusal there is laid to the first sensor that the site file names."""
    for topic, spoken in registry.spoken.items():
        foreign = ForeignTopic(spoken, registry.zone)
        codec = Codec(decode=foreign.decode, used_by=_FOREIGN, most_bytes=_MOST_FOREIGN_BYTES)
        yield topic, _Route(spoken[0].source, codec, "")
    for topic, sources in registry.status_topics.items():
        status = ForeignStatus(sources)
        yield topic, _Route(sources[0], Codec(decode=status.decode, used_by=_FOREIGN, most_bytes=4 * 1024), "")
