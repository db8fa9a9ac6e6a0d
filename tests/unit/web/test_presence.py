from datetime import timedelta

import pytest

from events.ids import SourceId
from events.liveness import Hearing, SourceLife
from tests.unit.web.fakes import NOON, SITE
from web.presence import Presence, data_age_s, hearing_limit_s, presence, silence_limits

LIMIT_S = 30.0


def hearing(span_s: float) -> Hearing:
    return Hearing(listened_until=NOON, listening_since=NOON - timedelta(seconds=span_s))


def life(age_s: float | None, *, online: bool | None = None) -> SourceLife:
    last_at = None if age_s is None else NOON - timedelta(seconds=age_s)
    return SourceLife(source=SourceId("tide-1"), last_at=last_at, online=online)


@pytest.mark.parametrize(
    ("known", "listened_s", "expected"),
    [
        (life(5), 3600, Presence.UP),
        (life(30), 3600, Presence.UP),
        (life(31), 3600, Presence.SILENT),
        (life(None), 3600, Presence.SILENT),
        (None, 3600, Presence.SILENT),
        (life(5, online=False), 3600, Presence.OFFLINE),
        (life(5, online=True), 3600, Presence.UP),
        # Pantau itself has just begun to listen: an old sign of life proves nothing yet.
        (life(900), 10, Presence.UNKNOWN),
        (life(None), 10, Presence.UNKNOWN),
        (life(5), 0, Presence.UP),
    ],
)
def test_a_source_is_judged_only_by_what_was_certainly_heard(
    known: SourceLife | None, listened_s: float, expected: Presence
) -> None:
    assert presence(known, hearing(listened_s), limit_s=LIMIT_S, deaf=False) is expected


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
