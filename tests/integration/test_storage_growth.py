"""What is asked every few seconds reads as little of a long history as of a short one, on every edition."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from storage.database import connect
from storage.queries import query
from storage.retention import Keeping, Retention
from tests.material import NOON

HOUR = timedelta(hours=1)

ALARMS: LiteralString = """
INSERT INTO alarm (id, version, rule_id, source_id, zone, kind, priority, site_id, title, active, acked, met_at,
    raised_at, updated_at, occurrences)
SELECT lpad(n::text, 32, '0')::uuid, 2, 'rule-' || n % 5, 'air-' || n, '', 'k', 1, 's', 't', n <= 3, n > 3, at, at, at,
    1
FROM (SELECT n, timestamptz '2026-03-01 12:00Z' - n * interval '1 h' AS at FROM generate_series(1, 5000) AS n) AS old;
INSERT INTO alarm_event (alarm_id, version, action, state, actor, at, alarm)
SELECT id, change, 'raise', state, 'rule', raised_at, jsonb_build_object('about', repeat('x', 400))
FROM alarm CROSS JOIN generate_series(1, 2) AS change;
"""
JOURNAL: LiteralString = """
INSERT INTO alarm_journal (alarm_id, at, actor, origin, kind, text, linked_id)
SELECT id, raised_at, 'siti', '::1', CASE WHEN other IS NULL THEN 'note' ELSE 'link' END, 'pompa', other
FROM (
    SELECT id, raised_at, CASE WHEN source_id LIKE '%00' THEN lpad('7', 32, '0')::uuid END AS other FROM alarm
) AS told;
"""
WASTE: LiteralString = """
INSERT INTO gareng_mesem.setting
    (demo, accept, dispatch, clear, repeat_days, repeat_within_m, density_t_m3, regency)
VALUES (true, '1 h', '1 h', '1 h', 30, 60, 0.3, 'Rembang');
INSERT INTO gareng_mesem.waste_site (id, name, kind, kecamatan, lat, lon, camera_id, listed)
SELECT 'tps-' || n, 'TPS', CASE n WHEN 0 THEN 'tpa' ELSE 'tps' END, '33.17.10', -6.7, 111.3, 'cam-' || n, true
FROM generate_series(0, 9) AS n;
INSERT INTO series (source_id, metric, unit) SELECT 'air-' || n, 'pm25', 'ug/m3' FROM generate_series(1, 5000) AS n;
INSERT INTO gareng_mesem.load
    (waste_site_id, reference, weighed_at, received_at, volume_m3, handling, channel, actor)
SELECT 'tps-0', n::text, timestamptz '2026-03-01 12:00Z' - n * interval '1 h', now(), 8, 'landfill', 'http', 'tpa'
FROM generate_series(1, 5000) AS n;
INSERT INTO gareng_mesem.incident (id, version, state, origin, camera_id, seen, waste_site_id, title, detected_at,
    cleared_at, closed_at, updated_at, spot_id, reopened)
SELECT gen_random_uuid(), 1, CASE WHEN n < 4 THEN 'detected' ELSE 'closed' END, 'camera', 'cam-' || n % 10, n < 4,
    'tps-' || n % 10, 't', at, at, CASE WHEN n >= 4 THEN at END, at, gen_random_uuid(), 0
FROM (SELECT n, timestamptz '2026-03-01 12:00Z' - n * interval '1 h' AS at FROM generate_series(1, 5000) AS n) AS old;
"""
CLOCKS: LiteralString = """
INSERT INTO device_clock
SELECT 'air-' || n % 5, timestamptz '2026-03-01 12:00Z' - n * interval '1 h', CASE n WHEN 50 THEN 5 ELSE 1 END, 0.1, 31
FROM generate_series(1, 5000) AS n;
INSERT INTO series (source_id, metric, unit) SELECT 'air-' || n, 'pm25', 'ug/m3' FROM generate_series(0, 4) AS n;
"""


@dataclass(frozen=True)
class Question:
    """A query over a long history.

    Attributes:
        name: Its name.
        history: What lies there: thousands of rows.
        table: The table that grows.
        answers: How many rows it gives.
        most: How many rows of the table it may read.
        values: What it is asked for.
    """

    name: str
    history: LiteralString
    table: str
    answers: int
    most: int
    values: dict[str, Any] = field(default_factory=dict)


SPAN = {"start": NOON - 12 * HOUR, "end": NOON}
QUESTIONS = [
    Question("waste_open", WASTE, "incident", 1, 6, {"now": NOON}),
    Question("waste_sites", WASTE, "incident", 10, 6, {"now": NOON}),
    Question("waste_sites", WASTE, "load", 10, 10, {"now": NOON}),
    Question("waste_sites", WASTE, "series", 10, 0, {"now": NOON}),
    Question("waste_clearing", WASTE, "incident", 2, 48, {"first": NOON.date(), "last": NOON.date()}),
    Question("entries", ALARMS + JOURNAL, "alarm_journal", 51, 51, {"alarm_id": UUID(int=7)}),
    Question("alarm_histories", ALARMS, "alarm", 6, 6, {"rules": ["rule-1", "rule-2"], "newest": 3}),
    Question("alarm_events_between", ALARMS, "alarm", 24, 15, SPAN),
    Question("clocks", CLOCKS, "device_clock", 5, 6),
    Question("corrected_series", CLOCKS, "device_clock", 1, 1001, {"edge": None}),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: f"{one.name}-{one.table}")
def test_what_is_asked_often_reads_nothing_of_the_history_beside_it(each_database: str, question: Question) -> None:
    fill(each_database, question.history)
    with psycopg.connect(each_database) as connection:
        # To plan, the server may look at both ends of an index: that is counted too, and is no answer's work.
        connection.execute(b"EXPLAIN " + query(question.name), question.values)
        planning = rows_read(connection, question.table)
        found = connection.execute(query(question.name), question.values).fetchall()
        assert len(found) == question.answers
        assert rows_read(connection, question.table) - 2 * planning <= question.most


def test_an_alarm_is_forgotten_without_reading_the_journals_of_others(each_database: str) -> None:
    fill(each_database, ALARMS + JOURNAL)
    with psycopg.connect(each_database) as connection:
        connection.execute("DELETE FROM alarm_event WHERE alarm_id = %s", [UUID(int=8)])
        connection.execute("DELETE FROM alarm_journal WHERE alarm_id = %s", [UUID(int=8)])
        read = rows_read(connection, "alarm_journal")
        connection.execute("DELETE FROM alarm WHERE id = %s", [UUID(int=8)])
        assert rows_read(connection, "alarm_journal") == read


def test_what_is_too_old_is_looked_for_once_a_day(each_database: str) -> None:
    keeping = Keeping(days={"audit": 30}, compress_after_days=7)
    told: list[int] = []
    with connect(each_database, name="test", autocommit=True) as connection:
        retention = Retention(connection, NoPictures())
        for later in (timedelta(0), HOUR, timedelta(days=1)):
            connection.execute(
                "INSERT INTO audit_log (at, actor, action, subject) VALUES (%s, 'siti', 'x', 'y')", [NOON - 900 * HOUR]
            )
            retention.run(keeping, NOON + later, on_forgotten=lambda _, count: told.append(count))
    assert told == [1, 0, 2]


class NoPictures:
    """Where no picture lies."""

    def remove(self, _sha256: str) -> None:
        raise AssertionError("there is none")


def fill(url: str, history: LiteralString) -> None:
    """Lay a history down; its session ends, and with it what it counted."""
    with psycopg.connect(url) as connection:
        connection.execute(history)
        connection.execute("ANALYZE")


def rows_read(connection: psycopg.Connection[Any], table: str) -> int:
    """Return how many rows of a table the running transaction has read, by its indexes or without them."""
    read = (
        "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int FROM pg_stat_xact_user_tables "
        "WHERE relname = %s"
    )
    (count,) = connection.execute(read, [table]).fetchone() or (0,)
    return int(count)
