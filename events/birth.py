"""What an edge node of Sparkplug said of itself, as it is kept for the next start."""

from typing import NamedTuple


class Birth(NamedTuple):
    """The latest birth of a node, or of a device behind it.

    Attributes:
        device: The device, None for the node itself.
        payload: As it came.
    """

    device: str | None
    payload: bytes


class Births(NamedTuple):
    """Every birth that holds of one node; none after its death.

    Attributes:
        group: Name of the node's group.
        node: Its own name within the group.
        births: That of the node itself, and those of its devices.
    """

    group: str
    node: str
    births: tuple[Birth, ...]
