"""Tasmota: `tele/<topic>/SENSOR` and `tele/<topic>/STATE`, and the answers `stat/<topic>/STATUS8` and `STATUS10`.

Shape: https://tasmota.github.io/docs/MQTT/ and https://tasmota.github.io/docs/JSON-Status-Responses/.
`Time` is local time without a zone. One `TempUnit` and one `PressureUnit` hold for the whole message. A sensor that
cannot be read is sent as null. Answers hold the same, one level down in `StatusSNS`.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from devices.arrival import shown
from devices.dialects.dialect import Dialect, Record, Tree, read_object
from devices.reasons import Reason
from events.errors import PayloadError
from events.message import Message

_UNIT_KEYS = {
    "Temperature": "TempUnit",
    "DewPoint": "TempUnit",
    "Pressure": "PressureUnit",
    "SeaPressure": "PressureUnit",
}
"""Which key names the unit of a field, by the field's last key."""

_UCUM = {"C": "Cel", "F": "[degF]", "K": "K", "hPa": "hPa", "mmHg": "mm[Hg]", "inHg": "[in_i'Hg]"}
"""Units as Tasmota writes them (commands SetOption8, SetOption24 and SetOption139)."""


def _read(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    answered = tree.get("StatusSNS")
    if isinstance(answered, dict):
        tree = answered
    yield Record(tree, tree.get("Time"), partial(_unit, tree))


def _unit(tree: Mapping[str, Tree], path: str) -> str | None:
    key = _UNIT_KEYS.get(path.rpartition(".")[2])
    written = None if key is None else tree.get(key)
    if written is None:
        return None
    unit = _UCUM.get(written) if isinstance(written, str) else None
    if unit is None:
        raise PayloadError(
            Reason.WRONG_UNIT, f"{key} is {shown(str(written))}; understood are {', '.join(sorted(_UCUM))}"
        )
    return unit


TASMOTA = Dialect(read=_read, words={"ON": 1.0, "OFF": 0.0})
