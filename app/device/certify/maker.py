"""Whoever runs the device: a program that the trial starts and kills, or a person who is asked to."""

import os
import shlex
import subprocess
from collections.abc import Callable
from typing import Protocol

from events.errors import ConfigError


class Maker(Protocol):
    """Runs the device."""

    def start(self) -> None:
        """Let it run."""
        ...

    def restart(self) -> bool:
        """Take its power away and give it back; tell whether that was done."""
        ...

    def stop(self) -> None:
        """Let it end."""
        ...


class Program:
    """A maker's program, killed like a device that loses its power.

    Args:
        command: Command line; `{host}`, `{port}` and `{id}` stand for the broker's address and the device's id.
        host: Address of the broker.
        port: Port of the broker.
        device: The device's id.
    """

    def __init__(self, command: str, *, host: str, port: int, device: str) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ConfigError(f"--run {command}: {error}") from error
        for name, value in (("{host}", host), ("{port}", str(port)), ("{id}", device)):
            words = [word.replace(name, value) for word in words]
        self._words = words
        self._surroundings = {
            **os.environ,
            "PANTAU_HOST": host,
            "PANTAU_PORT": str(port),
            "PANTAU_DEVICE": device,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own.

        Raises:
            ConfigError: it cannot be started.
        """
        try:
            self._process = subprocess.Popen(
                self._words,
                env=self._surroundings,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(f"--run {self._words[0]}: cannot be started: {error.strerror}") from error

    def restart(self) -> bool:
        """Kill it without warning and start it again."""
        self.stop()
        self.start()
        return True

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Person:
    """Somebody at the device.

    Args:
        ask: Shows a request and returns when it was fulfilled; tells whether it was. None where nobody is there.
    """

    def __init__(self, ask: Callable[[str], bool] | None) -> None:
        self._ask = ask

    def start(self) -> None:
        """Do nothing: the device runs already, or will soon."""

    def restart(self) -> bool:
        """Ask for a restart."""
        return self._ask is not None and self._ask("Take the device's power away, wait 5 seconds, and give it back.")

    def stop(self) -> None:
        """Do nothing."""
