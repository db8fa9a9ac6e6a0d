"""Database servers: the embedded one everywhere, TimescaleDB where a Debian trixie folder has it."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString, Protocol

import psutil
import psycopg
import pytest
from psycopg import sql

from storage.embedded import DATABASE, EmbeddedPostgres
from storage.migrations import migrate
from tests.needs import lacking
from tests.ports import free_ports

FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "60"}
"""A test may lose its data with the machine's power, but not with the server's death."""

TRIXIE = "PANTAU_TRIXIE"
PROGRAMS = Path("usr/lib/postgresql/17/bin")


class Server(Protocol):
    """A database server of the tests' own."""

    @property
    def name(self) -> str: ...

    def url(self, database: str) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def remove(self) -> None:
        """Stop the server and remove its data."""

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""


class PlainServer:
    """The embedded PostgreSQL."""

    name = "plain"

    def __init__(self) -> None:
        # Not below pytest's own folder: each test run closes that one to other users, and a server started by root
        # runs as another user.
        self._folder = Path(tempfile.mkdtemp(prefix="pantau-test-"))
        self._postgres = EmbeddedPostgres(self._folder / "postgres", FAST)

    def url(self, database: str) -> str:
        return self._postgres.url.replace(f"/{DATABASE}?", f"/{database}?")

    def start(self) -> None:
        self._postgres.start()

    def stop(self) -> None:
        self._postgres.stop()

    def remove(self) -> None:
        if self._postgres.pid is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        assert self._postgres.pid is not None
        kill_family(self._postgres.pid)


class TimescaleServer:
    """Debian's PostgreSQL 17 with TimescaleDB (Apache edition), run inside a Debian folder."""

    name = "timescale"

    def __init__(self, debian: Path, number: int) -> None:
        self._debian = debian
        self._data = Path("/var/tmp") / f"pantau-test-{os.getpid()}-{number}"
        self._port = free_ports()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        if not (self._debian / self._data.relative_to("/")).exists():
            self._inside("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8").wait(60)
        self._process = self._inside("postgres", *self._settings())
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, "TimescaleDB did not start"
            assert time.monotonic() < deadline, "TimescaleDB did not answer in 30 s"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def kill(self) -> None:
        assert self._process is not None
        kill_family(self._process.pid)
        self._process.wait(10)
        self._process = None

    def remove(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._debian / self._data.relative_to("/"), ignore_errors=True)

    def _settings(self) -> Iterator[str]:
        settings = FAST | {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "shared_preload_libraries": "timescaledb",
            # The folder has no /dev/shm of its own.
            "dynamic_shared_memory_type": "mmap",
            # It asks its maker for news otherwise.
            "timescaledb.telemetry_level": "off",
            "timescaledb.max_background_workers": "0",
        }
        for name, value in settings.items():
            yield from ("-c", f"{name}={value}")

    def _inside(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["chroot", "--userspec=postgres:postgres", str(self._debian), str("/" / PROGRAMS / program)]
        return subprocess.Popen(
            [*command, "-D", str(self._data), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres"), connect_timeout=2):
            return True
        return False


def kill_family(pid: int) -> None:
    """Kill a process and its children, and wait for their end."""
    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=10)


class Databases:
    """Lends databases on one server: one migrated database, emptied for each test, and new ones where asked for.

    Emptying takes a tenth of the time of copying a template.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self._migrated: str | None = None

    def emptied(self) -> str:
        """Return the address of the migrated database, emptied; whoever was connected to it is put out."""
        if self._migrated is None:
            self._migrated = self.new()
            migrate(self._migrated)
        with psycopg.connect(self._migrated, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            found = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables "
                "WHERE schemaname IN ('public', 'governance', 'gareng_mesem') "
                "AND tablename NOT IN ('schema_migration', 'quality')"
            ).fetchall()
            tables = sql.SQL(", ").join(sql.Identifier(str(schema), str(name)) for schema, name in found)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
        return self._migrated

    def new(self) -> str:
        """Return the address of a new database without tables."""
        name = f"test_{next(self._numbers)}"
        self._administer("CREATE DATABASE {}", name)
        return self.server.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._administer("DROP DATABASE {} WITH (FORCE)", psycopg.conninfo.conninfo_to_dict(url)["dbname"])

    def _administer(self, statement: LiteralString, name: object) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(str(name))))


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and remove it afterwards, whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.remove()


def find_trixie() -> Path:
    """Return the Debian folder with TimescaleDB, or skip."""
    how = f"make one by `.ci/install-timescaledb FOLDER` as root and set {TRIXIE}=FOLDER"
    folder = os.environ.get(TRIXIE)
    if folder is None or not (Path(folder) / PROGRAMS / "postgres").exists():
        lacking("TimescaleDB", how)
    if os.geteuid() != 0:
        lacking("root, to enter the Debian folder", "run the tests as root")
    return Path(folder)


@pytest.fixture(scope="session")
def plain_databases() -> Iterator[Databases]:
    with running(PlainServer()) as server:
        yield Databases(server)


@pytest.fixture(scope="session")
def timescale_databases() -> Iterator[Databases]:
    with running(TimescaleServer(find_trixie(), 0)) as server:
        yield Databases(server)


EDITIONS = [
    pytest.param("plain", marks=pytest.mark.database),
    pytest.param("timescale", marks=[pytest.mark.database, pytest.mark.timescale]),
]


@pytest.fixture(params=EDITIONS)
def each_databases(request: pytest.FixtureRequest) -> Databases:
    """Return the maker of databases of each edition in turn."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    assert isinstance(databases, Databases)
    return databases


@pytest.fixture
def each_database(each_databases: Databases) -> str:
    """Return the address of a migrated, empty database of each edition in turn."""
    return each_databases.emptied()


@pytest.fixture
def each_new_database(each_databases: Databases) -> Iterator[str]:
    """Return the address of a new database without tables, of each edition in turn."""
    url = each_databases.new()
    yield url
    each_databases.drop(url)


@pytest.fixture
def database_url(plain_databases: Databases) -> str:
    """Return the address of a migrated, empty database on the embedded server."""
    return plain_databases.emptied()


@pytest.fixture
def timescale_database(timescale_databases: Databases) -> str:
    """Return the address of a migrated, empty database of TimescaleDB's Apache edition."""
    return timescale_databases.emptied()


@pytest.fixture(params=EDITIONS)
def each_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a started server of each edition in turn that the test may kill."""
    with running(PlainServer() if request.param == "plain" else TimescaleServer(find_trixie(), 1)) as server:
        yield server
