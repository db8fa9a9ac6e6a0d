"""TimescaleDB's Community edition as WebAssembly: one database, one connection at a time, no background jobs."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import sql

from storage.database import Connection, connect
from storage.migrations import apply_missing
from tests.needs import lacking

FOLDER = Path(__file__).parent / "community"
START_S = 60


def find_node() -> str:
    """Return Node, or skip: its own, else the one that setup brought beside this interpreter."""
    if not (FOLDER / "node_modules").exists():
        lacking("TimescaleDB's Community edition", "run `make community` (two packages from the npm registry, 24 MB)")
    beside = Path(sys.executable).parent / "node"
    found = shutil.which("node") or (str(beside) if beside.exists() else None)
    if found is None:
        lacking("Node", "install Node 20 or newer, or run `make setup`")
    return found


@contextmanager
def community_running() -> Iterator[str]:
    """Run a server whose database is migrated; yield its address."""
    with subprocess.Popen(
        [find_node(), "serve.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = server.stdout.readline().strip()
        assert port.isdigit(), "the Community edition did not start"
        url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        with connect(url, name="test", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION timescaledb")
        with connect(url, name="test") as connection:
            apply_missing(connection)
        try:
            yield url
        finally:
            server.stdin.close()
            server.wait(10)


@pytest.fixture(scope="session")
def community_server() -> Iterator[str]:
    """Return the address of a migrated database."""
    with community_running() as url:
        yield url


@pytest.fixture
def community_database(community_server: str) -> str:
    """Return the address of the database, emptied."""
    with connect(community_server, name="test", autocommit=True) as connection:
        _empty(connection)
    return community_server


def _empty(connection: Connection) -> None:
    connection.execute("DEALLOCATE ALL")  # every connection is the same session, and inherits what another prepared
    found = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'governance', 'gareng_mesem') "
        "AND tablename NOT IN ('schema_migration', 'quality')"
    ).fetchall()
    tables = sql.SQL(", ").join(sql.Identifier(str(schema), str(name)) for schema, name in found)
    connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
    for level in ("1d", "1h", "1m"):
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(f"continuous_{level}")))


THREE_EDITIONS = [
    pytest.param("database_url", id="plain", marks=pytest.mark.database),
    pytest.param("timescale_database", id="apache", marks=[pytest.mark.database, pytest.mark.timescale]),
    pytest.param("community_database", id="community", marks=[pytest.mark.database, pytest.mark.community]),
]


@pytest.fixture(params=THREE_EDITIONS)
def each_edition(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Return a connection to a migrated, empty database of each of the three editions in turn."""
    with connect(request.getfixturevalue(request.param), name="test", autocommit=True) as connection:
        connection.prepare_threshold = None  # every connection to the WebAssembly build is the same session
        yield connection
