"""Zigbee2MQTT: `zigbee2mqtt/<friendly name>`.

Shape: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html. `last_seen` is there when
`advanced.last_seen` is set: ISO_8601 (UTC or local) or epoch milliseconds. No message names a unit.
"""

from collections.abc import Iterator

from devices.dialects.dialect import Dialect, Record, read_object
from events.message import Message


def _read(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    yield Record(tree, tree.get("last_seen"))


ZIGBEE2MQTT = Dialect(read=_read, words={"ON": 1.0, "OFF": 0.0, "OPEN": 1.0, "CLOSE": 0.0})
