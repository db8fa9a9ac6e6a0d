"""Two ingest processes with one identity: the lease, on real servers."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app.leasing import await_lease
from events.errors import LeaseHeldError, StorageError
from events.liveness import Takers
from storage import lease as leases
from storage.lease import Lease
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.fix_database import Databases, Server
from tests.material import NoRules, telemetry
from tests.waiting import until


@pytest.fixture
def first(each_database: str) -> Iterator[Lease]:
    lease = Lease(each_database, "pantau")
    yield lease
    lease.give_back()


@pytest.fixture
def second(each_database: str) -> Iterator[Lease]:
    lease = Lease(each_database, "pantau")
    yield lease
    lease.give_back()


def end_session_of(lease: Lease, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [lease.connection().info.backend_pid])


def is_had(lease: Lease) -> bool:
    """Ask for a lease; its last holder's session may take a moment to end."""
    with suppress(LeaseHeldError):
        lease.connection()
    return lease.sure


def stored(database: str) -> int:
    with psycopg.connect(database) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM reading").fetchone() or (-1,)
    assert isinstance(rows, int)
    return rows


def test_the_second_of_one_name_is_told_who_has_the_lease(first: Lease, second: Lease) -> None:
    first.connection()
    with pytest.raises(LeaseHeldError, match="works as pantau"):
        second.connection()
    assert first.sure
    assert not second.sure


async def test_who_works_and_who_waits_can_be_seen(each_database: str, first: Lease, second: Lease) -> None:
    async with LifeStore(each_database) as lives:
        assert await lives.takers("pantau") == Takers(works=False)
        first.connection()
        for _ in range(2):
            with pytest.raises(LeaseHeldError):
                second.connection()
        seen = await lives.takers("pantau")
        assert (seen.works, seen.waiting) == (True, 1)
        assert seen.silent_s is not None
        assert seen.silent_s < 5
        first.give_back()
        until(lambda: is_had(second))
        seen = await lives.takers("pantau")
        assert (seen.works, seen.waiting) == (True, 0)
        assert await lives.takers("pantau-2") == Takers(works=False)


def test_the_lease_is_free_as_soon_as_its_holder_ends(first: Lease, second: Lease) -> None:
    first.connection()
    first.give_back()
    assert not first.sure
    until(lambda: is_had(second))


def test_two_names_work_side_by_side(first: Lease, each_database: str) -> None:
    other = Lease(each_database, "pantau-2")
    first.connection()
    other.connection()
    assert other.sure
    other.give_back()


def test_two_databases_on_one_server_do_not_know_each_other(
    first: Lease, each_databases: Databases, each_new_database: str
) -> None:
    elsewhere = Lease(each_new_database, "pantau")
    first.connection()
    elsewhere.connection()
    elsewhere.give_back()


def test_a_writer_whose_lease_went_to_another_commits_nothing(
    first: Lease, second: Lease, each_database: str, tmp_path: Path
) -> None:
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path), lease=first)
    writer.commit([telemetry("a", 1, {"x": 1})])
    end_session_of(first, each_database)
    second.connection()
    with pytest.raises(StorageError):
        writer.commit([telemetry("a", 2, {"x": 1})])
    with pytest.raises(LeaseHeldError):
        writer.commit([telemetry("a", 2, {"x": 1})])
    assert stored(each_database) == 1
    second.give_back()
    until(lambda: is_had(first))
    writer.commit([telemetry("a", 2, {"x": 1})])
    assert stored(each_database) == 2


def test_a_writer_made_anew_keeps_its_lease(first: Lease, second: Lease, each_database: str, tmp_path: Path) -> None:
    for n in range(2):
        writer = Writer(each_database, NoRules(), PictureStore(tmp_path), lease=first)
        writer.commit([telemetry("a", n, {"x": 1})])
        writer.close()
        with pytest.raises(LeaseHeldError):
            second.connection()


def test_a_frozen_holder_is_put_out(first: Lease, second: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "SILENT_S", 0.3)
    monkeypatch.setattr(leases, "ASK_S", 0.0)
    first.connection()  # and never a word again

    def taken() -> bool:
        with suppress(LeaseHeldError):
            second.connection()
        return second.sure

    until(taken)
    with pytest.raises(StorageError):
        first.confirm()
    with pytest.raises(LeaseHeldError):
        first.confirm()
    assert not first.sure


def test_an_idle_holder_that_speaks_is_left_alone(first: Lease, second: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "SILENT_S", 5.0)
    monkeypatch.setattr(leases, "ASK_S", 0.0)
    for _ in range(3):
        first.confirm()
        with pytest.raises(LeaseHeldError):
            second.connection()
    assert first.sure


def test_a_lease_is_lost_with_its_server_and_taken_anew(each_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "ASK_S", 0.0)
    lease = Lease(each_server.url("postgres"), "pantau")
    lease.confirm()
    each_server.kill()
    with pytest.raises(StorageError):
        lease.confirm()
    assert not lease.sure
    each_server.start()
    lease.confirm()
    assert lease.sure
    lease.give_back()


def test_who_waits_begins_when_the_other_ends(first: Lease, second: Lease) -> None:
    stop, begun = threading.Event(), threading.Event()
    first.connection()

    def wait() -> None:
        if await_lease(second, stop):
            begun.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not begun.wait(1.5)
    first.give_back()
    assert begun.wait(10)
    waiting.join()


def test_who_waits_stops_when_asked(first: Lease, second: Lease) -> None:
    stop = threading.Event()
    first.connection()
    stop.set()
    assert not await_lease(second, stop)
