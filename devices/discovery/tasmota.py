"""Tasmota's own discovery: `tasmota/discovery/<MAC>/config` and `.../sensors`, retained.

Shape: https://tasmota.github.io/docs/Home-Assistant/ and Tasmota's `xdrv_12_discovery.ino`: `ft` is the full topic,
`t` the topic, `tp` the prefixes of commands, answers and telemetry, `sn` a message as on `tele/<topic>/SENSOR`.
"""

from collections.abc import Iterator, Mapping

from devices.arrival import shown
from devices.dialects.dialect import Tree, read_object
from devices.discovery.announced import Announced, Offer, Omission, slug

PREFIX = "tasmota/discovery"

_UNITS = {
    "Temperature": "Cel", "DewPoint": "Cel", "Humidity": "%", "Pressure": "hPa", "SeaPressure": "hPa",
    "PM1": "ug/m3", "PM2.5": "ug/m3", "PM10": "ug/m3", "CarbonDioxide": "[ppm]", "eCO2": "[ppm]", "TVOC": "[ppb]",
    "Illuminance": "lx", "Power": "W", "ApparentPower": "V.A", "ReactivePower": "V.A", "Factor": "1", "Voltage": "V",
    "Current": "A", "Total": "kW.h", "Today": "kW.h", "Yesterday": "kW.h", "Frequency": "Hz", "Distance": "cm",
    "Battery": "%", "Ambient": "lx", "CF1": "ug/m3", "CF2.5": "ug/m3", "CF10": "ug/m3", "Moisture": "%",
    "ActivePower": "W", "PhaseAngle": "deg", "Weight": "kg", "ExportActive": "kW.h", "ImportActive": "kW.h",
    "CurrentNeutral": "A", "Speed": "m/s",
}  # fmt: skip
"""Units of quantities by the field's name, or the one above it (`TX23.Speed.Avg`). Temperatures, pressures and speeds
are converted by what each message says."""

_NO_VALUES = frozenset({"Time", "TempUnit", "PressureUnit", "SpeedUnit", "Id", "TotalStartTime"})
_TELE = 2  # position in `tp`
_MOST_DEPTH = 3


def read_device(config: bytes, sensors: bytes) -> Announced:
    """Understand what a device announces.

    Args:
        config: Payload of `config`.
        sensors: Payload of `sensors`; empty where none came.

    Raises:
        PayloadError: one of them is no JSON object.
    """
    said = read_object(config)
    mac = str(said.get("mac") or "")
    found = Announced(
        key=mac or str(said.get("t")), name=str(said.get("dn") or mac), model=f"Tasmota {said.get('md') or ''}".strip()
    )
    base = _tele_topic(said, mac)
    if base is None:
        found.omissions.append(Omission(name=found.name, why="it does not announce its topics (ft, t, tp)"))
        return found
    words = (str(said.get("onln") or "Online").lower(), str(said.get("ofln") or "Offline").lower())
    status_topic = f"{base}LWT" if words == ("online", "offline") else None
    if status_topic is None:
        found.omissions.append(Omission(name="LWT", why=f"it says {shown(words[0])} and {shown(words[1])}"))
    sample = read_object(sensors).get("sn") if sensors else None
    for path in _paths(sample if isinstance(sample, dict) else {}):
        quantity = path[-1] if path[-1] in _UNITS else path[-2]
        unit = _UNITS.get(quantity)
        name = " ".join(path)
        if unit is None:
            found.omissions.append(Omission(name=name, why="the unit of this quantity is not known: add it by hand"))
            continue
        metric = slug(quantity.replace(".", ""), "value")  # PM2.5 is pm25 everywhere else
        found.offers.append(_offer(f"{base}SENSOR", ".".join(path), metric, name, unit, status_topic))
    found.offers.append(_offer(f"{base}STATE", "Wifi.Signal", "rssi", "Wi-Fi", "dB[mW]", status_topic))
    return found


def _offer(topic: str, path: str, metric: str, name: str, unit: str, status_topic: str | None) -> Offer:
    return Offer(
        metric=metric, name=name, dialect="tasmota", topic=topic, path=path, unit=unit, status_topic=status_topic
    )


def _tele_topic(said: Mapping[str, Tree], mac: str) -> str | None:
    full, prefixes = said.get("ft"), said.get("tp")
    if not isinstance(full, str) or not isinstance(prefixes, list) or len(prefixes) <= _TELE:
        return None
    made = full
    for place, value in (
        ("%prefix%", prefixes[_TELE]),
        ("%topic%", said.get("t")),
        ("%hostname%", said.get("hn")),
        ("%id%", mac[-6:]),
    ):
        made = made.replace(place, str(value or ""))
    return made if made.endswith("/") else f"{made}/"


def _paths(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the ways to what may be a number: `null` stands where a probe gave none just then."""
    if isinstance(tree, dict) and len(above) < _MOST_DEPTH:
        for key, inner in tree.items():
            if key not in _NO_VALUES:
                yield from _paths(inner, (*above, key))
    elif isinstance(tree, list) and above and len(above) < _MOST_DEPTH:
        for position, inner in enumerate(tree):
            yield from _paths(inner, (*above, str(position)))
    elif len(above) > 1 and (tree is None or (isinstance(tree, int | float) and not isinstance(tree, bool))):
        yield above
