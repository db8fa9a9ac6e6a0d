"""Home Assistant's MQTT discovery: retained configurations from which devices and their values are read.

Shape: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, sensors as in `sensor.mqtt` and
`binary_sensor.mqtt`. Configurations come for each entity, or for a device with `components`; keys may be abbreviated,
and `~` stands for a base topic.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from configs.dialects import DialectName
from configs.unit_names import ucum_of_displayed
from devices.arrival import shown
from devices.dialects.dialect import Tree, read_object
from devices.discovery.announced import Announced, Offer, Omission, slug
from devices.discovery.templates import path_of

_ABBREVIATIONS = {
    "avty": "availability", "avty_t": "availability_topic", "avty_tpl": "availability_template", "cmps": "components",
    "dev": "device", "dev_cla": "device_class", "ids": "identifiers", "cns": "connections", "mdl": "model",
    "mf": "manufacturer", "o": "origin", "obj_id": "object_id", "p": "platform", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "pl_off": "payload_off", "pl_on": "payload_on", "stat_cla": "state_class",
    "stat_t": "state_topic", "t": "topic", "uniq_id": "unique_id", "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}  # fmt: skip
"""Those of the keys read here (`homeassistant/components/mqtt/abbreviations.py`)."""

_READ = frozenset({"sensor", "binary_sensor"})
_TEXTS = frozenset({"enum", "timestamp", "date"})
_YES = frozenset({"on", "true", "1"})
_NO = frozenset({"off", "false", "0"})
_PARTS = (4, 5)  # prefix, component, [node,] object, "config"


class _Entity(NamedTuple):
    """One entity's configuration, abbreviations spelt out and base topics put in."""

    component: str
    name: str
    said: Mapping[str, Tree]

    def text(self, key: str) -> str | None:
        """Return a text of the configuration, None where none stands."""
        found = self.said.get(key)
        return found if isinstance(found, str) else None


def read_config(topic: str, payload: bytes, prefix: str) -> Announced | None:
    """Understand one discovery message; None where it is none, or takes an announcement back.

    Args:
        topic: Where it came.
        payload: The configuration; empty where it is taken back.
        prefix: Discovery prefix, usually `homeassistant`.

    Raises:
        PayloadError: no JSON object.
    """
    below = topic.removeprefix(f"{prefix}/").split("/")
    if not topic.startswith(f"{prefix}/") or below[-1] != "config" or 1 + len(below) not in _PARTS or not payload:
        return None
    config = _spelt_out(read_object(payload))
    component, object_id = below[0], below[-2]
    device = _mapping(config.get("device"))
    key = _first_text(device.get("identifiers")) or _first_text(device.get("connections")) or below[1]
    model = " ".join(text for part in ("manufacturer", "model") if isinstance(text := device.get(part), str))
    name = device.get("name")
    found = Announced(key=key, name=name if isinstance(name, str) else key, model=model)
    for entity in _entities(component, object_id, config):
        if entity.component in _READ:
            offered = _offer(entity)
            if isinstance(offered, Offer):
                found.offers.append(offered)
            else:
                found.omissions.append(offered)
    return found


def _entities(component: str, object_id: str, config: Mapping[str, Tree]) -> Iterator[_Entity]:
    if component != "device":
        yield _entity(component, object_id, config)
        return
    shared = {key: value for key, value in config.items() if key != "components"}
    for identifier, part in _mapping(config.get("components")).items():
        own = _spelt_out(_mapping(part))
        platform = own.get("platform")
        yield _entity(
            platform if isinstance(platform, str) else "", identifier, {**shared, **own, "~": shared.get("~")}
        )


def _entity(component: str, identifier: str, config: Mapping[str, Tree]) -> _Entity:
    name = config.get("name")
    base = config.get("~")
    said = {key: _based(value, base) if key.endswith("topic") else value for key, value in config.items()}
    return _Entity(component, name if isinstance(name, str) and name else identifier, said)


def _offer(entity: _Entity) -> Offer | Omission:
    topic, path = entity.text("state_topic"), path_of(entity.text("value_template"))
    if topic is None:
        return Omission(name=entity.name, why="it has no state_topic")
    if path is None:
        return Omission(name=entity.name, why=f"its template computes: {shown(str(entity.said.get('value_template')))}")
    inverted, unit = False, "1"
    if entity.component == "binary_sensor":
        words = (_word(entity, "payload_on", "ON"), _word(entity, "payload_off", "OFF"))
        inverted = words[0] in _NO and words[1] in _YES
        if not inverted and not (words[0] in _YES and words[1] in _NO):
            return Omission(name=entity.name, why=f"it says {shown(words[0])} and {shown(words[1])} for yes and no")
    else:
        displayed, device_class = entity.text("unit_of_measurement"), entity.text("device_class")
        if device_class in _TEXTS or not (displayed or device_class or entity.text("state_class")):
            return Omission(name=entity.name, why="it is a text: it has neither unit nor class of a measurement")
        known = ucum_of_displayed(displayed or "")
        if known is None:
            return Omission(
                name=entity.name, why=f"its unit {shown(displayed or '')} is not known: write its UCUM name"
            )
        unit = known
    return Offer(
        metric=slug(entity.text("device_class") or entity.name, "value"),
        name=entity.name,
        dialect=_dialect(entity),
        topic=topic,
        path=path,
        unit=unit,
        status_topic=_status_topic(entity),
        inverted=inverted,
    )


def _dialect(entity: _Entity) -> DialectName:
    # Zigbee2MQTT's states bear a time of their own, which the general dialect does not know of.
    return "zigbee2mqtt" if _mapping(entity.said.get("origin")).get("name") == "Zigbee2MQTT" else "home_assistant"


def _status_topic(entity: _Entity) -> str | None:
    """Return where the device itself says online or offline: of several the last, since bridges come first."""
    listed = entity.said.get("availability")
    named = [_spelt_out(_mapping(one)) for one in listed] if isinstance(listed, list) else []
    if not named:
        named = [{**entity.said, "topic": entity.said.get("availability_topic")}]
    for one in reversed(named):
        topic = _based(one.get("topic"), entity.said.get("~"))
        template = one.get("value_template") if isinstance(listed, list) else one.get("availability_template")
        plain = template is None or (isinstance(template, str) and path_of(template) in {"value", "state"})
        online = str(one.get("payload_available") or "online").lower() == "online"
        offline = str(one.get("payload_not_available") or "offline").lower() == "offline"
        if isinstance(topic, str) and topic and plain and online and offline:
            return topic
    return None


def _word(entity: _Entity, key: str, otherwise: str) -> str:
    said = entity.said.get(key)
    return str(otherwise if said is None else said).lower()


def _spelt_out(config: Mapping[str, Tree]) -> dict[str, Tree]:
    spelt = {_ABBREVIATIONS.get(key, key): value for key, value in config.items()}
    for key in ("device", "origin"):
        if isinstance(inner := spelt.get(key), dict):
            spelt[key] = {_ABBREVIATIONS.get(name, name): value for name, value in inner.items()}
    return spelt


def _based(topic: Tree, base: Tree) -> Tree:
    if not isinstance(topic, str) or not isinstance(base, str) or not topic:
        return topic
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _first_text(value: Tree) -> str | None:
    """Return a text, or the last text of what a list has first: an identifier, or (kind, address)."""
    while isinstance(value, list) and value:
        value = value[0] if isinstance(value[0], list) else value[-1]
    return value if isinstance(value, str) and value else None


def _mapping(value: Tree) -> Mapping[str, Tree]:
    return value if isinstance(value, dict) else {}
