"""What the web room needs from others: protocols that `app` fulfils."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from events.alarm import EVERY_ALARM, Alarm, AlarmChange, AlarmPage, AlarmRecord, AlarmState, Selection
from events.availability import LifeHistory
from events.calibration import Calibration, Made, Recalculation
from events.clock import ClockOffset
from events.command import Command
from events.device import Device
from events.governance import Dataset, DatasetDay, OfficeDay, Report, Standing
from events.ids import SourceId
from events.journal import AuditLine, Entry
from events.liveness import Hearing, SourceLife, Takers
from events.load import Load
from events.maintenance import Maintenance
from events.orders import DeviceConfig, Order
from events.performance import Performance
from events.reading import LatestValue, Quality, Window
from events.series import BucketRow, RawRow, Series, Source, Span, Wanted
from events.trace import Moment, Trace
from events.truth import JudgedAlarm, Opinion


class AlarmReader(Protocol):
    """Reads alarms and the stream of their changes. Every method raises StorageError when the database is away."""

    async def page(
        self, *, states: tuple[AlarmState, ...], after: str | None, limit: int, selection: Selection = EVERY_ALARM
    ) -> AlarmPage:
        """Return alarms in any of the states, newest change first.

        Args:
            states: States wanted; never empty.
            after: The `next` of the page before, None for the first.
            limit: Most items returned, at least 1.
            selection: Which of them.

        Raises:
            ValueError: `after` is no cursor of this reader.
        """

    async def get(self, alarm_id: UUID, /) -> AlarmRecord | None:
        """Return one alarm with the `seq` of its latest change, None where there is none."""

    async def history(self, alarm_id: UUID, /) -> Sequence[AlarmRecord]:
        """Return every change of one alarm in its order; empty where there is none."""

    async def histories(self, rules: Sequence[str], newest: int, /) -> Sequence[AlarmRecord]:
        """Return every change of the alarms of some rules that changed last, at most so many alarms, in its order."""

    async def between(self, start: datetime, end: datetime, /) -> Sequence[AlarmRecord]:
        """Return every change, up to the end, of each alarm that was open at some time in a period, in order."""

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

    async def change(
        self,
        alarm_id: UUID,
        step: Callable[[Alarm], AlarmChange],
        /,
        *,
        command: str | None = None,
        origin: str | None = None,
    ) -> AlarmRecord:
        """Apply a step to an alarm under its lock, commit, and return the outcome.

        Args:
            alarm_id: Which alarm.
            step: Returns the change, or refuses.
            command: Name its sender gave to the command: one that was done already is answered with what it did.
            origin: From where the command came; given, it has a line in the audit log.

        Raises:
            ConflictError: raised by the step, or the alarm cannot be changed any more; nothing changed.
            LimitError: raised by the step; nothing changed.
            ForbiddenError: raised by the step; nothing changed.
            StorageError: perhaps nothing was kept.
        """


class AlarmDesk(AlarmReader, AlarmChanger, Protocol):
    """Everything the alarm routes need from one store."""


AlarmStep = Callable[[Alarm, Command], AlarmChange]
"""A step an operator may take; raises ConflictError, LimitError or ForbiddenError where it is refused."""


Tell = Callable[[Trace], Sequence[Moment]]
"""Tells how an alarm came to be, as the alarms room knows it."""


class Review(Protocol):
    """Computes the figures of a period, as the alarms room knows them."""

    def __call__(
        self, records: Sequence[AlarmRecord], /, *, start: datetime, end: datetime, operators: int
    ) -> Performance:
        """Return the figures."""


class LoadWatcher(Protocol):
    """Follows the alarm stream and says how much it asks of the operators."""

    def take(self, records: Sequence[AlarmRecord], /) -> None:
        """Follow the stream; a record that came before is passed over."""

    def load(self, at: datetime, /) -> Load:
        """Return the load of a moment, no earlier than the last one asked for."""


class Traces(Protocol):
    """Reads how alarms came to be."""

    async def trace(self, alarm_id: UUID, metrics: Mapping[str, str], /) -> Trace | None:
        """Return what is stored about an alarm, None where there is none."""


class LatestReadings(Protocol):
    """Reads the newest value of every series."""

    async def latest(self, quality: Quality | None = None, /) -> Sequence[LatestValue]:
        """Return one value a series, in any order: the newest, or the newest of that quality."""

    async def windows(self, metrics: Sequence[str], start: datetime, end: datetime, /) -> Sequence[Window]:
        """Return what each series of some metrics was over a period."""


class Catalog(Protocol):
    """Reads which sources and series there are. Every method raises StorageError when the database is away."""

    async def sources(self, wanted: Wanted, /, *, after: str | None, limit: int) -> Sequence[Source]:
        """Return sources by id, at most `limit`, after the one named."""

    async def series(self, wanted: Wanted, /, *, after: int | None, limit: int) -> Sequence[Series]:
        """Return series by number, at most `limit`, after the one named."""

    async def numbered(self, ids: Sequence[int], /) -> Sequence[Series]:
        """Return the series of some numbers, ascending; numbers without a series are left out."""


class Spans(Protocol):
    """Reads readings of any range without holding it in memory.

    Both raise StorageError when the database is away, perhaps in the middle. Closing the generator, and cancelling who
    waits for it, ends the query in the database.
    """

    def raw(self, span: Span, /) -> AsyncGenerator[list[RawRow], None]:
        """Yield readings by series and time."""

    def buckets(self, span: Span, /) -> AsyncGenerator[list[BucketRow], None]:
        """Yield buckets by series and time; those in which nothing was measured are missing."""


class Lives(Protocol):
    """Reads who was heard when."""

    async def hearing(self) -> Hearing | None:
        """Return how far Pantau has certainly heard, None before the first canary."""

    async def takers(self, identity: str, /) -> Takers:
        """Return who takes messages in under a client id of the broker."""

    async def sources(self) -> Sequence[SourceLife]:
        """Return every source ever heard or named in the site file."""

    async def history(self, begin: datetime, end: datetime, /) -> LifeHistory:
        """Return every change of state within a span of time, with what each source was at its beginning."""

    async def clocks(self) -> Sequence[ClockOffset]:
        """Return the newest estimate of each device's clock."""


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
        history: When, by whom and how it was changed, oldest first; empty in listings.
    """

    device: Device
    config: DeviceConfig
    commands: Sequence[Order] = ()
    history: Sequence[tuple[datetime, str, str]] = ()


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

    async def order(self, device_id: str, name: str, args: Mapping[str, object], timeout_s: float, /) -> Order:
        """Tell a device to do something."""

    async def enrol(self, table: bytes, /) -> Mapping[str, str | None]:
        """Register the devices of a CSV table, all or none, and return each one's password as `add` does."""

    async def calibrations(self, device_id: str, /) -> tuple[Sequence[Made], Sequence[Recalculation]]:
        """Return a device's calibrations by metric, oldest first, and its newest recalculations, newest first."""

    async def calibrate(
        self, device_id: str, metric: str, calibration: Calibration, note: str | None, /
    ) -> Recalculation:
        """Set a calibration and return what is computed again because of it."""

    async def uncalibrate(self, device_id: str, metric: str, valid_from: datetime, /) -> Recalculation | None:
        """Forget a calibration and return what is computed again because of it, None where there was none."""


class GovernanceDesk(Protocol):
    """The register of what offices owe. Every method raises StorageError when the database is away."""

    async def register(self, first: date, last: date, dataset: str | None = None, /) -> Sequence[Dataset]:
        """Return the register with each dataset's state on the last day and its streak since the first."""

    async def days(self, first: date, last: date, dataset: str | None = None, /) -> Sequence[DatasetDay]:
        """Return each dataset on each day, both inclusive, by dataset and day."""

    async def office_days(self, first: date, last: date, /) -> Sequence[OfficeDay]:
        """Return each office on each day, both inclusive, by office and day."""

    async def league(self, first: date, last: date, /) -> Sequence[Standing]:
        """Return the offices by the share of dataset days that were fresh, best first."""

    async def reports(self, dataset: str, limit: int, /) -> Sequence[Report]:
        """Return the newest reports on a dataset, newest first."""

    async def report(self, report: Report, /) -> tuple[Report, bool] | None:
        """Keep a report and tell whether it was new; None where no such dataset is registered.

        Raises:
            ConflictError: another report was sent under that reference.
        """


class Journal(Protocol):
    """What people say about alarms. Every method raises StorageError when the database is away."""

    async def add(self, entry: Entry, /, *, command: str | None = None) -> Entry:
        """Keep an entry and return it with its number; a command sent again is done once.

        Raises:
            ConflictError: there is no such alarm, or the command was given for something else.
        """

    async def knows(self, alarm: UUID, /) -> bool:
        """Tell whether there is such an alarm."""

    async def entries(self, alarm: UUID, /) -> Sequence[Entry]:
        """Return the journal of an alarm, oldest first, with the links that other alarms have to it."""

    async def between(self, start: datetime, end: datetime, limit: int, /) -> Sequence[Entry]:
        """Return what was said in a period, oldest first, at most so many entries."""

    async def audit(
        self, *, subject: str | None, actor: str | None, before: int | None, limit: int
    ) -> Sequence[AuditLine]:
        """Return who changed what, newest first: of a subject, by somebody, before a line, at most so many."""

    async def assignees(self) -> Mapping[UUID, str]:
        """Return who takes care of each open alarm; those of whom nobody does are missing."""


class Papers(Protocol):
    """Keeps attachments under their digest. Every method raises StorageError where that fails."""

    async def keep(self, sha256: str, content: bytes, /) -> None:
        """Keep a paper, whole or not at all; it is on the disk when this returns."""

    async def get(self, sha256: str, /) -> bytes | None:
        """Return a paper, None where there is none under this name."""


class MaintenanceDesk(Protocol):
    """Makes, ends and lists maintenance windows. Every method raises StorageError when the database is away."""

    async def windows(self, after: datetime, before: datetime, /) -> Sequence[Maintenance]:
        """Return the windows that end after one moment and begin before another, by their beginning."""

    async def add(self, window: Maintenance, /, *, origin: str) -> None:
        """Keep a window."""

    async def end(self, id_: UUID, at: datetime, /, *, actor: str, origin: str) -> Maintenance | None:
        """End a window now; None where there is none that is not over."""


class PlatformLine(Protocol):
    """The way by which alerts about the platform itself reach the broker, kept on disk until Pantau has them."""

    def publish(self, topic: str, payload: bytes, /) -> None:
        """Accept a message for sending.

        Raises:
            StorageError: it could not be kept.
        """


class ChannelDesk(Protocol):
    """Ways to reach people, as the site file names them."""

    def names(self) -> Sequence[str]:
        """Return the ids of the channels."""

    async def test(self, channel: str, /) -> bool:
        """Send a test message now; False where it was not accepted."""


class VerdictDesk(Protocol):
    """Keeps whether alarms told the truth. Every method raises StorageError when the database is away."""

    async def give(self, opinion: Opinion, /, *, origin: str) -> bool:
        """Keep a verdict in place of an earlier one; False where there is no such alarm."""

    async def of(self, alarm_id: UUID, /) -> Opinion | None:
        """Return the verdict on an alarm, None where there is none."""

    async def between(self, start: datetime | None, end: datetime | None, /) -> Sequence[JudgedAlarm]:
        """Return the alarms with a verdict that were first raised in a period, oldest first."""
