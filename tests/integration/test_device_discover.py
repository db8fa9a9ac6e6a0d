"""`pantau device discover` on a real broker: what it prints is a site file's section, and values then come."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from app.cli import app
from tests.fix_broker import BrokerServer
from tests.foreign import publish
from tests.unit.devices.dialects.foreign_town import NOW, town, understood
from tests.unit.devices.discovery.test_home_assistant import ENTITY, TOPIC
from tests.unit.devices.discovery.test_tasmota import SAMPLE

pytestmark = pytest.mark.broker

MAC = SAMPLE["config"]["mac"]
SITE = """
city: {{name: Rembang}}
broker: {{port: {port}}}
sites:
  - {{id: lasem, name: Lasem, kecamatan: "33.17.14", position: {{lat: -6.7, lon: 111.4}}}}
{sensors}
"""


def test_what_announces_itself_is_printed_as_sensors_that_are_heard(each_broker: BrokerServer, tmp_path: Path) -> None:
    publish(
        each_broker.port,
        [
            (TOPIC, json.dumps(ENTITY).encode()),
            ("homeassistant/sensor/rusak/config", b"{"),
            (f"tasmota/discovery/{MAC}/config", json.dumps(SAMPLE["config"]).encode()),
            (f"tasmota/discovery/{MAC}/sensors", json.dumps(SAMPLE["sensors"]).encode()),
        ],
        retain=True,
    )
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(port=each_broker.port, sensors=""))

    result = CliRunner().invoke(app, ["device", "discover", "-c", str(site), "--seconds", "1"])

    assert result.exit_code == 0, result.output
    assert "left out: PMS5003 PB0.3" in result.stdout
    assert "left out: homeassistant/sensor/rusak/config: Input data was truncated" in result.stdout
    sensors = YAML(typ="safe").load(result.stdout)
    assert sorted(sensor["id"] for sensor in sensors) == ["cuaca-alun-alun", "rumah-pompa"]
    assert {sensor["site"] for sensor in sensors} == {"lasem"}

    indented = "\n".join(f"  {line}" for line in result.stdout.splitlines())
    site.write_text(SITE.format(port=each_broker.port, sensors=f"sensors:\n{indented}"))
    again = CliRunner().invoke(app, ["device", "discover", "-c", str(site), "--seconds", "1"])
    assert "- id:" not in again.stdout

    pump = next(sensor for sensor in sensors if sensor["id"] == "rumah-pompa")
    heard = town(pump["speaks"])
    decoded = understood(heard, "rumah-pompa/cuaca/state", b'{"temperature": 29.5}')
    assert [(reading.metric, reading.value, reading.ts) for reading in decoded.readings] == [("temperature", 29.5, NOW)]


def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(port=1, sensors=""))

    result = CliRunner().invoke(app, ["device", "discover", "-c", str(site)])

    assert result.exit_code != 0
