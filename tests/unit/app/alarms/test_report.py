"""A week of simulated operation, as the report tells it."""

import io
from dataclasses import replace
from random import Random

import pytest
from rich.console import Console

from alerts.lifecycle import Condition, raise_alarm, return_alarm
from alerts.operating import acknowledge, shelve
from app.alarms.report import Report, as_html, computed, print_report
from events.alarm import AlarmChange, AlarmRecord, Priority
from events.command import Command
from tests.unit.alerts.test_lifecycle import condition
from tests.unit.alerts.town import START, TIDE, at, key, town

DAY_S = 86_400.0


class Week:
    """About four alarms an hour, accepted and over within minutes, and what goes wrong besides."""

    def __init__(self) -> None:
        self._random = Random(1)
        self._changes: list[AlarmChange] = []
        for hour in range(7 * 24):
            for _ in range(4):
                second = 3600 * hour + self._random.uniform(0, 3000)
                self._live(f"rule-{self._random.randrange(40)}", second, self._random.uniform(60, 500))
        for n in range(200):
            self._live(f"storm-{n % 30}", 2 * DAY_S + 40_000 + 6.0 * n, 1200, Priority.TINGGI)
        for n in range(12):
            self._live("loose-cable", 5 * DAY_S + 15.0 * n, 5)
        self._changes.append(raise_alarm(_of("never-repaired", 3600), at=at(3600)))
        aside = raise_alarm(_of("works", 7200), at=at(7200))
        shelved = shelve(aside.alarm, Command(actor="siti", at=at(7300), reason="kabel dikerjakan"))
        self._changes += [aside, shelved]

    def _live(self, name: str, second: float, lasts_s: float, priority: Priority = Priority.RENDAH) -> None:
        raised = raise_alarm(_of(name, second, priority), at=at(second))
        accepted = acknowledge(raised.alarm, Command(actor="siti", at=at(second + lasts_s / 2)))
        over = return_alarm(accepted.alarm, cleared_at=at(second + lasts_s), at=at(second + lasts_s))
        self._changes += [raised, accepted, over]

    def records(self) -> list[AlarmRecord]:
        ordered = sorted(self._changes, key=lambda change: change.at)
        return [AlarmRecord(seq=seq, change=change) for seq, change in enumerate(ordered, 1)]


def _of(name: str, second: float, priority: Priority = Priority.SEDANG) -> Condition:
    return replace(condition(priority), key=key(name, TIDE), met_at=at(second))


@pytest.fixture(scope="module")
def report() -> Report:
    return computed(Week().records(), town(), START, at(7 * DAY_S))


def value(report: Report, name: str) -> float | None:
    return next(one.value for one in report.period.figures if one.name == name)


def test_a_simulated_week_shows_the_storm_the_chatter_and_what_nobody_repaired(report: Report) -> None:
    assert report.period.alarms == 7 * 24 * 4 + 200 + 12 + 2
    assert len(report.period.floods) == 1 + 1, "the storm, and the loose cable's twelve in three minutes"
    assert value(report, "largest_window") == pytest.approx(100, abs=3)
    worst = next(one for one in report.period.nuisances if one.key == key("loose-cable", TIDE))
    assert (worst.chattered, worst.clear_hold_s) == (12, 11)
    assert key("never-repaired", TIDE) in report.period.stale
    assert value(report, "shelved_at_once") == 1
    assert report.period.too_short


def test_every_shift_wholly_in_the_week_has_its_own_figures(report: Report) -> None:
    assert len(report.shifts) == 20
    worst = max(report.shifts, key=lambda shift: shift.alarms)
    assert worst.start <= at(2 * DAY_S + 40_000) < worst.end
    assert sum(shift.alarms for shift in report.shifts) <= report.period.alarms


def test_the_report_is_read_on_a_terminal(report: Report) -> None:
    out = io.StringIO()
    print_report(report, town(), Console(file=out, width=120))
    text = out.getvalue()
    for words in ("Per hour, mean", "loose-cable", "thirty days", "2026-11-25 15:00 - 23:00", "Mix: "):
        assert words in text


def test_the_report_is_a_page_that_needs_nothing_else(report: Report) -> None:
    page = as_html(report, town())
    assert "Kinerja alarm" in page
    assert "loose-cable" in page
    assert not any(word in page for word in ("<script", "http:", "https:", "src="))


def test_a_quiet_week_is_told_too() -> None:
    quiet = computed([], town(), START, at(7 * DAY_S))
    out = io.StringIO()
    print_report(quiet, town(), Console(file=out, width=120))
    assert "0 alarms" in out.getvalue()
    assert "Alarm tersering" not in as_html(quiet, town())
