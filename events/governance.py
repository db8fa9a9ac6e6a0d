"""What offices owe and deliver: datasets, days, reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Freshness(StrEnum):
    """State of a dataset, or of all an office owes, on one day."""

    FRESH = "fresh"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDay:
    """A dataset on one day.

    Attributes:
        dataset: Its id; that of the camera or sensor where it is one.
        day: The day, as the city's calendar has it.
        state: Whether it was delivered in time.
        deliveries: Reports or values of that day.
        latest: Last day up to then of which something was delivered.
    """

    dataset: str
    day: date
    state: Freshness
    deliveries: int
    latest: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An entry of the register.

    Attributes:
        id: Identifier.
        kind: `programme`, `camera` or `sensor`.
        title: Its name.
        office: Id of the office that owes it, None where nobody is named.
        office_name: Its name.
        contact: Whom to ask.
        programme: Id of the programme it belongs to.
        every_days: Days within which it is due.
        source: Camera or sensor that delivers it.
        kecamatan: Code of where it stands.
        metadata: What Satu Data asks for.
        today: Its state on the last day asked for.
        streak_days: Days in a row, up to that day, on which it was fresh, since the first day asked for at most.
    """

    id: str
    kind: str
    title: str
    office: str | None
    office_name: str | None
    contact: str | None
    programme: str | None
    every_days: int
    source: str | None
    kecamatan: str | None
    metadata: Mapping[str, str]
    today: DatasetDay | None
    streak_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeDay:
    """An office on one day, with how many of its datasets were in which state."""

    office: str
    day: date
    datasets: int
    fresh: int
    late: int
    silent: int
    state: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An office's place in the league.

    Attributes:
        office: Its id.
        name: Its name.
        owed: Dataset days owed.
        fresh: Of them, those that were fresh.
        share: fresh / owed, 0..1.
        streak_days: Days in a row up to the last on which everything was fresh.
    """

    office: str
    name: str
    owed: int
    fresh: int
    share: float
    streak_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an office says it delivered.

    Attributes:
        dataset: Of which dataset.
        updated_at: When the data was last updated, aware.
        records: How many records it has.
        reported_at: When this was said, aware.
        reporter: Who said so.
        reference: The reporter's own name for the report.
    """

    dataset: str
    updated_at: datetime
    records: int
    reported_at: datetime
    reporter: str
    reference: str
