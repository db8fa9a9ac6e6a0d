"""Incidents of the waste programme: a pile of waste from its first sight to the proof that it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.command import Command
from events.ids import SourceId, ZoneId


class IncidentState(StrEnum):
    """Where in its life an incident is."""

    DETECTED = "detected"
    VERIFIED = "verified"
    DISPATCHED = "dispatched"
    CLEARED = "cleared"
    CLOSED = "closed"
    REOPENED = "reopened"
    FALSE_ALARM = "false_alarm"


OVER = frozenset({IncidentState.CLOSED, IncidentState.FALSE_ALARM})
"""States of incidents that nobody works on; one spot has at most one incident in any other state."""


class IncidentAction(StrEnum):
    """What happened to an incident."""

    DETECT = "detect"
    SEE = "see"
    LOSE = "lose"
    REPORT = "report"
    VERIFY = "verify"
    REJECT = "reject"
    DISPATCH = "dispatch"
    CLEAR = "clear"
    CLOSE = "close"
    REOPEN = "reopen"


class Origin(StrEnum):
    """Who told of an incident first."""

    CAMERA = "camera"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A pile and what is done about it.

    Attributes:
        id: UUIDv7, made when it was detected.
        version: Counts its changes from 1.
        state: Where in its life it is.
        origin: Who told of it first.
        camera: The camera that watches the spot, None where none does.
        zone: The zone in its picture.
        observation: What the camera sees or saw last there.
        seen: Whether the camera sees it now, as far as it has told.
        waste_site: Id of the waste site it lies at.
        kecamatan: Kemendagri code.
        lat: Degrees, WGS84; None where nobody said where.
        lon: Likewise.
        title: One line for people.
        crew: Who was sent.
        detected_at: When it was first told of. Every target counts from here.
        verified_at: When a person first confirmed it.
        dispatched_at: When a crew was first sent.
        cleared_at: When it was claimed or seen to be gone, None again once it was reopened.
        closed_at: When that was proven.
        updated_at: When it last changed.
        before: SHA-256 of the picture that shows it.
        after: SHA-256 of the picture that shows the place cleared.
        repeat_of: The incident before it at the same spot.
        spot: Id of the first incident at this spot: the same for all of them.
        reopened: How often it was reopened.
    """

    id: UUID
    version: int = 1
    state: IncidentState = IncidentState.DETECTED
    origin: Origin
    camera: SourceId | None = None
    zone: ZoneId | None = None
    observation: UUID | None = None
    seen: bool = False
    waste_site: str | None = None
    kecamatan: str | None = None
    lat: float | None = None
    lon: float | None = None
    title: str
    crew: str | None = None
    detected_at: datetime
    verified_at: datetime | None = None
    dispatched_at: datetime | None = None
    cleared_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime
    before: str | None = None
    after: str | None = None
    repeat_of: UUID | None = None
    spot: UUID
    reopened: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """One step of an incident's life.

    Attributes:
        action: What happened.
        incident: The incident after it.
        was: Its state before, None at its beginning.
        actor: Who did it; the id of a camera where a camera did.
        at: When, aware UTC.
        reason: Why.
        evidence: SHA-256 of the picture that came with it.
    """

    action: IncidentAction
    incident: Incident
    was: IncidentState | None
    actor: str
    at: datetime
    reason: str = ""
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCommand(Command):
    """What a person asks for at an incident.

    Attributes:
        crew: Who is sent.
        evidence: SHA-256 of a picture that is kept already.
    """

    crew: str = ""
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PileReport:
    """What a citizen or an officer tells of a pile.

    Attributes:
        reference: The number it has elsewhere, such as LAPOR's; unique within its channel.
        channel: Where it was told: `lapor`, `petugas`, ...
        reporter: Who told it.
        text: In which words.
        reported_at: When it was told there, aware UTC.
        received_at: When Pantau learned of it, aware UTC.
        waste_site: Id of the waste site it is about.
        kecamatan: Where, at least.
        lat: Degrees, WGS84.
        lon: Likewise.
        link: Address of the report elsewhere.
        evidence: SHA-256 of a picture that is kept already.
    """

    reference: str
    channel: str
    reporter: str
    text: str
    reported_at: datetime
    received_at: datetime
    waste_site: str | None = None
    kecamatan: str | None = None
    lat: float | None = None
    lon: float | None = None
    link: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """An incident as a list shows it.

    Attributes:
        incident: The incident.
        due_at: When its next step is due; None where nothing is.
        late: Whether that has passed.
        piles: How many incidents its spot has had within the days of a repeat spot, this one included.
        site_name: Name of its waste site.
    """

    incident: Incident
    due_at: datetime | None = None
    late: bool = False
    piles: int = 1
    site_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFile:
    """Everything known of an incident.

    Attributes:
        record: As of now.
        changes: Its steps, oldest first, each with its number.
        reports: What was told of it, oldest first.
    """

    record: IncidentRecord
    changes: Sequence[tuple[int, IncidentChange]] = field(default_factory=tuple)
    reports: Sequence[PileReport] = field(default_factory=tuple)
