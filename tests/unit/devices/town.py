"""A small town whose devices the tests of this folder let speak."""

from datetime import UTC, datetime

from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.intake import Decoded, Intake, Rejection
from events.message import Delivery, Message

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang"},
        "sites": [
            {"id": "alun-alun", "name": "Alun-alun", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}
        ],
        "sensors": [
            {
                "id": "air-1",
                "name": "Udara",
                "site": "alun-alun",
                "metrics": {
                    "pm25": {"unit": "ug/m3", "minimum": 0, "maximum": 1000},
                    "temperature": {"unit": "Cel", "minimum": -20, "maximum": 60},
                    "humidity": {"unit": "%"},
                },
            }
        ],
        "cameras": [
            {
                "id": "cam-1",
                "name": "Alun-alun",
                "site": "alun-alun",
                "url": "rtsp://127.0.0.1/x",
                "zones": [{"id": "plaza"}],
            }
        ],
        "vision": {"workers": 2},
    }
)


def make_decoder(listened_until: datetime | None = None) -> Decoder:
    return Decoder(Registry.from_site(SITE), lambda: NOW, listened_until)


def arriving(topic: str, payload: bytes, *, retained: bool = False, at: datetime = NOW) -> Message:
    return Message(topic, payload, at, retained, Delivery(1, 1))


def decode(topic: str, payload: bytes, *, retained: bool = False) -> Intake:
    return make_decoder().decode(arriving(topic, payload, retained=retained))


def understood(topic: str, payload: bytes, *, retained: bool = False) -> Decoded:
    intake = decode(topic, payload, retained=retained)
    assert intake.rejection is None
    assert intake.decoded is not None
    return intake.decoded


def refused(topic: str, payload: bytes) -> Rejection:
    intake = decode(topic, payload)
    assert intake.decoded is None
    assert intake.rejection is not None
    return intake.rejection
