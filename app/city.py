"""A whole city on one machine: embedded services, every role, and their supervision."""

import fcntl
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import structlog

from app.database import embedded_postgres, prepare
from app.roles import broker_program, ingest_program, notify_programs, vision_programs, web_program
from configs.site import SiteFile
from events.errors import ConfigError, PlatformError, StorageError
from runtime.processes import Program, Supervisor

log = structlog.get_logger(__name__)

BROKER_START_S = 15.0

LOCK = "lock"
"""File in the data folder that the Pantau running on it holds."""

Progress = Callable[[str], None]
"""Called with a short line when a new step begins."""


class City:
    """Starts, watches and stops everything that a site file asks for on this machine."""

    def __init__(self, site: SiteFile, file: Path, *, log_folder: Path | None = None) -> None:
        """Prepare; nothing runs yet.

        Args:
            site: The loaded site file.
            file: Where it lies, for the roles to load it themselves.
            log_folder: Where the roles' output goes, None for this terminal.
        """
        self._site = site
        self._file = file
        self._metrics_folder = site.data_dir / "run" / "metrics"
        self._supervisor = Supervisor(log_folder=log_folder, metrics_folder=self._metrics_folder)
        self._postgres = embedded_postgres(site) if site.database.embedded else None
        self._lock: IO[bytes] | None = None

    def start(self, *, on_progress: Progress) -> None:
        """Start services, then every role but vision.

        Raises:
            ConfigError: A port is taken, or another Pantau runs on the same data.
            PlatformError: A service did not start.
        """
        self._lock = take_over(self._site.data_dir)
        require_free_port(self._site.web.port, "web.port")
        if self._site.broker.embedded:
            require_free_port(self._site.broker.port, "broker.port")
        self._make_metrics_folder()
        on_progress("database")
        if self._postgres is not None:
            self._postgres.start()
        prepare(self._site)
        if self._site.broker.embedded:
            on_progress("broker")
            self._supervisor.start(broker_program(self._site))
            self._wait_for_port(self._site.broker.port, "broker")
        programs = [ingest_program(self._file), web_program(self._file), *notify_programs(self._site, self._file)]
        self._start_all(programs, on_progress)

    def start_vision(self, *, on_progress: Progress) -> None:
        """Start the vision workers: the last, because they speak to all the others."""
        self._start_all(vision_programs(self._site, self._file), on_progress)

    def add(self, program: Program) -> None:
        """Start something else that belongs to this city, such as the demo's sensors, and keep it running."""
        self._supervisor.start(program)

    def check(self) -> None:
        """Restart what has died; call this a few times a second.

        Raises:
            ConfigError: A role refuses its configuration.
        """
        self._supervisor.check()
        if self._postgres is not None and self._postgres.pid is None:
            log.warning("the embedded database ended and is started again")
            try:
                self._postgres.start()
            except StorageError as error:
                log.error("the embedded database does not start", problem=str(error))  # noqa: TRY400 - expected, named

    def stop(self) -> None:
        """Stop everything; leaves no process behind."""
        self._supervisor.stop()
        if self._lock is None:
            return  # never begun: a database that runs on this folder is another Pantau's
        if self._postgres is not None:
            self._postgres.stop()
        self._lock.close()
        self._lock = None

    def pid(self, name: str) -> int | None:
        """Return the process id of a role or service, None while it is not running."""
        return self._supervisor.pid(name)

    @property
    def restarts(self) -> dict[str, int]:
        """How often each part had to be started again."""
        return dict(self._supervisor.restarts)

    def _start_all(self, programs: Sequence[Program], on_progress: Progress) -> None:
        for program in programs:
            on_progress(program.name)
            self._supervisor.start(program)

    def _make_metrics_folder(self) -> None:
        shutil.rmtree(self._metrics_folder, ignore_errors=True)  # figures of processes that are gone
        self._metrics_folder.mkdir(parents=True)

    def _wait_for_port(self, port: int, name: str) -> None:
        deadline = time.monotonic() + BROKER_START_S
        while time.monotonic() < deadline:
            self._supervisor.check()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise PlatformError(f"the {name} did not open port {port} within {BROKER_START_S:.0f} s")


def take_over(data_dir: Path) -> IO[bytes]:
    """Become the only Pantau on a data folder, until the returned file is closed or this process ends.

    Raises:
        ConfigError: Another Pantau runs on it, or it cannot be used.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / LOCK).open("wb")
    except OSError as error:
        raise ConfigError(
            f"data_dir: {data_dir} cannot be used ({error.strerror}); "
            "let the user who runs Pantau write there, or choose another data_dir"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigError(
            f"another Pantau already runs on {data_dir}: stop it, or give this one another data_dir"
        ) from None
    return lock


def require_free_port(port: int, setting: str) -> None:
    """Check that a loopback port can be listened on.

    Raises:
        ConfigError: It cannot; the message says what to do.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"port {port} ({setting}) cannot be used: {error.strerror}. "
                "Stop the program that holds it, or choose another port"
            ) from error
