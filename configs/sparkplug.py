"""Topics of Sparkplug B: `spBv1.0/GROUP/KIND/NODE`, and `spBv1.0/GROUP/KIND/NODE/DEVICE` for what hangs on a node.

Source: Eclipse Sparkplug 3.0.0, chapter 4 (https://sparkplug.eclipse.org/specification/).
"""

from typing import NamedTuple, Self

NAMESPACE = "spBv1.0"

_OF_NODES = ("NBIRTH", "NDATA", "NDEATH")
_OF_DEVICES = ("DBIRTH", "DDATA", "DDEATH")
_DEVICE_LEVEL = 4  # `spBv1.0`, group, kind and node come before


class EdgeNodeId(NamedTuple):
    """An edge node: a gateway that counts its own messages and those of its devices in one row."""

    group: str
    node: str

    @property
    def filters(self) -> tuple[str, ...]:
        """Topic filters of everything that the node and its devices say: the sequence runs through all of it."""
        return (
            *(f"{NAMESPACE}/{self.group}/{kind}/{self.node}" for kind in _OF_NODES),
            *(f"{NAMESPACE}/{self.group}/{kind}/{self.node}/+" for kind in _OF_DEVICES),
        )

    @property
    def command_filters(self) -> tuple[str, ...]:
        """Topic filters of the commands that the node hears."""
        return (self.command_topic, f"{NAMESPACE}/{self.group}/DCMD/{self.node}/+")

    @property
    def command_topic(self) -> str:
        """Topic of commands to the node itself."""
        return f"{NAMESPACE}/{self.group}/NCMD/{self.node}"


class EdgeTopic(NamedTuple):
    """A topic on which an edge node or one of its devices speaks.

    Attributes:
        node: The edge node.
        kind: `NBIRTH`, `NDATA`, `NDEATH`, `DBIRTH`, `DDATA` or `DDEATH`.
        device: The device, None for the node itself.
    """

    node: EdgeNodeId
    kind: str
    device: str | None

    @classmethod
    def parse(cls, topic: str) -> Self | None:
        """Take a topic apart; None where it is none of Sparkplug's that nodes and devices speak on."""
        parts = topic.split("/")
        if parts[0] != NAMESPACE or not all(parts):
            return None
        of_device = len(parts) == _DEVICE_LEVEL + 1
        if not of_device and len(parts) != _DEVICE_LEVEL:
            return None
        _, group, kind, node = parts[:_DEVICE_LEVEL]
        if kind not in (_OF_DEVICES if of_device else _OF_NODES):
            return None
        return cls(EdgeNodeId(group, node), kind, parts[_DEVICE_LEVEL] if of_device else None)

    def __str__(self) -> str:
        own = f"{NAMESPACE}/{self.node.group}/{self.kind}/{self.node.node}"
        return own if self.device is None else f"{own}/{self.device}"

    @property
    def filter(self) -> str:
        """Topic filter among `EdgeNodeId.filters` by which it is heard."""
        return str(self if self.device is None else self._replace(device="+"))
