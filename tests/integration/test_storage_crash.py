"""The database server is killed while writers commit and readers follow."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from events.errors import StorageError
from storage.alarms import AlarmStore
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.fix_database import Server
from tests.material import LimitRule, telemetry

BATCHES = 40
PER_BATCH = 25


@pytest.fixture
def url(each_server: Server) -> str:
    url = each_server.url("postgres")
    migrate(url)
    return url


def test_every_reported_commit_survives_kills_exactly_once(each_server: Server, url: str, tmp_path: Path) -> None:
    # One value in each batch goes over the limit and the next one back: an alarm event for each.
    loads = [
        [telemetry(f"sensor-{s}", n, {"x": (150.0 if n % 2 else 50.0) if s == 0 else 1.0}) for s in range(PER_BATCH)]
        for n in range(BATCHES)
    ]
    reported: list[int] = []
    progress = threading.Condition()
    failures: list[str] = []

    def commit_all() -> None:
        writer = Writer(url, LimitRule(), PictureStore(tmp_path))
        for n, load in enumerate(loads):
            while True:
                try:
                    writer.commit(load)
                except StorageError as error:
                    failures.append(str(error))
                    continue
                break
            with progress:
                reported.append(n)
                progress.notify_all()
        writer.close()

    with ThreadPoolExecutor(1) as thread:
        working = thread.submit(commit_all)
        for kill_after in (5, 15, 25):
            with progress:
                assert progress.wait_for(lambda after=kill_after: len(reported) >= after, 60)  # type: ignore[misc]
                kept = len(reported)
            each_server.kill()
            each_server.start()
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT count(*) FROM reading").fetchone()
            assert row is not None
            assert row[0] >= kept * PER_BATCH, "a reported commit is gone"
        working.result(60)
    assert failures, "no kill hit a commit"
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT count(*), count(DISTINCT (series_id, ts)) FROM reading").fetchone()
        events = connection.execute("SELECT version, action FROM alarm_event ORDER BY seq").fetchall()
    assert rows == (BATCHES * PER_BATCH,) * 2
    assert events == [(n, "raise" if n % 2 else "return") for n in range(1, BATCHES)]


async def test_readers_find_back_after_a_restart(each_server: Server, url: str, tmp_path: Path) -> None:
    async with AlarmStore(url) as store:
        seen: list[int] = []
        found = asyncio.Event()

        async def follow() -> None:
            async for _ in store.wakeups():
                try:
                    records = await store.events_after(seen[-1] if seen else 0, 100)
                except StorageError:
                    continue
                seen.extend(record.seq for record in records)
                if records:
                    found.set()

        following = asyncio.create_task(follow())
        for n in range(2):
            writer = Writer(url, LimitRule(), PictureStore(tmp_path))
            report = writer.commit([telemetry("a", n, {f"x{n}": 150})])
            writer.close()
            await asyncio.wait_for(found.wait(), 30)
            found.clear()
            assert seen[-1] == report.records[-1].seq
            if n == 0:
                await asyncio.to_thread(each_server.kill)
                with pytest.raises(StorageError):
                    await store.newest_seq()
                await asyncio.to_thread(each_server.start)
        assert len(seen) == 2
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
