"""Long answers: never whole in memory, ended with whoever asked for them, not taken for whole when broken off."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from aiohttp import ClientSession

from storage.seed import seed
from tests import waiting
from tests.integration.test_time_series import SITE, application
from tests.material import NOON
from tests.ports import free_ports
from web.server import serve

pytestmark = pytest.mark.database

FEW = 40_000
"""More than one row group of a Parquet file."""

STEP = timedelta(milliseconds=10)


@pytest.fixture
def city(each_database: str) -> None:
    seed(each_database, SITE)


def fill_series(url: str, rows: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO reading SELECT (SELECT min(id) FROM series), %s + n * %s, %s, n, n, n, 0 "
            "FROM generate_series(1, %s) AS n",
            [NOON, STEP, NOON, rows],
        )


@asynccontextmanager
async def served(url: str, pictures: Path) -> AsyncIterator[int]:
    """Serve as `pantau run --role web` does."""
    port, stop = free_ports(), asyncio.Event()
    async with application(url, pictures) as app:
        serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, stop=stop))
        async with ClientSession() as session, asyncio.timeout(20):
            while True:
                with suppress(OSError):
                    await (await session.get(f"http://127.0.0.1:{port}/healthz")).read()
                    break
                await asyncio.sleep(0.05)
        yield port
        stop.set()
        await serving


def sessions(url: str, *states: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pantau SpanStore' AND state = ANY(%s)",
            [list(states)],
        ).fetchone()
    assert row is not None
    return int(row[0])


async def until(url: str, count: int, *states: str) -> None:
    await asyncio.to_thread(waiting.until, lambda: sessions(url, *states) == count, timeout_s=20)


async def ask(port: int, number: int) -> socket.socket:
    """Ask for a long answer without reading it."""
    wire = socket.create_connection(("127.0.0.1", port))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    path = f"/api/v1/series/{number}/readings?bucket=raw&format=csv&from=2026-03-01T12:00:00Z&to=2026-03-02T12:00:00Z"
    wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return wire


@pytest.mark.usefixtures("city")
async def test_a_client_that_stops_reading_and_leaves_leaves_no_query_behind(
    each_database: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill_series, each_database, 200_000)
    async with served(each_database, tmp_path) as port:
        wire = await ask(port, 1)
        await until(each_database, 1, "idle in transaction")
        wire.close()
        await until(each_database, 0, "active", "idle in transaction")


@pytest.mark.usefixtures("city")
async def test_a_query_that_has_not_begun_to_answer_is_cancelled_when_its_client_leaves(
    each_database: str, tmp_path: Path
) -> None:
    async with served(each_database, tmp_path) as port:
        with psycopg.connect(each_database) as blocker:
            blocker.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
            wire = await ask(port, 1)
            await until(each_database, 1, "active")
            wire.close()
            await until(each_database, 0, "active")


@pytest.mark.usefixtures("city")
async def test_an_answer_whose_database_dies_is_never_taken_for_a_whole_one(each_database: str, tmp_path: Path) -> None:
    await asyncio.to_thread(fill_series, each_database, 200_000)
    async with served(each_database, tmp_path) as port:
        with closing(await ask(port, 1)) as wire:
            # Begun, or the answer would be a whole one that says that the database is away.
            received: bytes = await asyncio.to_thread(wire.recv, 64)
            await until(each_database, 1, "idle in transaction")
            with psycopg.connect(each_database) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pantau SpanStore'"
                )
            with suppress(ConnectionError):
                while part := await asyncio.to_thread(wire.recv, 65_536):
                    received += part
    assert received.startswith(b"HTTP/1.1 200")
    assert not received.endswith(b"\r\n0\r\n\r\n")  # the last chunk of a whole answer (RFC 9112, 7.1)


async def fetched(port: int, form: str, length: timedelta) -> tuple[int, int]:
    """Return how many bytes an answer has, and how many this process, which asks and answers, held at most for it."""
    address = f"http://127.0.0.1:{port}/api/v1/series/1/readings"
    query = {"bucket": "raw", "format": form, "from": NOON.isoformat(), "to": (NOON + length).isoformat()}
    received = 0
    tracemalloc.start()
    try:
        async with ClientSession() as session, session.get(address, params=query) as response:
            assert response.status == 200
            async for part in response.content.iter_any():
                received += len(part)
        return received, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_an_answer_three_times_as_long_takes_no_more_memory(form: str, database_url: str, tmp_path: Path) -> None:
    seed(database_url, SITE)
    await asyncio.to_thread(fill_series, database_url, 3 * FEW)
    async with served(database_url, tmp_path) as port:
        short, short_peak = await fetched(port, form, FEW * STEP)
        long, long_peak = await fetched(port, form, 3 * FEW * STEP)
    assert long > 2.5 * short
    assert long_peak < 1.5 * short_peak
