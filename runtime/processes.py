"""Supervision: programs that are started together, restarted when they die, and stopped together."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from events.errors import ConfigError
from runtime import environment, metrics
from runtime.backoff import full_jitter

log = structlog.get_logger(__name__)

EXIT_CONFIG = 2
"""Exit status of a program whose configuration is wrong: restarting would not help."""

HEALTHY_AFTER_S = 30.0
"""A program that has run this long is healthy again: its next restart is prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program to keep running.

    Attributes:
        name: What people call it; also the name of its log file.
        argv: Command and arguments.
        environment: Variables added to the supervisor's own.
        last: Stopped after the others, because they still need it while they stop.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    last: bool = False


@dataclass(slots=True)
class _Running:
    program: Program
    process: "subprocess.Popen[bytes] | None"
    started_at: float
    pauses: Iterator[float]
    restart_at: float | None = None
    restarts: int = 0


class Supervisor:
    """Keeps programs running, each in a session of its own so that Ctrl-C reaches only the supervisor."""

    def __init__(
        self, *, log_folder: Path | None = None, metrics_folder: Path | None = None, grace_s: float = 3.0
    ) -> None:
        """Prepare.

        Args:
            log_folder: Where each program's output goes, a file each; None leaves it on this terminal.
            metrics_folder: Where the programs share their metrics; None where each keeps its own.
            grace_s: How long programs may take to stop before they are killed.
        """
        self._log_folder = log_folder
        self._metrics_folder = metrics_folder
        self._grace_s = grace_s
        self._running: dict[str, _Running] = {}

    def start(self, program: Program) -> None:
        """Start a program; from now on `check` keeps it running."""
        running = _Running(program, None, 0.0, full_jitter(first_s=0.5, longest_s=30.0))
        self._running[program.name] = running
        self._launch(running)

    def check(self) -> None:
        """Restart what has died; call this about every quarter of a second.

        Raises:
            ConfigError: A program says that its configuration is wrong.
        """
        now = time.monotonic()
        for running in self._running.values():
            if running.restart_at is not None:
                if now >= running.restart_at:
                    running.restart_at = None
                    running.restarts += 1
                    self._launch(running)
                continue
            status = running.process.poll() if running.process is not None else None
            if status is None:
                continue
            if running.process is not None and self._metrics_folder is not None:
                metrics.forget_process(running.process.pid, self._metrics_folder)
            if status == EXIT_CONFIG:
                where = f"; see {self._log_path(running.program)}" if self._log_folder else ""
                raise ConfigError(f"{running.program.name} refused its configuration{where}")
            if now - running.started_at > HEALTHY_AFTER_S:
                running.pauses = full_jitter(first_s=0.5, longest_s=30.0)
            pause_s = next(running.pauses)
            running.restart_at = now + pause_s
            log.warning(
                "a program ended and is started again",
                program=running.program.name,
                status=status,
                pause_s=round(pause_s, 1),
            )

    def stop(self) -> None:
        """Ask every program to stop, the ones marked `last` after the others; kill what does not listen."""
        for last in (False, True):
            group = [r for r in self._running.values() if r.program.last is last and r.process is not None]
            for running in group:
                if running.process is not None and running.process.poll() is None:
                    running.process.terminate()
            deadline = time.monotonic() + self._grace_s
            for running in group:
                self._reap(running, deadline)
        self._running.clear()

    def pid(self, name: str) -> int | None:
        """Return the process id of a program, None while it is not running."""
        process = self._running[name].process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def restarts(self) -> Mapping[str, int]:
        """How often each program had to be started again."""
        return {name: running.restarts + (running.restart_at is not None) for name, running in self._running.items()}

    def _launch(self, running: _Running) -> None:
        program = running.program
        _forget(running.process)
        surroundings = {**os.environ, **program.environment, environment.SUPERVISED: "1"}
        if self._metrics_folder is not None:
            surroundings[environment.METRICS_FOLDER] = str(self._metrics_folder)
        if self._log_folder is None:
            running.process = self._popen(program, surroundings, None)
        else:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            with self._log_path(program).open("ab") as output:
                running.process = self._popen(program, surroundings, output.fileno())
        running.started_at = time.monotonic()
        log.debug("started a program", program=program.name, pid=running.process.pid)

    @staticmethod
    def _popen(program: Program, surroundings: Mapping[str, str], output: int | None) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            program.argv,
            env=surroundings,
            stdin=subprocess.PIPE,  # closes when this process dies, however it dies
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def _log_path(self, program: Program) -> Path:
        if self._log_folder is None:
            raise ValueError("programs write to the terminal")
        return self._log_folder / f"{program.name}.log"

    @staticmethod
    def _reap(running: _Running, deadline: float) -> None:
        process = running.process
        if process is None:
            return
        try:
            process.wait(max(deadline - time.monotonic(), 0.05))
        except subprocess.TimeoutExpired:
            log.warning("a program did not stop in time and was killed", program=running.program.name)
            process.kill()
            process.wait()
        _forget(process)


def _forget(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None and process.stdin is not None:
        process.stdin.close()
