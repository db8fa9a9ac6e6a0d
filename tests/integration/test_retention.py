"""Old data is forgotten, and nothing that is kept changes by it: on every edition."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.reading import Quality
from storage.database import Connection, connect
from storage.pictures import PictureStore
from storage.retention import TABLES as FORGOTTEN
from storage.retention import Keeping, Retention
from storage.rights import TABLES
from storage.rollups import Rollups
from storage.upkeep import Upkeep, read_standing
from storage.writer import Writer
from tests.integration.rollup_contract import STEPS, Bucket, answered, store, taken
from tests.material import NOON as NOW
from tests.material import NoRules, telemetry

DAY = timedelta(days=1)
FOREVER = dict.fromkeys(
    (
        *("readings", "minutes", "hours", "days", "observations", "pictures", "alarms", "quarantine", "audit"),
        *("orders", "shadow_alarms"),
    )
)


class Shelf:
    """Remembers which pictures were removed."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def remove(self, sha256: str) -> None:
        self.removed.append(sha256)


def forget(connection: Connection, shelf: Shelf | None = None, *, now: datetime = NOW, **days: int) -> dict[str, int]:
    told: dict[str, int] = {}
    keeping = Keeping(days=FOREVER | days, compress_after_days=7)
    Retention(connection, shelf or Shelf()).run(keeping, now, on_forgotten=told.__setitem__)
    return told


def answers(connection: Connection) -> dict[str, list[Bucket]]:
    return {level: answered(connection, level) for level in STEPS}


def raw(connection: Connection) -> list[datetime]:
    return [ts for (ts,) in connection.execute("SELECT ts FROM reading ORDER BY ts")]


def twelve_days(connection: Connection) -> None:
    store(connection, [taken("air", NOW - 12 * DAY + n * timedelta(minutes=20), n % 50 / 4) for n in range(12 * 72)])
    Rollups(connection).refresh()


def test_readings_go_and_their_rollups_stay(each_edition: Connection) -> None:
    twelve_days(each_edition)
    before = answers(each_edition)
    assert forget(each_edition, readings=8)["readings"] > 0
    edge = datetime(2026, 2, 20, 17, tzinfo=UTC)
    kept = raw(each_edition)
    assert edge - DAY < kept[0] <= edge, "a chunk goes when all of it is old"
    assert answers(each_edition) == before


def test_late_data_beside_the_edge_empties_no_rollup(each_edition: Connection) -> None:
    twelve_days(each_edition)
    forget(each_edition, readings=8)
    before = answers(each_edition)
    edge = datetime(2026, 2, 20, 17, tzinfo=UTC)
    store(each_edition, [taken("air", edge + timedelta(minutes=21), 9.0, Quality.LATE, received=NOW)])
    # As if somebody asked for everything to be rolled up again, from long before the edge.
    each_edition.execute("INSERT INTO rollup_dirty (begins_at, ends_at) VALUES (%s, %s)", [NOW - 20 * DAY, NOW])
    Rollups(each_edition).refresh()
    after = answers(each_edition)
    for level in STEPS:
        (changed,) = [bucket for bucket in after[level] if bucket not in before[level]]
        was = [bucket.total for bucket in before[level] if bucket.bucket == changed.bucket]
        assert changed.total == sum(was) + 1, "one reading more in its own bucket, and no other bucket touched"
        assert len(after[level]) == len(before[level]) + (not was)


def test_what_came_late_is_rolled_up_before_it_is_dropped(each_edition: Connection) -> None:
    twelve_days(each_edition)
    store(each_edition, [taken("air", NOW - 11 * DAY + timedelta(minutes=1), 9.0, Quality.LATE, received=NOW)])
    forget(each_edition, readings=8)
    assert sum(bucket.total for bucket in answered(each_edition, "1d")) == 12 * 72 + 1


def test_rollups_go_when_their_own_time_has_come(each_edition: Connection) -> None:
    twelve_days(each_edition)
    forget(each_edition, readings=7, minutes=7, hours=8, days=10)
    first = {level: answered(each_edition, level)[0].bucket for level in STEPS}
    assert first["1h"] >= NOW - 10 * DAY or each_edition.info.dbname == "postgres", (
        "chunks of aggregates are ten days long"
    )
    assert [name for name, _ in edges(each_edition)] == ["days", "hours", "minutes", "readings"]


def edges(connection: Connection) -> list[tuple[str, datetime]]:
    return connection.execute("SELECT class, dropped_before FROM data_edge ORDER BY class").fetchall()


def test_an_edge_never_moves_back(each_edition: Connection) -> None:
    twelve_days(each_edition)
    forget(each_edition, readings=8)
    before = edges(each_edition)
    forget(each_edition, readings=11)
    forget(each_edition, readings=8, now=NOW - 5 * DAY)
    assert edges(each_edition) == before


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path), lambda: NOW)
    yield writer
    writer.close()


def test_readings_older_than_kept_are_refused_with_their_reason(writer: Writer, each_database: str) -> None:
    old_s = -9 * 86_400.0
    with connect(each_database, name="test", autocommit=True) as connection:
        forget(connection, readings=8)
        report = writer.commit(
            [
                telemetry("air-1", 0, {"pm25": 1}),
                telemetry("air-1", old_s, {"pm25": 2, "humidity": 50}, received_s=1),
                telemetry("air-1", -2 * 86_400.0, {"pm25": 3}, received_s=2),
            ]
        )
        assert (report.accepted, report.quarantined, report.rows, report.refused_values) == (2, 1, 2, 2)
        kept = connection.execute("SELECT reason, detail, source_id FROM quarantine").fetchall()
        assert [(reason, source) for reason, _, source in kept] == [("older_than_kept", "air-1")]
        assert "2026-02-20T17:00" in kept[0][1]
        assert len(raw(connection)) == 2


def test_pictures_rows_and_alarms_go_class_by_class(each_database: str) -> None:
    old, new = NOW - 40 * DAY, NOW - DAY
    with connect(each_database, name="test", autocommit=True) as connection:
        for at, name in ((old, "a"), (new, "b"), (old, "c")):
            connection.execute("INSERT INTO evidence VALUES (%s, 'cam', 9, %s)", [name * 64, at])
            connection.execute(
                "INSERT INTO audit_log (at, actor, action, subject) VALUES (%s, 'siti', 'x', %s)", [at, name]
            )
            connection.execute(
                "INSERT INTO quarantine (digest, topic, payload, size_bytes, reason, detail, received_at) "
                "VALUES (%s, 't', '', 0, 'r', 'd', %s)",
                [name.encode(), at],
            )
            connection.execute(
                "INSERT INTO observation (id, source_id, kind, phase, started_at, updated_at, received_at, score, "
                "attrs) VALUES (gen_random_uuid(), 'cam', 'crowding', %s, %s, %s, %s, 1, '{}')",
                ["begin" if name == "c" else "end", at, at, at],
            )
            connection.execute(
                "INSERT INTO alarm (id, version, rule_id, source_id, zone, kind, priority, site_id, title, active, "
                "acked, met_at, raised_at, updated_at, evidence, occurrences) "
                "VALUES (gen_random_uuid(), 1, %s, 'cam', '', 'k', 1, 's', 't', %s, true, %s, %s, %s, %s, 1)",
                [name, name == "c", at, at, at, name * 64],
            )
        connection.execute(
            "INSERT INTO alarm_event (alarm_id, version, action, state, actor, at, alarm) "
            "SELECT id, 1, 'raise', 'UNACK', 'rule', raised_at, '{}' FROM alarm"
        )
        connection.execute(
            "INSERT INTO alarm_journal (alarm_id, at, actor, origin, kind, text, sha256) "
            "SELECT id, raised_at, 'siti', '::1', 'attach', '', %s FROM alarm WHERE rule_id = 'a'",
            ["d" * 64],
        )
        connection.execute(
            "INSERT INTO alarm_verdict (alarm_id, truth, actor, at, note) "
            "SELECT id, 'true', 'siti', met_at, '' FROM alarm"
        )
        shelf = Shelf()
        told = forget(connection, shelf, pictures=30, audit=30, quarantine=30, observations=30, alarms=30)
        assert told == {"pictures": 1, "audit": 2, "quarantine": 2, "observations": 1, "alarms": 1}
        assert sorted(shelf.removed) == ["a" * 64, "d" * 64], "that of an open alarm stays"
        assert connection.execute("SELECT rule_id FROM alarm ORDER BY 1").fetchall() == [("b",), ("c",)]
        assert connection.execute("SELECT count(*) FROM alarm_event").fetchone() == (2,)
        assert forget(connection, shelf, pictures=30, alarms=30) == {"pictures": 0, "alarms": 0}


def test_what_devices_were_told_and_trials_found_goes_once_it_is_over(each_edition: Connection) -> None:
    old, new = NOW - 40 * DAY, NOW - DAY
    each_edition.execute(
        "INSERT INTO device (id, origin, settings, created_at, updated_at) VALUES ('air', 'file', '{}', %s, %s)",
        [old, old],
    )
    orders = (
        ("done", old, old),
        ("timed_out", old, None),
        ("sent", old, None),
        ("failed", old, new),
        ("done", new, new),
    )
    for state, at, finished in orders:
        each_edition.execute(
            "INSERT INTO device_command (id, device_id, name, args, actor, made_at, expires_at, state, finished_at) "
            "VALUES (gen_random_uuid(), 'air', 'reboot', '{}', 'siti', %s, %s, %s, %s)",
            [at, at, state, finished],
        )
    for zone, active, at, cleared in (("a", False, old, old), ("b", True, old, None), ("c", False, old, new)):
        each_edition.execute(
            "INSERT INTO shadow_alarm VALUES (gen_random_uuid(), 'r', 'air', %s, %s, %s, %s, %s, '{}')",
            [zone, active, at, at, cleared],
        )
    assert forget(each_edition, orders=30, shadow_alarms=30) == {"orders": 2, "shadow_alarms": 1}
    kept = each_edition.execute("SELECT state FROM device_command ORDER BY state").fetchall()
    assert kept == [("done",), ("failed",), ("sent",)]
    assert each_edition.execute("SELECT zone FROM shadow_alarm ORDER BY zone").fetchall() == [("b",), ("c",)]


def test_one_process_keeps_the_database_in_order(each_database: str) -> None:
    with Upkeep(each_database) as first, Upkeep(each_database) as second:
        assert first.take()
        assert not second.take()
        first.connection.close()
        with Upkeep(each_database) as third:
            assert third.take() or third.take(), "whoever asks next has it"


def test_what_lies_there_is_told(each_database: str) -> None:
    with connect(each_database, name="test", autocommit=True) as connection:
        twelve_days(connection)
        forget(connection, readings=8)
    standing = read_standing(each_database)
    assert {"reading", "rollup_1m", "alarm"} <= {one.name for one in standing.relations}
    assert next(one.bytes for one in standing.relations if one.name == "reading") > 8192
    assert dict(standing.edges)["readings"] == datetime(2026, 2, 20, 17, tzinfo=UTC)
    assert standing.waiting == 0


def test_everything_that_points_at_an_alarm_is_forgotten_with_it_or_keeps_it(each_database: str) -> None:
    with connect(each_database, name="test") as connection:
        columns = connection.execute(
            "SELECT DISTINCT a.attname FROM pg_constraint k JOIN pg_attribute a "
            "ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) "
            "WHERE k.confrelid = 'alarm'::regclass AND k.contype = 'f'"
        ).fetchall()
    assert {name for (name,) in columns} == {"alarm_id", "linked_id"}, "a new column needs a word in old_alarms.sql"


def test_the_login_of_ingest_may_forget_every_class() -> None:
    assert [table for table in FORGOTTEN.values() if "d" not in TABLES[table].ingest] == []
