"""State topics that devices announce by Home Assistant's MQTT discovery: a bare value, or JSON.

Shape: https://www.home-assistant.io/integrations/mqtt/ and https://www.home-assistant.io/integrations/sensor.mqtt/.
`pantau device discover` reads the announcements; this reads the states. `None`, `unknown` and `unavailable` are how
Home Assistant's own templates say that there is no value.
"""

from collections.abc import Iterator

from devices.dialects.dialect import Dialect, Record, Tree, read_json
from devices.reasons import Reason
from events.errors import PayloadError
from events.message import Message

_NOTHING = frozenset({"none", "unknown", "unavailable"})


def _read(message: Message) -> Iterator[Record]:
    payload = message.payload.strip()
    tree: Tree = read_json(payload) if payload[:1] in {b"{", b"["} else _bare(payload)
    yield Record(tree)


def _bare(payload: bytes) -> Tree:
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.MALFORMED, "not UTF-8; a number or JSON belongs here") from error
    return {"value": None if text.lower() in _NOTHING else text}


HOME_ASSISTANT = Dialect(read=_read, words={"ON": 1.0, "OFF": 0.0, "TRUE": 1.0, "FALSE": 0.0})
