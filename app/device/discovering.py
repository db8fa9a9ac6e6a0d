"""Listens to the broker for what devices announce of themselves."""

import io
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from ruamel.yaml import YAML

from configs.site import SiteFile
from devices.discovery import home_assistant, tasmota
from devices.discovery.announced import Announced, Omission
from devices.discovery.proposal import gathered, section, without_known
from events.errors import PayloadError, SourceError
from events.message import Message
from runtime.mqtt import Hooks, MqttConnection

CONNECT_S = 5.0
MOST_MESSAGES = 20_000
"""Announcements held at most; a city has fewer, a broker that is asked for everything may send more."""

_STEP_S = 0.05


def listen(site: SiteFile, prefix: str, seconds: float) -> dict[str, bytes]:
    """Return what is announced, payload by topic.

    Args:
        site: Says where the broker is.
        prefix: Home Assistant's discovery prefix.
        seconds: How long to listen; retained announcements come at once.

    Raises:
        SourceError: the broker cannot be reached.
        ConfigError: `broker.ca_file` cannot be used.
    """
    heard: dict[str, bytes] = {}

    def keep(message: Message) -> None:
        if len(heard) < MOST_MESSAGES:
            heard[message.topic] = message.payload

    connection = MqttConnection(
        site.broker,
        name="discover",
        client_id=f"{site.broker.client_id}-discover-{uuid4().hex[:8]}",
        clean_session=True,
        subscriptions=[(f"{prefix}/#", 0), (f"{tasmota.PREFIX}/#", 0)],
        hooks=Hooks(received=keep),
    )
    connection.start()
    try:
        deadline_s = time.monotonic() + CONNECT_S
        while not connection.connected:
            if time.monotonic() > deadline_s:
                raise SourceError(
                    f"the broker {site.broker.host}:{site.broker.port} cannot be reached: start it, or `pantau run`"
                )
            time.sleep(_STEP_S)
        time.sleep(seconds)
    finally:
        connection.stop()
    return heard


def announced(heard: Mapping[str, bytes], prefix: str) -> list[Announced]:
    """Return the devices that announced themselves; what cannot be understood of one stands among its omissions."""
    found: list[Announced] = []
    for topic, payload in heard.items():
        try:
            one = _read(topic, payload, heard, prefix)
        except PayloadError as error:
            one = Announced(key=topic, name=topic, omissions=[Omission(name=topic, why=str(error))])
        if one is not None:
            found.append(one)
    return gathered(found)


def proposals(site: SiteFile, devices: Iterable[Announced], place: str) -> str:
    """Return sections of the site file, as YAML with what is left out in comments.

    Args:
        site: What is already read there is not proposed again.
        devices: As `announced` found them.
        place: Id of the site where they are to stand.
    """
    taken = {sensor.id for sensor in site.sensors} | {camera.id for camera in site.cameras}
    written = io.StringIO()
    for found in devices:
        device = without_known(found, site.sensors)
        made = section(device, place, taken) if device.offers else {}
        if not made and (found.offers or not device.omissions):
            continue
        written.write(f"# {_line(device.name)}{f' ({_line(device.model)})' if device.model else ''}\n")
        written.writelines(f"#   left out: {_line(left.name)}: {_line(left.why)}\n" for left in device.omissions)
        if made:
            written.write(_yaml([made]))
    return written.getvalue()


def _read(topic: str, payload: bytes, heard: Mapping[str, bytes], prefix: str) -> Announced | None:
    if not topic.startswith(f"{tasmota.PREFIX}/"):
        return home_assistant.read_config(topic, payload, prefix)
    if not topic.endswith("/config") or not payload:
        return None
    return tasmota.read_device(payload, heard.get(f"{topic.removesuffix('/config')}/sensors", b""))


def _yaml(sections: Sequence[Mapping[str, Any]]) -> str:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 110
    text = io.StringIO()
    yaml.dump(list(sections), text)
    return text.getvalue()


def _line(text: str) -> str:
    """Return a device's own words fit for a comment: on one line."""
    return text if text.isprintable() else ascii(text)[1:-1]
