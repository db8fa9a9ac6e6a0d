"""Everything that is stored about how one alarm came to be, and its one timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from events.alarm import AlarmRecord
from events.notice import Notice
from events.observation import Observation
from events.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledNotice:
    """A notice and what became of it.

    Attributes:
        notice: The notice.
        state: `waiting`, `sent`, `dropped` or `failed`.
        tries: How often it was tried.
        settled_at: When it was settled, None while it waits.
        detail: Why it was put off, dropped or given up.
    """

    notice: Notice
    state: str
    tries: int
    settled_at: datetime | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is stored about one alarm.

    Attributes:
        records: Every change of it, in order; never empty.
        readings: The readings behind each raise, where it judged a series and they are still kept.
        arrivals: Order in which each of these came, beside `readings`.
        observations: What a camera said behind it, where it did and that is still kept.
        notices: Whom it was told to.
    """

    records: Sequence[AlarmRecord]
    readings: Sequence[Reading] = ()
    arrivals: Sequence[int] = ()
    observations: Sequence[Observation] = ()
    notices: Sequence[SettledNotice] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline.

    Attributes:
        at: When, aware UTC.
        clock: Whose clock says so: `device` or `pantau`.
        what: What happened, one of a fixed set of words: `measured`, `seen`, `received`, `raised`, ...
        text: The same for people, in English.
        after_s: Seconds since the line before; negative where the device's clock runs ahead.
    """

    at: datetime
    clock: str
    what: str
    text: str
    after_s: float | None
