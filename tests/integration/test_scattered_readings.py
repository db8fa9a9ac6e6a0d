"""Readings of many days at once: of a device whose clock leaps about, or that sends its past."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from events.intake import Intake
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.material import NOON, NoRules, telemetry

pytestmark = pytest.mark.database

FIRST = datetime(2001, 1, 1, tzinfo=UTC)
MESSAGES = 8
DAYS = 6
FITTING = 15


@pytest.fixture
def writer(each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    # In full it takes 2,300 days at once to exhaust the locks of a server as it is installed.
    monkeypatch.setattr("storage.telemetry.MOST_DAYS", FITTING)
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


def scattered(number: int) -> Intake:
    """Return a message of several days, none of them that of another message."""
    intake = telemetry("udara-1", 0, {"pm25": 1.0})
    assert intake.decoded is not None
    (reading,) = intake.decoded.readings
    days = range(number * DAYS, (number + 1) * DAYS)
    readings = tuple(reading._replace(ts=FIRST + timedelta(days=day)) for day in days)
    return intake._replace(decoded=intake.decoded._replace(readings=readings))


def test_no_transaction_holds_more_days_than_a_server_can_lock(writer: Writer, each_database: str) -> None:
    batch = [scattered(number) for number in range(MESSAGES)]
    first, again = writer.commit(batch), writer.commit(batch)
    assert (first.accepted, first.rows) == (MESSAGES, MESSAGES * DAYS)
    assert (again.outcomes["duplicate"], again.rows) == (MESSAGES, 0)
    with psycopg.connect(each_database) as connection:
        per_transaction = connection.execute(
            "SELECT count(DISTINCT ts::date) FROM reading GROUP BY reading.xmin::text"
        ).fetchall()
    assert sum(days for (days,) in per_transaction) == MESSAGES * DAYS
    assert max(days for (days,) in per_transaction) <= FITTING


def test_a_message_of_too_many_days_is_quarantined_alone(writer: Writer, each_database: str) -> None:
    intake = scattered(0)
    assert intake.decoded is not None
    (reading, *_) = intake.decoded.readings
    days = tuple(reading._replace(ts=FIRST + timedelta(days=day)) for day in range(FITTING + 1))
    poison = intake._replace(decoded=intake.decoded._replace(readings=days))
    report = writer.commit([scattered(9), poison, scattered(10)])
    assert (report.accepted, report.quarantined) == (2, 1)
    with psycopg.connect(each_database) as connection:
        assert connection.execute("SELECT reason FROM quarantine").fetchall() == [("refused_by_database",)]
