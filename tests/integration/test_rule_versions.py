"""Rules that change while the city runs: seeded by the site file, changed by people, taken up between two batches."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from alerts.engine import Engine
from app.rules.in_force import definition, definitions, with_rules
from app.rules.shadows import compare_shadows, print_comparisons
from app.rules.trial import try_rules_of_then
from configs.rules import AnyRule, CombinationRule, RateRule, ThresholdRule
from events.alarm import Alarm, AlarmAction, AlarmRecord
from events.errors import ConflictError
from storage.pictures import PictureStore
from storage.rule_versions import RuleBook, read_rules, rule_number
from storage.shadows import ShadowStore
from storage.writer import Writer
from tests.material import at, canary, telemetry
from tests.unit.alerts.town import TIDE, town

ROB = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, hysteresis=0.1)
LOWER = ThresholdRule(id="rob", kind="threshold", metric="level", above=0.8, hysteresis=0.1)
FAST = RateRule(id="cepat", kind="rate", metric="level", window_s=60, rises=0.3, settle_s=20)


@pytest.fixture
def book(each_database: str) -> Iterator[RuleBook]:
    with RuleBook(each_database) as opened:
        yield opened


def in_force(url: str) -> Sequence[AnyRule]:
    return with_rules(town(), read_rules(url)).rules


def test_the_site_file_seeds_and_only_its_changes_win_over_a_person(book: RuleBook, each_database: str) -> None:
    book.seed(definitions([ROB]), at(0))
    assert book.seed(definitions([ROB]), at(1)) == []
    book.add("rob", definition(LOWER), actor="Sri", reason="terlalu lambat", now=at(2))
    book.seed(definitions([ROB]), at(3))
    (rule,) = in_force(each_database)
    assert isinstance(rule, ThresholdRule)
    assert (rule.above, rule.version) == (0.8, 2)
    (added,) = book.seed(definitions([ROB.model_copy(update={"above": 1.2})]), at(4))
    assert (added.version, added.actor) == (3, "site file")
    book.seed({}, at(5))
    assert in_force(each_database) == ()
    assert [one.definition is None for one in book.history("rob")] == [False, False, False, True]


def test_a_version_is_added_once_and_leaves_its_line_in_the_audit_log(book: RuleBook, each_database: str) -> None:
    first = book.add("rob", definition(ROB), actor="Sri", reason="baru", now=at(0), expected_version=0)
    with pytest.raises(ConflictError, match="at version 1, not 0"):
        book.add("rob", definition(LOWER), actor="Budi", reason="baru", now=at(0), expected_version=0)
    withdrawn = book.add("rob", None, actor="Sri", reason="salah", now=at(1), expected_version=1)
    with pytest.raises(ConflictError, match="nothing to withdraw"):
        book.add("rob", None, actor="Sri", reason="salah", now=at(2))
    assert (first.number < withdrawn.number, rule_number(each_database)) == (True, withdrawn.number)
    assert [(one.version, one.actor) for one in book.history("rob")] == [(1, "Sri"), (2, "Sri")]


def test_the_same_versions_are_taken_up_once(book: RuleBook) -> None:
    book.adopt(0, at(0))
    book.adopt(0, at(1))
    book.adopt(1, at(2))
    assert [(one.number, one.at) for one in book.adoptions()] == [(0, at(0)), (1, at(2))]


def told(records: Sequence[AlarmRecord]) -> list[tuple[str, datetime, datetime | None]]:
    raised: dict[str, datetime] = {}
    spans: list[tuple[str, datetime, datetime | None]] = []
    for record in records:
        alarm = record.change.alarm
        if record.change.action is AlarmAction.RAISE:
            raised[alarm.key.rule] = alarm.met_at
        elif record.change.action is AlarmAction.RETURN:
            spans.append((alarm.key.rule, raised.pop(alarm.key.rule), alarm.cleared_at))
    return spans + [(rule, met_at, None) for rule, met_at in raised.items()]


def test_a_replay_changes_the_rules_where_ingest_did(book: RuleBook, each_database: str, tmp_path: Path) -> None:
    book.seed(definitions([ROB, FAST]), at(-1))
    pictures = PictureStore(tmp_path)
    records: list[AlarmRecord] = []
    levels = [0.5, 0.9, 1.3, 0.9, 0.5, 0.9, 0.9, 0.5, 0.5, 0.9, 1.3, 0.5]
    for part, change in ((levels[:6], None), (levels[6:9], LOWER), (levels[9:], ROB)):
        if change is not None:
            book.add("rob", definition(change), actor="Sri", reason="coba", now=at(0))
        book.adopt(book.number(), at(0))
        site = with_rules(town(), book.newest())
        writer = Writer(each_database, Engine(site), pictures, lambda: at(0))  # a new process, as it were
        start = len(levels) - len(part) if change is ROB else 0 if change is None else 6
        for n, level in enumerate(part, start=start):
            records += writer.commit([telemetry(TIDE, 30 * n, {"level": level})]).records
            records += writer.commit([canary(30 * n + 25)]).records
        writer.close()
    trial = try_rules_of_then(town(), each_database, at(-10), at(1000))
    assert sorted((one.key.rule, one.start, one.end) for one in trial.fired) == sorted(told(records))
    assert len(trial.fired) > 4
    versions = {r.change.alarm.rule_version for r in records if r.change.alarm.key.rule == "rob"}
    assert versions == {1, 2, 3}


def test_a_rule_on_trial_is_judged_and_nobody_is_told(each_database: str, tmp_path: Path) -> None:
    trial = LOWER.model_copy(update={"id": "rob-baru", "shadow": True, "shadow_of": "rob"})
    both = CombinationRule(id="dua", kind="combination", all_of=("rob", "rob-baru"), shadow=True)
    writer = Writer(each_database, Engine(town(ROB, trial, both)), PictureStore(tmp_path), lambda: at(0))
    for n, level in enumerate((0.5, 0.9, 1.3, 0.5, 0.9)):
        for record in writer.commit([telemetry(TIDE, 10 * n, {"level": level})]).records:
            assert record.change.alarm.key.rule == "rob"
    assert {(a.key.rule, a.met_at, a.cleared_at) for a in shadows(each_database)} == {
        ("rob-baru", at(10), at(30)),
        ("rob-baru", at(40), None),
        ("dua", at(20), at(30)),
    }
    writer.close()
    site = town(ROB, trial, both)
    new, together = sorted(compare_shadows(site, each_database, at(-1), at(10_000)), key=lambda one: one.times)[::-1]
    assert (new.rule, new.of, new.times, new.both, new.only_trial, new.only_use) == ("rob-baru", "rob", 2, 1, 1, 0)
    assert (together.rule, together.of, together.times) == ("dua", None, 1)
    out = Console(record=True, width=120)
    print_comparisons([new, together], out)
    assert "rob-baru" in out.export_text()
    # In use from now on: what it held active on trial ends, and it raises an alarm that people see.
    used = trial.model_copy(update={"shadow": False, "shadow_of": None})
    writer = Writer(each_database, Engine(town(ROB, used)), PictureStore(tmp_path), lambda: at(60))
    writer.commit([canary(45)])
    (raised,) = writer.commit([telemetry(TIDE, 50, {"level": 0.95})]).records
    assert raised.change.alarm.key.rule == "rob-baru"
    assert not [a for a in shadows(each_database) if a.active]
    # And on trial again: the alarm that people saw returns.
    writer.close()
    writer = Writer(each_database, Engine(town(ROB, trial)), PictureStore(tmp_path), lambda: at(90))
    (returned,) = writer.commit([canary(60)]).records
    assert returned.change.action is AlarmAction.RETURN
    writer.close()


def shadows(url: str) -> Sequence[Alarm]:
    async def read() -> Sequence[Alarm]:
        async with ShadowStore(url) as store:
            return await store.between(at(-1), at(10_000))

    return asyncio.run(read())
