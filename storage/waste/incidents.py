"""Incidents for those who work on them: lists, the life of one, and the ways in which people change or tell of one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from psycopg import errors
from psycopg.rows import DictRow
from uuid6 import uuid7

from events.errors import ConflictError, LimitError
from events.ids import SourceId, ZoneId
from events.waste import (
    Incident,
    IncidentAction,
    IncidentChange,
    IncidentFile,
    IncidentRecord,
    IncidentState,
    Origin,
    PileReport,
)
from storage.pool import AsyncConnection, Pooled
from storage.queries import query
from storage.waste.rows import from_row, to_change, to_event, to_record, to_report, to_row

Step = Callable[[Incident], IncidentChange]

TRIES = 3
"""How often a report looks for the open incident of its spot, while others open and close one."""


class IncidentStore(Pooled):
    """Reads and changes incidents. Every method raises StorageError when the database is away."""

    async def page(
        self,
        *,
        now: datetime,
        states: Sequence[IncidentState],
        kecamatan: Sequence[str] | None,
        after: UUID | None,
        limit: int,
    ) -> list[IncidentRecord]:
        """Return incidents in any of some states, newest first.

        Args:
            now: The present, by which the service clock is read.
            states: States wanted.
            kecamatan: Codes wanted, None for all.
            after: The last one of the page before.
            limit: At most so many.
        """
        parameters = {
            "now": now,
            "states": [state.value for state in states],
            "kecamatan": None if kecamatan is None else list(kecamatan),
            "after": after,
            "limit": limit,
        }
        return [to_record(row) for row in await self._rows(query("incident_page"), parameters)]

    async def file(self, incident: UUID, now: datetime) -> IncidentFile | None:
        """Return everything known of an incident, None where there is none."""
        async with self._connection() as connection:
            return await _file(connection, incident, now)

    async def change(
        self, incident: UUID, step: Step, *, command: str | None, origin: str, now: datetime
    ) -> IncidentFile:
        """Apply a step to an incident under its lock, commit, and return the outcome.

        Args:
            incident: Which.
            step: Returns the change, or refuses.
            command: Name its sender gave to the command: one that was done already is answered with what is there.
            origin: From where the command came, for the audit log.
            now: The present.

        Raises:
            ConflictError: from the step, because there is no such incident, because another one is open at its spot, or
                because the command was another's; nothing changed.
            LimitError: from the step, or because nobody has the picture it names; likewise.
            ForbiddenError: from the step; likewise.
        """
        async with self._connection() as connection, connection.transaction():
            row = await _one(connection, "lock_incident", {"id": incident})
            if row is None:
                raise ConflictError(f"there is no incident {incident}")
            if not await _done(connection, incident, command):
                change = step(from_row(row))
                await _require_picture(connection, change.evidence)
                try:
                    await connection.execute(query("write_incident"), to_row(change.incident))
                    await connection.execute(query("add_incident_event"), to_event(change, command))
                except errors.UniqueViolation as error:
                    raise _taken(error, incident, command) from error
                await connection.execute(query("audit_alarm"), _audited(change, origin))
            found = await _file(connection, incident, now)
        if found is None:
            raise ConflictError(f"there is no incident {incident}")
        return found

    async def report(self, report: PileReport, *, origin: str, actor: str) -> tuple[IncidentFile, bool, bool]:
        """Keep a report; it opens an incident, or belongs to the one that is open at its spot.

        Args:
            report: What was told; sent again under its reference, it is kept once.
            origin: From where it came, for the audit log.
            actor: Who entered it.

        Returns:
            The incident, whether the report was new, and whether it opened the incident.

        Raises:
            ConflictError: another report was told under that reference.
            LimitError: there is no such waste site or picture, or nobody said where it is.
        """
        async with self._connection() as connection, connection.transaction():
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"{report.channel} {report.reference}"]
            )
            known = await _one(connection, "pile_report", {"channel": report.channel, "reference": report.reference})
            if known is not None:
                if to_report(known) != replace(report, received_at=known["received_at"]):
                    raise ConflictError(
                        f"a report called {report.reference!r} of {report.channel} said something else: "
                        "give each report a reference of its own"
                    )
                incident, added, opened = known["incident_id"], False, False
            else:
                await _require_picture(connection, report.evidence)
                incident, opened = await _place(connection, report, actor)
                await connection.execute(query("add_pile_report"), {"incident": incident} | _columns(report))
                added = True
                await connection.execute(
                    query("audit_alarm"),
                    {
                        "at": report.received_at,
                        "actor": actor,
                        "action": "waste.report",
                        "subject": str(incident),
                        "detail": json.dumps(
                            {"origin": origin, "channel": report.channel, "reference": report.reference}
                        ),
                    },
                )
            found = await _file(connection, incident, report.received_at)
        if found is None:
            raise ConflictError(f"there is no incident {incident}")
        return found, added, opened

    async def keep_picture(self, sha256: str, media_type: str, size_bytes: int, *, at: datetime, actor: str) -> None:
        """Write down that a picture is kept; once is enough."""
        parameters = {
            "sha256": sha256,
            "media_type": media_type,
            "size_bytes": size_bytes,
            "received_at": at,
            "actor": actor,
        }
        async with self._connection() as connection:
            await connection.execute(query("add_waste_picture"), parameters)

    async def picture(self, sha256: str) -> str | None:
        """Return the media type of a picture that somebody added, None where nobody did."""
        rows = await self._rows(query("waste_picture"), {"sha256": sha256})
        return str(rows[0]["media_type"]) if rows else None


async def _one(connection: AsyncConnection, name: str, parameters: Mapping[str, object]) -> DictRow | None:
    return await (await connection.execute(query(name), parameters)).fetchone()


async def _file(connection: AsyncConnection, identity: UUID, now: datetime) -> IncidentFile | None:
    row = await _one(connection, "incident_by_id", {"id": identity, "now": now})
    if row is None:
        return None
    record = to_record(row)
    events = await (await connection.execute(query("incident_events"), {"id": identity})).fetchall()
    reports = await (await connection.execute(query("incident_reports"), {"id": identity})).fetchall()
    return IncidentFile(
        record=record,
        changes=tuple((one["seq"], to_change(one, record.incident)) for one in events),
        reports=tuple(to_report(one) for one in reports),
    )


async def _done(connection: AsyncConnection, incident: UUID, command: str | None) -> bool:
    """Tell whether a command was done before. The incident's lock is held."""
    if command is None:
        return False
    row = await _one(connection, "incident_of_command", {"command": command})
    if row is None:
        return False
    if row["incident_id"] != incident:
        raise _another(command)
    return True


async def _require_picture(connection: AsyncConnection, sha256: str | None) -> None:
    if sha256 is not None and await _one(connection, "any_picture", {"sha256": sha256}) is None:
        raise LimitError("evidence: no picture of this digest is kept; send it to /api/v1/gareng-mesem/pictures first")


def _another(command: str) -> ConflictError:
    return ConflictError(f"the command {command!r} was given to another incident: give each command a name of its own")


def _taken(error: errors.UniqueViolation, incident: UUID, command: str | None) -> ConflictError:
    """Say which of the rules that allow one only was broken."""
    if command is not None and "command" in (error.diag.constraint_name or ""):
        return _another(command)
    return ConflictError(f"another incident is open where {incident} was: choose that one")


async def _place(connection: AsyncConnection, report: PileReport, actor: str) -> tuple[UUID, bool]:
    """Return the incident a report belongs to, and whether it opened it."""
    site = None
    if report.waste_site is not None:
        site = await _one(connection, "waste_site_by_id", {"id": report.waste_site})
        if site is None:
            raise LimitError(f"waste_site: {report.waste_site} is none that the site file names")
    incident = _told(report, site)
    place = {"camera": incident.camera, "zone": incident.zone, "waste_site": incident.waste_site}
    for _ in range(TRIES):
        if site is not None:
            known = await _one(connection, "lock_open_incident", place)
        else:
            # No rule of the database keeps two such reports apart: they come one after the other.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('gareng_mesem', 7))")
            known = await _one(connection, "lock_open_incident_near", {"lat": incident.lat, "lon": incident.lon})
        if known is not None:
            before = from_row(known)
            after = replace(
                before,
                version=before.version + 1,
                updated_at=report.received_at,
                before=before.before or report.evidence,
            )
            change = IncidentChange(
                action=IncidentAction.REPORT,
                incident=after,
                was=before.state,
                actor=actor,
                at=report.received_at,
                reason=f"{report.channel} {report.reference}",
                evidence=report.evidence,
            )
            await connection.execute(query("write_incident"), to_row(after))
            await connection.execute(query("add_incident_event"), to_event(change))
            return before.id, False
        earlier = await _one(connection, "earlier_incident", _where(incident))
        if earlier is not None:
            incident = replace(incident, repeat_of=earlier["id"], spot=earlier["spot_id"])
        if await _one(connection, "add_incident", to_row(incident)) is not None:
            begun = IncidentChange(
                action=IncidentAction.DETECT,
                incident=incident,
                was=None,
                actor=actor,
                at=report.received_at,
                reason=f"{report.channel} {report.reference}",
                evidence=report.evidence,
            )
            await connection.execute(query("add_incident_event"), to_event(begun))
            return incident.id, True
    raise ConflictError("incidents at this spot open and close just now: send the report again")


def _told(report: PileReport, site: DictRow | None) -> Incident:
    """Return the incident that a report begins."""
    if site is None and report.kecamatan is None:
        raise LimitError("waste_site, or kecamatan and better a position too: write where it is")
    identity = uuid7()
    place = site or {}
    camera, zone = place.get("camera_id"), place.get("zone")
    return Incident(
        id=identity,
        origin=Origin.REPORT,
        camera=None if camera is None else SourceId(camera),
        zone=None if zone is None else ZoneId(zone),
        waste_site=report.waste_site,
        kecamatan=report.kecamatan or place.get("kecamatan"),
        lat=place.get("lat") if report.lat is None else report.lat,
        lon=place.get("lon") if report.lon is None else report.lon,
        title=place.get("name") or report.text[:80],
        detected_at=min(report.reported_at, report.received_at),
        updated_at=report.received_at,
        before=report.evidence,
        spot=identity,
    )


def _where(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "at": incident.detected_at,
        "camera": incident.camera,
        "zone": incident.zone,
        "waste_site": incident.waste_site,
        "lat": incident.lat,
        "lon": incident.lon,
    }


def _columns(report: PileReport) -> dict[str, object]:
    return {
        "channel": report.channel,
        "reference": report.reference,
        "reporter": report.reporter,
        "text": report.text,
        "reported_at": report.reported_at,
        "received_at": report.received_at,
        "waste_site": report.waste_site,
        "kecamatan": report.kecamatan,
        "lat": report.lat,
        "lon": report.lon,
        "link": report.link,
        "evidence": report.evidence,
    }


def _audited(change: IncidentChange, origin: str) -> dict[str, object]:
    detail = {"origin": origin, "before": change.was, "after": change.incident.state, "reason": change.reason}
    return {
        "at": change.at,
        "actor": change.actor,
        "action": f"waste.{change.action.value}",
        "subject": str(change.incident.id),
        "detail": json.dumps(detail),
    }
