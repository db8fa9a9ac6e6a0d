"""SenML in JSON or CBOR (RFC 8428) on a topic of the device's own: each record's name is a field."""

from collections.abc import Iterator
from functools import partial

import msgspec

from configs.unit_names import ucum_of_senml, ucum_of_sum
from devices import senml, senml_cbor
from devices.arrival import decode_json, require_unique_keys
from devices.dialects.dialect import Dialect, Record, Tree
from devices.reasons import Reason
from devices.telemetry import MOST_READINGS
from events.errors import PayloadError
from events.message import Message

_PACK = msgspec.json.Decoder(list[senml.Entry])
SUM = ".sum"
"""What follows a record's name in the field that is its sum."""


def _read(message: Message) -> Iterator[Record]:
    entries = _entries(message.payload)
    if len(entries) > MOST_READINGS:
        raise PayloadError(Reason.TOO_LARGE, f"{len(entries)} records in one message; at most {MOST_READINGS}")
    for resolved in senml.resolve(entries, message.received_at):
        unit = None if resolved.unit is None else ucum_of_senml(resolved.unit)
        if resolved.value is not None:
            tree: Tree = {} if resolved.value is senml.DATA else resolved.value
            yield Record({resolved.name: tree}, resolved.ts, partial(_stated, unit))
        if resolved.sum is not None:
            unit = None if unit is None else ucum_of_sum(unit)
            yield Record({resolved.name + SUM: resolved.sum}, resolved.ts, partial(_stated, unit))


def _entries(payload: bytes) -> list[senml.Entry]:
    if senml_cbor.is_cbor_array(payload):
        return senml_cbor.decode_pack(payload)
    entries = decode_json(_PACK, payload)
    require_unique_keys(payload)
    senml.require_known_labels(payload)
    return entries


def _stated(unit: str | None, _path: str) -> str | None:
    """Return the record's unit: it has one field only."""
    return unit


SENML = Dialect(read=_read, stored_and_forwarded=True)
