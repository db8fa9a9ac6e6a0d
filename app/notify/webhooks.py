"""Web hooks: whoever takes Alertmanager's takes Pantau's. They follow the alarm stream, so nothing is left out."""

import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from prometheus_client import Counter

from configs.notifications import WebHook
from events.alarm import HIDDEN, Alarm, AlarmAction, AlarmRecord, Priority
from runtime.clock import Clock
from storage.feeds import FeedBook

log = structlog.get_logger(__name__)

POSTED = Counter("pantau_webhook_alerts_total", "Alerts accepted by a web hook", ["hook"])
REFUSED = Counter("pantau_webhook_refused_total", "Posts that a web hook did not accept", ["hook"])

BATCH = 100
PATIENCE_S = 15.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)

SEVERITIES = {
    Priority.DARURAT: "critical",
    Priority.TINGGI: "critical",
    Priority.SEDANG: "warning",
    Priority.RENDAH: "info",
}
"""Prometheus knows three usual words; the label `priority` has Pantau's own four."""

TOLD = frozenset(
    {
        AlarmAction.RAISE,
        AlarmAction.RETURN,
        AlarmAction.SHELVE,
        AlarmAction.UNSHELVE,
        AlarmAction.EXPIRE,
        AlarmAction.SUPPRESS,
        AlarmAction.UNSUPPRESS,
        AlarmAction.WITHDRAW,
        AlarmAction.RESTORE,
    }
)
"""Changes by which an alarm begins or ceases to call somebody; acknowledging is not one."""

_NOT_ENDED = "0001-01-01T00:00:00Z"


def payload(hook: str, records: Sequence[AlarmRecord], external: str) -> bytes:
    """Return what Alertmanager would post of these changes (web hook payload, version 4).

    Args:
        hook: Name of the receiver.
        records: The changes; of one alarm only the last is told.
        external: Address of the pages.
    """
    latest = {record.change.alarm.id: record.change.alarm for record in records}
    alerts = [_alert(alarm, external) for alarm in latest.values()]
    firing = any(alert["status"] == "firing" for alert in alerts)
    return msgspec.json.encode(
        {
            "version": "4",
            "groupKey": f"pantau/{hook}",
            "truncatedAlerts": 0,
            "status": "firing" if firing else "resolved",
            "receiver": hook,
            "groupLabels": {},
            "commonLabels": {"service": "pantau"},
            "commonAnnotations": {},
            "externalURL": external,
            "alerts": alerts,
        }
    )


def _alert(alarm: Alarm, external: str) -> dict[str, object]:
    firing = alarm.active and alarm.state not in HIDDEN
    ended = alarm.updated_at if alarm.cleared_at is None else alarm.cleared_at
    labels = {
        "alertname": str(alarm.key.rule),
        "service": "pantau",
        "severity": SEVERITIES[alarm.priority],
        "priority": alarm.priority.name.lower(),
        "kind": alarm.kind,
        "site": str(alarm.site),
        "source": str(alarm.key.source),
        "zone": str(alarm.key.zone),
    }
    return {
        "status": "firing" if firing else "resolved",
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {"summary": alarm.title},
        "startsAt": _written(alarm.raised_at),
        "endsAt": _NOT_ENDED if firing else _written(ended),
        "generatorURL": f"{external}/?alarm={alarm.id}",
        "fingerprint": alarm.id.hex[-16:],
    }


class Feed:
    """Takes one web hook along the stream: in order, again until it is accepted, and on from there after a restart."""

    def __init__(
        self,
        hook: WebHook,
        *,
        external: str,
        clock: Clock,
        post: Callable[[str, bytes], bool] | None = None,
    ) -> None:
        """Prepare.

        Args:
            hook: Where to.
            external: Address of the pages.
            clock: The present.
            post: Posts a body to an address and tells whether it was accepted.
        """
        self._hook = hook
        self._external = external
        self._clock = clock
        self._post = post or _post
        self._pause = FIRST_PAUSE
        self._next_at: datetime | None = None

    def turn(self, book: FeedBook) -> int:
        """Post what is next, and return how many changes of the stream that were.

        Raises:
            StorageError: the database is away.
        """
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            return 0
        place = book.place(self._hook.id, now)
        records = book.after(place, BATCH)
        if not records:
            return 0
        told = [record for record in records if self._concerns(record)]
        if told and not self._post(self._hook.url.get_secret_value(), payload(self._hook.id, told, self._external)):
            REFUSED.labels(self._hook.id).inc()
            log.warning("a web hook did not accept alarms and is tried again", hook=self._hook.id)
            self._next_at = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return 0
        POSTED.labels(self._hook.id).inc(len(told))
        self._pause, self._next_at = FIRST_PAUSE, None
        book.move(self._hook.id, records[-1].seq, now)
        return len(records)

    def _concerns(self, record: AlarmRecord) -> bool:
        wanted = self._hook.priorities
        alarm = record.change.alarm
        return record.change.action in TOLD and (wanted is None or alarm.priority.name.lower() in wanted)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _post(address: str, body: bytes) -> bool:
    """Post a body. Errors are named by their kind alone: their text may repeat the address, which is secret."""
    headers = {"Content-Type": "application/json", "User-Agent": "Pantau"}
    try:
        request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - the operator's own
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - likewise
            return bool(200 <= answer.status < 300)  # noqa: PLR2004 - success, RFC 9110
    except (OSError, ValueError) as error:
        log.warning("a web hook could not be reached", kind=type(error).__name__)
        return False
