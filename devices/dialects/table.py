"""The explicit table of dialects, by the names that the site file uses."""

from collections.abc import Mapping

from configs.dialects import DialectName
from devices.dialects.dialect import Dialect
from devices.dialects.esphome import ESPHOME
from devices.dialects.foreign_senml import SENML
from devices.dialects.home_assistant import HOME_ASSISTANT
from devices.dialects.lorawan import CHIRPSTACK, THE_THINGS_STACK
from devices.dialects.plain_json import JSON
from devices.dialects.sparkplug_payload import SPARKPLUG_B
from devices.dialects.tasmota import TASMOTA
from devices.dialects.zigbee2mqtt import ZIGBEE2MQTT

DIALECTS: Mapping[DialectName, Dialect] = {
    "tasmota": TASMOTA,
    "zigbee2mqtt": ZIGBEE2MQTT,
    "chirpstack": CHIRPSTACK,
    "the_things_stack": THE_THINGS_STACK,
    "esphome": ESPHOME,
    "home_assistant": HOME_ASSISTANT,
    "senml": SENML,
    "sparkplug_b": SPARKPLUG_B,
    "json": JSON,
}
"""Each has samples in `tests/data/dialects`, and a row in `docs/devices.md`."""
