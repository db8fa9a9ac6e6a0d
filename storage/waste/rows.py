"""Incidents as rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from events.ids import SourceId, ZoneId
from events.waste import (
    Incident,
    IncidentAction,
    IncidentChange,
    IncidentRecord,
    IncidentState,
    Origin,
    PileReport,
)


def from_row(row: Mapping[str, Any]) -> Incident:
    """Return the incident of a row of `gareng_mesem.incident`."""
    return Incident(
        id=row["id"],
        version=row["version"],
        state=IncidentState(row["state"]),
        origin=Origin(row["origin"]),
        camera=None if row["camera_id"] is None else SourceId(row["camera_id"]),
        zone=None if row["zone"] is None else ZoneId(row["zone"]),
        observation=row["observation_id"],
        seen=row["seen"],
        waste_site=row["waste_site_id"],
        kecamatan=row["kecamatan"],
        lat=row["lat"],
        lon=row["lon"],
        title=row["title"],
        crew=row["crew"],
        detected_at=row["detected_at"],
        verified_at=row["verified_at"],
        dispatched_at=row["dispatched_at"],
        cleared_at=row["cleared_at"],
        closed_at=row["closed_at"],
        updated_at=row["updated_at"],
        before=row["evidence_before"],
        after=row["evidence_after"],
        repeat_of=row["repeat_of"],
        spot=row["spot_id"],
        reopened=row["reopened"],
    )


def to_row(incident: Incident) -> dict[str, object]:
    """Return the columns of an incident."""
    return {
        "id": incident.id,
        "version": incident.version,
        "state": incident.state.value,
        "origin": incident.origin.value,
        "camera_id": incident.camera,
        "zone": incident.zone,
        "observation_id": incident.observation,
        "seen": incident.seen,
        "waste_site_id": incident.waste_site,
        "kecamatan": incident.kecamatan,
        "lat": incident.lat,
        "lon": incident.lon,
        "title": incident.title,
        "crew": incident.crew,
        "detected_at": incident.detected_at,
        "verified_at": incident.verified_at,
        "dispatched_at": incident.dispatched_at,
        "cleared_at": incident.cleared_at,
        "closed_at": incident.closed_at,
        "updated_at": incident.updated_at,
        "evidence_before": incident.before,
        "evidence_after": incident.after,
        "repeat_of": incident.repeat_of,
        "spot_id": incident.spot,
        "reopened": incident.reopened,
    }


def to_event(change: IncidentChange, command: str | None = None) -> dict[str, object]:
    """Return the columns of an incident's event."""
    return {
        "incident_id": change.incident.id,
        "version": change.incident.version,
        "action": change.action.value,
        "before": None if change.was is None else change.was.value,
        "state": change.incident.state.value,
        "actor": change.actor,
        "at": change.at,
        "reason": change.reason,
        "evidence": change.evidence,
        "crew": change.incident.crew if change.action is IncidentAction.DISPATCH else None,
        "command": command,
    }


def to_record(row: Mapping[str, Any]) -> IncidentRecord:
    """Return the incident of a row of `gareng_mesem.incidents`."""
    return IncidentRecord(
        incident=from_row(row),
        due_at=row["due_at"],
        late=row["late"],
        piles=row["piles"],
        site_name=row["site_name"],
    )


def to_change(row: Mapping[str, Any], incident: Incident) -> IncidentChange:
    """Return a step of an incident. The incident in it is as it is now, but for its state, version and crew of then."""
    then = replace(incident, state=IncidentState(row["state"]), version=row["version"], crew=row["crew"])
    return IncidentChange(
        action=IncidentAction(row["action"]),
        incident=then,
        was=None if row["before"] is None else IncidentState(row["before"]),
        actor=row["actor"],
        at=row["at"],
        reason=row["reason"],
        evidence=row["evidence"],
    )


def to_report(row: Mapping[str, Any]) -> PileReport:
    """Return the report of a row."""
    return PileReport(
        reference=row["reference"],
        channel=row["channel"],
        reporter=row["reporter"],
        text=row["text"],
        reported_at=row["reported_at"],
        received_at=row["received_at"],
        waste_site=row["waste_site_id"],
        kecamatan=row["kecamatan"],
        lat=row["lat"],
        lon=row["lon"],
        link=row["link"],
        evidence=row["evidence"],
    )
