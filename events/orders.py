"""What a device is asked to be and to do, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.ids import SourceId


class Agreement(StrEnum):
    """How what a device reports stands to what is wanted of it."""

    NOTHING_WANTED = "nothing wanted"
    NEVER_REPORTED = "never reported"
    OLDER = "older version"
    REFUSED = "refused"
    DIFFERENT = "different"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """Settings of one device, wanted and reported.

    Attributes:
        device: Which.
        version: Of the wanted settings; 0 before anything was wanted.
        settings: What is wanted.
        set_at: When it was wanted, aware UTC.
        reported_version: Version that the device says it follows, None before it said anything.
        reported: Settings that the device says it has.
        reported_error: Why it does not follow, empty where it does.
        reported_at: When it said so, aware UTC.
    """

    device: SourceId
    version: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    set_at: datetime | None = None
    reported_version: int | None = None
    reported: Mapping[str, object] = field(default_factory=dict)
    reported_error: str = ""
    reported_at: datetime | None = None

    @property
    def differing(self) -> tuple[str, ...]:
        """Names of wanted settings that the device does not report as wanted; it may report more than is wanted."""
        return tuple(
            name for name, value in self.settings.items() if name not in self.reported or self.reported[name] != value
        )

    @property
    def agreement(self) -> Agreement:
        """How far the device follows."""
        if self.version == 0:
            return Agreement.NOTHING_WANTED
        if self.reported_version is None:
            return Agreement.NEVER_REPORTED
        if self.reported_version != self.version:
            return Agreement.OLDER
        if self.reported_error:
            return Agreement.REFUSED
        return Agreement.DIFFERENT if self.differing else Agreement.SAME


class CommandState(StrEnum):
    """How far a command has got."""

    QUEUED = "queued"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"

    @property
    def final(self) -> bool:
        """Whether nothing more will become of it."""
        return self not in {CommandState.QUEUED, CommandState.SENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing a device is told to do, once.

    Attributes:
        id: Names it in topics.
        device: Who is told.
        name: What to do.
        args: With what.
        actor: Who wants it.
        made_at: When it was wanted, aware UTC.
        expires_at: After this it must not be done any more, aware UTC.
        state: How far it has got.
        sent_at: When the broker had it.
        finished_at: When it ended.
        result: What the device gave back.
        detail: Why it failed or timed out.
    """

    id: UUID
    device: SourceId
    name: str
    args: Mapping[str, object]
    actor: str
    made_at: datetime
    expires_at: datetime
    state: CommandState = CommandState.QUEUED
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    result: object = None
    detail: str = ""
