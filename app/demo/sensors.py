"""The demo's sensors: devices of their own that publish through the real broker."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from app.demo.quantities import MODELS, Model, Moment
from configs.sensors import Sensor
from configs.site import SiteFile
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.errors import ConfigError
from events.ids import SourceId
from runtime.clock import Clock, utc_now

log = structlog.get_logger(__name__)

_OUTBOX_ITEMS = 2_000
"""About an hour of one sensor's messages."""


class Line(Protocol):
    """A device's way to the broker."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Accept a message for sending."""
        ...


@dataclass(frozen=True, slots=True)
class DemoSensor:
    """One sensor of the site file with the model that speaks for it."""

    sensor: Sensor
    model: Model
    speaks_senml: bool

    def speak(self, line: Line, moment: Moment) -> bool:
        """Publish what the sensor measures now; tell whether it did, since some fall silent for a while."""
        if self.model.is_silent(moment.elapsed_s):
            return False
        values = {name: value for name, value in self.model.values(moment).items() if name in self.sensor.metrics}
        payload = self._senml(values, moment.at) if self.speaks_senml else _native(values, moment.at)
        line.publish("telemetry", payload, qos=1)
        return True

    def _senml(self, values: Mapping[str, float], at: datetime) -> bytes:
        metrics = self.sensor.metrics
        records: list[dict[str, object]] = [{"n": n, "u": metrics[n].unit, "v": v} for n, v in values.items()]
        records[0] = {"bn": f"urn:dev:{self.sensor.id}:", "bt": at.timestamp(), **records[0]}
        return msgspec.json.encode(records)


def demo_sensors(site: SiteFile, *, calm: bool) -> tuple[DemoSensor, ...]:
    """Return the sensors of a site file that the demo can play.

    Raises:
        ConfigError: it can play none of them.
    """
    played = tuple(
        DemoSensor(sensor, MODELS[sensor.id].calmed() if calm else MODELS[sensor.id], sensor.id in _SPEAK_SENML)
        for sensor in site.sensors
        if sensor.id in MODELS
    )
    if not played:
        raise ConfigError(f"none of the site's sensors is one the demo can play: {', '.join(sorted(MODELS))}")
    return played


def run_sensors(site: SiteFile, stop: threading.Event, *, calm: bool, clock: Clock = utc_now) -> None:
    """Play the demo's sensors until asked to stop, each with a connection of its own.

    Args:
        site: The demo's site file.
        stop: Set to end.
        calm: No incidents.
        clock: The time of the values, which follow the hour.

    Raises:
        ConfigError: the site has no sensor that the demo can play.
    """
    sensors = demo_sensors(site, calm=calm)
    with _lines(site, sensors) as lines:
        log.info("sensors publish", sensors=len(sensors))
        started_s = time.monotonic()
        # Devices in the field do not speak in chorus: their first words are spread over their interval.
        due = {i: s.sensor.interval_s * i / len(sensors) for i, s in enumerate(sensors)}
        while True:
            turn = min(due, key=due.__getitem__)
            if stop.wait(max(due[turn] - (time.monotonic() - started_s), 0.0)):
                return
            elapsed_s = time.monotonic() - started_s
            sensors[turn].speak(lines[turn], Moment(clock(), elapsed_s))
            due[turn] = max(due[turn] + sensors[turn].sensor.interval_s, elapsed_s)


@contextmanager
def _lines(site: SiteFile, sensors: Sequence[DemoSensor]) -> Iterator[Sequence[DeviceClient]]:
    folder = site.data_dir / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    clients = [_client(site, folder, demo.sensor) for demo in sensors]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        # At once rather than one after the other: each may wait two seconds for a broker that hangs.
        stopping = [threading.Thread(target=client.stop, name=f"stop-{client.source}") for client in clients]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()


def _client(site: SiteFile, folder: Path, sensor: Sensor) -> DeviceClient:
    outbox = Outbox(folder / f"{sensor.id}.db", most_items=_OUTBOX_ITEMS)
    return DeviceClient(site.broker, SourceId(sensor.id), outbox)


_SPEAK_SENML = frozenset({"cuaca-leteh"})
"""Devices that speak SenML (RFC 8428) instead of Pantau's own JSON, as a mixed city has them."""


def _native(values: Mapping[str, float], at: datetime) -> bytes:
    return msgspec.json.encode({"ts": at, "values": values})
