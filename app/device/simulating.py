"""Reference devices in numbers: they measure, publish, lose their network, and send again."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from pydantic import SecretStr

from app.demo.quantities import Moment
from app.device.plausible import plausible
from configs.sensors import Sensor
from configs.services import Broker
from devices.client import Counts, DeviceClient
from devices.obeying import Orders
from devices.outbox import Outbox
from events.errors import ConfigError
from events.ids import SourceId
from runtime.clock import Clock, utc_now

TURN_S = 0.5
"""How often progress is told while nothing is due, and orders are followed."""

_STOPPING = 16
"""Devices stopped at a time: each may wait two seconds for a broker that hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be simulated.

    Attributes:
        broker: Where the devices connect, and as whom where they have no password of their own.
        sensors: The devices.
        folder: Where their outboxes lie.
        secrets: Passwords by device; such a device signs in under its id.
        every_s: Seconds between two messages of a device, None for each one's own interval.
        for_s: Seconds to publish, None for as long as nobody stops it.
        messages: Messages of each device, None for no bound.
        outage: (begin, end) in seconds from the start, during which no device has a network; None for none.
        settle_s: Seconds to wait for receipts in the end.
    """

    broker: Broker
    sensors: Sequence[Sensor]
    folder: Path
    secrets: Mapping[str, str] = field(default_factory=dict)
    every_s: float | None = None
    for_s: float | None = None
    messages: int | None = None
    outage: tuple[float, float] | None = None
    settle_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one device's messages.

    Attributes:
        device: Its id.
        found: Messages that an earlier run had left in its outbox.
        counts: What became of them and of the new ones.
        held: Messages it still keeps because nobody receipted them.
    """

    device: str
    found: int
    counts: Counts
    held: int


class SimulatedDevice:
    """A reference device that measures plausible values.

    An outage ends its client and begins another on the same outbox, which connects only when the outage is over: the
    messages between lie on disk, as after a device's own restart.
    """

    def __init__(self, plan: Plan, sensor: Sensor, seed: int, clock: Clock) -> None:
        self.sensor = sensor
        self.interval_s = plan.every_s or sensor.interval_s
        self._clock = clock
        self._begun_s = time.monotonic()
        self._orders = Orders(
            SourceId(sensor.id),
            apply=self._apply,
            commands={"ping": self._ping, "measure": lambda _args: self._measured(self._clock())},
            clock=clock,
        )
        self._seed = seed
        self._path = plan.folder / f"{sensor.id}.db"
        secret = plan.secrets.get(sensor.id)
        own = {"username": sensor.id, "password": SecretStr(secret)} if secret is not None else {}
        self._broker = plan.broker.model_copy(update=own)
        self._past: list[Counts] = []
        self._client = self._new_client()
        self.found = self._client.held

    def start(self) -> None:
        """Connect."""
        self._client.start()

    def unplug(self) -> None:
        """Lose the network; what is published from now on is kept."""
        self.stop()
        self._past.append(self._client.counts)
        self._client = self._new_client()

    def measure(self, moment: Moment) -> None:
        """Publish what the sensor measures now."""
        self._client.publish("telemetry", msgspec.json.encode({"ts": moment.at, "values": self._measured(moment.at)}))

    def attend(self) -> None:
        """Follow settings (`interval_s`) and do commands (`ping`, `measure`)."""
        self._orders.attend(self._client)

    def settle(self, timeout_s: float) -> bool:
        """Wait until everything is receipted; tell whether it is."""
        return self._client.settle(timeout_s)

    def stop(self) -> None:
        """Disconnect; what is not receipted stays on disk."""
        self._client.stop()

    @property
    def counts(self) -> Counts:
        """What became of its messages so far, over all its clients."""
        parts = [*self._past, self._client.counts]
        return Counts(
            published=sum(part.published for part in parts),
            acknowledged=sum(part.acknowledged for part in parts),
            receipted=sum(part.receipted for part in parts),
            resent=sum(part.resent for part in parts),
        )

    @property
    def outcome(self) -> Outcome:
        """What became of its messages."""
        return Outcome(device=self.sensor.id, found=self.found, counts=self.counts, held=self._client.held)

    def _new_client(self) -> DeviceClient:
        return DeviceClient(
            self._broker,
            SourceId(self.sensor.id),
            Outbox(self._path),
            hears=self._orders.topics,
            heard=self._orders.hear,
        )

    def _measured(self, at: datetime) -> dict[str, float]:
        return plausible(self.sensor, Moment(at, time.monotonic() - self._begun_s), self._seed)

    def _apply(self, settings: Mapping[str, object]) -> Mapping[str, object]:
        unknown = sorted(settings.keys() - {"interval_s"})
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}; there is interval_s")
        interval_s = settings.get("interval_s", self.interval_s)
        if isinstance(interval_s, bool) or not isinstance(interval_s, int | float) or interval_s <= 0:
            raise ValueError("interval_s: want a number of seconds above 0")
        self.interval_s = interval_s
        return {"interval_s": interval_s}

    def _ping(self, _args: Mapping[str, object]) -> object:
        return {"uptime_s": round(time.monotonic() - self._begun_s, 1)}


def simulate(
    plan: Plan,
    stop: threading.Event,
    on_progress: Callable[[Sequence[Outcome]], None] = lambda _outcomes: None,
    clock: Clock = utc_now,
) -> list[Outcome]:
    """Run devices until the plan is fulfilled or somebody stops it, then wait for the receipts.

    Raises:
        ConfigError: the folder cannot be used, or another simulation uses it.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{plan.folder}: the outboxes cannot lie there: {error.strerror}") from error
    devices = [SimulatedDevice(plan, sensor, seed, clock) for seed, sensor in enumerate(plan.sensors, 1)]
    try:
        for device in devices:
            device.start()
        _publish(plan, devices, stop, on_progress, clock)
        deadline_s = time.monotonic() + plan.settle_s
        for device in devices:
            while not device.settle(min(TURN_S, max(deadline_s - time.monotonic(), 0.0))):
                on_progress([other.outcome for other in devices])
                if stop.is_set() or time.monotonic() >= deadline_s:
                    break
    finally:
        outcomes = [device.outcome for device in devices]
        _all_at_once(devices, SimulatedDevice.stop)
    return outcomes


def _publish(
    plan: Plan,
    devices: Sequence[SimulatedDevice],
    stop: threading.Event,
    on_progress: Callable[[Sequence[Outcome]], None],
    clock: Clock,
) -> None:
    started_s = time.monotonic()
    outage = list(plan.outage or ())
    # Devices in the field do not speak in chorus: their first words are spread over their interval.
    due = {n: device.interval_s * n / len(devices) for n, device in enumerate(devices)}
    attended_s = 0.0
    sent = [0] * len(devices)
    end_s = float("inf") if plan.for_s is None else plan.for_s
    while not stop.is_set():
        elapsed_s = time.monotonic() - started_s
        if outage and elapsed_s >= outage[0]:
            outage.pop(0)
            _all_at_once(devices, SimulatedDevice.unplug if outage else SimulatedDevice.start)
        if elapsed_s >= end_s or not due:
            break
        if elapsed_s - attended_s >= TURN_S:
            attended_s = elapsed_s
            for device in devices:
                device.attend()
        turn = min(due, key=due.__getitem__)
        pause_s = due[turn] - elapsed_s
        if pause_s > 0:
            on_progress([device.outcome for device in devices])
            stop.wait(min(pause_s, TURN_S, end_s - elapsed_s, *(max(at_s - elapsed_s, 0.001) for at_s in outage[:1])))
            continue
        devices[turn].measure(Moment(clock(), elapsed_s))
        sent[turn] += 1
        due[turn] = max(due[turn] + devices[turn].interval_s, elapsed_s)
        if sent[turn] == plan.messages:
            del due[turn]
    if len(outage) == 1:  # the messages ran out during the outage: it ends now
        _all_at_once(devices, SimulatedDevice.start)


def _all_at_once(devices: Iterable[SimulatedDevice], work: Callable[[SimulatedDevice], None]) -> None:
    with ThreadPoolExecutor(_STOPPING, "devices") as pool:
        list(pool.map(work, devices))
