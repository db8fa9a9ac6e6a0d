"""The demo's waste crew: it weighs lorries, hands on what citizens told, and goes where the camera sees a pile.

Everything goes over the API, as a weighbridge's program and an officer's telephone would do it. Clearing the pile is
left to the scene, and closing the incident to the camera.
"""

import threading
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog

from configs.site import SiteFile
from configs.waste import WasteSiteKind

log = structlog.get_logger(__name__)

PATH = "/api/v1/gareng-mesem"
PAST_DAYS = 14
LORRIES = 5
"""Lorries a day; the real number is not the demo's to say."""

VERIFY_AFTER_S = 6.0
DISPATCH_AFTER_S = 12.0
LOOK_EVERY_S = 3.0
PATIENCE_S = 5.0

_PILES = ("Sampah menumpuk di tepi jalan (demo)", "Tumpukan belum diangkut (demo)")


def sweep(site: SiteFile, today: date, stop: threading.Event) -> None:
    """Tell of the last days' lorries and of what citizens saw today, then attend to the camera's piles.

    Args:
        site: The demo city; its pages must be served.
        today: The present day.
        stop: Ends it.
    """
    while not stop.is_set():
        try:
            _tell(site, today)
            break
        except (OSError, HTTPException) as error:
            log.warning("the demo's crew cannot be heard yet", cause=type(error).__name__)
            stop.wait(LOOK_EVERY_S)
    while not stop.wait(LOOK_EVERY_S):
        try:
            _attend(site)
        except (OSError, HTTPException) as error:
            log.warning("the demo's crew could not be heard", cause=type(error).__name__)


def lorries(site: SiteFile, today: date, now: datetime) -> str:
    """Return what the weighbridges weighed as CSV: always the same for the same day, and nothing of the future.

    Args:
        site: The demo city.
        today: The last day.
        now: The present, aware.
    """
    zone = ZoneInfo(site.city.timezone)
    lines = ["waste_site,reference,weighed_at,vehicle,gross_kg,tare_kg,volume_m3,handling"]
    for place in site.waste.sites:
        if place.kind is not WasteSiteKind.TPA:
            continue
        for days_ago in range(PAST_DAYS, -1, -1):
            day = today - timedelta(days=days_ago)
            for turn in range(LORRIES):
                share = _chance(f"{place.id} {day} {turn}")
                at = datetime.combine(day, time(7 + 2 * turn, int(59 * share)), zone)
                if at > now:
                    continue
                gross = 8_000 + int(5_000 * share)
                weighed = f"{gross},4200,," if turn < LORRIES - 1 else ",,6,"
                lines.append(
                    f"{place.id},demo {day} {turn + 1},{at.isoformat()},Truk demo {turn + 1},{weighed}landfill"
                )
    return "\n".join(lines) + "\n"


def _tell(site: SiteFile, today: date) -> None:
    text = lorries(site, today, datetime.now(UTC))
    _ask(site, "POST", "loads/import", text.encode(), "text/csv")
    spots = [place for place in site.waste.sites if place.kind is WasteSiteKind.HOT_SPOT]
    told_at = datetime.combine(today, time(0, 0, 1), ZoneInfo(site.city.timezone)).isoformat()
    for number, (place, words) in enumerate(zip(spots * len(_PILES), _PILES, strict=False), 1):
        body = {
            "reference": f"DEMO-{today}-{number}",
            "channel": "lapor",
            "text": words,
            "reporter": "Warga (demo)",
            "reported_at": told_at,
            "waste_site": place.id,
        }
        _ask(site, "POST", "reports", msgspec.json.encode(body))


def _attend(site: SiteFile) -> None:
    """Verify what the camera has seen for a while, and send a crew."""
    found = _ask(site, "GET", "incidents?state=detected,verified&limit=500") or {"items": []}
    now = datetime.now(UTC)
    for one in found["items"]:
        age_s = (now - datetime.fromisoformat(one["detected_at"])).total_seconds()
        if one["origin"] != "camera":
            continue  # left to whoever visits the demo
        if one["state"] == "detected" and age_s >= VERIFY_AFTER_S:
            _step(site, one, "verify", {"reason": "Petugas (demo)"})
        elif one["state"] == "verified" and age_s >= DISPATCH_AFTER_S:
            _step(site, one, "dispatch", {"crew": "Regu kebersihan (demo)"})


def _step(site: SiteFile, incident: dict[str, Any], step: str, given: dict[str, str]) -> None:
    body = {"expected_version": incident["version"], **given}
    _ask(site, "POST", f"incidents/{incident['id']}/{step}", msgspec.json.encode(body))


def _ask(
    site: SiteFile, method: str, what: str, body: bytes | None = None, media_type: str = "application/json"
) -> Any:
    """Ask the API and return what it answers; None where it refuses, as it does when somebody else was quicker.

    Raises:
        OSError: nobody answers.
        HTTPException: the answer broke off.
    """
    connection = HTTPConnection(site.web.host, site.web.port, timeout=PATIENCE_S)
    try:
        headers = {} if body is None else {"Content-Type": media_type}
        connection.request(method, f"{PATH}/{what}", body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    return msgspec.json.decode(content) if 200 <= answer.status < 300 else None  # noqa: PLR2004 - success, RFC 9110


def _chance(name: str) -> float:
    """Return a number 0..1 that is always the same for the same name."""
    return int.from_bytes(sha256(name.encode()).digest()[:4]) / 2**32
