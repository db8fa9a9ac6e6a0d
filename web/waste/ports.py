"""What the routes of the waste programme need from others: protocols that `app` fulfils."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from events.errors import ConflictError, LimitError
from events.waste import (
    Incident,
    IncidentChange,
    IncidentCommand,
    IncidentFile,
    IncidentRecord,
    IncidentState,
    PileReport,
)
from events.waste_figures import (
    Clearing,
    Emptying,
    Fill,
    KeptLoad,
    OpenPiles,
    RepeatSpot,
    SipsnFacility,
    SipsnYear,
    Tonnage,
    WasteSite,
)
from events.weighing import Channel, Load

IncidentStep = Callable[[Incident, IncidentCommand], IncidentChange]
"""A step of an incident's life. Raises ConflictError, LimitError or ForbiddenError where it is refused."""


class IncidentDesk(Protocol):
    """Incidents. Every method raises StorageError when the database is away."""

    async def page(
        self,
        *,
        now: datetime,
        states: Sequence[IncidentState],
        kecamatan: Sequence[str] | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[IncidentRecord]:
        """Return incidents in any of some states, newest first, from after one of them on, at most so many."""

    async def file(self, incident: UUID, now: datetime, /) -> IncidentFile | None:
        """Return everything known of an incident, None where there is none."""

    async def change(
        self,
        incident: UUID,
        step: Callable[[Incident], IncidentChange],
        /,
        *,
        command: str | None,
        origin: str,
        now: datetime,
    ) -> IncidentFile:
        """Apply a step under the incident's lock; a command sent again is done once.

        Raises:
            ConflictError: it was refused, or there is no such incident; nothing changed.
            LimitError: likewise, or nobody has the picture it names.
            ForbiddenError: likewise.
        """

    async def report(self, report: PileReport, /, *, origin: str, actor: str) -> tuple[IncidentFile, bool, bool]:
        """Keep a report; return its incident, whether the report was new, and whether it opened the incident.

        Raises:
            ConflictError: another report was told under that reference.
            LimitError: there is no such waste site or picture, or nobody said where it is.
        """

    async def keep_picture(self, sha256: str, media_type: str, size_bytes: int, *, at: datetime, actor: str) -> None:
        """Write down that a picture is kept."""

    async def picture(self, sha256: str, /) -> str | None:
        """Return the media type of a picture that somebody added, None where nobody did."""


class FigureDesk(Protocol):
    """Figures and loads. Every method raises StorageError when the database is away."""

    async def sites(self, now: datetime, /) -> Sequence[WasteSite]:
        """Return the listed sites."""

    async def fills(self, now: datetime, /) -> Sequence[Fill]:
        """Return every bin with its fill and forecast."""

    async def emptyings(self, since: datetime, until: datetime, /) -> Sequence[Emptying]:
        """Return when bins were emptied, oldest first."""

    async def open_piles(self, now: datetime, /) -> Sequence[OpenPiles]:
        """Return open incidents by kecamatan and age, most first."""

    async def clearing(self, first: date, last: date, /) -> Sequence[Clearing]:
        """Return how long clearing took: all together, then by kecamatan."""

    async def tonnage(self, first: date, last: date, /) -> Sequence[Tonnage]:
        """Return what came in by site and day."""

    async def repeat_spots(self, now: datetime, /) -> Sequence[RepeatSpot]:
        """Return spots with more than one pile lately, most first."""

    async def sipsn(self, year: int, /) -> Sequence[SipsnYear]:
        """Return a year in SIPSN's columns."""

    async def facilities(self, year: int, /) -> Sequence[SipsnFacility]:
        """Return the facilities of a year in SIPSN's columns."""

    async def loads(self, first: date, last: date, waste_site: str | None, /) -> Sequence[KeptLoad]:
        """Return the loads of some days, both inclusive, oldest first."""

    async def weigh(
        self, loads: Sequence[tuple[str, Load]], /, *, received_at: datetime, channel: Channel, actor: str
    ) -> Sequence[tuple[KeptLoad, bool] | ConflictError | LimitError]:
        """Keep loads; return for each the load as kept and whether it was new, or why it was not kept."""
