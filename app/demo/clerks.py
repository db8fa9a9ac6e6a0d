"""The demo's offices: they report what they have updated, over the API as real ones would, or forget to."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from zoneinfo import ZoneInfo

import msgspec
import structlog

from configs.governance import Dataset
from configs.site import SiteFile

log = structlog.get_logger(__name__)

PAST_DAYS = 30
MOST_FORGETFUL = 0.35
"""Share of days on which the worst of these invented offices forgets to report."""

PATIENCE_S = 5.0


def report_past(site: SiteFile, today: date, stop: threading.Event) -> int:
    """Report the last days of every dataset that reports over the API; told again, they count once.

    Args:
        site: The demo city; its pages must be served.
        today: The last day.
        stop: Ends it early.

    Returns:
        How many reports were taken.
    """
    connection = HTTPConnection(site.web.host, site.web.port, timeout=PATIENCE_S)
    zone = ZoneInfo(site.city.timezone)
    taken = 0
    try:
        for dataset in site.governance.datasets:
            for days_ago in range(PAST_DAYS, -1, -1):
                day = today - timedelta(days=days_ago)
                if stop.is_set() or dataset.source is not None or _forgets(dataset, day):
                    continue
                taken += _tell(connection, dataset, day, zone)
    except OSError as error:
        log.warning("the demo's offices could not report", cause=type(error).__name__)
    finally:
        connection.close()
    return taken


def _tell(connection: HTTPConnection, dataset: Dataset, day: date, zone: ZoneInfo) -> bool:
    at = datetime.combine(day, time(0, 0, 1), zone).astimezone(UTC)
    records = 40 + int(100 * _chance(dataset.id, day))
    body = {"records": records, "updated_at": at.isoformat(), "reference": f"demo {day}"}
    connection.request(
        "POST",
        f"/api/v1/governance/datasets/{dataset.id}/reports",
        body=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
    )
    answer = connection.getresponse()
    answer.read()
    return 200 <= answer.status < 300  # noqa: PLR2004 - success, RFC 9110


def _forgets(dataset: Dataset, day: date) -> bool:
    return _chance(dataset.id, day) < MOST_FORGETFUL * _chance(dataset.opd, None)


def _chance(name: str, day: date | None) -> float:
    """Return a number 0..1 that is always the same for the same name and day."""
    return int.from_bytes(sha256(f"{name} {day}".encode()).digest()[:4]) / 2**32
