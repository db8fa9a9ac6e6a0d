import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from events.alarm import Alarm, AlarmKey, AlarmState, Priority
from events.ids import RuleId, SourceId, ZoneId
from storage.alarm_rows import from_json, from_row, to_json, to_row
from tests.material import NOON, accept, at, new_alarm

KEY = AlarmKey(RuleId("limit"), SourceId("udara-1"), ZoneId(""))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
MOMENTS = st.floats(0, 1e9).map(at)


@st.composite
def alarms(draw: st.DrawFn) -> Alarm:
    return replace(
        new_alarm(KEY, 1.0, NOON),
        title=draw(TEXTS),
        priority=draw(st.sampled_from(Priority)),
        value=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        unit=draw(st.none() | TEXTS),
        active=draw(st.booleans()),
        acked=draw(st.booleans()),
        acked_by=draw(st.none() | TEXTS),
        acked_at=draw(st.none() | MOMENTS),
        cleared_at=draw(st.none() | MOMENTS),
        observation=draw(st.none() | st.uuids()),
        evidence=draw(st.none() | st.just("ab" * 32)),
        occurrences=draw(st.integers(1, 9)),
    )


@given(alarms())
def test_an_alarm_survives_the_way_through_json(alarm: Alarm) -> None:
    assert from_json(json.loads(to_json(alarm))) == alarm


@given(alarms())
def test_an_alarm_survives_the_way_through_a_row(alarm: Alarm) -> None:
    assert from_row(to_row(alarm)) == alarm


def test_an_acknowledged_alarm_keeps_who_and_when() -> None:
    alarm = from_json(json.loads(to_json(accept(new_alarm(KEY, 1.0, NOON), "Sari").alarm)))
    assert (alarm.acked_by, alarm.acked_at, alarm.state) == ("Sari", NOON, AlarmState.ACKED)
