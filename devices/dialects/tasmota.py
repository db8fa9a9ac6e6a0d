"""Tasmota: `tele/<topic>/SENSOR` and `tele/<topic>/STATE`, and the answers `stat/<topic>/STATUS8` and `STATUS10`.

Shape: https://tasmota.github.io/docs/MQTT/ and https://tasmota.github.io/docs/JSON-Status-Responses/.
`Time` is local time without a zone. One `TempUnit`, one `PressureUnit` and one `SpeedUnit` hold for the whole message.
A sensor that cannot be read is sent as null. Answers hold the same, one level down in `StatusSNS`.
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
    "Speed": "SpeedUnit",
}
"""Which key names the unit of a field, by the field's last key, or the one above it (`TX23.Speed.Avg`)."""

_UCUM = {
    "C": "Cel", "F": "[degF]", "K": "K", "hPa": "hPa", "mmHg": "mm[Hg]", "inHg": "[in_i'Hg]",
    "m/s": "m/s", "km/h": "km/h", "kn": "[kn_i]", "mph": "[mi_i]/h", "ft/s": "[ft_i]/s", "yd/s": "[yd_i]/s",
}  # fmt: skip
"""Units as Tasmota writes them (commands SetOption8, SetOption24, SetOption139 and SpeedUnit)."""


def _read(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    answered = tree.get("StatusSNS")
    if isinstance(answered, dict):
        tree = answered
    yield Record(tree, tree.get("Time"), partial(_unit, tree))


def _unit(tree: Mapping[str, Tree], path: str) -> str | None:
    above, _, last = path.rpartition(".")
    key = _UNIT_KEYS.get(last) or _UNIT_KEYS.get(above.rpartition(".")[2])
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
