"""Rules tried on history that was really stored: what would have fired is what did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from alerts.engine import Engine
from app.rules.trial import Trial, draw, print_trial, try_rules
from benchmarks.intakes import canary, reading
from configs.load import load_rules
from configs.rules import AbsenceRule, CombinationRule, ThresholdRule
from events.alarm import AlarmAction
from events.errors import ConfigError
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.material import at, telemetry
from tests.unit.alerts.town import TIDE, town

LIVE = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, hysteresis=0.1, hold_s=20)


Stored = tuple[str, list[tuple[datetime, datetime | None]]]


@pytest.fixture
def stored(each_database: str, tmp_path: Path) -> Stored:
    """A database with an hour of tide, and what the live rule made of it."""
    writer = Writer(each_database, Engine(town(LIVE)), PictureStore(tmp_path / "pictures"), lambda: at(0))
    changes = []
    for second in range(0, 3600, 10):
        level = 0.5 + (second // 300 % 3) * 0.4  # 0.5, 0.9, 1.3 for five minutes each
        report = writer.commit([telemetry(TIDE, second, {"level": level})])
        changes += [record.change for record in report.records]
    writer.close()
    raised = [c.alarm.met_at for c in changes if c.action is AlarmAction.RAISE]
    returned = [c.alarm.cleared_at for c in changes if c.action is AlarmAction.RETURN]
    assert raised
    return each_database, list(zip(raised, [*returned, *[None] * (len(raised) - len(returned))], strict=True))


def test_the_live_rules_tried_again_fire_when_they_did(stored: Stored) -> None:
    url, live = stored
    trial = try_rules(town(LIVE), url, at(-10), at(4000))
    assert trial.readings == 360
    assert [(one.start, one.end) for one in trial.fired] == live


def test_a_changed_rule_says_what_it_would_have_done(stored: Stored, tmp_path: Path) -> None:
    url, _ = stored
    file = tmp_path / "new.yaml"
    file.write_text(
        "rules:\n"
        "  - {id: rob-dini, kind: threshold, metric: level, above: 0.8}\n"
        "  - {id: diam, kind: absence, of: sensors}\n"
    )
    trial = try_rules(load_rules(file, town(LIVE), {}), url, at(0), at(3600))
    assert [str(one.key.rule) for one in trial.fired] == ["rob-dini"] * 4
    out = Console(record=True, width=140)
    print_trial(trial, ZoneInfo("Asia/Jakarta"), out)
    text = out.export_text()
    assert "360 readings" in text
    assert "Not judged, since nothing says when Pantau listened: diam" in text
    draw(trial, ZoneInfo("Asia/Jakarta"), tmp_path / "trial.png")
    assert (tmp_path / "trial.png").read_bytes().startswith(b"\x89PNG")


HEARD = AbsenceRule(id="diam", kind="absence", of="sensors", after_s=60)
BOTH = CombinationRule(id="dua", kind="combination", all_of=("diam", "rob"), within_s=3600, within_m=1000)


@pytest.mark.parametrize(
    "silent",
    [
        [(600, 640)],
        [(600, 1400)],
        [(1250, 1290), (1500, 1570), (2000, 9999)],
        [(-1, 9999)],
        [(-1, 900), (1190, 1320)],
    ],
)
def test_a_silence_tried_again_fires_when_it_did_also_round_a_time_in_which_pantau_was_deaf(
    each_database: str, tmp_path: Path, silent: list[tuple[int, int]]
) -> None:
    deaf = range(1200, 1300)
    rules = town(LIVE, HEARD, BOTH)
    now = at(0)
    writer = Writer(each_database, Engine(rules), PictureStore(tmp_path), lambda: now)
    changes = []
    for second in range(0, 2400, 5):
        now = at(second)
        if second in deaf:
            continue
        intakes = [canary(now)]
        if second % 20 == 0 and not any(begin < second < end for begin, end in silent):
            intakes.insert(0, reading(TIDE, "level", 0.5 + (second // 300 % 3) * 0.4, now))
        changes += [record.change for record in writer.commit(intakes).records]
    writer.close()
    trial = try_rules(rules, each_database, at(0), now)
    assert not trial.not_judged
    assert life(trial) == sorted(
        (str(c.alarm.key), c.alarm.met_at) for c in changes if c.action is AlarmAction.RAISE
    ) + sorted((str(c.alarm.key), c.alarm.cleared_at) for c in changes if c.action is AlarmAction.RETURN)


def life(trial: Trial) -> Sequence[tuple[str, datetime | None]]:
    """Return what began, then what ended, each in order."""
    begun = sorted((str(one.key), one.start) for one in trial.fired)
    return begun + sorted((str(one.key), one.end) for one in trial.fired if one.end is not None)


def test_a_period_without_data_fires_nothing(stored: Stored, tmp_path: Path) -> None:
    url, _ = stored
    trial = try_rules(town(LIVE), url, at(86_400), at(86_400) + timedelta(hours=1))
    assert (trial.readings, list(trial.fired)) == (0, [])
    draw(trial, ZoneInfo("Asia/Jakarta"), tmp_path / "trial.png")


def test_mistakes_in_the_rules_are_told_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("rules:\n  - {id: a, kind: threshold, metric: level, above: x}\n")
    with pytest.raises(ConfigError) as told:
        load_rules(file, town(LIVE), {})
    assert ":2:52: rules[0].above" in str(told.value)
    file.write_text("rules:\n  - {id: b, kind: absence, sources: [no]}\n")
    with pytest.raises(ConfigError) as told:
        load_rules(file, town(LIVE), {})
    assert '"no" is in no site file' in str(told.value)
    file.write_text("city: {name: x}\n")
    with pytest.raises(ConfigError, match="no rules"):
        load_rules(file, town(LIVE), {})


def test_a_trial_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match="ends before"):
        try_rules(town(LIVE), "postgresql://127.0.0.1/none", at(10), at(0))
