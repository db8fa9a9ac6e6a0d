"""What Tasmota's own discovery says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sensors import Sensor
from devices.discovery.announced import Announced
from devices.discovery.proposal import section
from devices.discovery.tasmota import read_device
from events.errors import PayloadError

SAMPLE = json.loads((Path(__file__).parents[3] / "data/discovery/tasmota.json").read_text(encoding="utf-8"))


def read(sensors: bytes | None = None, **config: Any) -> Announced:
    said = json.dumps(SAMPLE["config"] | config).encode()
    return read_device(said, json.dumps(SAMPLE["sensors"]).encode() if sensors is None else sensors)


def test_a_device_becomes_a_sensor_with_its_quantities_and_their_units() -> None:
    sensor = Sensor.model_validate(section(read(), "lasem", set()))

    assert (sensor.id, sensor.name) == ("cuaca-alun-alun", "Cuaca Alun-alun")
    values, state = sensor.speaks
    assert (values.topic, values.status_topic) == ("tele/tasmota_A1B2C3/SENSOR", "tele/tasmota_A1B2C3/LWT")
    assert {path: sensor.metrics[metric].unit for path, metric in values.fields.items()} == {
        "SI7021.Temperature": "Cel",
        "SI7021.Humidity": "%",
        "SI7021.DewPoint": "Cel",
        "PMS5003.CF1": "ug/m3",
        "PMS5003.PM1": "ug/m3",
        "PMS5003.PM2.5": "ug/m3",
        "PMS5003.PM10": "ug/m3",
        "ENERGY.Total": "kW.h",
        "ENERGY.Power.0": "W",
        "ENERGY.Power.1": "W",
        "TX23.Speed.Act": "m/s",
        "TX23.Speed.Avg": "m/s",
    }
    assert (state.topic, state.fields) == ("tele/tasmota_A1B2C3/STATE", {"Wifi.Signal": "rssi"})


def test_a_quantity_of_unknown_unit_is_left_out_by_name() -> None:
    assert [omission.name for omission in read().omissions] == ["PMS5003 PB0.3"]


@pytest.mark.parametrize(
    ("full", "topic"),
    [
        ("%topic%/%prefix%/", "tasmota_A1B2C3/tele/SENSOR"),
        ("kota/%prefix%/%id%", "kota/tele/A1B2C3/SENSOR"),
        ("%prefix%/%hostname%/", "tele/tasmota-A1B2C3-1234/SENSOR"),
    ],
)
def test_the_full_topic_is_followed(full: str, topic: str) -> None:
    assert read(ft=full).offers[0].topic == topic


def test_words_of_its_own_for_being_online_leave_the_status_out() -> None:
    assert {offer.status_topic for offer in read(onln="hidup").offers} == {None}


@pytest.mark.parametrize("config", [{"ft": None}, {"tp": ["cmnd"]}])
def test_without_its_topics_nothing_is_offered(config: dict[str, Any]) -> None:
    assert read(**config).offers == []


@given(
    st.binary(max_size=20)
    | st.dictionaries(st.sampled_from(["sn", "ver"]), st.none() | st.text()).map(lambda tree: json.dumps(tree).encode())
)
def test_whatever_is_announced_is_understood_or_refused(sensors: bytes) -> None:
    try:
        read(sensors)
    except PayloadError as error:
        assert str(error)  # noqa: PT017 - refusing is one of two good ends
