"""SenML in JSON or CBOR (RFC 8428) on a topic of the device's own: each record's name is a field."""

from collections.abc import Iterator
from functools import partial

import msgspec

from devices import senml, senml_cbor
from devices.arrival import decode_json, require_unique_keys
from devices.dialects.dialect import Dialect, Record
from devices.reasons import Reason
from devices.telemetry import MOST_READINGS
from events.errors import PayloadError
from events.message import Message

_PACK = msgspec.json.Decoder(list[senml.Entry])


def _read(message: Message) -> Iterator[Record]:
    entries = _entries(message.payload)
    if len(entries) > MOST_READINGS:
        raise PayloadError(Reason.TOO_LARGE, f"{len(entries)} records in one message; at most {MOST_READINGS}")
    for resolved in senml.resolve(entries, message.received_at):
        unit = partial(_stated, None if resolved.unit is None else senml.as_ucum(resolved.unit))
        yield Record({resolved.name: resolved.value}, resolved.ts, unit)


def _entries(payload: bytes) -> list[senml.Entry]:
    if senml_cbor.is_cbor_array(payload):
        return senml_cbor.decode_pack(payload)
    entries = decode_json(_PACK, payload)
    require_unique_keys(payload)
    return entries


def _stated(unit: str | None, _path: str) -> str | None:
    """Return the record's unit: it has one field only."""
    return unit


SENML = Dialect(read=_read, stored_and_forwarded=True)
