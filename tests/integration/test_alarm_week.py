"""A simulated control room, through the rules and the database: what the report says of it."""

from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path

from rich.console import Console

from alerts.performance import performance
from app.alarms.report import as_html, print_report
from benchmarks.alarm_week import BEGIN, city, simulate
from events.alarm import AlarmAction, AlarmRecord
from storage.alarms import AlarmStore
from storage.seed import seed

SITE = city()
NIGHT = timedelta(hours=27)
"""The first day and the hour in which the contact chatters."""


async def test_a_simulated_night_is_reported_beside_its_targets_with_what_chattered(
    database_url: str, tmp_path: Path
) -> None:
    seed(database_url, SITE)
    found = await simulate(database_url, SITE, tmp_path, lasts=NIGHT)
    async with AlarmStore(database_url) as alarms:
        records = await alarms.between(BEGIN, BEGIN + NIGHT)
    assert found.period == performance(records, start=BEGIN, end=BEGIN + NIGHT, operators=2)
    figures = {one.name: one for one in found.period.figures}
    assert figures["chattering"].value == 1
    assert figures["chattering"].verdict == "bad"
    assert actions(records) >= {AlarmAction.RAISE, AlarmAction.RETURN, AlarmAction.ACKNOWLEDGE, AlarmAction.SHELVE}
    out = StringIO()
    print_report(found, SITE, Console(file=out, width=120))
    for printed in (out.getvalue(), as_html(found, SITE)):
        assert "pintu-terbuka" in printed
        assert "rob-waspada" in printed


def actions(records: Sequence[AlarmRecord]) -> set[AlarmAction]:
    return {record.change.action for record in records}
