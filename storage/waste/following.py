"""Brings incidents forward in the very transaction that stores what cameras saw, so that each pile is one incident."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from psycopg.rows import dict_row
from uuid6 import uuid7

from events.errors import StorageError
from events.ids import ZoneId
from events.observation import Observation, Phase
from events.waste import Incident, IncidentAction, IncidentChange, Origin
from storage.database import Cursor
from storage.queries import query
from storage.waste.rows import from_row, to_event, to_row

WASTE_PILE = "waste_pile"
"""Kind of observation that is a pile."""


class PileJudge(Protocol):
    """What cameras do to incidents."""

    confirm: timedelta
    """For how long a zone must be seen clean after a claim."""

    def begun(self, incident: Incident, seen: Observation) -> Sequence[IncidentChange]:
        """Return what a pile seen by the camera changes in the open incident of its spot."""

    def ended(self, incident: Incident, seen: Observation) -> Sequence[IncidentChange]:
        """Return what it changes that a camera saw the pile vanish, or lost sight of it."""

    def looked(
        self, incident: Incident, *, told_at: datetime | None, coverage: float | None, now: datetime
    ) -> Sequence[IncidentChange]:
        """Return what becomes of a claim by what the camera has told since."""


class Rows:
    """Asks for rows by name on the cursor of a running transaction."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor.connection.cursor(row_factory=dict_row)

    def all(self, name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return self._cursor.execute(query(name), parameters).fetchall()

    def one(self, name: str, parameters: Mapping[str, object]) -> dict[str, Any] | None:
        """Return the first row of a query, None where there is none."""
        return self._cursor.execute(query(name), parameters).fetchone()

    def run(self, name: str, parameters: Mapping[str, object]) -> None:
        """Run a statement."""
        self._cursor.execute(query(name), parameters)


def follow_piles(cursor: Cursor, judge: PileJudge, observations: Iterable[Observation]) -> int:
    """Bring incidents forward by statements that are new, and return how many steps that made.

    Spots are taken in their order, so that two writers never wait for each other in a ring. A statement is new once,
    and it is stored in this transaction: each pile makes its incident exactly once.
    """
    piles = [one for one in observations if one.kind == WASTE_PILE]
    if not piles:
        return 0
    rows = Rows(cursor)
    count = 0
    for seen in sorted(piles, key=lambda one: (one.source, one.zone or "")):  # stable: each spot's in their order
        changes = _ended(rows, judge, seen) if seen.phase is Phase.END else _begun(rows, judge, seen)
        count += _write(rows, changes)
    return count


def judge_claims(cursor: Cursor, judge: PileJudge, now: datetime) -> int:
    """Close or reopen what was claimed to be gone, by what cameras have told since; return how many steps that made."""
    rows = Rows(cursor)
    count = 0
    for row in rows.all("claimed_incidents", {"since": now - judge.confirm}):
        incident = from_row(row)
        count += _write(rows, judge.looked(incident, told_at=row["told_at"], coverage=row["coverage"], now=now))
    return count


def _begun(rows: Rows, judge: PileJudge, seen: Observation) -> Sequence[IncidentChange]:
    """Open an incident, or find the one that is open at this spot."""
    known = rows.one("lock_incident_of_observation", {"observation": seen.id})
    if known is not None and known["seen"]:
        return ()  # an update of what is known
    spot = rows.one("spot_of_camera", {"camera": seen.source, "zone": seen.zone}) or {}
    place = {"camera": seen.source, "zone": seen.zone, "waste_site": spot.get("waste_site_id")}
    # Twice at most: where the insert finds another incident at the spot, that one is committed and can be locked.
    for _ in range(3):
        row = rows.one("lock_open_incident", place)
        if row is not None:
            incident = from_row(row)
            return judge.begun(replace(incident, zone=incident.zone or seen.zone), seen)
        opened = open_incident(rows, detected(seen, spot), actor=seen.source, evidence=seen.evidence)
        if opened is not None:
            return ()
    raise StorageError(f"the spot of {seen.source} {seen.zone or ''} has an open incident that cannot be found")


def _ended(rows: Rows, judge: PileJudge, seen: Observation) -> Sequence[IncidentChange]:
    row = rows.one("lock_incident_of_observation", {"observation": seen.id})
    return () if row is None else judge.ended(from_row(row), seen)


def detected(seen: Observation, spot: Mapping[str, Any]) -> Incident:
    """Return the incident that a camera's pile begins.

    Args:
        seen: What it saw.
        spot: Row of `spot_of_camera`.
    """
    identity = uuid7()
    return Incident(
        id=identity,
        origin=Origin.CAMERA,
        camera=seen.source,
        zone=None if seen.zone is None else ZoneId(seen.zone),
        observation=seen.id,
        seen=True,
        waste_site=spot.get("waste_site_id"),
        kecamatan=spot.get("kecamatan"),
        lat=spot.get("lat"),
        lon=spot.get("lon"),
        title=spot.get("waste_site") or spot.get("place") or spot.get("camera_name") or seen.source,
        detected_at=seen.started_at,
        updated_at=seen.at,
        before=seen.evidence,
        spot=identity,
    )


def open_incident(
    rows: Rows, incident: Incident, *, actor: str, evidence: str | None, command: str | None = None
) -> Incident | None:
    """Write a new incident, linked to the pile before it at its spot; None where one is open there already."""
    earlier = rows.one(
        "earlier_incident",
        {
            "id": incident.id,
            "at": incident.detected_at,
            "camera": incident.camera,
            "zone": incident.zone,
            "waste_site": incident.waste_site,
            "lat": incident.lat,
            "lon": incident.lon,
        },
    )
    if earlier is not None:
        incident = replace(incident, repeat_of=earlier["id"], spot=earlier["spot_id"])
    if rows.one("add_incident", to_row(incident)) is None:
        return None
    change = IncidentChange(
        action=IncidentAction.DETECT,
        incident=incident,
        was=None,
        actor=actor,
        at=incident.updated_at,
        evidence=evidence,
    )
    rows.run("add_incident_event", to_event(change, command))
    return incident


def _write(rows: Rows, changes: Sequence[IncidentChange]) -> int:
    for change in changes:
        rows.run("add_incident_event", to_event(change))
    if changes:
        rows.run("write_incident", to_row(changes[-1].incident))
    return len(changes)
