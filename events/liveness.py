"""Signs of life: who spoke, who fell silent, and how far Pantau itself has listened."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from events.ids import SourceId


class SignOfLife(NamedTuple):
    """A source delivered something at this time. Retained messages never make one."""

    source: SourceId
    at: datetime


class Silence(NamedTuple):
    """Nothing came from a source after `begin` and before `end`; None: ever before, or up to now."""

    source: SourceId
    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A source's own word, or its last will.

    Attributes:
        source: Who.
        online: True for `online`, False for `offline`.
        boot: Identifier of the source's current run, where it gives one.
        at: When, aware UTC.
        speaks_for: For whom else it publishes, as a gateway does: they want their receipts too.
    """

    source: SourceId
    online: bool
    boot: str | None
    at: datetime
    speaks_for: tuple[SourceId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Pantau's own message through the broker. Silence is judged only up to the last one committed.

    Attributes:
        sender: Which ingest process sent it.
        sent_at: When it was published, aware UTC.
    """

    sender: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How far Pantau has certainly heard.

    Attributes:
        listened_until: `sent_at` of the last committed canary.
        listening_since: Start of the uninterrupted run of canaries that ends there.
    """

    listened_until: datetime
    listening_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Takers:
    """Who takes messages in, as the database sees it.

    Attributes:
        works: Whether a process holds the right to.
        silent_s: Seconds since it last spoke to the database; None while it is served, and where that is not told.
        waiting: How many processes wait for that right.
    """

    works: bool
    silent_s: float | None = None
    waiting: int = 0


class LifeState(StrEnum):
    """Whether a source keeps to its interval.

    `unwatched` is one that nobody expects any more: disabled, or no longer in the site file.
    """

    ONLINE = "online"
    LATE = "late"
    GONE = "gone"
    UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLife:
    """When a source was last heard.

    Attributes:
        source: Who.
        last_at: Last sign of life, None when never heard.
        online: Its own last word, None when it never gave one.
        status_at: When it gave it.
        state: What it was judged to be with the last canary, None where it never was judged.
    """

    source: SourceId
    last_at: datetime | None
    online: bool | None
    status_at: datetime | None = None
    state: LifeState | None = None


class Liveness(NamedTuple):
    """The state of one source, with what must be remembered to judge it again.

    Attributes:
        state: Its state.
        since: Since when, by its cause: the end of a tolerated silence, or the sign of life that ended one.
        heard_at: Latest sign of life taken into account while it is not online.
        steady_since: Start of its run of signs without a pause that would be late, None before the first.
        near_since: Start of its run of signs without a pause that would be gone, None before the first.
    """

    state: LifeState
    since: datetime
    heard_at: datetime | None = None
    steady_since: datetime | None = None
    near_since: datetime | None = None


class LifeChange(NamedTuple):
    """From this instant a source was in this state."""

    source: SourceId
    at: datetime
    state: LifeState
