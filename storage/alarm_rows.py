"""Alarms as rows and as JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from events.alarm import (
    Alarm,
    AlarmAction,
    AlarmChange,
    AlarmKey,
    AlarmRecord,
    AlarmState,
    Priority,
    Shelf,
    ShelfKind,
    Withdrawal,
)
from events.ids import RuleId, SiteId, SourceId, ZoneId

Row = Mapping[str, Any]
"""A row as the driver gives it: column names to values of the driver's choosing. It travels no further than here."""


def to_row(alarm: Alarm) -> dict[str, object]:
    """Return the columns of table `alarm`."""
    return {
        "id": alarm.id,
        "version": alarm.version,
        "rule_id": alarm.key.rule,
        "source_id": alarm.key.source,
        "zone": alarm.key.zone,
        "kind": alarm.kind,
        "priority": int(alarm.priority),
        "site_id": alarm.site,
        "title": alarm.title,
        "value": alarm.value,
        "unit": alarm.unit,
        "active": alarm.active,
        "acked": alarm.acked,
        "met_at": alarm.met_at,
        "raised_at": alarm.raised_at,
        "updated_at": alarm.updated_at,
        "acked_by": alarm.acked_by,
        "acked_at": alarm.acked_at,
        "cleared_at": alarm.cleared_at,
        "observation_id": alarm.observation,
        "evidence": alarm.evidence,
        "occurrences": alarm.occurrences,
        "latching": alarm.latching,
        "latched": alarm.latched,
        "shelf": _document(alarm.shelf),
        "suppressed": alarm.suppressed,
        "withdrawn": _document(alarm.withdrawn),
        "rule_version": alarm.rule_version,
    }


def from_row(row: Row) -> Alarm:
    """Return the alarm of a row of table `alarm`."""
    return Alarm(
        id=row["id"],
        version=row["version"],
        key=AlarmKey(RuleId(row["rule_id"]), SourceId(row["source_id"]), ZoneId(row["zone"])),
        kind=row["kind"],
        priority=Priority(row["priority"]),
        site=SiteId(row["site_id"]),
        title=row["title"],
        value=row["value"],
        unit=row["unit"],
        active=row["active"],
        acked=row["acked"],
        met_at=row["met_at"],
        raised_at=row["raised_at"],
        updated_at=row["updated_at"],
        acked_by=row["acked_by"],
        acked_at=row["acked_at"],
        cleared_at=row["cleared_at"],
        observation=row["observation_id"],
        evidence=row["evidence"],
        occurrences=row["occurrences"],
        # Events of earlier releases know nothing of these.
        latching=row.get("latching", False),
        latched=row.get("latched", False),
        shelf=_shelf(row.get("shelf")),
        suppressed=row.get("suppressed"),
        withdrawn=_withdrawal(row.get("withdrawn")),
        rule_version=row.get("rule_version"),
    )


def to_json(alarm: Alarm) -> str:
    """Return the whole alarm as JSON: the columns, identifiers and times as text."""
    document = {name: _plain(value) for name, value in to_row(alarm).items()}
    for name in ("shelf", "withdrawn"):
        text = document[name]
        document[name] = json.loads(text) if isinstance(text, str) else None
    return json.dumps(document)


def from_json(document: Row) -> Alarm:
    """Return the alarm of a decoded `alarm_event.alarm`."""
    row = dict(document)
    for name in ("id", "observation_id"):
        row[name] = None if row[name] is None else UUID(row[name])
    for name in ("met_at", "raised_at", "updated_at", "acked_at", "cleared_at"):
        row[name] = None if row[name] is None else datetime.fromisoformat(row[name])
    return from_row(row)


def to_event_row(change: AlarmChange, command: str | None = None) -> dict[str, object]:
    """Return the columns of table `alarm_event`, all but `seq`.

    Args:
        change: What happened.
        command: Name its sender gave to the command behind it.
    """
    return {
        "alarm_id": change.alarm.id,
        "version": change.alarm.version,
        "action": change.action.value,
        "before": None if change.before is None else change.before.value,
        "state": change.alarm.state.value,
        "actor": change.actor,
        "at": change.at,
        "reason": change.reason,
        "alarm": to_json(change.alarm),
        "command": command,
    }


def to_record(row: Row) -> AlarmRecord:
    """Return the record of a row of table `alarm_event`."""
    change = AlarmChange(
        action=AlarmAction(row["action"]),
        alarm=from_json(row["alarm"]),
        before=None if row["before"] is None else AlarmState(row["before"]),
        actor=row["actor"],
        at=row["at"],
        reason=row["reason"],
    )
    return AlarmRecord(seq=row["seq"], change=change)


def _document(value: Shelf | Withdrawal | None) -> str | None:
    return None if value is None else json.dumps({name: _plain(part) for name, part in asdict(value).items()})


def _shelf(document: Mapping[str, str] | None) -> Shelf | None:
    if document is None:
        return None
    return Shelf(
        kind=ShelfKind(document["kind"]),
        until=datetime.fromisoformat(document["until"]),
        reason=document["reason"],
        by=document["by"],
        at=datetime.fromisoformat(document["at"]),
    )


def _withdrawal(document: Mapping[str, str] | None) -> Withdrawal | None:
    if document is None:
        return None
    return Withdrawal(reason=document["reason"], by=document["by"], at=datetime.fromisoformat(document["at"]))


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value
