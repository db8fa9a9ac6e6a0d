"""Several writers at once, and the proofs that the locks are what makes it right."""

import asyncio
import random
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest

from events.alarm import Alarm, AlarmAction, AlarmChange, AlarmKey, AlarmState
from events.errors import ConflictError, StorageError
from events.intake import Intake
from events.judgement import Facts, Memory, RuleState, Verdict
from storage.alarms import AlarmStore
from storage.batch import Batch
from storage.database import Cursor
from storage.judging import Bench, Judge
from storage.pictures import PictureStore
from storage.queries import query
from storage.report import CommitReport
from storage.rule_memory import RuleMemory
from storage.writer import Writer
from tests.material import NOON, NoRules, accept, key_of, new_alarm, telemetry

WRITERS = 4


class EveryReadingChanges(NoRules):
    """A rule that changes the alarm of every reading's key, so that every commit writes to the stream."""

    def concerns(self, facts: Facts, among: Collection[AlarmKey]) -> frozenset[AlarmKey]:
        return frozenset(key_of(fact) for fact in facts.readings).intersection(among)

    def judge(self, facts: Facts, memory: Memory, now: datetime) -> Verdict:
        alarms: dict[AlarmKey, Alarm] = dict(memory.alarms)
        changes = []
        for fact in facts.readings:
            key = key_of(fact)
            known = alarms.get(key)
            alarm = (
                new_alarm(key, fact.value, now, serial=f"{fact.ts}")
                if known is None
                else replace(known, version=known.version + 1, value=fact.value)
            )
            action = AlarmAction.UPDATE if known else AlarmAction.RAISE
            before = known.state if known else None
            changes.append(AlarmChange(action=action, alarm=alarm, before=before, actor="pantau", at=now))
            alarms[key] = alarm
        return Verdict(states={key_of(f): RuleState(watermark=f.ts) for f in facts.readings}, changes=changes)


class SlowWriter(Writer):
    """Dwells between its last statement and its commit: the moment in which others could overtake it."""

    def _write(self, cursor: Cursor, batch: Batch) -> CommitReport:
        report = super()._write(cursor, batch)
        cursor.execute("SELECT pg_sleep(random() * 0.01)")
        return report


class Unlocked(RuleMemory):
    """Holds the memory without locking it: writers judge at the same time, as writer and operator do."""

    def hold(self, cursor: Cursor) -> Mapping[AlarmKey, RuleState]:
        return {}

    def keep(self, cursor: Cursor, changed: Mapping[AlarmKey, RuleState]) -> None:
        pass


class HurriedBench(Bench):
    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)
        self._memory = Unlocked()


class Hurried(SlowWriter):
    """Does not wait for others before it comes to the stream."""

    bench_class: ClassVar[type[Bench]] = HurriedBench


class BenchWithoutStreamLock(HurriedBench):
    """Sabotaged: does not hold the stream while it appends."""

    def _lock_stream(self, cursor: Cursor) -> None:
        pass


class WithoutStreamLock(Hurried):
    bench_class = BenchWithoutStreamLock


class WithUnsortedLocks(Writer):
    """Sabotaged: locks the accounts of receipts one by one in any order."""

    def _write(self, cursor: Cursor, batch: Batch) -> CommitReport:
        for boot in random.sample(range(20), 20):
            cursor.execute(
                "INSERT INTO receipt (source_id, boot, upto, begun_at, updated_at) VALUES ('s', %s, 0, now(), now()) "
                "ON CONFLICT (source_id, boot) DO UPDATE SET updated_at = now()",
                [str(boot)],
            )
        return super()._write(cursor, batch)


def commit_until_taken(writer: Writer, batch: Sequence[Intake]) -> CommitReport:
    """Offer a batch until it is taken, as the ingest loop does."""
    while True:
        try:
            return writer.commit(batch)
        except StorageError:
            continue


def work_together(
    writer_class: type[Writer], url: str, pictures: Path, loads: Sequence[Sequence[Sequence[Intake]]]
) -> tuple[list[CommitReport], int]:
    """Let one writer a load commit its batches, all at once.

    Returns:
        Every report, and how many transactions collided.
    """
    collisions: list[float] = []

    def pause(pause_s: float) -> None:
        collisions.append(pause_s)
        time.sleep(pause_s)

    def work(load: Sequence[Sequence[Intake]]) -> list[CommitReport]:
        writer = writer_class(url, EveryReadingChanges(), PictureStore(pictures), pause=pause)
        try:
            return [commit_until_taken(writer, batch) for batch in load]
        finally:
            writer.close()

    with ThreadPoolExecutor(len(loads)) as threads:
        return [report for reports in threads.map(work, loads) for report in reports], len(collisions)


def read_along(url: str, until: threading.Event) -> list[int]:
    """Follow the stream as a client does, always asking for what comes after the last seq seen."""
    seen: list[int] = []
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            is_over = until.is_set()
            last = seen[-1] if seen else 0
            parameters = {"seq": last, "limit": 500}
            rows = connection.execute(query("events_after"), parameters).fetchall()
            seen += [row[0] for row in rows]
            if is_over and not rows:
                return seen


def follow_writers(writer_class: type[Writer], url: str, pictures: Path) -> tuple[list[int], list[int]]:
    """Let writers with sources of their own write while a reader follows.

    Returns:
        What the reader saw, and what is in the stream.
    """
    loads = [[[telemetry(f"sensor-{w}", n, {"x": n})] for n in range(40)] for w in range(WRITERS)]
    over = threading.Event()
    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(read_along, url, over)
        try:
            work_together(writer_class, url, pictures, loads)
        finally:
            over.set()
        with psycopg.connect(url) as connection:
            stream = connection.execute("SELECT seq FROM alarm_event ORDER BY seq").fetchall()
        return seen.result(), [seq for (seq,) in stream]


def shuffled_loads() -> list[list[list[Intake]]]:
    """Return loads in which every batch of every writer touches the same 20 keys, in an order of its own."""
    loads = []
    for w in range(WRITERS):
        batches = []
        for n in range(5):
            batch = [telemetry(f"sensor-{s}", 10 * n + w, {"x": n}) for s in range(20)]
            random.shuffle(batch)
            batches.append(batch)
        loads.append(batches)
    return loads


def with_quick_deadlock_detection(url: str) -> str:
    return psycopg.conninfo.make_conninfo(url, options="-c deadlock_timeout=20ms")


@pytest.mark.parametrize("writer_class", [SlowWriter, Hurried])
def test_a_reader_misses_nothing_while_writers_race(
    each_database: str, tmp_path: Path, writer_class: type[Writer]
) -> None:
    seen, stream = follow_writers(writer_class, each_database, tmp_path)
    assert len(stream) == WRITERS * 40
    assert seen == stream


def test_sabotage_without_the_stream_lock_a_reader_misses_changes(each_database: str, tmp_path: Path) -> None:
    seen, stream = follow_writers(WithoutStreamLock, each_database, tmp_path)
    assert len(stream) == WRITERS * 40
    assert set(stream) - set(seen), "the reader missed nothing: the proof of the stream lock proves nothing"


def test_writers_that_share_every_key_never_collide(each_database: str, tmp_path: Path) -> None:
    url = with_quick_deadlock_detection(each_database)
    reports, collisions = work_together(Writer, url, tmp_path, shuffled_loads())
    assert collisions == 0
    assert sum(report.rows for report in reports) == WRITERS * 5 * 20
    assert sum(len(report.records) for report in reports) == WRITERS * 5 * 20


def test_sabotage_with_unsorted_locks_writers_collide(each_database: str, tmp_path: Path) -> None:
    url = with_quick_deadlock_detection(each_database)
    reports, collisions = work_together(WithUnsortedLocks, url, tmp_path, shuffled_loads())
    assert collisions > 0, "no deadlock: the proof of the lock order proves nothing"
    # The other half of the promise: collisions are tried again, and nothing is lost or doubled.
    assert sum(report.rows for report in reports) == WRITERS * 5 * 20


def test_one_batch_committed_by_two_writers_at_once_counts_once(each_database: str, tmp_path: Path) -> None:
    load = [[telemetry(f"sensor-{s}", n, {"x": n, "y": n}) for s in random.sample(range(20), 20)] for n in range(10)]
    reports, collisions = work_together(Writer, each_database, tmp_path, [load, load])
    assert collisions == 0
    assert sum(report.rows for report in reports) == 10 * 20 * 2
    assert sum(len(report.records) for report in reports) == 10 * 20 * 2
    assert sum(report.accepted for report in reports) == 10 * 20


async def test_acknowledgements_race_with_writers_without_harm(each_database: str, tmp_path: Path) -> None:
    loads = [[[telemetry(f"sensor-{w}", n, {"x": n, "y": n})] for n in range(30)] for w in range(WRITERS)]
    working = asyncio.create_task(asyncio.to_thread(work_together, Writer, each_database, tmp_path, loads))
    accepted = 0
    async with AlarmStore(each_database) as store:
        while not working.done():
            page = await store.page(states=[AlarmState.UNACK], after=None, limit=10)
            for record in page.items:
                try:
                    await store.change(record.change.alarm.id, acknowledge_once)
                    accepted += 1
                except ConflictError:
                    continue
        reports, collisions = await working
        events = await store.events_after(0, 1000)
    assert collisions == 0
    assert len(events) == sum(len(report.records) for report in reports) + accepted
    versions: dict[object, int] = {}
    for record in events:
        alarm = record.change.alarm
        assert alarm.version == versions.get(alarm.id, 0) + 1
        versions[alarm.id] = alarm.version


def acknowledge_once(alarm: Alarm) -> AlarmChange:
    if alarm.acked:
        raise ConflictError("accepted already")
    return accept(alarm, now=NOON)
