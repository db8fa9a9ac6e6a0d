"""ESPHome over its own MQTT: `<prefix>/sensor/<name>/state`, a topic for each value, the payload just the number.

Shape: https://esphome.io/components/mqtt.html. A sensor without a value sends `nan`, a binary sensor ON or OFF.
"""

from collections.abc import Iterator

from devices.dialects.dialect import Dialect, Record
from devices.reasons import Reason
from events.errors import PayloadError
from events.message import Message


def _read(message: Message) -> Iterator[Record]:
    try:
        text = message.payload.decode()
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.MALFORMED, "not UTF-8; a number belongs here") from error
    yield Record({"value": text})


ESPHOME = Dialect(read=_read, words={"ON": 1.0, "OFF": 0.0})
