"""MQTT brokers: the embedded one everywhere, Mosquitto where Debian has it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from configs.services import Broker
from tests.needs import lacking
from tests.ports import free_ports

ROOT = Path(__file__).parents[1]
START_S = 10.0


def wait_until_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once something accepts connections on the port.

    Raises:
        TimeoutError: nothing did, or the process ended.
    """
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}; exit status {process.poll()}")


class BrokerServer(Protocol):
    """A real broker in a process of its own that a test may kill and start again on the same port."""

    port: int
    keeps_sessions: bool
    """Whether sessions outlive an orderly stop."""

    def start(self) -> None:
        """Start; returns when connections are accepted."""

    def stop(self) -> None:
        """Ask it to end and wait."""

    def kill(self) -> None:
        """End it without warning."""

    def freeze(self) -> None:
        """Stop it from answering without closing its connections; `kill` still works."""


class _Server:
    keeps_sessions = False

    def __init__(self) -> None:
        self.port = free_ports()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        self._process = subprocess.Popen(self.command(), cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self._process)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)
        if self._process is not None:
            self._process.wait(10)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)


class Embedded(_Server):
    """The embedded broker, as the platform runs it."""

    def command(self) -> list[str]:
        return [sys.executable, "-c", f"from ingest.broker import run_broker; run_broker({self.port})"]


class Mosquitto(_Server):
    """Debian's Mosquitto with the configuration we ship, moved to a free port and a folder of the test.

    Args:
        folder: Where it keeps its state.
        changes: (line of ours, what stands there instead) pairs.
    """

    keeps_sessions = True

    def __init__(self, folder: Path, *changes: tuple[str, str]) -> None:
        super().__init__()
        moved = (ROOT / "deploy/mosquitto/pantau.conf").read_text()
        for line, instead in (
            ("listener 1883 127.0.0.1", f"listener {self.port} 127.0.0.1"),
            ("persistence_location /var/lib/mosquitto/", f"persistence_location {folder}/"),
            *changes,
        ):
            assert f"\n{line}\n" in moved
            moved = moved.replace(f"\n{line}\n", f"\n{instead}\n")
        self._file = folder / "pantau.conf"
        # Started as root it would become another user, who may not write to the test's folder.
        self._file.write_text(f"{moved}\nuser {pwd.getpwuid(os.getuid()).pw_name}\n")

    def command(self) -> list[str]:
        program = mosquitto_program()
        assert program is not None
        return [program, "-c", str(self._file)]


def mosquitto_program() -> str | None:
    """Return where Mosquitto lies, None where it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _started(server: _Server) -> Iterator[BrokerServer]:
    server.start()
    yield server
    server.kill()


@pytest.fixture
def broker() -> Iterator[BrokerServer]:
    """The embedded broker on a free port."""
    yield from _started(Embedded())


@pytest.fixture(
    params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)],
)
def each_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerServer]:
    """Each kind of broker in turn."""
    if request.param == "embedded":
        yield from _started(Embedded())
        return
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    yield from _started(Mosquitto(folder))


@pytest.fixture
def broker_section(broker: BrokerServer) -> Broker:
    """The site file's broker section for `broker`."""
    return Broker(port=broker.port)
