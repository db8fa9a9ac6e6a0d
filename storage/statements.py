"""Stores observations: one row a thing seen, brought forward by each new statement about it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from events.observation import Observation, Phase
from storage.database import Cursor
from storage.queries import query


class Standing(NamedTuple):
    """How far a thing's life is known."""

    phase: Phase
    at: datetime


def advances(statement: Observation, known: Standing) -> bool:
    """Tell whether a statement says something new about a thing already known.

    An end closes it whatever its time says, and nothing follows an end; an update must be newer than what is known,
    or at least not older than the begin. Hence a redelivered statement never advances.
    """
    if known.phase is Phase.END or statement.phase is Phase.BEGIN:
        return False
    if statement.phase is Phase.END:
        return True
    return statement.at > known.at or (known.phase is Phase.BEGIN and statement.at == known.at)


def store_observations(cursor: Cursor, observations: Sequence[Observation]) -> list[bool]:
    """Store statements in their order and tell for each whether it was new."""
    if not observations:
        return []
    firsts = {o.id: o for o in reversed(observations)}
    begun = _begin(cursor, list(firsts.values()))
    standings = _lock(cursor, [identifier for identifier in firsts if identifier not in begun])
    are_new = []
    for statement in observations:
        known = standings.get(statement.id)
        is_new = known is None or advances(statement, known)
        if is_new:
            standings[statement.id] = Standing(statement.phase, statement.at)
            if known is not None:
                cursor.execute(query("advance_observation"), _columns(statement))
        are_new.append(is_new)
    return are_new


def _begin(cursor: Cursor, firsts: Sequence[Observation]) -> set[UUID]:
    """Insert the things nobody has told of yet and return which those were."""
    rows = [_columns(statement) for statement in firsts]
    arrays = {
        "ids": "id",
        "source_ids": "source_id",
        "kinds": "kind",
        "zones": "zone",
        "phases": "phase",
        "started_ats": "started_at",
        "updated_ats": "updated_at",
        "ended_ats": "ended_at",
        "received_ats": "received_at",
        "boxes": "box",
        "counts": "count",
        "scores": "score",
        "evidences": "evidence",
        "attrs": "attrs",
    }
    parameters = {plural: [row[singular] for row in rows] for plural, singular in arrays.items()}
    return {identifier for (identifier,) in cursor.execute(query("begin_observations"), parameters)}


def _lock(cursor: Cursor, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    if not ids:
        return {}
    rows = cursor.execute(query("lock_observations"), {"ids": list(ids)})
    return {identifier: Standing(Phase(phase), at) for identifier, phase, at in rows}


def _columns(statement: Observation) -> dict[str, object]:
    return {
        "id": statement.id,
        "source_id": statement.source,
        "kind": statement.kind,
        "zone": statement.zone,
        "phase": statement.phase.value,
        "started_at": statement.started_at,
        "updated_at": statement.at,
        "ended_at": statement.at if statement.phase is Phase.END else None,
        "received_at": statement.received_at or statement.at,
        "box": None if statement.box is None else "{" + ",".join(map(repr, statement.box)) + "}",
        "count": statement.count,
        "score": statement.score,
        "evidence": statement.evidence,
        "attrs": json.dumps(dict(statement.attrs)),
    }
