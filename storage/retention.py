"""Forgets data that is older than the site file keeps it, in steps that may be broken off at any time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from psycopg import sql

from storage.buckets import DAY, floor
from storage.database import Connection, translated
from storage.editions import Edition, detect_edition
from storage.queries import query
from storage.rollups import Rollups

STEP = 5_000
"""Rows deleted in one transaction."""

ROLLED_UP = {
    "readings": ("reading", "ts"),
    "minutes": ("rollup_1m", "bucket"),
    "hours": ("rollup_1h", "bucket"),
    "days": ("rollup_1d", "bucket"),
}
"""Classes with an edge: what lies before it is gone for good, and nothing is rolled up from there again."""

CONTINUOUS = {"minutes": "continuous_1m", "hours": "continuous_1h", "days": "continuous_1d"}

ROWS = {
    "observations": sql.SQL(
        "ctid = ANY (ARRAY(SELECT ctid FROM observation WHERE phase = 'end' AND updated_at < {edge} LIMIT {limit}))"
    ),
    "quarantine": sql.SQL("ctid = ANY (ARRAY(SELECT ctid FROM quarantine WHERE received_at < {edge} LIMIT {limit}))"),
    "audit": sql.SQL("ctid = ANY (ARRAY(SELECT ctid FROM audit_log WHERE at < {edge} LIMIT {limit}))"),
    "orders": sql.SQL(
        "ctid = ANY (ARRAY(SELECT ctid FROM device_command WHERE state NOT IN ('queued', 'sent') "
        "AND coalesce(finished_at, expires_at) < {edge} LIMIT {limit}))"
    ),
    # One that is still active is judged on: it would be raised anew.
    "shadow_alarms": sql.SQL(
        "ctid = ANY (ARRAY(SELECT ctid FROM shadow_alarm WHERE NOT active "
        "AND coalesce(cleared_at, raised_at) < {edge} LIMIT {limit}))"
    ),
}
TABLES = {
    "observations": "observation",
    "quarantine": "quarantine",
    "audit": "audit_log",
    "orders": "device_command",
    "shadow_alarms": "shadow_alarm",
}


class Pictures(Protocol):
    """Where evidence pictures lie."""

    def remove(self, sha256: str) -> None:
        """Remove one; one that is gone already is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long data is kept.

    Attributes:
        days: By class; None for ever.
        compress_after_days: When chunks of readings are compressed, where that can be done.
    """

    days: Mapping[str, int | None]
    compress_after_days: int


class Retention:
    """Forgets. One at a time: the caller holds the upkeep's lock.

    Args:
        connection: In autocommit mode.
        pictures: Where evidence pictures lie.
    """

    def __init__(self, connection: Connection, pictures: Pictures) -> None:
        self._connection = connection
        self._pictures = pictures
        self._edition = detect_edition(connection)
        self._swept: dict[str, datetime] = {}

    def run(
        self, keeping: Keeping, now: datetime, *, on_forgotten: Callable[[str, int], None] = lambda _c, _n: None
    ) -> None:
        """Forget what is too old by now.

        Args:
            keeping: How long each class is kept.
            now: The present time, aware UTC.
            on_forgotten: Told of a class, and how many rows of it were forgotten (chunks count as one).

        Raises:
            StorageError: the database is away; the next run goes on.
        """
        with translated("old data could not be forgotten"):
            self._set_policies(keeping)
            for name, days in keeping.days.items():
                if days is None:
                    continue
                edge = floor(now - timedelta(days=days), DAY)
                if name in ROLLED_UP:
                    on_forgotten(name, self._forget_rolled_up(name, edge))
                elif self._swept.get(name) == edge:
                    on_forgotten(name, 0)
                else:
                    on_forgotten(name, self._forget(name, edge))
                    # The edge moves once a day. These tables have no index by age, which each row would pay for: all
                    # that is kept is read to find what is too old, and that is not done 24 times for nothing.
                    if name in ROWS:
                        self._swept[name] = edge

    def _forget_rolled_up(self, name: str, edge: datetime) -> int:
        """Move an edge and drop what lies before it, once everything that came late has been rolled up."""
        with self._connection.transaction():
            # Waits for transactions that asked for the edge: they roll up what they still brought.
            self._connection.execute("LOCK TABLE data_edge IN EXCLUSIVE MODE")
            row = self._connection.execute(
                "SELECT refused_before, dropped_before FROM data_edge WHERE class = %s", [name]
            ).fetchone()
            refused, dropped = row or (None, None)
            # An edge never moves back: keeping longer from now on does not bring back what is gone.
            edge = max(edge, refused) if refused is not None else edge
            self._connection.execute(
                "INSERT INTO data_edge (class, refused_before) VALUES (%s, %s) ON CONFLICT (class) DO UPDATE "
                "SET refused_before = excluded.refused_before, moved_at = now() "
                "WHERE data_edge.refused_before IS DISTINCT FROM excluded.refused_before",
                [name, edge],
            )
        if dropped != edge:
            Rollups(self._connection).refresh()
            self._connection.execute("UPDATE data_edge SET dropped_before = %s WHERE class = %s", [edge, name])
        return self._drop(name, edge)

    def _drop(self, name: str, edge: datetime) -> int:
        table, column = ROLLED_UP[name]
        count = 0
        if self._edition.has_continuous_aggregates and name in CONTINUOUS:
            count += self._drop_chunks(CONTINUOUS[name], edge)
        if self._edition.has_hypertables and name in {"readings", "minutes"}:
            return count + self._drop_chunks(table, edge)
        for (series,) in self._connection.execute("SELECT id FROM series ORDER BY id").fetchall():
            # The primary key begins with the series: each is one short walk.
            delete = sql.SQL("DELETE FROM {} WHERE series_id = {} AND {} < {}").format(
                sql.Identifier(table), sql.Literal(series), sql.Identifier(column), sql.Literal(edge)
            )
            count += self._connection.execute(delete).rowcount
        return count

    def _drop_chunks(self, relation: str, edge: datetime) -> int:
        row = self._connection.execute("SELECT forget_chunks(%s, %s)", [relation, edge]).fetchone()
        return int(row[0]) if row else 0

    def _forget(self, name: str, edge: datetime) -> int:
        count = 0
        while (done := self._forget_some(name, edge)) > 0:
            count += done
        return count

    def _forget_some(self, name: str, edge: datetime) -> int:
        parameters = {"edge": edge, "limit": STEP}
        if name == "alarms":
            return self._forget_alarms(
                [alarm for (alarm,) in self._connection.execute(query("old_alarms"), parameters)]
            )
        if name == "pictures":
            digests = [digest for (digest,) in self._connection.execute(query("old_pictures"), parameters)]
            for digest in digests:
                # The file first: a row without its file is looked at again, a file without its row never.
                self._pictures.remove(digest)
            return self._connection.execute("DELETE FROM evidence WHERE sha256 = ANY(%s)", [digests]).rowcount
        condition = ROWS[name].format(edge=sql.Literal(edge), limit=sql.Literal(STEP))
        return self._connection.execute(
            sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(TABLES[name]), condition)
        ).rowcount

    def _forget_alarms(self, alarms: list[UUID]) -> int:
        """Forget alarms with all that hangs on them."""
        for (digest,) in self._connection.execute(query("alarm_papers"), {"alarms": alarms}).fetchall():
            self._pictures.remove(digest)
        with self._connection.transaction():
            for schema, table in self._connection.execute(query("alarm_dependents")).fetchall():
                delete = sql.SQL("DELETE FROM {} WHERE alarm_id = ANY(%s)").format(sql.Identifier(schema, table))
                self._connection.execute(delete, [alarms])
            return self._connection.execute("DELETE FROM alarm WHERE id = ANY(%s)", [alarms]).rowcount

    def _set_policies(self, keeping: Keeping) -> None:
        """Have TimescaleDB compress and refresh by itself, as the site file says."""
        if self._edition is not Edition.TIMESCALE_COMMUNITY:
            return
        after = timedelta(days=keeping.compress_after_days)
        row = self._connection.execute(
            "SELECT (config ->> 'compress_after')::interval FROM timescaledb_information.jobs "
            "WHERE proc_name = 'policy_compression' AND hypertable_name = 'reading'"
        ).fetchone()
        if row is None or row[0] != after:
            self._connection.execute("SELECT remove_compression_policy('reading', if_exists => true)")
            self._connection.execute("SELECT add_compression_policy('reading', %s::interval)", [after])
        for level, window, every in (
            ("1m", "3 hours", "1 minute"),
            ("1h", "12 hours", "10 minutes"),
            ("1d", "4 days", "1 hour"),
        ):
            # Windows of the recent past: a refresh that reached below the edge of what is kept would empty the rollups.
            # add_..._policy does nothing where the policy is there already.
            self._connection.execute(
                "SELECT add_continuous_aggregate_policy("
                "%s::regclass, %s::interval, NULL, %s::interval, if_not_exists => true)",
                [f"continuous_{level}", window, every],
            )
