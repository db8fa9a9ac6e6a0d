"""The commit step: one transaction a batch, in one lock order, and rules judged inside it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import ClassVar

import psycopg
import structlog
from prometheus_client import Counter

from events.errors import PlatformError, StorageError
from events.intake import Intake, Rejection
from events.judgement import Facts
from events.maintenance import Maintenance
from runtime.backoff import full_jitter
from runtime.clock import Clock, utc_now
from storage.batch import Batch
from storage.clocks import record_clocks
from storage.database import Connection, Cursor, connect, in_one_line, is_refusal
from storage.judging import Bench, Judge
from storage.lease import Lease
from storage.listening import longest_gap, read_open_keys, read_silences, record_canaries, record_life
from storage.liveness import LifeJudge, NobodyWatched, follow_lives
from storage.maintenance import read_maintenance
from storage.pictures import PictureStore
from storage.quarantine import KEPT_PER_SOURCE, quarantine
from storage.queries import query
from storage.receipts import record_receipts
from storage.report import CommitReport
from storage.statements import store_observations
from storage.telemetry import ARRIVAL_BLOCK, ExpiredError, ReadingTable, ScatteredError
from storage.waste.following import PileJudge, follow_piles, judge_claims
from storage.waste.loads import take_loads

log = structlog.get_logger(__name__)

HALVED = Counter("pantau_batches_halved_total", "Batches halved because the database refused something in them")
COLLISIONS = Counter("pantau_transaction_collisions_total", "Transactions tried again after a deadlock or the like")

REFUSED = "refused_by_database"
"""Reason of a message that Pantau understood and the database did not take."""

EXPIRED = "older_than_kept"
"""Reason of a message with a reading older than the readings that are kept: its rollups could not be made any more."""

COLLISION_STATES = {"40P01", "40001"}
"""SQLSTATE of deadlock_detected and serialization_failure: the same transaction, tried again, succeeds."""

TRIES = 6
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5


class _DataRefusedError(PlatformError):
    """The database refused something in the batch; nothing of it was kept."""


class Writer:
    """Commits batches. For one thread; each writer has a connection of its own, reopened when it is lost.

    Committing a batch again is harmless: after an error, the caller offers the same batch until it is taken.

    Args:
        url: Database address.
        judge: The rules.
        pictures: Where evidence pictures are kept.
        clock: Tells the time at which rules judge.
        canary_s: Expected seconds between canaries.
        lives: Judges which sources keep to their intervals.
        camera_units: UCUM unit of each metric of cameras, which the site file does not list.
        kept_per_source: Messages kept in quarantine of each source.
        pause: Waits between tries of a transaction that collided with another.
        lease: Where the connection comes from, and the right to commit with it; None for a connection of its own.
        piles: What cameras do to incidents of waste; None where nobody follows them.
    """

    bench_class: ClassVar[type[Bench]] = Bench
    """Where judging takes place; sabotage proofs put a weakened one in its place."""

    def __init__(
        self,
        url: str,
        judge: Judge,
        pictures: PictureStore,
        clock: Clock = utc_now,
        *,
        canary_s: float = 2.0,
        lives: LifeJudge | None = None,
        camera_units: Mapping[str, str] | None = None,
        kept_per_source: int = KEPT_PER_SOURCE,
        pause: Callable[[float], None] = time.sleep,
        lease: Lease | None = None,
        piles: PileJudge | None = None,
    ) -> None:
        self._url = url
        self._pictures = pictures
        self._clock = clock
        self._gap = longest_gap(canary_s)
        self._lives = lives or NobodyWatched()
        self._kept_per_source = kept_per_source
        self._pause = pause
        self._readings = ReadingTable(camera_units or {})
        self._bench = self.bench_class(judge)
        self._maintenance: Sequence[Maintenance] = ()
        self._lease = lease
        self._piles = piles
        self._connection: Connection | None = None

    def commit(self, intakes: Sequence[Intake]) -> CommitReport:
        """Store a batch and judge it; when this returns, everything in it is committed.

        A message the database refuses is quarantined by itself; the others are stored.

        Raises:
            StorageError: perhaps nothing was kept, perhaps everything; the caller still owns the batch.
            LeaseHeldError: another process has the lease by now; the caller gives the batch up unacknowledged.
        """
        for _, decoded, _ in intakes:
            if decoded is not None and decoded.evidence is not None:
                self._pictures.put(decoded.evidence.sha256, decoded.evidence.jpeg)
        report = CommitReport()
        for part in _parts(intakes):
            report += self._commit_or_halve(part)
        return report

    def call_while_waiting(self, call: Callable[[], None]) -> None:
        """Have something called each time the database begins to take readings in, which is when this thread waits."""
        self._readings.while_waiting = call

    def close(self) -> None:
        """Close the connection, but for that of a lease; the next commit opens another."""
        if self._connection is not None and self._lease is None:
            self._connection.close()
        self._connection = None

    def _commit_or_halve(self, intakes: Sequence[Intake]) -> CommitReport:
        """Commit a batch; where it is refused, find the culprit by halving and quarantine it alone."""
        try:
            return self._commit_with_patience(intakes)
        except ExpiredError as expired:
            kept, values = _without_expired(intakes, expired.edge)
            report = self._commit_or_halve(kept)
            return replace(report, refused_values=report.refused_values + values)
        except (_DataRefusedError, ScatteredError) as refused:
            if len(intakes) == 1:
                log.warning("a message was refused by the database", topic=intakes[0].message.topic, cause=str(refused))
                report = self._commit_with_patience([_as_refused(intakes[0], str(refused))])
                decoded = intakes[0].decoded
                return replace(report, refused_values=0 if decoded is None else len(decoded.readings))
        HALVED.inc()
        middle = len(intakes) // 2
        return self._commit_or_halve(intakes[:middle]) + self._commit_or_halve(intakes[middle:])

    def _commit_with_patience(self, intakes: Sequence[Intake]) -> CommitReport:
        """Commit a batch; try again when it collides with another transaction."""
        pauses_s = islice(full_jitter(first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S), TRIES - 1)
        while True:
            try:
                return self._commit_once(intakes)
            except (psycopg.Error, UnicodeEncodeError) as error:
                if is_refusal(error):
                    raise _DataRefusedError(in_one_line(error)) from error
                state = error.sqlstate if isinstance(error, psycopg.Error) else None
                pause_s = next(pauses_s, None)
                if state not in COLLISION_STATES or pause_s is None:
                    raise StorageError(
                        f"{len(intakes)} messages are not known to be kept: {in_one_line(error)}"
                    ) from error
            COLLISIONS.inc()
            self._pause(pause_s)

    def _commit_once(self, intakes: Sequence[Intake]) -> CommitReport:
        """Run the transaction; whatever goes wrong, it is undone."""
        connection = self._connected()
        finished = False
        try:
            with connection.cursor() as cursor:
                report = self._write(cursor, Batch.of(intakes))
            connection.commit()
            finished = True
            if self._lease is not None:
                self._lease.renew()
        finally:
            if not finished:
                self._abandon(connection)
        return report

    def _write(self, cursor: Cursor, batch: Batch) -> CommitReport:
        """Write a batch in the one order in which all transactions take their locks."""
        stored = self._readings.store(cursor, batch.readings)
        are_new = store_observations(cursor, batch.observations)
        _store_evidence(cursor, batch)
        conflicts = [*batch.conflicts(stored), *batch.refusals(take_loads(cursor, batch.observations, are_new))]
        quarantine(cursor, [*batch.refused, *conflicts], self._kept_per_source)
        record_clocks(cursor, batch.clocks, batch.sent_times)
        self._bench.hold(cursor)
        record_life(cursor, batch.heard, self._clock())
        receipts = record_receipts(cursor, batch.told(stored, are_new), batch.asking, self._clock())
        facts = self._with_absence(cursor, batch, batch.facts(stored, are_new))
        self._follow_piles(cursor, batch, facts)
        judgement = self._bench.judge(cursor, facts, self._clock())
        return batch.report(stored, are_new, conflicts, judgement, receipts)

    def _with_absence(self, cursor: Cursor, batch: Batch, facts: Facts) -> Facts:
        """Add what absence rules need, when a canary proves that Pantau has heard everything up to it."""
        hearing = record_canaries(cursor, batch.canaries, self._gap)
        if hearing is None:
            return replace(facts, maintenance=self._maintenance) if self._maintenance else facts
        # Looked for with each canary only: a new window takes hold within two seconds and costs nothing in between.
        self._maintenance = read_maintenance(cursor, self._clock())
        follow_lives(cursor, self._lives, hearing)
        return replace(
            facts,
            silences=read_silences(cursor),
            listened_until=hearing.listened_until,
            listening_since=hearing.listening_since,
            open_keys=read_open_keys(cursor),
            maintenance=self._maintenance,
        )

    def _follow_piles(self, cursor: Cursor, batch: Batch, facts: Facts) -> None:
        """Bring incidents forward: by each new statement, and with each canary by what cameras have told since."""
        if self._piles is None:
            return
        follow_piles(cursor, self._piles, facts.observations)
        if batch.canaries:
            judge_claims(cursor, self._piles, self._clock())

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            connection = connect(self._url, name="writer") if self._lease is None else self._lease.connection()
            try:
                self._readings.prepare(connection)
            except psycopg.Error as error:
                connection.close()
                raise StorageError(f"the database is not ready: {in_one_line(error)}") from error
            self._connection = connection
            # Perhaps to another server, a standby or a restored one, which does not have all that the last one had.
            self._readings.forget()
            self._bench.forget()
        return self._connection

    def _abandon(self, connection: Connection) -> None:
        """Undo what a failed transaction did, here and there."""
        self._readings.forget()
        self._bench.forget()
        try:
            connection.rollback()
        except psycopg.Error:
            # The connection is lost, and with it the transaction; the next commit opens another.
            connection.close()
            self._connection = None


def _parts(intakes: Sequence[Intake]) -> Iterator[Sequence[Intake]]:
    """Cut a batch, in order, into parts with no more readings than a transaction may number."""
    begin, readings = 0, 0
    for position, (_, decoded, _) in enumerate(intakes):
        count = 0 if decoded is None else len(decoded.readings)
        if position > begin and readings + count > ARRIVAL_BLOCK:
            yield intakes[begin:position]
            begin, readings = position, 0
        readings += count
    yield intakes[begin:] if begin else intakes


def _store_evidence(cursor: Cursor, batch: Batch) -> None:
    pictures = {picture.sha256: picture for picture in batch.evidence}
    if not pictures:
        return
    parameters = {
        "digests": list(pictures),
        "source_ids": [picture.source for picture in pictures.values()],
        "sizes": [len(picture.jpeg) for picture in pictures.values()],
        "received_ats": [picture.received_at for picture in pictures.values()],
    }
    cursor.execute(query("insert_evidence"), parameters)


def _without_expired(intakes: Sequence[Intake], edge: datetime) -> tuple[list[Intake], int]:
    """Refuse the messages with a reading older than an edge; return all, and how many values those had."""
    kept: list[Intake] = []
    values = 0
    for intake in intakes:
        decoded = intake.decoded
        if decoded is None or all(reading.ts >= edge for reading in decoded.readings):
            kept.append(intake)
            continue
        values += len(decoded.readings)
        detail = f"Readings are kept from {edge.isoformat()} on; older ones cannot be taken in any more."
        rejection = Rejection(source=decoded.source, reason=EXPIRED, detail=detail, numbers=decoded.numbers)
        kept.append(Intake(intake.message, None, rejection))
    return kept, values


def _as_refused(intake: Intake, cause: str) -> Intake:
    source = None if intake.decoded is None else intake.decoded.source
    rejection = Rejection(source=source, reason=REFUSED, detail=f"The database cannot hold this message: {cause}")
    return Intake(intake.message, None, rejection)
