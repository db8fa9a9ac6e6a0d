"""Reading ahead: however the wire cuts packets, each is read once, in order, by the library or by us."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTErrorCode

from configs.services import Broker
from events.message import Message
from runtime.mqtt_client import ReadAheadClient, make_client
from runtime.read_ahead import PIECE_BYTES, UNREADABLE, ReadAhead

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CONNACK, PINGRESP = b"\x20\x02\x00\x00", b"\xd0\x00"

Seen = tuple[str, bytes, bool, int]


def size(length: int) -> bytes:
    digits = bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(digits)


def published(topic: bytes, payload: bytes, *, qos: int = 1, retain: bool = False, packet_id: int = 1) -> bytes:
    body = struct.pack("!H", len(topic)) + topic + (struct.pack("!H", packet_id) if qos else b"") + payload
    return bytes([0x30 | qos << 1 | retain]) + size(len(body)) + body


class Wire:
    """A real client at one end of a pair of sockets, read as `MqttConnection` reads it."""

    def __init__(self, client: ReadAheadClient, far: socket.socket) -> None:
        self.client = client
        self.far = far
        self.seen: list[Seen] = []
        self.by_library = 0
        client.on_message = self._on_message

    @property
    def stream(self) -> ReadAhead:
        stream = self.client.stream
        assert stream is not None
        return stream

    def carry(self, piece: bytes) -> MQTTErrorCode:
        """Send a piece, and read all that can be read of it."""
        if piece:
            self.far.sendall(piece)
        while True:
            self.stream.admit()
            code = self.client.loop_read()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or self.client.stream is None:
                return code
            self.seen += [told(message) for message in self.stream.messages(256, 1, lambda: NOW)]
            if not self.stream.holds:
                return code

    def _on_message(self, _client: object, _userdata: object, message: MQTTMessage) -> None:
        self.by_library += 1
        self.seen.append((message.topic, bytes(message.payload), message.retain, message.mid if message.qos else 0))


def told(message: Message) -> Seen:
    return message.topic, message.payload, message.retained, message.delivery.packet_id


@contextmanager
def wired() -> Iterator[Wire]:
    near, far = socket.socketpair()

    class Wired(ReadAheadClient):
        def _create_socket_connection(self) -> socket.socket:
            return near

    with near, far, pytest.MonkeyPatch.context() as patch:
        patch.setattr("runtime.mqtt_client.ReadAheadClient", Wired)
        client = make_client(Broker(), "reader", clean_session=True, will=None)
        client.connect("nowhere")
        wire = Wire(client, far)
        assert wire.carry(CONNACK) == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert client.is_connected()
        yield wire


messages = st.tuples(
    st.text(st.characters(codec="utf-8", exclude_characters="\0+#"), min_size=1, max_size=40),
    st.binary(max_size=300),
    st.booleans(),
    st.integers(0, 65535),
)
"""Topic, payload, retained, packet id; 0 for QoS 0."""


@given(st.lists(messages | st.sampled_from([PINGRESP, b"\x40\x02\x00\x07"])), st.lists(st.integers(1, 700)))
def test_messages_are_read_once_and_in_order_however_the_wire_cuts_them(
    packets: list[Seen | bytes], cuts: list[int]
) -> None:
    wanted = [packet for packet in packets if isinstance(packet, tuple)]
    stream = b"".join(
        packet
        if isinstance(packet, bytes)
        else published(packet[0].encode(), packet[1], qos=bool(packet[3]), retain=packet[2], packet_id=packet[3])
        for packet in packets
    )
    with wired() as wire:
        for cut in cuts:
            wire.carry(stream[:cut])
            stream = stream[cut:]
        wire.carry(stream)

        assert wire.seen == wanted


def test_the_library_reads_one_message_of_a_piece_and_the_rest_is_cut_out() -> None:
    with wired() as wire:
        wire.carry(b"".join(published(b"a/b", b"%d" % n) for n in range(100)))

        assert [payload for _, payload, _, _ in wire.seen] == [b"%d" % n for n in range(100)]
        assert wire.by_library == 1


def test_the_library_reads_one_packet_at_a_time_even_with_messages_of_its_own_under_way() -> None:
    with wired() as wire:
        for _ in range(50):  # paho would read as many packets as it has messages under way
            wire.client.publish("a/receipt", b"{}", qos=1)
        wire.carry(b"".join(published(b"a/b", b"%d" % n) for n in range(100)))

        assert len(wire.seen) == 100
        assert wire.by_library == 1


def test_a_message_larger_than_a_piece_arrives_whole() -> None:
    large = bytes(range(256)) * (3 * PIECE_BYTES // 256)
    with wired() as wire:
        packet = published(b"a/b", b"before") + published(b"a/b", large) + published(b"a/b", b"after")
        for at in range(0, len(packet), 10_000):
            wire.carry(packet[at : at + 10_000])

        assert [payload for _, payload, _, _ in wire.seen] == [b"before", large, b"after"]


def test_a_topic_that_is_no_text_stands_as_a_sign_that_nobody_knows() -> None:
    with wired() as wire:
        wire.carry(published(b"a", b"1") + published(b"\xff\xfe", b"2"))

        assert wire.seen[1][:2] == (UNREADABLE, b"2")


def test_a_message_of_qos_2_is_left_to_the_library_which_begins_its_handshake() -> None:
    with wired() as wire:
        wire.far.recv(4096)
        wire.carry(published(b"a", b"1") + published(b"a", b"2", qos=2, packet_id=9))
        wire.client.loop_write()

        assert [payload for _, payload, _, _ in wire.seen] == [b"1"]
        assert wire.far.recv(4096) == b"\x50\x02\x00\x09"  # PUBREC


@pytest.mark.parametrize(
    "broken",
    [
        b"\x32\x03\x00\x00\x01",  # no topic
        b"\x30\xff\xff\xff\xff\xff",  # a length of more than four bytes
    ],
)
def test_a_malformed_packet_ends_the_connection_after_what_came_before_it(broken: bytes) -> None:
    with wired() as wire:
        code = wire.carry(published(b"a", b"1") + published(b"a", b"2") + broken + published(b"a", b"3"))

        assert code != MQTTErrorCode.MQTT_ERR_SUCCESS
        assert [payload for _, payload, _, _ in wire.seen] == [b"1", b"2"]


def test_the_end_of_the_wire_is_noticed() -> None:
    with wired() as wire:
        wire.far.shutdown(socket.SHUT_WR)

        assert wire.carry(b"") != MQTTErrorCode.MQTT_ERR_SUCCESS
