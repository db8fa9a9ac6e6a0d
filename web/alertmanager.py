"""Route by which alerts of Prometheus about the platform itself become alarms: a receiver of Alertmanager's web hook.

The payload is that of Alertmanager's `webhook_configs`, version 4. Each alert becomes an event of one device, so that
it goes the one durable way: outbox, broker, rules, alarm.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from re import sub
from typing import ClassVar, Literal
from uuid import UUID

import msgspec
from aiohttp import web

from events.ids import LONGEST_SLUG
from runtime.clock import Clock
from web.moments import Moment
from web.operations import post
from web.ports import PlatformLine
from web.problems import ProblemError

KIND = "platform"
"""Kind of the observation; rules write `observes: platform`."""

MOST_ALERTS = 500
LONGEST_TEXT = 500
_EARLIEST = datetime(2001, 1, 1, tzinfo=UTC)
"""Alertmanager writes year 1 where an alert has not ended; nothing earlier than this is taken for a time."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of the payload."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment = msgspec.field(name="startsAt")
    ends_at: Moment | None = msgspec.field(name="endsAt", default=None)
    fingerprint: str = ""


class AlertmanagerPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What Alertmanager posts; fields not named here are passed over."""

    largest_bytes: ClassVar[int] = 2**20
    """An alert takes about one kilobyte, and Alertmanager posts a whole group at once."""

    alerts: list[Alert]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts were taken."""

    taken: int


class AlertmanagerRoutes:
    """Serves `/api/v1/alertmanager`."""

    def __init__(self, *, line: PlatformLine, clock: Clock) -> None:
        self._line = line
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [post("/api/v1/alertmanager", self.take, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, group="Alarms")]

    async def take(self, _request: web.Request, body: AlertmanagerPayload) -> Taken:
        """Take what Alertmanager posts; sent again, it changes nothing."""
        if len(body.alerts) > MOST_ALERTS:
            raise ProblemError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"want at most {MOST_ALERTS} alerts at once: set max_alerts"
            )
        events = [msgspec.json.encode(event_of(alert, self._clock())) for alert in body.alerts]
        for event in events:
            self._line.publish("event", event)
        return Taken(taken=len(events))


def event_of(alert: Alert, now: datetime) -> Mapping[str, object]:
    """Return the event that stands for an alert: the same alert, told again, is the same event.

    Args:
        alert: The alert.
        now: The present; an alert may have been told before it began by this clock.
    """
    began = max(min(alert.starts_at.astimezone(UTC), now), _EARLIEST)
    ended = alert.status == "resolved"
    at = now
    if ended and alert.ends_at is not None and alert.ends_at > _EARLIEST:
        at = min(max(alert.ends_at.astimezone(UTC), began), now)
    labels = {name: _plain(label) for name, label in sorted(alert.labels.items())}
    text = alert.annotations.get("summary") or alert.annotations.get("description") or labels.get("alertname", "")
    return {
        "id": str(_name(alert, began)),
        "kind": KIND,
        "phase": "end" if ended else "begin",
        "ts": at.isoformat() if ended else began.isoformat(),
        "started_at": began.isoformat(),
        "attrs": {
            "class": _class(labels.get("alertname", "")),
            "text": _plain(text)[:LONGEST_TEXT],
            "severity": labels.get("severity", "")[:LONGEST_TEXT],
            "alertname": labels.get("alertname", "")[:LONGEST_TEXT],
            "instance": labels.get("instance", "")[:LONGEST_TEXT],
        },
    }


def _name(alert: Alert, began: datetime) -> UUID:
    """Return a UUID of version 7 that is always the same for one activation: its time, and a digest of who it is."""
    who = alert.fingerprint or repr(sorted(alert.labels.items()))
    digest = int.from_bytes(sha256(f"{who} {began.isoformat()}".encode()).digest()[:10])
    stamp = int(began.timestamp() * 1000) & (2**48 - 1)
    value = stamp << 80 | digest
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _plain(text: str) -> str:
    # The database has no NUL in texts, so ingest would refuse the event.
    return text.replace("\0", "")


def _class(name: str) -> str:
    """Return the alert's name as rules write it under `classes`: lower-case letters, digits, hyphen, underscore."""
    return sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:LONGEST_SLUG] or "alert"
