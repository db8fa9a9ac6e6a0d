from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.sighting import MOST_AT_ONCE
from configs.rules import ObservationRule
from events.alarm import AlarmAction, AlarmState
from events.ids import ZoneId
from events.observation import Phase
from tests.unit.alerts.town import CAMERA, PLAZA, YEAR_S, Book, at, book, key, seen

BEGIN, UPDATE, END = Phase.BEGIN, Phase.UPDATE, Phase.END


def watch(observes: str = "crowding", **changes: object) -> ObservationRule:
    return ObservationRule.model_validate({"kind": "observation", "id": "watch", "observes": observes, **changes})


def actions(kept: Book) -> list[AlarmAction]:
    return [change.action for change in kept.changes]


def test_a_crowd_raises_an_alarm_with_its_count_and_picture_and_returns_when_it_ends() -> None:
    kept = book(watch())
    (raised,) = kept.see(seen(1, BEGIN, 0, count=14, evidence="ab"))
    alarm = raised.alarm
    assert (alarm.key, alarm.kind, alarm.title) == (key("watch", CAMERA, PLAZA), "crowding", "Kerumunan 14 orang")
    assert (alarm.value, alarm.unit, alarm.evidence, alarm.observation) == (14, "{people}", "ab", UUID(int=1))
    (returned,) = kept.see(seen(1, END, 60, count=2))
    assert (returned.alarm.state, returned.alarm.cleared_at) == (AlarmState.RTNUN, at(60))


def test_a_thing_that_counts_nothing_shows_its_degree() -> None:
    kept = book(watch("waste_pile"))
    (raised,) = kept.see(seen(1, BEGIN, 0, kind="waste_pile", score=0.23))
    assert (raised.alarm.value, raised.alarm.unit, raised.alarm.title) == (0.23, "1", "Tumpukan sampah")


def test_an_update_shows_only_what_changed_clearly() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 0, count=20), seen(1, UPDATE, 1, count=22), seen(1, UPDATE, 2, count=24))
    assert actions(kept) == [AlarmAction.RAISE]
    kept.see(seen(1, UPDATE, 3, count=25))
    assert kept.changes[-1].alarm.value == 25


def test_a_new_picture_is_shown_and_an_update_without_one_keeps_the_old() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 0, count=20), seen(1, UPDATE, 1, count=20, evidence="ab"))
    kept.see(seen(1, UPDATE, 2, count=40))
    assert [change.alarm.evidence for change in kept.changes] == [None, "ab", "ab"]


def test_two_things_under_one_key_hold_one_alarm_until_both_have_ended() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 0, count=20))
    kept.see(seen(2, BEGIN, 1, count=20))
    kept.see(seen(1, END, 2))
    assert actions(kept) == [AlarmAction.RAISE]
    (led,) = kept.see(seen(2, UPDATE, 3, count=20))
    assert (led.action, led.alarm.observation) == (AlarmAction.UPDATE, UUID(int=2))
    (returned,) = kept.see(seen(2, END, 4))
    assert returned.action is AlarmAction.RETURN


def test_the_clearly_greater_of_two_things_leads() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 0, count=20), seen(2, BEGIN, 1, count=40), seen(1, UPDATE, 2, count=21))
    assert [change.alarm.observation for change in kept.changes] == [UUID(int=1), UUID(int=2)]


def test_one_picture_may_end_one_thing_and_begin_another() -> None:
    kept = book(watch("tamper"))
    kept.see(seen(1, BEGIN, 0, kind="tamper", attrs={"class": "covered"}, zone=None))
    kept.see(
        seen(1, END, 5, kind="tamper", attrs={"class": "covered"}, zone=None),
        seen(2, BEGIN, 5, kind="tamper", attrs={"class": "dark"}, zone=None),
    )
    assert [change.alarm.title for change in kept.changes] == ["Kamera tertutup", "Kamera tertutup", "Kamera gelap"]
    assert kept.changes[-1].alarm.occurrences == 2


def test_a_rule_hears_only_its_classes() -> None:
    kept = book(watch("tamper", classes=("covered",)))
    assert not kept.see(seen(1, BEGIN, 0, kind="tamper", attrs={"class": "dark"}))
    assert not kept.see(seen(2, BEGIN, 1, kind="tamper"))
    assert kept.see(seen(3, BEGIN, 2, kind="tamper", attrs={"class": "covered"}))


def test_something_too_uncertain_alarms_once_it_is_certain_enough_and_stays_while_it_lasts() -> None:
    kept = book(watch(min_score=0.5))
    assert not kept.see(seen(1, BEGIN, 0, score=0.4, count=20))
    assert kept.see(seen(1, UPDATE, 1, score=0.6, count=20))
    assert not kept.see(seen(1, UPDATE, 2, score=0.3, count=20))
    assert kept.see(seen(1, END, 3, score=0.0))


def test_a_late_statement_begins_nothing_but_a_late_end_ends() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 10, count=20))
    assert not kept.see(seen(2, BEGIN, 5, count=90))
    (returned,) = kept.see(seen(1, END, 9))
    assert returned.action is AlarmAction.RETURN


def test_a_late_end_makes_nothing_newer_that_is_old() -> None:
    kept = book(watch())
    kept.see(seen(1, BEGIN, 10, count=20), seen(1, END, 5))
    assert not kept.see(seen(2, BEGIN, 7, count=20))


def test_an_end_that_overtook_its_begin_raises_nothing() -> None:
    kept = book(watch())
    assert not kept.see(seen(1, END, 10), seen(1, BEGIN, 5, count=20))


@pytest.mark.parametrize("zone", [None, ZoneId("unknown-to-the-site-file")])
def test_what_lies_in_no_known_zone_belongs_to_the_whole_camera(zone: ZoneId | None) -> None:
    kept = book(watch())
    (raised,) = kept.see(seen(1, BEGIN, 0, count=20, zone=zone))
    assert raised.alarm.key == key("watch", CAMERA)


def test_other_kinds_go_unheard() -> None:
    assert not book(watch()).see(seen(1, BEGIN, 0, kind="waste_pile"))


def test_a_camera_that_never_ends_anything_cannot_fill_the_memory() -> None:
    kept = book(watch())
    kept.see(*[seen(i, BEGIN, i, count=20) for i in range(1, MOST_AT_ONCE + 20)])
    assert len(kept.states[key("watch", CAMERA, PLAZA)].observations) == MOST_AT_ONCE


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([BEGIN, UPDATE, END]), st.integers(1, 60)), min_size=1, max_size=30
    )
)
def test_an_alarm_is_active_exactly_while_something_is_seen(story: list[tuple[int, Phase, int]]) -> None:
    kept = book(watch())
    ongoing: set[int] = set()
    for second, (number, phase, count) in enumerate(story):
        kept.see(seen(number, phase, second, count=count))
        ongoing = ongoing - {number} if phase is END else ongoing | {number}
        alarm = kept.alarms.get(key("watch", CAMERA, PLAZA))
        assert (alarm is not None and alarm.active) == bool(ongoing)


def test_a_statement_from_the_future_makes_nothing_late() -> None:
    kept = book(watch())
    for phase in (BEGIN, END):
        kept.see(replace(seen(1, phase, YEAR_S, count=20), received_at=at(0)))
    kept.see(replace(seen(2, BEGIN, 60, count=20), received_at=at(60)))
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.RETURN, AlarmAction.RAISE]


def test_a_clock_that_was_set_back_makes_nothing_late() -> None:
    kept = book(watch())
    for phase in (BEGIN, END):
        kept.see(replace(seen(1, phase, YEAR_S, count=20), received_at=at(YEAR_S)))
    kept.see(replace(seen(2, BEGIN, 60, count=20), received_at=at(60)))
    assert actions(kept) == [AlarmAction.RAISE, AlarmAction.RETURN, AlarmAction.RAISE]
