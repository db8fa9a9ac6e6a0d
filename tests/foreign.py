"""A foreign MQTT client: plain paho, as a device maker would write it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.waiting import WAIT_S, until


@contextmanager
def connected(
    port: int, client_id: str = "", *, clean_session: bool = True, manual_ack: bool = False
) -> Iterator[Client]:
    """A connected client whose thread runs."""
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean_session, manual_ack=manual_ack
    )
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        until(client.is_connected, "the foreign client connects")
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(port: int, messages: Iterable[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish at QoS 1 and return once the broker has acknowledged everything."""
    with connected(port) as client:
        under_way = [client.publish(topic, payload, qos=1, retain=retain) for topic, payload in messages]
        for info in under_way:
            info.wait_for_publish(WAIT_S)
            assert info.is_published()


class Heard(list[MQTTMessage]):
    """What a subscription brought, in order."""

    def payloads(self) -> list[bytes]:
        return [bytes(message.payload) for message in self]


@contextmanager
def hearing(port: int, *filters: str) -> Iterator[Heard]:
    """Collect what comes on some topics."""
    heard = Heard()
    ready = threading.Event()
    with connected(port) as client:
        client.on_message = lambda _client, _userdata, message: heard.append(message)
        client.on_subscribe = lambda *_: ready.set()
        client.subscribe([(topic, 1) for topic in filters])
        assert ready.wait(WAIT_S)
        yield heard
