"""Whether a source is there, by the state that ingest judged with the last canary; and whether ingest itself works."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from configs.site import SiteFile
from events.ids import SourceId
from events.liveness import Hearing, LifeState, SourceLife, Takers

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
    """Tell of one source what the sensors' page, its availability and the liveness table say too.

    A source that is late is still up: it is silent once it is gone.

    Args:
        life: When it was last heard and what it was judged to be, None where nothing is known of it.
        hearing: How far Pantau has certainly heard.
        limit_s: Silence allowed of one that was never heard, in seconds.
        deaf: Whether Pantau itself hears nothing just now; then silence says nothing about the source.
    """
    if hearing is None or deaf:
        return Presence.UNKNOWN
    if life is None or life.last_at is None:
        if life is not None and life.online is False:
            return Presence.OFFLINE
        listened_s = (hearing.listened_until - hearing.listening_since).total_seconds()
        return Presence.SILENT if listened_s > limit_s else Presence.UNKNOWN
    match life.state:
        case LifeState.ONLINE | LifeState.LATE:
            return Presence.UP
        case LifeState.GONE:
            return Presence.OFFLINE if life.online is False else Presence.SILENT
        case _:  # heard since the last canary for the first time, or watched by nobody
            return Presence.UNKNOWN


class IngestState(StrEnum):
    """What the ingest role is about.

    `deaf` is one that works and hears nothing, not even itself: the broker is away, or a backlog is worked off.
    `frozen` has said nothing to the database for long; `absent` is nobody, or somebody who cannot reach the database.
    """

    HEARS = "hears"
    DEAF = "deaf"
    FROZEN = "frozen"
    ABSENT = "absent"


_SPEAKS_WITHIN_S: Final = 5.0
"""A holder of the lease speaks to the database at least once a second."""


def ingest_state(takers: Takers, *, deaf: bool) -> IngestState:
    """Judge the ingest role by what it does to the database.

    Args:
        takers: Who has the right to take messages in.
        deaf: Whether no canary came for too long.
    """
    if not deaf:
        return IngestState.HEARS
    if not takers.works:
        return IngestState.ABSENT
    frozen = takers.silent_s is not None and takers.silent_s > _SPEAKS_WITHIN_S
    return IngestState.FROZEN if frozen else IngestState.DEAF


def is_deaf(hearing: Hearing | None, now: datetime, limit_s: float) -> bool:
    """Tell whether Pantau itself hears nothing just now."""
    age_s = data_age_s(hearing, now)
    return age_s is None or age_s > limit_s
