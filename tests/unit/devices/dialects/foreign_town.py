"""A town of foreign devices, made of the samples."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from configs.site import SiteFile
from devices.decoder import Decoder
from devices.dialects.sparkplug_payload import WIRE
from devices.registry import Registry
from events.intake import Decoded, Intake, Rejection
from events.message import Delivery, Message

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3] / "data/dialects"

METRICS = {
    "temperature": {"unit": "Cel", "minimum": -20, "maximum": 60},
    "humidity": {"unit": "%"},
    "pressure": {"unit": "hPa"},
    "pm25": {"unit": "ug/m3"},
    "signal": {"unit": "%"},
    "power": {"unit": "1"},
    "battery": {"unit": "%"},
    "leak": {"unit": "1"},
    "light": {"unit": "lx"},
    "distance": {"unit": "cm"},
    "battery_voltage": {"unit": "V"},
    "rssi": {"unit": "dB[mW]"},
    "fill": {"unit": "%"},
    "current": {"unit": "A"},
    "snr": {"unit": "dB"},
    "linkquality": {"unit": "1"},
    "flow": {"unit": "L/s"},
    "volume": {"unit": "m3"},
    "wind_speed": {"unit": "m/s"},
    "wind_direction": {"unit": "deg"},
}

Tree = dict[str, Any]

KEYS = ("dialect", "topic", "fields", "units", "scale", "offset", "records", "time_field")


def sample(name: str) -> Tree:
    read: Tree = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return read


def payload_of(sample: Mapping[str, Any]) -> bytes:
    payload = sample["payload"]
    if sample["dialect"] == "sparkplug_b":
        return sparkplug(**payload)
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def sparkplug(*, metrics: Sequence[Mapping[str, Any]] = (), **fields: object) -> bytes:
    """Return a Sparkplug payload; a metric's `engUnit` becomes its property."""
    wire = WIRE(**fields)
    for metric in metrics:
        known = {key: value.encode() if isinstance(value, str) else value for key, value in metric.items()}
        unit = known.pop("engUnit", None)
        made = wire.metrics.add(**known)
        if unit is not None:
            made.properties.keys.append(b"engUnit")
            made.properties.values.add(string_value=unit)
    payload: bytes = wire.SerializeToString()
    return payload


def speech(sample: Mapping[str, Any], **changes: object) -> Tree:
    """Return the entry of `speaks` that reads a sample."""
    kept = {key: sample[key] for key in KEYS if key in sample}
    return kept | changes


def town(*sensors: list[Tree], timezone: str = "Asia/Jakarta") -> SiteFile:
    """Return a town whose n-th sensor, foreign-n, has the n-th list of `speaks`."""
    return SiteFile.model_validate(
        {
            "city": {"name": "Rembang", "timezone": timezone},
            "sites": [{"id": "a", "name": "A", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}],
            "sensors": [
                {"id": f"foreign-{n}", "name": "Asing", "site": "a", "metrics": METRICS, "speaks": speaks}
                for n, speaks in enumerate(sensors)
            ],
        }
    )


def decode(site: SiteFile, topic: str, payload: bytes, *, retained: bool = False) -> Intake:
    decoder = Decoder(Registry.from_site(site), lambda: NOW)
    return decoder.decode(Message(topic, payload, NOW, retained, Delivery(1, 1)))


def understood(site: SiteFile, topic: str, payload: bytes, *, retained: bool = False) -> Decoded:
    intake = decode(site, topic, payload, retained=retained)
    assert intake.rejection is None, intake.rejection
    assert intake.decoded is not None
    return intake.decoded


def refused(site: SiteFile, topic: str, payload: bytes) -> Rejection:
    intake = decode(site, topic, payload)
    assert intake.decoded is None
    assert intake.rejection is not None
    return intake.rejection
