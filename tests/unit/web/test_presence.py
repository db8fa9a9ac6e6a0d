from datetime import timedelta

import pytest

from events.ids import SourceId
from events.liveness import Hearing, LifeState, SourceLife, Takers
from tests.unit.web.fakes import NOON, SITE
from web.presence import IngestState, Presence, data_age_s, hearing_limit_s, ingest_state, presence, silence_limits

LIMIT_S = 30.0


def hearing(span_s: float) -> Hearing:
    return Hearing(listened_until=NOON, listening_since=NOON - timedelta(seconds=span_s))


def life(age_s: float | None, state: LifeState | None = None, *, online: bool | None = None) -> SourceLife:
    last_at = None if age_s is None else NOON - timedelta(seconds=age_s)
    return SourceLife(source=SourceId("tide-1"), last_at=last_at, online=online, state=state)


@pytest.mark.parametrize(
    ("known", "listened_s", "expected"),
    [
        (life(5, LifeState.ONLINE), 3600, Presence.UP),
        (life(25, LifeState.LATE), 3600, Presence.UP),
        (life(5, LifeState.GONE), 3600, Presence.SILENT),  # one word of a dying device changes nothing
        (life(5, LifeState.GONE, online=False), 3600, Presence.OFFLINE),
        (
            life(5, LifeState.ONLINE, online=False),
            3600,
            Presence.UP,
        ),  # its will is a moment old: it may be back already
        (life(900, LifeState.UNWATCHED), 3600, Presence.UNKNOWN),
        (life(1), 3600, Presence.UNKNOWN),
        (life(None), 3600, Presence.SILENT),
        (None, 3600, Presence.SILENT),
        (life(None, online=False), 3600, Presence.OFFLINE),
        # Pantau itself has just begun to listen.
        (life(None), 10, Presence.UNKNOWN),
        (life(900, LifeState.ONLINE), 10, Presence.UP),
    ],
)
def test_a_source_is_what_its_liveness_says(known: SourceLife | None, listened_s: float, expected: Presence) -> None:
    assert presence(known, hearing(listened_s), limit_s=LIMIT_S, deaf=False) is expected


@pytest.mark.parametrize(
    ("takers", "deaf", "expected"),
    [
        (Takers(works=True, silent_s=0.4), False, IngestState.HEARS),
        (Takers(works=False, waiting=1), False, IngestState.HEARS),  # its successor has yet to begin
        (Takers(works=False, waiting=1), True, IngestState.ABSENT),
        (Takers(works=True, silent_s=9), True, IngestState.FROZEN),
        (Takers(works=True, silent_s=0.4), True, IngestState.DEAF),
        (Takers(works=True), True, IngestState.DEAF),
    ],
)
def test_what_ingest_is_about_shows_in_the_database(takers: Takers, *, deaf: bool, expected: IngestState) -> None:
    assert ingest_state(takers, deaf=deaf) is expected


def test_nothing_is_known_of_anyone_while_pantau_is_deaf() -> None:
    assert presence(life(1), hearing(60), limit_s=LIMIT_S, deaf=True) is Presence.UNKNOWN
    assert presence(life(1), None, limit_s=LIMIT_S, deaf=False) is Presence.UNKNOWN


def test_limits_follow_the_site_file() -> None:
    limits = silence_limits(SITE)
    assert limits[SourceId("tide-1")] == 30
    assert limits[SourceId("air-1")] == 180
    assert limits[SourceId("cam-plaza")] == 10
    assert hearing_limit_s(SITE) == 10


def test_data_age_is_never_negative() -> None:
    assert data_age_s(None, NOON) is None
    assert data_age_s(hearing(1), NOON + timedelta(seconds=3)) == 3
    assert data_age_s(hearing(1), NOON - timedelta(seconds=3)) == 0
