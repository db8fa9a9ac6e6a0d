"""MQTT packets are recognised however the network cuts them."""

from hypothesis import given
from hypothesis import strategies as st

from app.device.certify.packets import PacketReader, Published


def packet(head: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, low = rest >> 7, rest & 0x7F
        length.append(low | (0x80 if rest else 0))
        if not rest:
            return bytes([head]) + bytes(length) + body


def publish(topic: str, qos: int, payload: bytes) -> bytes:
    name = topic.encode()
    number = b"\0\x07" if qos else b""
    return packet(0x30 | qos << 1, len(name).to_bytes(2, "big") + name + number + payload)


PUBLISHED = st.tuples(st.text(max_size=40), st.integers(0, 2), st.binary(max_size=300))
OTHER = st.sampled_from([packet(0x10, b"connect"), packet(0xC0, b""), packet(0x82, b"subscribe")])


@given(st.lists(st.one_of(PUBLISHED, OTHER), max_size=8), st.data())
def test_every_publication_is_found_however_the_bytes_are_cut(
    packets: list[tuple[str, int, bytes] | bytes], data: st.DataObject
) -> None:
    stream = b"".join(one if isinstance(one, bytes) else publish(*one) for one in packets)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6)))
    reader = PacketReader()
    found = [
        one
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for one in reader.feed(stream[start:end])
    ]
    assert found == [Published(one[0], one[1]) for one in packets if not isinstance(one, bytes)]


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_what_is_no_mqtt_is_passed_over(chunks: list[bytes]) -> None:
    reader = PacketReader()
    for chunk in chunks:
        list(reader.feed(chunk))


def test_a_length_no_packet_has_ends_the_reading() -> None:
    reader = PacketReader()
    assert list(reader.feed(b"\x30\xff\xff\xff\xff\x7f" + publish("t", 0, b""))) == []
    assert list(reader.feed(publish("t", 0, b""))) == []
