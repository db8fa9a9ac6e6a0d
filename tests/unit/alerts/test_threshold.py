import pytest

from alerts.operating import acknowledge
from configs.rules import ThresholdRule
from events.alarm import AlarmAction, AlarmState, Priority
from events.command import Command
from events.reading import Quality
from tests.unit.alerts.town import AIR, CAMERA, PLAZA, START, TIDE, YEAR_S, Book, at, book, key, reading


def rob(**changes: object) -> ThresholdRule:
    given = {"kind": "threshold", "id": "rob", "metric": "level", "above": 1.0, "title": "Pasang rob", **changes}
    return ThresholdRule.model_validate(given)


def actions(kept: Book) -> list[AlarmAction]:
    return [change.action for change in kept.changes]


def test_a_value_over_the_limit_raises_an_alarm_with_its_figure_unit_and_time() -> None:
    kept = book(rob(priority="tinggi"))
    (change,) = kept.read(reading(0.9, 0), reading(1.04, 60))
    alarm = change.alarm
    assert (alarm.key, alarm.kind, alarm.site) == (key("rob", TIDE), "threshold", "shore")
    assert (alarm.title, alarm.value, alarm.unit) == ("Pasang rob 1,04 m", 1.04, "m")
    assert (alarm.priority, alarm.met_at) == (Priority.TINGGI, at(60))


def test_a_value_at_the_limit_is_not_over_it() -> None:
    assert not book(rob()).read(reading(1.0, 0))


def test_below_is_above_in_a_mirror() -> None:
    kept = book(rob(above=None, below=0.2, hysteresis=0.1))
    kept.read(reading(0.2, 0), reading(0.1, 10), reading(0.25, 20), reading(0.3, 30))
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.UPDATE, AlarmAction.RETURN]
    assert kept.changes[-1].alarm.cleared_at == at(30)


def test_an_alarm_returns_only_behind_the_hysteresis() -> None:
    kept = book(rob(hysteresis=0.1))
    kept.read(reading(1.05, 0), reading(0.95, 10), reading(0.91, 20))
    assert AlarmAction.RETURN not in actions(kept)
    kept.read(reading(0.9, 30))
    assert kept.changes[-1].alarm.state is AlarmState.RTNUN


def test_a_value_must_stay_over_the_limit_for_the_on_delay() -> None:
    kept = book(rob(hold_s=30, hysteresis=0.1))
    kept.read(reading(1.1, 0), reading(1.1, 29))
    kept.read(reading(0.99, 31), reading(1.1, 40), reading(1.1, 69))
    assert not kept.changes
    (change,) = kept.read(reading(1.1, 70))
    assert change.alarm.met_at == at(70)


def test_a_value_must_stay_back_for_the_off_delay() -> None:
    kept = book(rob(clear_hold_s=30))
    kept.read(reading(1.05, 0), reading(0.9, 10), reading(0.9, 39), reading(1.05, 39.5), reading(0.9, 40))
    kept.read(reading(0.9, 69))
    assert actions(kept) == [AlarmAction.RAISE]
    kept.read(reading(0.9, 70))
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.RETURN]


def test_both_delays_start_anew_with_each_occurrence() -> None:
    kept = book(rob(hold_s=30, clear_hold_s=20))
    for second in (0, 100):
        kept.read(reading(1.05, second), reading(1.05, second + 29))
        kept.read(reading(1.05, second + 30), reading(0.9, second + 40), reading(0.9, second + 59))
        kept.read(reading(0.9, second + 60))
    assert [(change.action, change.alarm.met_at, change.alarm.cleared_at) for change in kept.changes] == [
        (AlarmAction.RAISE, at(30), None),
        (AlarmAction.RETURN, at(30), at(60)),
        (AlarmAction.RAISE, at(130), None),
        (AlarmAction.RETURN, at(130), at(160)),
    ]


@pytest.mark.parametrize("quality", [quality for quality in Quality if quality is not Quality.OK])
def test_only_readings_of_quality_ok_are_heard(quality: Quality) -> None:
    kept = book(rob())
    assert not kept.read(reading(9.9, 0, quality=quality))
    assert not kept.states


def test_a_reading_not_newer_than_the_newest_judged_is_ignored() -> None:
    kept = book(rob())
    kept.read(reading(0.5, 100))
    assert not kept.read(reading(9.9, 99), reading(9.9, 100))
    assert kept.read(reading(9.9, 101))


def test_an_alarm_acknowledged_while_over_the_limit_goes_to_normal_and_comes_back_as_another() -> None:
    kept = book(rob())
    (raised,) = kept.read(reading(1.1, 0))
    kept.store(acknowledge(raised.alarm, Command(actor="siti", at=START)))
    kept.read(reading(0.5, 10), reading(1.1, 20))
    assert [change.alarm.state for change in kept.changes[-2:]] == [AlarmState.NORM, AlarmState.UNACK]
    assert kept.changes[-1].alarm.id != raised.alarm.id
    assert kept.changes[-1].before is None


def test_one_key_may_change_many_times_in_one_transaction() -> None:
    kept = book(rob())
    kept.read(*[reading(1.1 if i % 2 else 0.5, i) for i in range(1, 7)])
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.RETURN] * 3
    assert kept.changes[-1].alarm.occurrences == 3
    assert [change.alarm.version for change in kept.changes] == [1, 2, 3, 4, 5, 6]


def test_an_active_alarm_shows_a_new_value_only_when_it_moved_clearly() -> None:
    kept = book(rob())
    kept.read(reading(1.1, 0), reading(1.15, 1), reading(1.19, 2), reading(1.21, 3), reading(1.22, 4))
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.UPDATE]
    assert (kept.changes[-1].alarm.value, kept.changes[-1].alarm.title) == (1.21, "Pasang rob 1,21 m")
    assert kept.changes[-1].alarm.met_at == at(0)


def test_a_rule_made_worse_alarms_again_what_was_acknowledged() -> None:
    kept = book(rob())
    (raised,) = kept.read(reading(1.1, 0))
    kept.store(acknowledge(raised.alarm, Command(actor="siti", at=START)))
    stricter = Book(book(rob(priority="darurat")).engine, kept.states, kept.alarms)
    (change,) = stricter.read(reading(1.1, 10))
    assert (change.before, change.alarm.state) == (AlarmState.ACKED, AlarmState.UNACK)


def test_rules_of_three_levels_raise_three_alarms_of_one_reading() -> None:
    kept = book(*(rob(id=f"rob-{limit}", above=limit / 10) for limit in (8, 10, 12)))
    kept.read(reading(1.1, 0))
    assert {change.alarm.key.rule for change in kept.changes} == {"rob-8", "rob-10"}


def test_each_zone_of_a_camera_is_judged_by_itself() -> None:
    kept = book(rob(id="full", metric="people_count", above=10, title=None))
    (change,) = kept.read(
        reading(12, 0, metric="people_count.plaza", source=CAMERA),
        reading(3, 0, metric="people_count.corner", source=CAMERA),
        reading(30, 0, metric="people_count.nowhere", source=CAMERA),
    )
    assert change.alarm.key == key("full", CAMERA, PLAZA)
    assert change.alarm.title == "Jumlah orang tinggi 12 orang"


def test_a_rule_judges_only_the_sources_it_names() -> None:
    kept = book(rob(metric="battery", sources=("air-01",)))
    assert not kept.read(reading(9, 0, metric="battery"))
    assert kept.read(reading(9, 0, metric="battery", source=AIR))


def test_a_source_without_the_metric_is_not_judged() -> None:
    kept = book(rob())
    assert not kept.read(reading(9, 0, source=AIR))


def test_a_value_that_is_no_number_raises_nothing() -> None:
    kept = book(rob())
    assert not kept.read(reading(float("nan"), 0))


def test_a_clock_that_was_set_back_silences_no_rule() -> None:
    kept = book(rob(hold_s=20))
    kept.read(reading(1.2, YEAR_S))
    kept.read(reading(1.2, 0), reading(1.2, 20))
    assert actions(kept) == [AlarmAction.RAISE]
    assert kept.changes[-1].alarm.met_at == at(20)
