"""A socket read in large pieces: the client library gets one packet at a time, published messages are cut out here.

paho takes three system calls and twenty microseconds for each packet, most of what it costs to hear a message. Nearly
all packets that come are PUBLISH (MQTT 3.1.1, section 3.3), whose layout is four fields.
"""

import ssl
from typing import Protocol

from events.message import Delivery, Message
from runtime.clock import Clock

PIECE_BYTES = 64 * 1024
"""Read at once: some hundred messages, and what is held here beside the packet that the library itself is reading."""

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands for a topic that is no UTF-8, and is refused later as an unknown one."""

_PUBLISH = 0x30
_TYPE_BITS = 0xF0
_QOS_BITS = 0x06
_QOS_1 = 0x02
_RETAIN_BIT = 0x01
_CONTINUED = 0x80
_SMALLEST_BYTES = 5
"""Two of header, two of the topic's length, one of topic."""

_LENGTH_BYTES = 4
"""Most bytes of a packet's remaining length (MQTT 3.1.1, section 2.2.3)."""

_new = tuple.__new__


class Stream(Protocol):
    """What is needed of a connected socket, TLS or not."""

    def recv(self, most: int, /) -> bytes:
        """Receive up to so many bytes; none at the end of the connection."""
        ...

    def send(self, data: bytes | bytearray, /) -> int:
        """Send some of the bytes, and tell how many."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...

    def fileno(self) -> int:
        """File descriptor to wait for."""
        ...

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the shape of a socket
        """Wait in `recv` and `send`, or not."""
        ...


class ReadAhead:
    """Stands between the client library and its socket; for one thread, but for `send`.

    The library's `recv` sees one packet after each `admit`, whatever its kind, and then an empty socket. `messages`
    cuts out the PUBLISH packets of QoS 0 and 1 that stand next, in order. Whatever is not plainly one of those, an
    incomplete or a malformed packet too, is left to the library. So every packet is read by exactly one of the two, in
    the order of the wire.

    Args:
        stream: The connected socket.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._held = b""
        self._at = 0
        self._admitted = False
        self._begun = False  # the library is within a packet
        self._sizing = 1  # weight of the next byte of its length, 0 once that is known
        self._rest = 0  # bytes of it that the library has still to read

    # What the client library uses.

    def recv(self, most: int) -> bytes:
        """Return what comes next of the packet admitted.

        Raises:
            BlockingIOError: nothing is there, or no packet is admitted; TLS has errors of its own for the first.
        """
        if not self._begun and not self._admitted:
            raise BlockingIOError
        if self._at == len(self._held):
            self._held, self._at = self._stream.recv(PIECE_BYTES), 0
        # A packet's kind and its length are read byte by byte, as the library does, and never beyond the packet's end.
        most = min(most, self._rest) if self._begun and not self._sizing else 1
        piece = self._held[self._at : self._at + most]
        self._at += len(piece)
        self._follow(piece)
        return piece

    def send(self, data: bytes | bytearray) -> int:
        """Send some of the bytes, and tell how many."""
        return self._stream.send(data)

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def fileno(self) -> int:
        """File descriptor to wait for."""
        return self._stream.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - the shape of a socket
        """Wait in `recv` and `send`, or not."""
        self._stream.setblocking(flag)

    # What the connection uses.

    def admit(self) -> None:
        """Let the library read one packet, or go on with the one it is within."""
        self._admitted = True

    @property
    def holds(self) -> bool:
        """Whether bytes are here of which waiting for the socket would not tell."""
        return self._at < len(self._held) or (isinstance(self._stream, ssl.SSLSocket) and self._stream.pending() > 0)

    def messages(self, most: int, generation: int, clock: Clock) -> list[Message]:
        """Cut out the published messages that stand next; none when another packet does, or not yet a whole one.

        Args:
            most: How many at most.
            generation: Number of the connection.
            clock: Gives the receive time.
        """
        if self._begun:
            return []
        held, at, end = self._held, self._at, len(self._held)
        found: list[Message] = []
        while len(found) < most and end - at >= _SMALLEST_BYTES:
            head, size, body = held[at], held[at + 1], at + 2
            if size & _CONTINUED:
                size, body = _length(held, at + 1)
            after, name = body + size, body + 2
            if head & _TYPE_BITS != _PUBLISH or after > end or name > after:
                break
            payload = name + (held[body] << 8 | held[body + 1])
            topic, packet_id = held[name:payload], 0
            qos = head & _QOS_BITS
            if qos:
                if qos != _QOS_1 or payload + 2 > after:
                    break
                packet_id = held[payload] << 8 | held[payload + 1]
                payload += 2
            if payload > after or not topic:
                break
            delivery = _new(Delivery, (generation, packet_id))
            retained = bool(head & _RETAIN_BIT)
            found.append(_new(Message, (_text(topic), held[payload:after], clock(), retained, delivery)))
            at = after
        self._at = at
        return found

    def _follow(self, piece: bytes) -> None:
        """Keep track of where in its packet the library is."""
        if not self._begun:
            if piece:
                self._begun, self._sizing, self._rest, self._admitted = True, 1, 0, False
        elif self._sizing:
            for byte in piece:
                self._rest += (byte & ~_CONTINUED) * self._sizing
                self._sizing = self._sizing << 7 if byte & _CONTINUED else 0
            self._begun = bool(self._sizing or self._rest)
        else:
            self._rest -= len(piece)
            self._begun = self._rest > 0


def _text(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return UNREADABLE


def _length(held: bytes, at: int) -> tuple[int, int]:
    """Return a packet's remaining length and the place behind it; more than can be held where it is not whole."""
    size = 0
    for place, byte in enumerate(held[at : at + _LENGTH_BYTES]):
        size += (byte & ~_CONTINUED) << 7 * place
        if not byte & _CONTINUED:
            return size, at + place + 1
    return PIECE_BYTES, at
