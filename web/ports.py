"""What the web room needs from others: protocols that `app` fulfils."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from events.alarm import Alarm, AlarmChange, AlarmPage, AlarmRecord, AlarmState
from events.device import Device
from events.ids import SourceId
from events.liveness import Hearing, SourceLife
from events.orders import Command, DeviceConfig
from events.reading import LatestValue


class AlarmReader(Protocol):
    """Reads alarms and the stream of their changes. Every method raises StorageError when the database is away."""

    async def page(self, *, states: tuple[AlarmState, ...], after: str | None, limit: int) -> AlarmPage:
        """Return alarms in any of the states, newest change first.

        Args:
            states: States wanted; never empty.
            after: The `next` of the page before, None for the first.
            limit: Most items returned, at least 1.

        Raises:
            ValueError: `after` is no cursor of this reader.
        """

    async def get(self, alarm_id: UUID, /) -> AlarmRecord | None:
        """Return one alarm with the `seq` of its latest change, None where there is none."""

    async def events_after(self, seq: int, limit: int, /) -> Sequence[AlarmRecord]:
        """Return changes with a greater `seq` in its order, at most `limit`; complete up to the last one returned."""

    async def oldest_seq(self) -> int | None:
        """Return the oldest `seq` still kept, None where nothing ever happened."""

    async def newest_seq(self) -> int:
        """Return the newest committed `seq`, 0 where nothing ever happened."""

    def wakeups(self) -> AsyncIterator[object]:
        """Yield, for ever, whenever `events_after` may have something new; the values mean nothing.

        Yields at once, and now and then also without news, so that a reader that failed comes to try again.
        """


class AlarmChanger(Protocol):
    """Moves alarms through their life."""

    async def change(self, alarm_id: UUID, step: Callable[[Alarm], AlarmChange], /) -> AlarmRecord:
        """Apply a step to an alarm under its lock, commit, and return the outcome.

        Raises:
            ConflictError: raised by the step; nothing changed.
            StorageError: perhaps nothing was kept.
        """


class AlarmDesk(AlarmReader, AlarmChanger, Protocol):
    """Everything the alarm routes need from one store."""


class Acknowledge(Protocol):
    """The rule of who may acknowledge what, as the alarms room knows it."""

    def __call__(self, alarm: Alarm, /, *, actor: str, at: datetime) -> AlarmChange:
        """Return the change.

        Raises:
            ConflictError: the alarm is not in a state that can be acknowledged.
        """


class LatestReadings(Protocol):
    """Reads the newest value of every series."""

    async def latest(self) -> Sequence[LatestValue]:
        """Return one value a series, in any order."""


class Lives(Protocol):
    """Reads who was heard when."""

    async def hearing(self) -> Hearing | None:
        """Return how far Pantau has certainly heard, None before the first canary."""

    async def sources(self) -> Sequence[SourceLife]:
        """Return every source ever heard or named in the site file."""


class Pictures(Protocol):
    """Reads evidence pictures."""

    async def get(self, sha256: str, /) -> bytes | None:
        """Return the JPEG of that digest, None where it has not arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The latest picture of a camera.

    Attributes:
        jpeg: The picture, people already pixelated.
        taken_at: When it arrived, aware UTC.
    """

    jpeg: bytes
    taken_at: datetime


class Snapshots(Protocol):
    """Reads latest pictures."""

    async def latest(self, camera: SourceId, /) -> Snapshot | None:
        """Return the camera's latest picture, None where none has come since this process started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFile:
    """What is known of a device.

    Attributes:
        device: The registry's entry.
        config: Settings wanted and reported.
        commands: What it was told lately, newest first; empty in listings.
    """

    device: Device
    config: DeviceConfig
    commands: Sequence[Command] = ()


class DeviceDesk(Protocol):
    """The registry of devices; each change leaves its line in the audit log.

    Every method raises StorageError when the database is away, and those that change something ConfigError, with the
    reason, where it makes no sense; then nothing was changed.
    """

    async def all(self) -> Sequence[DeviceFile]:
        """Return every device, by id."""

    async def get(self, device_id: str, /) -> DeviceFile | None:
        """Return one device, None where there is none of that id."""

    async def add(self, device_id: str, given: Mapping[str, object], /) -> str | None:
        """Register a device and return its password, None where a gateway signs in for it."""

    async def change(
        self, device_id: str, changes: Mapping[str, object], config: Mapping[str, object] | None, /
    ) -> None:
        """Change what is known of a device, by name, and unless None the settings wanted of it; all or nothing."""

    async def rotate(self, device_id: str, /) -> str:
        """Give a device a new password and return it."""

    async def order(self, device_id: str, name: str, args: Mapping[str, object], timeout_s: float, /) -> Command:
        """Tell a device to do something."""
