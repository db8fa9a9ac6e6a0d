"""Reads just enough of MQTT on the wire: at which QoS a device publishes, which its broker may not pass on."""

from collections.abc import Iterator
from typing import NamedTuple

PUBLISH = 3
"""MQTT 3.1.1, section 2.2.1."""

LARGEST_BYTES = 2 * 1024 * 1024
"""Beyond, this is no MQTT, and nothing more is read of it."""

_MORE = 0x80
_LENGTH_BYTES = 4


class Published(NamedTuple):
    """One PUBLISH packet."""

    topic: str
    qos: int


class PacketReader:
    """Cuts what a client sends into packets (MQTT 3.1.1, section 2.2; the same in 5)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._lost = False

    def feed(self, chunk: bytes) -> Iterator[Published]:
        """Take in what came next and yield what is published in it."""
        if self._lost:
            return
        self._held += chunk
        while (size := self._header()) is not None:
            start, length = size
            if len(self._held) < start + length:
                return
            head, body = self._held[0], bytes(self._held[start : start + length])
            del self._held[: start + length]
            if head >> 4 == PUBLISH:
                topic_bytes = int.from_bytes(body[:2], "big")
                yield Published(body[2 : 2 + topic_bytes].decode("utf-8", "replace"), head >> 1 & 3)

    def _header(self) -> tuple[int, int] | None:
        """Return the length of the fixed header and of what follows, None before all of it has come."""
        length = 0
        for place, byte in enumerate(self._held[1 : 1 + _LENGTH_BYTES]):
            length |= (byte & ~_MORE) << 7 * place
            if not byte & _MORE:
                if length > LARGEST_BYTES:
                    break
                return 2 + place, length
        else:
            if len(self._held) <= _LENGTH_BYTES:
                return None
        self._lost = True
        self._held.clear()
        return None
