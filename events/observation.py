"""What a camera or device saw: a crowd, a pile, a covered lens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.geometry import Box
from events.ids import SourceId, ZoneId

Attr = str | int | float | bool | None


class Phase(StrEnum):
    """Where in its life an observation is."""

    BEGIN = "begin"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One statement about something seen; begin, updates and end share one id.

    Attributes:
        id: UUIDv7 of the thing seen, made at its begin.
        source: Who saw it.
        kind: `crowding`, `waste_pile`, `abandoned_object`, `tamper`, `water_level`, ...
        phase: Begin, update or end.
        at: When this statement holds, aware UTC.
        started_at: When the thing began, aware UTC.
        received_at: When Pantau received the statement; None until then.
        zone: The zone it lies in, None for the whole picture.
        box: Where in the picture, None where it has no place.
        count: How many, where it counts something.
        score: Confidence or degree, 0..1.
        evidence: SHA-256 (hex) of its picture, None without one.
        attrs: Further facts, flat: strings, numbers, truth values.
    """

    id: UUID
    source: SourceId
    kind: str
    phase: Phase
    at: datetime
    started_at: datetime
    received_at: datetime | None = None
    zone: ZoneId | None = None
    box: Box | None = None
    count: float | None = None
    score: float = 1.0
    evidence: str | None = None
    attrs: Mapping[str, Attr] = field(default_factory=dict)
