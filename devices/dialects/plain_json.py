"""Anything else that is JSON: the site file says where values and their time stand."""

from collections.abc import Iterator

from devices.dialects.dialect import Dialect, Record, read_json
from events.message import Message


def _read(message: Message) -> Iterator[Record]:
    tree = read_json(message.payload)
    yield Record(tree if isinstance(tree, dict | list) else {"value": tree})


JSON = Dialect(read=_read, words={"ON": 1.0, "OFF": 0.0})
