"""The short way must make of readings what the long one does."""

from math import inf, nan

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.lifecycle import Condition, raise_alarm
from alerts.limit import Limit
from alerts.measured import MeasuredRules
from alerts.resting import Limits, rest
from configs.rules import ThresholdRule
from events.alarm import Alarm, AlarmKey, Priority
from events.ids import SiteId
from events.judgement import Facts, Memory, RuleState
from events.reading import Quality, Reading
from tests.unit.alerts.town import START, TIDE, at, key, reading, town

RULES = tuple(
    ThresholdRule.model_validate({"kind": "threshold", "metric": "level", **rule})
    for rule in (
        {"id": "naik", "above": 1.0, "hysteresis": 0.1},
        {"id": "tinggi", "above": 1.2, "hold_s": 5, "clear_hold_s": 5},
        {"id": "turun", "below": 0.2},
        {"id": "kantor", "above": 1.0, "hours": [{"days": ["senin"], "start": "07:00", "end": "16:00"}]},
    )
)


def limits() -> Limits:
    return MeasuredRules(town(*RULES), {})._limits["level"][TIDE]


SERIES = limits()
SERIES.hears |= {Quality.LATE}  # as where a rule that waits for late readings judges the series too


def alarm_of(limit: Limit) -> Alarm:
    condition = Condition(
        key=limit.key,
        kind="threshold",
        priority=Priority.SEDANG,
        site=SiteId("shore"),
        title="naik",
        value=1.1,
        unit="m",
        met_at=START,
    )
    return raise_alarm(condition, alarm=None, at=START).alarm


seconds = st.integers(-3, 30) | st.sampled_from([290, 301, 310, 700])
moments = st.none() | seconds.map(at)
values = st.sampled_from([0.1, 0.2, 0.5, 1.0, 1.1, 1.3, inf, -inf, nan])
heard = st.lists(
    st.builds(
        lambda value, sent_s, received_s, quality: reading(value, sent_s, quality=quality)._replace(
            received_at=at(received_s)
        ),
        values,
        seconds,
        seconds,
        st.sampled_from([Quality.OK, Quality.OK, Quality.OK, Quality.LATE]),
    ),
    min_size=1,
    max_size=4,
)
states = st.builds(RuleState, moments, moments, moments, st.just(()), st.sampled_from(["", "", "[]"]))


@settings(max_examples=300)
@given(
    readings=heard,
    remembered=st.lists(st.none() | states, min_size=3, max_size=3),
    open_at=st.none() | st.integers(0, 2),
)
@example(readings=[reading(0.5, 700)._replace(received_at=at(0))], remembered=[None] * 3, open_at=None)
@example(readings=[reading(nan, 1), reading(1.3, 2)], remembered=[None] * 3, open_at=None)
@example(readings=[reading(0.5, 5)], remembered=[RuleState(at(700))] * 3, open_at=None)
def test_the_short_way_settles_what_the_long_one_would_and_leaves_the_rest_to_it(
    readings: list[Reading], remembered: list[RuleState | None], open_at: int | None
) -> None:
    bounded = list(SERIES.bounded.values())
    before = {limit.key: state for limit, state in zip(bounded, remembered, strict=True) if state is not None}
    alarms = {} if open_at is None else {bounded[open_at].key: alarm_of(bounded[open_at])}
    arrived = list(enumerate(readings))
    audible = [(order, one) for order, one in arrived if one.quality is Quality.OK]
    settled: dict[AlarmKey, RuleState] = {}
    (left,) = rest([(SERIES, arrived)], Memory(states=before, alarms=alarms), settled)
    assert left.heard == audible
    assert not settled.keys() & set(left.beyond)
    for limit in bounded:
        old = before.get(limit.key, RuleState())
        outcome = limit.judge(audible, old, alarms.get(limit.key), at(60))
        if limit.key in left.beyond:
            assert audible
            continue
        assert not outcome.steps
        assert settled.get(limit.key, old) == outcome.state


def test_a_calm_series_needs_no_closer_look() -> None:
    series, settled = limits(), dict[AlarmKey, RuleState]()
    before = {key(rule, TIDE): RuleState(START) for rule in ("naik", "tinggi", "turun")}
    calm = [(0, reading(0.5, 1)), (1, reading(0.6, 2))]
    (left,) = rest([(series, calm)], Memory(states=before, alarms={}), settled)
    assert left.beyond == []
    assert settled == {key(rule, TIDE): RuleState(at(2)) for rule in ("naik", "tinggi", "turun")}
    assert list(left.limits.timed) == [key("kantor", TIDE)], "hours take the long way"


def test_a_series_of_which_nothing_is_left_is_not_told() -> None:
    engine, settled = Engine(town(RULES[0])), dict[AlarmKey, RuleState]()
    facts = Facts(readings=[reading(0.5, 1)])
    (measured,) = (kind for kind in engine._kinds.values() if isinstance(kind, MeasuredRules))
    assert not list(measured.cases(facts, Memory(states={}, alarms={}), settled))
    assert settled == {key("naik", TIDE): RuleState(at(1))}
