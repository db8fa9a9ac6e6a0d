"""Database servers to measure on: the embedded PostgreSQL, and TimescaleDB where `PANTAU_TRIXIE` names one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from tests.fix_database import TRIXIE, PlainServer, Server, TimescaleServer


@contextmanager
def running(name: str) -> Iterator[Server]:
    """Run a server with new, empty data, which is deleted afterwards.

    Nothing is synchronised to disk: the disk of a shared machine would be measured. Processor time is what is compared.

    Args:
        name: One of `names()`.
    """
    server = PlainServer() if name == PlainServer.name else TimescaleServer(Path(os.environ[TRIXIE]), number=99)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def names() -> list[str]:
    """Return which servers this machine can run."""
    return [PlainServer.name, *([TimescaleServer.name] if TRIXIE in os.environ else [])]


def create_database(server: Server, name: str) -> str:
    """Make an empty database and return its address."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.url(name)


class ServerClock:
    """Processor time of a database server, all its processes together, those that have ended included.

    Args:
        url: Any database of it, on this machine.
    """

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        if postmaster is None:
            raise RuntimeError("the database server does not run on this machine")
        self._postmaster = postmaster

    def used_s(self) -> float:
        """Return seconds of processor time used so far, user's and system's."""
        own = self._postmaster.cpu_times()
        spent_s = own.user + own.system + own.children_user + own.children_system
        for process in self._postmaster.children(recursive=True):
            times = process.cpu_times()
            spent_s += times.user + times.system
        return spent_s
