"""One undecoded payload, acknowledgeable once."""

from datetime import datetime
from typing import NamedTuple


class Delivery(NamedTuple):
    """What it takes to acknowledge a message on the very connection it came on.

    Attributes:
        generation: Number of the connection. An acknowledgement from an older connection would confirm
            another message that happens to carry the same packet id on the new one.
        packet_id: MQTT packet identifier, 1..65535; 0 for QoS 0, which needs no acknowledgement.
    """

    generation: int
    packet_id: int


class Message(NamedTuple):
    """One MQTT message as it arrived.

    A NamedTuple because one is made for each of tens of thousands of messages a second.

    Attributes:
        topic: Full topic.
        payload: Bytes as sent.
        received_at: Receive time, aware UTC.
        retained: Whether the broker sent a stored message; such a message is no sign of life.
        delivery: How to acknowledge it.
    """

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool
    delivery: Delivery
