"""What Home Assistant's discovery messages say, in the shapes its documentation gives."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.sensors import Sensor
from devices.discovery.announced import Announced, Offer
from devices.discovery.home_assistant import read_config
from devices.discovery.proposal import gathered, section, without_known
from events.errors import PayloadError

TOPIC = "homeassistant/sensor/pompa/temperature/config"
ENTITY = {
    "name": "Suhu",
    "~": "rumah-pompa",
    "stat_t": "~/cuaca/state",
    "avty_t": "~/status",
    "unit_of_meas": "°C",
    "dev_cla": "temperature",
    "val_tpl": "{{ value_json.temperature }}",
    "uniq_id": "pompa-temperature",
    "dev": {"ids": ["pompa-01"], "name": "Rumah Pompa", "mf": "Contoh", "mdl": "P1"},
}


def read(topic: str = TOPIC, **config: Any) -> Announced:
    found = read_config(topic, json.dumps(ENTITY | config).encode(), "homeassistant")
    assert found is not None
    return found


def test_an_abbreviated_configuration_says_what_a_long_one_says() -> None:
    long = {
        "name": "Suhu",
        "state_topic": "rumah-pompa/cuaca/state",
        "availability_topic": "rumah-pompa/status",
        "unit_of_measurement": "°C",
        "device_class": "temperature",
        "value_template": "{{ value_json.temperature }}",
        "device": {"identifiers": "pompa-01", "name": "Rumah Pompa", "manufacturer": "Contoh", "model": "P1"},
    }

    assert read() == read_config(TOPIC, json.dumps(long).encode(), "homeassistant")
    assert read().offers == [
        Offer(
            metric="temperature",
            name="Suhu",
            dialect="home_assistant",
            topic="rumah-pompa/cuaca/state",
            path="temperature",
            unit="Cel",
            status_topic="rumah-pompa/status",
        )
    ]
    assert (read().key, read().name, read().model) == ("pompa-01", "Rumah Pompa", "Contoh P1")


def test_a_device_is_announced_with_all_its_components_at_once() -> None:
    config = {
        "dev": {"ids": "ea334450945afc", "name": "Kebun"},
        "o": {"name": "contoh"},
        "state_topic": "kebun/state",
        "cmps": {
            "t": {
                "p": "sensor",
                "device_class": "temperature",
                "unit_of_measurement": "°F",
                "val_tpl": "{{ value_json.t }}",
            },
            "l": {"p": "binary_sensor", "name": "Bocor", "value_template": "{{ value_json.l }}", "stat_t": "kebun/l"},
            "x": {"p": "switch", "command_topic": "kebun/x/set"},
        },
    }
    found = read_config("homeassistant/device/kebun/config", json.dumps(config).encode(), "homeassistant")

    assert found is not None
    assert [(o.metric, o.topic, o.path, o.unit) for o in found.offers] == [
        ("temperature", "kebun/state", "t", "[degF]"),
        ("bocor", "kebun/l", "l", "1"),
    ]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"val_tpl": "{{ value_json.t * 0.1 }}"}, "computes"),
        ({"unit_of_meas": "furlong"}, "not known"),
        ({"unit_of_meas": None, "dev_cla": "enum"}, "text"),
        ({"unit_of_meas": None, "dev_cla": None}, "text"),
        ({"stat_t": None}, "state_topic"),
    ],
)
def test_what_cannot_be_read_is_left_out_with_the_reason(config: dict[str, Any], why: str) -> None:
    found = read(**config)

    assert found.offers == []
    assert [why in omission.why for omission in found.omissions] == [True]


@pytest.mark.parametrize(
    ("words", "inverted"),
    [({}, False), ({"pl_on": True, "pl_off": False}, False), ({"pl_on": False, "pl_off": True}, True)],
)
def test_a_binary_sensor_is_1_for_yes_whatever_it_says(words: dict[str, Any], *, inverted: bool) -> None:
    (offer,) = read("homeassistant/binary_sensor/pompa/pintu/config", **words).offers

    assert (offer.unit, offer.inverted) == ("1", inverted)


def test_a_binary_sensor_with_words_of_its_own_is_left_out() -> None:
    assert read("homeassistant/binary_sensor/pompa/x/config", pl_on="MOTION", pl_off="CLEAR").offers == []


@pytest.mark.parametrize(
    ("availability", "topic"),
    [
        (
            {"avty": [{"t": "zigbee2mqtt/bridge/state"}, {"t": "zigbee2mqtt/a/availability"}]},
            "zigbee2mqtt/a/availability",
        ),
        ({"avty": [{"topic": "~/lwt", "val_tpl": "{{ value_json.state }}"}]}, "rumah-pompa/lwt"),
        ({"avty_t": "x", "pl_avail": "ready"}, None),
        ({"avty_t": "x", "pl_avail": "Online", "pl_not_avail": "Offline"}, "x"),
        ({"avty_t": "x", "avty_tpl": "{{ 'online' if value == '1' else 'offline' }}"}, None),
        ({"avty_t": None}, None),
    ],
)
def test_the_devices_own_word_about_being_online_is_found(availability: dict[str, Any], topic: str | None) -> None:
    assert read(**availability).offers[0].status_topic == topic


def test_zigbee2mqtts_states_are_read_with_their_own_time() -> None:
    assert read(o={"name": "Zigbee2MQTT"}).offers[0].dialect == "zigbee2mqtt"


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b""),
        ("homeassistant/status", b"online"),
        ("homeassistant/sensor/config", b"{}"),
        ("homeassistant/sensor/a/b/c/config", b"{}"),
        ("other/sensor/a/config", b"{}"),
    ],
)
def test_what_announces_nothing_is_passed_over(topic: str, payload: bytes) -> None:
    assert read_config(topic, payload, "homeassistant") is None


def test_the_entities_of_a_device_become_one_sensor_of_the_site_file() -> None:
    second = read(name="Suhu Pompa", val_tpl="{{ value_json.pump }}")
    third = read(
        "homeassistant/binary_sensor/pompa/pintu/config",
        name="Pintu",
        dev_cla="door",
        pl_on=False,
        pl_off=True,
        val_tpl="{{ value_json.contact }}",
    )
    again = read(name="Suhu lagi")
    (device,) = gathered([read(), second, third, again, read()])

    made = section(device, "lasem", {"rumah-pompa"})

    sensor = Sensor.model_validate(made)
    assert sensor.id == "rumah-pompa-2"
    assert {name: metric.unit for name, metric in sensor.metrics.items()} == {
        "temperature": "Cel",
        "suhu-pompa": "Cel",
        "door": "1",
    }
    (speech,) = sensor.speaks
    assert speech.fields == {"temperature": "temperature", "pump": "suhu-pompa", "contact": "door"}
    assert (speech.scale, speech.offset) == ({"contact": -1}, {"contact": 1})
    assert speech.status_topic == "rumah-pompa/status"
    assert [omission.name for omission in device.omissions] == ["Suhu lagi"]


def test_what_the_site_file_reads_is_not_offered_again() -> None:
    sensor = Sensor.model_validate(section(read(), "lasem", set()))

    assert without_known(read(), [sensor]).offers == []


TREES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.sampled_from(["~", "{{ value_json.x }}", "°C"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*ENTITY, "cmps", "avty", "p", "t", "pl_on", "o", "cns"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(
    st.sampled_from([TOPIC, "homeassistant/device/x/config", "homeassistant/binary_sensor/y/config"]),
    TREES.map(lambda tree: json.dumps(tree).encode()) | st.binary(max_size=20),
)
@settings(max_examples=400, deadline=None)
def test_whatever_is_announced_is_understood_or_refused(topic: str, payload: bytes) -> None:
    try:
        found = read_config(topic, payload, "homeassistant")
    except PayloadError:
        return
    if found is not None and found.offers:
        made = section(found, "lasem", set())
        assert not made or Sensor.model_validate(made)
