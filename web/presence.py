"""Whether a source is there, judged like the absence rules: only up to what Pantau itself has certainly heard."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from configs.site import SiteFile
from events.ids import SourceId
from events.liveness import Hearing, SourceLife

_INTERVALS: Final = 3
"""Expected messages that may be missing before a source counts as silent."""

_SHORTEST_CAMERA_S: Final = 10.0
_SHORTEST_HEARING_S: Final = 10.0
_CANARIES: Final = 5


class Presence(StrEnum):
    """Whether a source is there."""

    UP = "up"
    SILENT = "silent"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


def silence_limits(site: SiteFile) -> Mapping[SourceId, float]:
    """Return how long each camera and sensor may be silent, in seconds."""
    limits = {
        SourceId(camera.id): max(_SHORTEST_CAMERA_S, _INTERVALS * camera.report_interval_s(site.vision.report_s))
        for camera in site.cameras
    }
    return limits | {SourceId(sensor.id): _INTERVALS * sensor.interval_s for sensor in site.sensors}


def hearing_limit_s(site: SiteFile) -> float:
    """Return how old the last canary may be before Pantau itself counts as deaf, in seconds."""
    return max(_SHORTEST_HEARING_S, _CANARIES * site.ingest.canary_s)


def data_age_s(hearing: Hearing | None, now: datetime) -> float | None:
    """Return how many seconds behind the present Pantau's knowledge is, None before the first canary."""
    return None if hearing is None else max((now - hearing.listened_until).total_seconds(), 0.0)


def presence(life: SourceLife | None, hearing: Hearing | None, *, limit_s: float, deaf: bool) -> Presence:
    """Judge one source.

    Args:
        life: When it was last heard, None where nothing is known of it.
        hearing: How far Pantau has certainly heard.
        limit_s: Silence allowed, in seconds.
        deaf: Whether Pantau itself hears nothing just now; then silence says nothing about the source.
    """
    if hearing is None or deaf:
        return Presence.UNKNOWN
    if life is not None and life.online is False:
        return Presence.OFFLINE
    last_at = None if life is None else life.last_at
    if last_at is not None and (hearing.listened_until - last_at).total_seconds() <= limit_s:
        return Presence.UP
    since = hearing.listening_since if last_at is None else max(last_at, hearing.listening_since)
    heard_nothing_s = (hearing.listened_until - since).total_seconds()
    return Presence.SILENT if heard_nothing_s > limit_s else Presence.UNKNOWN
