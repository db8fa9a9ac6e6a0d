from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import engine as engine_module
from alerts.engine import Engine
from alerts.rehearsal import Rehearsal
from configs.rules import ObservationRule, ThresholdRule
from events.alarm import AlarmRecord
from events.judgement import Facts
from events.observation import Phase
from events.reading import Reading
from tests.unit.alerts.town import Book, at, book, reading, seen, town

RULES = (
    ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, hysteresis=0.1, hold_s=20, clear_hold_s=20),
    ThresholdRule(id="surut", kind="threshold", metric="level", below=0.2, priority="rendah"),
    ObservationRule(id="kerumunan", kind="observation", observes="crowding"),
)

Told = list[tuple[str, str, datetime, datetime | None, float | None]]


def told(changes: Sequence[AlarmRecord]) -> Told:
    """Return what does not depend on when it was judged."""
    return [
        (
            str(r.change.action),
            str(r.change.alarm.key),
            r.change.alarm.met_at,
            r.change.alarm.cleared_at,
            r.change.alarm.value,
        )
        for r in changes
    ]


def live(kept: Book) -> Told:
    return told([AlarmRecord(seq=n, change=change) for n, change in enumerate(kept.changes)])


@st.composite
def histories(draw: st.DrawFn) -> list[Facts]:
    now = 0
    facts: list[Facts] = []
    begun: list[int] = []
    for number in range(draw(st.integers(0, 40))):
        now += draw(st.integers(1, 30))
        if draw(st.integers(0, 4)):
            facts.append(Facts(readings=[reading(draw(st.sampled_from([0.1, 0.5, 0.95, 1.1, 1.4])), now)]))
        elif draw(st.booleans()) and begun:
            facts.append(Facts(observations=[seen(begun.pop(), Phase.END, now)]))
        else:
            begun.append(number)
            facts.append(Facts(observations=[seen(number, Phase.BEGIN, now, count=float(number))]))
    return facts


def timed(facts: Sequence[Facts]) -> Iterator[tuple[datetime, Facts]]:
    for one in facts:
        yield at(1e6), one


@given(histories(), st.lists(st.integers(1, 7), min_size=40, max_size=40))
def test_a_replay_gives_the_alarms_that_were_live_in_one_go_and_in_pieces(
    facts: list[Facts], pieces: list[int]
) -> None:
    kept = book(*RULES)
    for one in facts:
        kept.commit(one)
    assert told(list(Rehearsal(Engine(town(*RULES))).play(timed(facts)))) == live(kept)
    joined, rest = [], list(facts)
    for size in pieces:
        part, rest = rest[:size], rest[size:]
        joined.append(
            Facts(
                readings=[r for one in part for r in one.readings],
                observations=[o for one in part for o in one.observations],
            )
        )
    by_kind = sorted(told(list(Rehearsal(Engine(town(*RULES))).play(timed(joined)))), key=str)
    assert by_kind == sorted(live(kept), key=str)


@given(histories(), st.integers(0, 40))
def test_a_replay_that_stops_and_goes_on_gives_the_same(facts: list[Facts], cut: int) -> None:
    whole = told(list(Rehearsal(Engine(town(*RULES))).play(timed(facts))))
    rehearsal = Rehearsal(Engine(town(*RULES)))
    first = list(rehearsal.play(timed(facts[:cut])))
    assert told([*first, *rehearsal.play(timed(facts[cut:]))]) == whole


def test_a_rule_that_fails_stops_the_trial_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object, _readings: Sequence[Reading], *_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr("alerts.limit.Limit.judge", fail)
    assert engine_module.Engine is Engine
    with pytest.raises(RuntimeError, match="rule rob failed at tide-01"):
        list(Rehearsal(Engine(town(*RULES))).play([(at(0), Facts(readings=[reading(1.4, 0)]))]))
