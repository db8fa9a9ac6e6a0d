"""The JSON of incidents and loads: shapes, and how events become them."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

from events.waste import IncidentFile, IncidentRecord, PileReport
from events.waste_figures import KeptLoad
from web.moments import Moment

PATH: Final = "/api/v1/gareng-mesem"

NO_NUL: Final = r"^[^\x00]*$"
"""What PostgreSQL has room for in a text."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Kecamatan = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}$", examples=["33.17.10"])]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Words = Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class IncidentItem(msgspec.Struct, frozen=True, kw_only=True):
    """A pile and what is done about it.

    Attributes:
        id: Its name.
        version: Counts its changes; a command may say which one it was given for.
        state: detected, verified, dispatched, cleared, closed, reopened, false_alarm.
        origin: Who told of it first: camera or report.
        camera: Who watches the spot.
        zone: Which part of its picture.
        seen: Whether the camera sees the pile now, as far as it has told.
        waste_site: Site it lies at.
        site_name: The site's name.
        kecamatan: Kemendagri code.
        lat: Degrees, WGS84.
        lon: Likewise.
        title: One line.
        crew: Who was sent.
        detected_at: When it was first told of; every target counts from here.
        verified_at: When somebody confirmed it.
        dispatched_at: When a crew was first sent.
        cleared_at: When it was claimed or seen to be gone.
        closed_at: When that was proven.
        updated_at: When it last changed.
        due_at: When its next step is due.
        late: Whether that has passed.
        before_url: Picture that shows it.
        after_url: Picture that shows the place cleared.
        repeat_of: The pile before it at this spot.
        spot: The first pile at this spot.
        piles: How many the spot has had within the days of a repeat spot, this one included.
        reopened: How often it was reopened.
    """

    id: UUID
    version: int
    state: str
    origin: str
    camera: str | None
    zone: str | None
    seen: bool
    waste_site: str | None
    site_name: str | None
    kecamatan: str | None
    lat: float | None
    lon: float | None
    title: str
    crew: str | None
    detected_at: datetime
    verified_at: datetime | None
    dispatched_at: datetime | None
    cleared_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    due_at: datetime | None
    late: bool
    before_url: str | None
    after_url: str | None
    repeat_of: UUID | None
    spot: UUID
    piles: int
    reopened: int


class IncidentListing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of incidents, newest first; go on with `after` = `next`."""

    items: list[IncidentItem]
    next: UUID | None


class StepItem(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an incident's life."""

    seq: int
    action: str
    before: str | None
    state: str
    version: int
    actor: str
    at: datetime
    reason: str
    crew: str | None
    picture_url: str | None


class ReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a citizen or an officer told."""

    channel: str
    reference: str
    reporter: str
    text: str
    reported_at: datetime
    received_at: datetime
    link: str | None
    picture_url: str | None


class IncidentFileItem(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of an incident, oldest first."""

    incident: IncidentItem
    steps: list[StepItem]
    reports: list[ReportItem]


class ReportedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a report: it opened an incident, or it belongs to one that was open at its spot."""

    opened: bool
    file: IncidentFileItem


class StepBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a step; may be left out where nothing in it is wanted.

    Attributes:
        expected_version: Version of the incident that was seen; refused where it has changed since.
        reason: Why; required to reject and to reopen, and of a supervisor who closes in a camera's place.
        crew: Who is sent; required to dispatch.
        evidence: SHA-256 of a picture that was sent to `pictures` before.
    """

    expected_version: int | None = None
    reason: Words = ""
    crew: Annotated[str, msgspec.Meta(max_length=100, pattern=NO_NUL)] = ""
    evidence: Digest | None = None


class ReportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pile that somebody saw: at a waste site, or in a kecamatan, better with its position.

    Attributes:
        reference: The number it has elsewhere, such as LAPOR's; sent again it counts once.
        channel: Where it was told: lapor, petugas, telepon, ...
        text: In which words.
        reporter: Who told it; left out it is who sends it.
        reported_at: When it was told there; left out it is now.
        waste_site: Id of a waste site.
        kecamatan: Kemendagri code.
        lat: Degrees, WGS84; with `lon`.
        lon: Likewise.
        link: Address of the report elsewhere.
        evidence: SHA-256 of a picture that was sent to `pictures` before.
    """

    reference: Name
    channel: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_-]{0,30}$")] = "lapor"
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, pattern=NO_NUL)]
    reporter: Name | None = None
    reported_at: Moment | None = None
    waste_site: Annotated[str, msgspec.Meta(max_length=63, pattern=r"^[^\x00]+$")] | None = None
    kecamatan: Kecamatan | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    link: Annotated[str, msgspec.Meta(max_length=500, pattern=r"^https?://[^\x00-\x20]+$")] | None = None
    evidence: Digest | None = None


class PictureItem(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is kept: steps and reports name it by its `sha256`."""

    sha256: str
    url: str


class LoadItem(msgspec.Struct, frozen=True, kw_only=True):
    """A load as it is kept; mass in kg was weighed, volume in m3 is never made of it."""

    waste_site: str
    reference: str
    weighed_at: datetime
    vehicle: str | None
    gross_kg: float | None
    tare_kg: float | None
    net_kg: float | None
    volume_m3: float | None
    handling: str
    kecamatan: str | None
    channel: str
    received_at: datetime
    actor: str


def picture_url(sha256: str | None) -> str | None:
    """Return the address of a picture."""
    return None if sha256 is None else f"{PATH}/pictures/{sha256}"


def incident_item(record: IncidentRecord) -> IncidentItem:
    """Return an incident as the API shows it."""
    known = record.incident
    return IncidentItem(
        id=known.id,
        version=known.version,
        state=known.state,
        origin=known.origin,
        camera=known.camera,
        zone=known.zone,
        seen=known.seen,
        waste_site=known.waste_site,
        site_name=record.site_name,
        kecamatan=known.kecamatan,
        lat=known.lat,
        lon=known.lon,
        title=known.title,
        crew=known.crew,
        detected_at=known.detected_at.astimezone(UTC),
        verified_at=_utc(known.verified_at),
        dispatched_at=_utc(known.dispatched_at),
        cleared_at=_utc(known.cleared_at),
        closed_at=_utc(known.closed_at),
        updated_at=known.updated_at.astimezone(UTC),
        due_at=_utc(record.due_at),
        late=record.late,
        before_url=picture_url(known.before),
        after_url=picture_url(known.after),
        repeat_of=known.repeat_of,
        spot=known.spot,
        piles=record.piles,
        reopened=known.reopened,
    )


def file_item(file: IncidentFile) -> IncidentFileItem:
    """Return everything known of an incident as the API shows it."""
    return IncidentFileItem(
        incident=incident_item(file.record),
        steps=[
            StepItem(
                seq=seq,
                action=change.action,
                before=change.was,
                state=change.incident.state,
                version=change.incident.version,
                actor=change.actor,
                at=change.at.astimezone(UTC),
                reason=change.reason,
                crew=change.incident.crew,
                picture_url=picture_url(change.evidence),
            )
            for seq, change in file.changes
        ],
        reports=[_report_item(report) for report in file.reports],
    )


def load_item(kept: KeptLoad) -> LoadItem:
    """Return a load as the API shows it."""
    load = kept.load
    return LoadItem(
        waste_site=kept.waste_site,
        reference=load.reference,
        weighed_at=load.weighed_at.astimezone(UTC),
        vehicle=load.vehicle,
        gross_kg=load.gross_kg,
        tare_kg=load.tare_kg,
        net_kg=None if load.gross_kg is None or load.tare_kg is None else load.gross_kg - load.tare_kg,
        volume_m3=load.volume_m3,
        handling=load.handling,
        kecamatan=load.kecamatan,
        channel=kept.channel,
        received_at=kept.received_at.astimezone(UTC),
        actor=kept.actor,
    )


def _report_item(report: PileReport) -> ReportItem:
    return ReportItem(
        channel=report.channel,
        reference=report.reference,
        reporter=report.reporter,
        text=report.text,
        reported_at=report.reported_at.astimezone(UTC),
        received_at=report.received_at.astimezone(UTC),
        link=report.link,
        picture_url=picture_url(report.evidence),
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
