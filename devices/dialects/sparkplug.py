"""Sparkplug B: whom a message of an edge node speaks of, and which nodes must introduce themselves anew.

Source: Eclipse Sparkplug 3.0.0 (https://sparkplug.eclipse.org/specification/). Pantau is a host application without
the primary role: it commands nothing but rebirths, and those only where the site file lets it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from prometheus_client import Counter

from configs.sparkplug import EdgeNodeId, EdgeTopic
from devices.arrival import Arrival
from devices.dialects.edge_node import EdgeNode
from devices.dialects.foreign import ForeignTopic
from devices.dialects.sparkplug_payload import Payload, decode_payload, rebirth_request
from devices.registry import KnownSource, Registry, Spoken
from events.birth import Birth, Births
from events.intake import Decoded
from events.liveness import StatusReport
from runtime.clock import Clock

log = structlog.get_logger(__name__)

GAPS = Counter("pantau_sparkplug_gaps_total", "Times that messages of a Sparkplug edge node were missing")
REBIRTHS = Counter("pantau_sparkplug_rebirths_asked_total", "Times that a Sparkplug edge node was asked for its birth")

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=8)
"""Between two requests to one node; doubled while it does not answer, so that one that is away is not pestered."""


class _Asking:
    """When a node is asked for its birth."""

    def __init__(self) -> None:
        self.pause = FIRST_PAUSE
        self.not_before: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether to ask now; if so, note that it was done."""
        if self.not_before is not None and now < self.not_before:
            return False
        self.not_before = now + self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
        return True


class EdgeNodes:
    """Every edge node of the site file. Outlives the decoders, which are made anew whenever a device is registered.

    Args:
        clock: Gives the time of requests.
        kept: What the nodes said of themselves before a restart.
    """

    def __init__(self, clock: Clock, kept: Iterable[Births] = ()) -> None:
        self._clock = clock
        self._kept = {EdgeNodeId(group, node): births for group, node, births in kept}
        self._gone: set[EdgeNodeId] = set()
        self._nodes: dict[EdgeNodeId, EdgeNode] = {}
        self._silent: set[EdgeNodeId] = set()
        self._asking: dict[EdgeNodeId, _Asking] = {}
        self._askable: frozenset[EdgeNodeId] = frozenset()

    def follow(self, registry: Registry) -> "dict[EdgeNodeId, NodeTopics]":
        """Go on with the nodes of a registry; return what understands the topics of each."""
        spoken = registry.edge_nodes
        self._gone |= (self._nodes.keys() | self._kept.keys()) - spoken.keys()
        self._gone -= spoken.keys()
        self._nodes = {node: self._followed(node, said) for node, said in spoken.items()}
        self._kept.clear()
        self._silent &= spoken.keys()
        self._asking = {node: self._asking.get(node) or _Asking() for node in spoken}
        self._askable = frozenset(node for node, said in spoken.items() if all(s.speech.rebirth for s in said))
        return {node: NodeTopics(self, node, said, registry) for node, said in spoken.items()}

    def _followed(self, node: EdgeNodeId, spoken: Sequence[Spoken]) -> EdgeNode:
        """Return a node as it is known, or was before a restart, with the devices the registry names now."""
        topics = (EdgeTopic.parse(said.speech.topic) for said in spoken)
        named = {topic.device for topic in topics if topic is not None and topic.device is not None}
        known = self._nodes.get(node)
        if known is None:
            return EdgeNode(named, self._kept.get(node, ()))
        known.name(named)
        return known

    def news(self) -> list[Births]:
        """Return what is to be kept for a restart, of each node whose births changed since the last time."""
        gone: list[tuple[EdgeNodeId, tuple[Birth, ...]]] = [(node, ()) for node in sorted(self._gone)]
        self._gone.clear()
        changed = [(node, known.told()) for node, known in self._nodes.items() if known.changed]
        return [Births(node.group, node.node, births) for node, births in (*gone, *changed)]

    def keep_again(self, news: Iterable[Births]) -> None:
        """Take back what could not be kept: it is told again."""
        for group, node, _ in news:
            known = self._nodes.get(EdgeNodeId(group, node))
            if known is None:
                self._gone.add(EdgeNodeId(group, node))
            else:
                known.changed = True

    def rebirths(self) -> Iterator[tuple[str, bytes]]:
        """Yield the requests that are due now: topic and payload. Call this a few times a second."""
        for node in self._askable - self._silent:
            if self._nodes[node].in_step:
                continue
            now = self._clock()
            if self._asking[node].is_due(now):
                REBIRTHS.inc()
                yield node.command_topic, rebirth_request(int(now.timestamp() * 1000))

    def take(self, topic: EdgeTopic, payload: Payload, raw: bytes) -> bool:
        """Note what a message changes about its node; False where it is the death of an earlier life."""
        node = self._nodes[topic.node]
        if topic.kind == "NDEATH":
            dead = node.bury_node(payload)
            if dead:  # nobody is there to be asked; the next thing it says is its birth
                self._silent.add(topic.node)
            return dead
        self._silent.discard(topic.node)
        if topic.kind == "NBIRTH":
            node.bear_node(payload, raw)
            self._asking[topic.node].pause = FIRST_PAUSE
            return True
        followed = node.in_step
        if not node.follow(payload.seq):
            GAPS.inc()
            if followed:  # once for each birth: a bad link would fill the log
                log.info("messages of a Sparkplug edge node are missing", group=topic.node.group, node=topic.node.node)
        if topic.kind == "DBIRTH" and topic.device is not None:
            node.bear_device(topic.device, payload, raw)
        elif topic.kind == "DDEATH" and topic.device is not None:
            node.bury_device(topic.device)
        return True

    def node(self, node: EdgeNodeId) -> EdgeNode:
        """Return what is known of a node."""
        return self._nodes[node]


class _Whose(NamedTuple):
    """Sensors of one device, or of the node itself."""

    sources: Sequence[KnownSource]
    values: ForeignTopic


class NodeTopics:
    """Understands every topic of one edge node.

    Args:
        nodes: Remembers births and numbers.
        node: The edge node.
        spoken: What the site file says of the node and its devices.
        registry: Knows the city's time zone.
    """

    def __init__(self, nodes: EdgeNodes, node: EdgeNodeId, spoken: Sequence[Spoken], registry: Registry) -> None:
        self._nodes = nodes
        self._node = node
        self.first = spoken[0].source
        self._whose: dict[str | None, _Whose] = {}
        by_device: dict[str | None, list[Spoken]] = {}
        for said in spoken:
            edge = EdgeTopic.parse(said.speech.topic)
            by_device.setdefault(None if edge is None else edge.device, []).append(said)
        for device, said_of_it in by_device.items():
            sources = [*{said.source.id: said.source for said in said_of_it}.values()]
            self._whose[device] = _Whose(sources, ForeignTopic(said_of_it, registry.zone))

    def owner(self, topic: EdgeTopic) -> KnownSource:
        """Return to whom a refusal on a topic is laid: the device's first sensor, or the node's."""
        whose = self._whose.get(topic.device)
        return self.first if whose is None else whose.sources[0]

    @property
    def topics(self) -> Iterator[EdgeTopic]:
        """Every topic that the node and the devices of the site file use."""
        for device in {None: None} | self._whose:
            of_device = device is not None
            for kind in ("DBIRTH", "DDATA", "DDEATH") if of_device else ("NBIRTH", "NDATA", "NDEATH"):
                yield EdgeTopic(self._node, kind, device)

    def decoder(self, topic: EdgeTopic) -> Callable[[Arrival], Decoded]:
        """Return what understands the payloads of one topic."""

        def decode(arrival: Arrival) -> Decoded:
            return self._decode(topic, arrival)

        return decode

    def _decode(self, topic: EdgeTopic, arrival: Arrival) -> Decoded:
        payload = decode_payload(arrival.message.payload)
        counts = self._nodes.take(topic, payload, arrival.message.payload)
        whose = self._whose.get(topic.device)
        if topic.kind == "NDEATH":
            sources = [*{s.id: s for of in self._whose.values() for s in of.sources}.values()] if counts else []
            return self._died(sources, arrival)
        if whose is None:
            return Decoded(source=arrival.source.id, live=False)
        if topic.kind == "DDEATH":
            return self._died(whose.sources, arrival)
        decoded = whose.values.gather(arrival, self._nodes.node(self._node).records(topic.device, payload))
        if topic.kind in {"NBIRTH", "DBIRTH"} and not arrival.message.retained:
            return _born(whose.sources, decoded, arrival)
        return decoded

    def _died(self, sources: Sequence[KnownSource], arrival: Arrival) -> Decoded:
        if not sources:
            return Decoded(source=arrival.source.id, live=False)
        first, *others = (source.id for source in sources)
        report = StatusReport(source=first, online=False, boot=None, at=arrival.message.received_at)
        return Decoded(source=first, also=tuple(others), status=report, live=False)


def _born(sources: Sequence[KnownSource], decoded: Decoded, arrival: Arrival) -> Decoded:
    """Return a birth: its sensors are online, whether or not their metrics have values yet."""
    first, *others = (source.id for source in sources)
    report = StatusReport(source=first, online=True, boot=None, at=arrival.message.received_at)
    return Decoded(
        source=first, also=tuple(others), readings=decoded.readings, status=report, live=bool(decoded.readings)
    )
