"""Rules that name each other, and figures that can be made."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from configs.rule_references import POLLUTANTS, rule_contradictions
from configs.rules import Rule
from indices.ispu import BREAKPOINTS

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
TIDE = {"id": "rob", "kind": "threshold", "metric": "level", "above": 1}
STREET = {"id": "jalan", "kind": "observation", "observes": "water_level"}


def problems(*rules: Mapping[str, object], sensors: list[dict[str, Any]] | None = None) -> list[str]:
    values = {"rules": list(rules), "sensors": sensors or []}
    return [f"{'.'.join(map(str, c.path[2:]))}: {c.problem}" for c in rule_contradictions(values)]


def test_rules_that_fit_together_are_accepted() -> None:
    assert problems(TIDE, STREET, {"id": "banjir", "kind": "combination", "all_of": ["rob", "jalan"]}) == []


def test_a_combination_of_an_unknown_rule_is_told() -> None:
    (told,) = problems(TIDE, STREET, {"id": "banjir", "kind": "combination", "all_of": ["rob", "jalam"]})
    assert told == 'all_of.1: "jalam" is no rule that fits here'


def test_a_combination_of_combinations_or_of_rules_that_wait_is_refused() -> None:
    both = {"id": "banjir", "kind": "combination", "all_of": ["rob", "jalan"]}
    told = problems({**TIDE, "settle_s": 60}, STREET, both, {**both, "id": "b", "all_of": ["jalan", "banjir"]})
    assert [one.split(":")[0] for one in told] == ["all_of.0", "all_of.1"]


def test_a_rule_on_trial_is_compared_with_one_in_use() -> None:
    trial = {**TIDE, "id": "rob-baru", "shadow": True}
    assert problems(TIDE, {**trial, "shadow_of": "rob"}) == []
    assert len(problems(TIDE, {**trial, "shadow_of": "rob-baru"})) == 1


def test_a_figure_of_a_unit_it_cannot_be_made_of_is_told() -> None:
    sensors = [{"id": "udara", "metrics": {"co": {"unit": "ppm"}}}]
    rule = {"id": "a", "kind": "aggregate", "metric": "co", "figure": "ispu", "above": 100}
    assert len(problems(rule, sensors=sensors)) == 1
    assert problems({**rule, "sources": ["lain"]}, sensors=sensors) == []
    assert problems({**rule, "metric": "level"}) == ['metric: "level" has no ISPU']


def test_the_pollutants_are_those_of_the_index() -> None:
    assert set(POLLUTANTS) == set(BREAKPOINTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rate", "metric": "level", "window_s": 60},
        {"kind": "rate", "metric": "level", "window_s": 60, "rises": 1, "falls": 1},
        {"kind": "threshold", "metric": "level", "levels": {"a": {"above": 1, "below": 0}}},
        {"kind": "threshold", "metric": "level", "above": 1, "sources": ["b"], "levels": {"a": {"above": 1}}},
        {"kind": "aggregate", "metric": "pm25", "figure": "rain", "category": "sedang"},
        {"kind": "aggregate", "metric": "pm25", "figure": "ispu", "above": 1, "window_s": 60},
        {"kind": "aggregate", "metric": "rain", "figure": "rain", "rain_class": "lebat", "window_s": 60},
        {"kind": "aggregate", "metric": "noise", "figure": "lsm", "land_use": "bulan"},
        {"kind": "aggregate", "metric": "pm25", "figure": "mean"},
        {"kind": "combination", "all_of": ["x", "b"]},
        {"kind": "combination", "all_of": ["b", "b"]},
        {"kind": "absence", "shadow_of": "b"},
    ],
)
def test_what_contradicts_itself_is_refused(wrong: Mapping[str, object]) -> None:
    with pytest.raises(ValidationError):
        RULE.validate_python({"id": "x", **wrong})
