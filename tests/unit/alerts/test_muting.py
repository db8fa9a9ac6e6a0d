from datetime import timedelta

from alerts.lifecycle import return_alarm
from alerts.operating import shelve
from configs.rules import AbsenceRule, ObservationRule
from events.alarm import AlarmAction, AlarmState
from events.command import Command
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
