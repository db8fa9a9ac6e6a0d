from datetime import timedelta
from uuid import UUID

import pytest

from alerts.lifecycle import return_alarm
from alerts.operating import shelve
from configs.rules import AbsenceRule, ObservationRule
from events.alarm import AlarmAction, AlarmState
from events.command import Command
from events.maintenance import Maintenance
from events.observation import Phase
from tests.unit.alerts.town import CAMERA, PLAZA, START, Book, at, book, key, seen

CROWD = ObservationRule(id="kerumunan", kind="observation", observes="crowding")
WORST = ObservationRule(id="banjir", kind="observation", observes="crowding", priority="darurat")
SILENT = AbsenceRule(id="diam", kind="absence", of="cameras", after_s=30)


def crowded(*rules: ObservationRule) -> Book:
    kept = book(*rules, SILENT)
    kept.see(seen(1, Phase.BEGIN, 0))
    return kept


def states(kept: Book) -> dict[str, AlarmState]:
    return {str(alarm.key.rule): alarm.state for alarm in kept.alarms.values()}


def test_a_silent_camera_mutes_what_it_saw_and_shows_it_again_when_it_is_back() -> None:
    kept = crowded(CROWD)
    kept.tick(40, heard={CAMERA: 0})
    kept.tick(42, heard={CAMERA: 0})
    assert states(kept) == {"kerumunan": AlarmState.DSUPR, "diam": AlarmState.UNACK}
    assert kept.alarms[key("kerumunan", CAMERA, PLAZA)].suppressed == "sumber tidak mengirim"
    kept.tick(50, heard={CAMERA: 49})
    kept.tick(52, heard={CAMERA: 51})
    assert states(kept)["kerumunan"] is AlarmState.UNACK
    assert [c.action for c in kept.changes if c.alarm.key.rule == "kerumunan"] == [
        AlarmAction.RAISE,
        AlarmAction.SUPPRESS,
        AlarmAction.UNSUPPRESS,
    ]


def test_the_worst_alarms_stay_in_sight_though_their_camera_is_gone() -> None:
    kept = crowded(WORST)
    kept.tick(40, heard={CAMERA: 0})
    kept.tick(42, heard={CAMERA: 0})
    assert states(kept) == {"banjir": AlarmState.UNACK, "diam": AlarmState.UNACK}


def test_what_ended_while_muted_leaves_nothing_to_accept() -> None:
    kept = crowded(CROWD)
    kept.tick(40, heard={CAMERA: 0})
    kept.tick(42, heard={CAMERA: 0})
    muted = kept.alarms[key("kerumunan", CAMERA, PLAZA)]
    kept.store(return_alarm(muted, cleared_at=at(43), at=at(43)))
    kept.tick(50, heard={CAMERA: 49})
    kept.tick(52, heard={CAMERA: 51})
    assert "kerumunan" not in states(kept)


def test_a_shelf_ends_with_the_first_canary_after_its_time() -> None:
    kept = crowded(CROWD)
    (alarm,) = kept.alarms.values()
    kept.store(shelve(alarm, Command(actor="siti", at=START, reason="uji", lasts=timedelta(minutes=1))))
    assert kept.tick(59, heard={CAMERA: 58}) == []
    (change,) = kept.tick(61, heard={CAMERA: 60})
    assert (change.action, change.alarm.state, change.actor) == (AlarmAction.EXPIRE, AlarmState.UNACK, "pantau")


def test_a_shelved_alarm_that_comes_back_is_the_same_alarm_and_stays_on_the_shelf() -> None:
    kept = crowded(CROWD)
    (alarm,) = kept.alarms.values()
    kept.store(shelve(alarm, Command(actor="siti", at=START, reason="uji")))
    kept.see(seen(1, Phase.END, 5))
    kept.see(seen(2, Phase.BEGIN, 9))
    (again,) = kept.alarms.values()
    assert (again.id, again.state, again.occurrences) == (alarm.id, AlarmState.SHLVD, 2)


def window(begin: float, end: float, **covered: frozenset[str]) -> Maintenance:
    return Maintenance(
        id=UUID(int=1),
        sources=covered.get("sources", frozenset()),  # type: ignore[arg-type]
        sites=covered.get("sites", frozenset()),  # type: ignore[arg-type]
        starts_at=at(begin),
        ends_at=at(end),
        reason="ganti lensa",
        actor="Siti",
        made_at=at(begin),
    )


@pytest.mark.parametrize("covered", [{"sources": frozenset({CAMERA})}, {"sites": frozenset({"shore"})}])
def test_what_is_worked_on_calls_nobody_not_even_for_a_moment(covered: dict[str, frozenset[str]]) -> None:
    kept = book(WORST, SILENT)
    kept.maintenance = [window(0, 100, **covered)]
    kept.see(seen(1, Phase.BEGIN, 10))
    assert states(kept) == {"banjir": AlarmState.DSUPR}
    assert kept.alarms[key("banjir", CAMERA, PLAZA)].suppressed == "pemeliharaan: ganti lensa"
    kept.tick(99, heard={CAMERA: 98})
    assert states(kept) == {"banjir": AlarmState.DSUPR}
    kept.tick(101, heard={CAMERA: 100})
    assert states(kept) == {"banjir": AlarmState.UNACK}


def test_a_window_hides_what_was_open_and_touches_nobody_else() -> None:
    kept = crowded(CROWD)
    kept.maintenance = [window(0, 100, sources=frozenset({"cam-09"}))]
    kept.tick(5, heard={CAMERA: 4})
    assert states(kept) == {"kerumunan": AlarmState.UNACK}
    kept.maintenance = [window(0, 100, sources=frozenset({CAMERA}))]
    kept.tick(6, heard={CAMERA: 5})
    assert states(kept) == {"kerumunan": AlarmState.DSUPR}
    kept.maintenance = []  # ended early
    kept.tick(7, heard={CAMERA: 6})
    assert states(kept) == {"kerumunan": AlarmState.UNACK}


def test_a_source_that_is_silent_when_its_window_ends_stays_hidden_for_its_silence() -> None:
    kept = crowded(CROWD)
    kept.maintenance = [window(0, 50, sources=frozenset({CAMERA}))]
    kept.tick(49, heard={CAMERA: 0})
    assert states(kept) == {"kerumunan": AlarmState.DSUPR, "diam": AlarmState.DSUPR}
    kept.tick(51, heard={CAMERA: 0})
    assert states(kept) == {"kerumunan": AlarmState.DSUPR, "diam": AlarmState.UNACK}
