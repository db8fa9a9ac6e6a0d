"""SenML in CBOR (RFC 8428, section 6): the same records with small numbers in the place of names."""

import io
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

import cbor2
import msgspec

from devices.arrival import shown
from devices.reasons import Reason
from devices.senml import Entry, require_known_fields
from events.errors import PayloadError

_LABELS: Mapping[int, str] = {
    -1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs",
    0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 5: "s", 6: "t", 7: "ut", 8: "vd",
}  # fmt: skip
"""RFC 8428, table 6."""

_AS_THEY_ARE = frozenset({"bn", "bu", "n", "u", "vs", "vb"})
_TIMES = frozenset({"bt", "t"})
_NUMBERS = frozenset({"bv", "bs", "v", "s", "bver"}) | _TIMES

_MOST_DEPTH = 8  # a pack is an array of maps of plain values; the rest is for fields that are not known here


def _refuse_tag(_decoder: object) -> NoReturn:
    raise cbor2.CBORDecodeError("a tag that SenML has no use for")


_REFUSED_TAGS = dict.fromkeys((0, 1, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000), _refuse_tag)
"""What cbor2 makes of these (shared references, regular expressions, mail) costs time or points back into itself."""


def is_cbor_array(payload: bytes) -> bool:
    """Tell whether a payload begins as an array in CBOR does (major type 4), which no JSON in UTF-8 can."""
    return b"\x80" <= payload[:1] <= b"\x9f"


def decode_pack(payload: bytes) -> list[Entry]:
    """Return the records of a pack; values may be integers, floats, or decimal fractions (tag 4).

    Raises:
        PayloadError: `malformed`, `impossible_value` or `bad_time`.
    """
    stream = io.BytesIO(payload)
    try:
        decoder = cbor2.CBORDecoder(
            stream, semantic_decoders=_REFUSED_TAGS, max_depth=_MOST_DEPTH, allow_duplicate_keys=False
        )
        pack: object = decoder.decode()
    except cbor2.CBORDecodeError as error:
        raise PayloadError(Reason.MALFORMED, f"want SenML in CBOR: {error}"[:200]) from error
    if not isinstance(pack, list) or stream.read(1):
        raise PayloadError(Reason.MALFORMED, "want one array of SenML in CBOR and nothing after it")
    return [_entry(record) for record in pack]


def _entry(record: object) -> Entry:
    if not isinstance(record, dict):
        raise PayloadError(Reason.MALFORMED, "want a map for each record of SenML in CBOR")
    require_known_fields(record)
    fields: dict[str, object] = {}
    for key, value in record.items():
        name = _LABELS.get(key) if type(key) is int else key if isinstance(key, str) else None
        if name in fields:
            raise PayloadError(Reason.MALFORMED, f"{shown(str(name))} stands twice in one record: send it once")
        if name in _NUMBERS:
            fields[name] = _number(name, value)
        elif name == "vd":
            fields[name] = msgspec.Raw(b"null")  # that it is there is all that anybody asks
        elif name in _AS_THEY_ARE:
            fields[name] = value
    try:
        return msgspec.convert(fields, Entry)
    except msgspec.ValidationError as error:
        raise PayloadError(Reason.MALFORMED, str(error)[:200]) from error


def _number(name: str, value: object) -> float:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if name == "bver" and isinstance(value, int):
            return value
        try:
            made = float(value)
        except OverflowError:
            made = math.inf
        if math.isfinite(made):
            return made
    reason = Reason.BAD_TIME if name in _TIMES else Reason.IMPOSSIBLE_VALUE
    raise PayloadError(reason, f"the field {name} is no finite number: leave it out")
