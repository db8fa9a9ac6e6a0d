"""paho's client as it is used here: manual acknowledgement, many at once, and a socket that is read in large pieces."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTProtocolVersion

from runtime.broker_address import BrokerAddress, tls_context
from runtime.read_ahead import ReadAhead, Stream

CONNECT_TIMEOUT_S = 5.0
_PUBACK = 0x4002
"""Fixed header of an acknowledgement: its type, and the two bytes of the packet id that follow (MQTT 3.1.1, 3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes, retained and at QoS 1, when the client vanishes."""

    topic: str
    payload: bytes


class ReadAheadClient(Client):
    """A client whose packets are read by `ReadAhead`. Two of paho's inner methods are used, for want of public ones."""

    def _create_socket(self) -> ReadAhead:
        """Put the reader before the socket, at the place where paho puts its own for web sockets."""
        return ReadAhead(cast("Stream", super()._create_socket()))

    @property
    def stream(self) -> ReadAhead | None:
        """The connection's reader, None without a connection."""
        stream = self.socket()
        return stream if isinstance(stream, ReadAhead) else None

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Queue many acknowledgements as one piece: paho's own `ack` makes a packet, and a system call, of each."""
        fields = chain.from_iterable((_PUBACK, packet_id) for packet_id in packet_ids)
        piece = struct.pack("!" + "HH" * len(packet_ids), *fields)
        self._packet_queue(MessageType.PUBACK, piece, 0, 1)


def make_client(address: BrokerAddress, client_id: str, *, clean_session: bool, will: Will | None) -> ReadAheadClient:
    """Return a client that knows how to sign in, not yet connected.

    Raises:
        ConfigError: the certificate authority's file cannot be used.
    """
    client = ReadAheadClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,  # reconnecting is done by the owner, with jitter
        manual_ack=True,
    )
    client.max_inflight_messages_set(0)  # owners bound what they have under way themselves
    client.max_queued_messages_set(1_000)
    client.connect_timeout = CONNECT_TIMEOUT_S
    if address.username is not None:
        password = address.password
        client.username_pw_set(address.username, None if password is None else password.get_secret_value())
    context = tls_context(address)
    if context is not None:
        client.tls_set_context(context)
    if will is not None:
        client.will_set(will.topic, will.payload, qos=1, retain=True)
    return client
