"""What verdicts say of rules, cameras and hours; and what a changed rule would have kept of them."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision import kept, precisions
from events.alarm import AlarmKey
from events.truth import JudgedAlarm, Opinion, Precision, Truth
from tests.unit.alerts.town import AIR, TIDE, at, key

ROB, SMOKE = key("rob", TIDE), key("asap", AIR)
WIB = ZoneInfo("Asia/Jakarta")


def judged(number: int, truth: Truth, start: float, end: float | None, of: AlarmKey = ROB) -> JudgedAlarm:
    return JudgedAlarm(
        opinion=Opinion(alarm=UUID(int=number), truth=truth, actor="Sri", at=at(0)),
        key=of,
        rule_version=1,
        met_at=at(start),
        raised_at=at(start),
        cleared_at=None if end is None else at(end),
    )


HISTORY = [
    judged(1, Truth.TRUE, 0, 100),
    judged(2, Truth.FALSE, 200, 210),
    judged(3, Truth.FALSE, 300, None),
    judged(4, Truth.TEST, 400, 410),
    judged(5, Truth.TRUE, 7200, 7300, SMOKE),
]


def test_precision_is_counted_by_rule_source_and_hour_and_tests_count_for_neither() -> None:
    found = precisions(HISTORY, WIB)
    assert (found.whole.true, found.whole.false, found.whole.test, found.whole.share) == (2, 2, 1, 0.5)
    assert [(one.name, one.share) for one in found.rules] == [("rob", pytest.approx(1 / 3)), ("asap", 1.0)]
    assert [one.name for one in found.sources] == [TIDE, AIR]
    assert [(one.name, one.true + one.false + one.test) for one in found.hours] == [("10", 4), ("12", 1)]


def test_a_share_of_few_verdicts_is_said_to_be_uncertain() -> None:
    low, high = Precision(name="", true=8, false=2).bounds or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Wilson's interval of 8 in 10
    assert Precision(name="", test=3).bounds is None


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_share_lies_within_its_bounds(true: int, false: int) -> None:
    one = Precision(name="", true=true, false=false)
    if one.bounds is None or one.share is None:
        assert true + false == 0
    else:
        assert 0 <= one.bounds[0] <= one.share + 1e-12
        assert one.share - 1e-12 <= one.bounds[1] <= 1


def test_a_changed_rule_keeps_what_still_fires_and_removes_what_does_not() -> None:
    spans = {ROB: [(at(50), at(60)), (at(305), at(310)), (at(150), at(160))], SMOKE: [(at(0), at(10))]}
    smoke, rob = kept(HISTORY, spans)
    assert (rob.true, rob.true_kept, rob.false, rob.false_removed, rob.new) == (1, 1, 2, 1, 1)
    assert (smoke.true, smoke.true_kept, smoke.new) == (1, 0, 1)


def test_the_same_rule_at_another_place_keeps_nothing() -> None:
    (rob,) = kept(HISTORY[:1], {key("rob", AIR): [(at(0), None)]})
    assert (rob.true_kept, rob.new) == (0, 1)
