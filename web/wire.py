"""The JSON the API speaks: shapes, and how events become them."""

import math
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from events.alarm import Alarm, AlarmRecord, Shelf, Withdrawal
from events.grouping import group_of
from events.reading import LatestValue
from web.directory import Directory
from web.presence import Presence

_encoder = msgspec.json.Encoder()


class ChangeItem(msgspec.Struct, frozen=True, kw_only=True):
    """What led to the alarm's present version."""

    action: str
    before: str | None
    actor: str
    at: datetime
    reason: str | None


class ShelfItem(msgspec.Struct, frozen=True, kw_only=True):
    """That the alarm is put aside, `timed` or `oneshot`, until then at the latest."""

    kind: str
    until: datetime
    reason: str
    by: str
    at: datetime


class WithdrawalItem(msgspec.Struct, frozen=True, kw_only=True):
    """That the alarm is out of service."""

    reason: str
    by: str
    at: datetime


class AlarmItem(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as of `seq`.

    Times are RFC 3339 in UTC; `unit` is UCUM; `value` is null where there is none; `group` is the same for alarms of
    one site with one cause.
    """

    id: str
    seq: int
    version: int
    kind: str
    state: str
    active: bool
    acked: bool
    priority: str
    priority_level: int
    rule: str
    rule_version: int | None
    source_id: str
    source_name: str
    source_kind: str
    zone: str | None
    site: str
    site_name: str
    group: str
    title: str
    value: float | None
    unit: str | None
    met_at: datetime
    raised_at: datetime
    updated_at: datetime
    acked_by: str | None
    acked_at: datetime | None
    cleared_at: datetime | None
    occurrences: int
    latching: bool
    shelf: ShelfItem | None
    suppressed: str | None
    withdrawn: WithdrawalItem | None
    evidence_url: str | None
    change: ChangeItem


class AlarmListing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of alarms; join the stream after `seq` to miss nothing."""

    items: list[AlarmItem]
    next: str | None
    seq: int


class ValueItem(msgspec.Struct, frozen=True, kw_only=True):
    """The newest value of one series."""

    source_id: str
    source_name: str
    source_kind: str
    source_state: str
    site: str | None
    site_name: str | None
    metric: str
    zone: str | None
    name: str
    name_en: str
    value: float | None
    unit: str
    ts: datetime
    received_at: datetime
    quality: str


def alarm_item(record: AlarmRecord, directory: Directory) -> AlarmItem:
    """Return the alarm as the API shows it."""
    change = record.change
    alarm: Alarm = change.alarm
    return AlarmItem(
        id=str(alarm.id),
        seq=record.seq,
        version=alarm.version,
        kind=alarm.kind,
        state=alarm.state.value,
        active=alarm.active,
        acked=alarm.acked,
        priority=alarm.priority.name.lower(),
        priority_level=int(alarm.priority),
        rule=alarm.key.rule,
        rule_version=alarm.rule_version,
        source_id=alarm.key.source,
        source_name=directory.source_name(alarm.key.source),
        source_kind=directory.source_kind(alarm.key.source).value,
        zone=alarm.key.zone or None,
        site=alarm.site,
        site_name=directory.site_name(alarm.site),
        group=group_of(alarm, directory.rules.measured),
        title=alarm.title,
        value=_finite(alarm.value),
        unit=alarm.unit,
        met_at=_utc(alarm.met_at),
        raised_at=_utc(alarm.raised_at),
        updated_at=_utc(alarm.updated_at),
        acked_by=alarm.acked_by,
        acked_at=_utc_or_none(alarm.acked_at),
        cleared_at=_utc_or_none(alarm.cleared_at),
        occurrences=alarm.occurrences,
        latching=alarm.latching,
        shelf=_shelf_item(alarm.shelf),
        suppressed=alarm.suppressed,
        withdrawn=_withdrawal_item(alarm.withdrawn),
        evidence_url=None if alarm.evidence is None else f"/api/v1/evidence/{alarm.evidence}.jpg",
        change=ChangeItem(
            action=change.action.value,
            before=None if change.before is None else change.before.value,
            actor=change.actor,
            at=_utc(change.at),
            reason=change.reason,
        ),
    )


def _shelf_item(shelf: Shelf | None) -> ShelfItem | None:
    if shelf is None:
        return None
    return ShelfItem(
        kind=shelf.kind.value, until=_utc(shelf.until), reason=shelf.reason, by=shelf.by, at=_utc(shelf.at)
    )


def _withdrawal_item(withdrawal: Withdrawal | None) -> WithdrawalItem | None:
    if withdrawal is None:
        return None
    return WithdrawalItem(reason=withdrawal.reason, by=withdrawal.by, at=_utc(withdrawal.at))


def value_item(latest: LatestValue, directory: Directory, state: Presence) -> ValueItem:
    """Return the newest value of a series as the API shows it.

    Args:
        latest: The value.
        directory: Names.
        state: Whether its source is there; the newest value of a silent source is an old one.
    """
    source, series, ts, received_at, _, value, quality = latest.reading
    source_name, source_kind, site, site_name, metric, zone, name, name_en = directory.series_names(source, series)
    return ValueItem(
        source_id=source,
        source_name=source_name,
        source_kind=source_kind,
        source_state=state,
        site=site,
        site_name=site_name,
        metric=metric,
        zone=zone,
        name=name,
        name_en=name_en,
        value=_finite(value),
        unit=latest.unit,
        ts=_utc(ts),
        received_at=_utc(received_at),
        quality=quality,
    )


def encode(value: object) -> bytes:
    """Return value as JSON, UTF-8."""
    return _encoder.encode(value)


def json_response(value: object, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    """Answer with JSON that no cache may keep: what it says is true now only."""
    return web.Response(
        body=encode(value), status=status, content_type=content_type, headers={"Cache-Control": "no-store"}
    )


def _finite(value: float | None) -> float | None:
    # JSON has no infinities and no NaN.
    return value if value is not None and math.isfinite(value) else None


def _utc(at: datetime) -> datetime:
    # The database driver answers in the session's zone; the API promises UTC.
    return at.astimezone(UTC)


def _utc_or_none(at: datetime | None) -> datetime | None:
    return None if at is None else _utc(at)
