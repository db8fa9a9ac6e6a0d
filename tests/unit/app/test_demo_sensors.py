"""How the demo's sensors speak, understood by the platform's own decoder."""

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from app.demo.quantities import MODELS, Moment
from app.demo.sensors import DemoSensor, demo_sensors
from configs.load import load_site
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.errors import ConfigError
from events.message import Delivery, Message
from events.reading import Quality

NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)

with resources.as_file(resources.files("configs") / "demo.yaml") as _file:
    SITE: SiteFile = load_site(Path(_file))


class Line:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int, bool]] = []

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        self.sent.append((topic, payload, qos, retain))


def sensor(name: str, *, calm: bool = False) -> DemoSensor:
    return next(each for each in demo_sensors(SITE, calm=calm) if each.sensor.id == name)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_platform_understands_every_sensor(name: str) -> None:
    line, moment = Line(), Moment(NOW, 0.0)
    assert sensor(name).speak(line, moment)
    ((topic, payload, qos, retain),) = line.sent
    assert (topic, qos, retain) == ("telemetry", 1, False)
    message = Message(f"pantau/v1/{name}/telemetry", payload, NOW, False, Delivery(1, 1))  # noqa: FBT003 - its shape
    intake = Decoder(Registry.from_site(SITE), lambda: NOW).decode(message)
    assert intake.rejection is None
    assert intake.decoded is not None
    assert {r.metric: r.value for r in intake.decoded.readings} == MODELS[name].values(moment)
    assert {(r.ts, r.quality) for r in intake.decoded.readings} == {(NOW, Quality.OK)}


def test_at_least_one_sensor_speaks_another_dialect() -> None:
    first_bytes = set()
    for each in demo_sensors(SITE, calm=False):
        line = Line()
        each.speak(line, Moment(NOW, 0.0))
        first_bytes.add(line.sent[0][1][:1])
    assert first_bytes == {b"{", b"["}


def test_a_silent_sensor_publishes_nothing() -> None:
    line = Line()
    assert not sensor("pasut-kragan").speak(line, Moment(NOW, 30.0))
    assert line.sent == []
    assert sensor("pasut-kragan", calm=True).speak(line, Moment(NOW, 30.0))


def test_a_site_whose_sensors_are_unknown_to_the_demo_is_refused_with_the_names_it_knows() -> None:
    with pytest.raises(ConfigError, match="pasut-tasikagung"):
        demo_sensors(SITE.model_copy(update={"sensors": ()}), calm=False)
