"""The JSON of the governance module: shapes, and how events become them."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from events.governance import Dataset, DatasetDay, Report


class ProgrammeItem(msgspec.Struct, frozen=True, kw_only=True):
    """A programme of the smart-city plan and how its datasets are today."""

    id: str
    name: str
    dimension: str
    datasets: int
    fresh: int
    late: int
    silent: int


class ProgrammeListing(msgspec.Struct, frozen=True, kw_only=True):
    """The plan, in its order."""

    items: list[ProgrammeItem]


class DatasetItem(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the register. `state` is fresh, late or silent on `day`; null before anything is held against it."""

    id: str
    kind: str
    title: str
    opd: str | None
    opd_name: str | None
    contact: str | None
    programme: str | None
    every_days: int
    source_id: str | None
    kecamatan: str | None
    day: date
    state: str | None
    deliveries: int
    latest: date | None
    streak_days: int
    metadata: dict[str, str]


class DatasetListing(msgspec.Struct, frozen=True, kw_only=True):
    """The register: programmes' datasets, then cameras and sensors."""

    items: list[DatasetItem]


class DayItem(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset on one day."""

    day: date
    state: str
    deliveries: int


class ReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was kept."""

    updated_at: datetime
    records: int
    reported_at: datetime
    reporter: str
    reference: str


class DatasetFile(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset with its days and the newest reports."""

    dataset: DatasetItem
    days: list[DayItem]
    reports: list[ReportItem]


class ReportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a report.

    Attributes:
        records: How many records the dataset has.
        updated_at: When it was last updated, with an offset.
        reference: Your own name for this report; sent again under it, it counts once. Left out, the same time and
            number of records are the same report.
    """

    records: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class OfficeDayItem(msgspec.Struct, frozen=True, kw_only=True):
    """An office on one day: fresh when everything is, silent when nothing is even late."""

    opd: str
    opd_name: str
    day: date
    state: str
    datasets: int
    fresh: int
    late: int
    silent: int


class OfficeDayListing(msgspec.Struct, frozen=True, kw_only=True):
    """Offices by days."""

    first: date
    last: date
    items: list[OfficeDayItem]


class StandingItem(msgspec.Struct, frozen=True, kw_only=True):
    """An office's place; `share` is of the dataset days owed, 0..1."""

    place: int
    opd: str
    opd_name: str
    owed: int
    fresh: int
    share: float
    streak_days: int


class League(msgspec.Struct, frozen=True, kw_only=True):
    """Offices, best first."""

    first: date
    last: date
    items: list[StandingItem]


class ServiceItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera or sensor gave: availability 0..1, failures, mean time to repair."""

    source_id: str
    source_name: str
    source_kind: str
    site: str | None
    kecamatan: str | None
    opd: str | None
    state: str | None
    delivered_today: bool
    availability: float | None
    failures: int
    repaired: int
    repair_s: float | None
    away_s: float


class KecamatanItem(msgspec.Struct, frozen=True, kw_only=True):
    """A kecamatan: how many cameras and sensors stand there, how many delivered today, their mean availability."""

    kecamatan: str
    sources: int
    delivered_today: int
    coverage: float
    availability: float | None


class ServiceListing(msgspec.Struct, frozen=True, kw_only=True):
    """Service levels of a period."""

    start: datetime
    end: datetime
    items: list[ServiceItem]
    kecamatan: list[KecamatanItem]


def dataset_item(one: Dataset, day: date) -> DatasetItem:
    """Return a dataset as of a day as the API shows it."""
    return DatasetItem(
        id=one.id,
        kind=one.kind,
        title=one.title,
        opd=one.office,
        opd_name=one.office_name,
        contact=one.contact,
        programme=one.programme,
        every_days=one.every_days,
        source_id=one.source,
        kecamatan=one.kecamatan,
        day=day,
        state=None if one.today is None else one.today.state,
        deliveries=0 if one.today is None else one.today.deliveries,
        latest=None if one.today is None else one.today.latest,
        streak_days=one.streak_days,
        metadata=dict(one.metadata),
    )


def day_item(one: DatasetDay) -> DayItem:
    """Return a dataset's day as the API shows it."""
    return DayItem(day=one.day, state=one.state, deliveries=one.deliveries)


def report_item(one: Report) -> ReportItem:
    """Return a report as the API shows it."""
    return ReportItem(
        updated_at=one.updated_at.astimezone(UTC),
        records=one.records,
        reported_at=one.reported_at.astimezone(UTC),
        reporter=one.reporter,
        reference=one.reference,
    )
