"""Interrupts a thread that waits in `poll`."""

import contextlib
import socket


class Wakeup:
    """A pair of sockets: signalling makes one readable. Any number of signals before a clear count as one."""

    def __init__(self) -> None:
        self._inside, self._outside = socket.socketpair()
        self._inside.settimeout(0)
        self._outside.settimeout(0)

    def signal(self) -> None:
        """Make `fileno` readable; harmless after `close`."""
        # A full buffer is a signal already; a closed one has nobody left to wake.
        with contextlib.suppress(OSError):
            self._outside.send(b"\0")

    def clear(self) -> None:
        """Make `fileno` unreadable until the next signal."""
        with contextlib.suppress(BlockingIOError):
            while self._inside.recv(4096):
                pass

    def fileno(self) -> int:
        """File descriptor to wait for."""
        return self._inside.fileno()

    def close(self) -> None:
        """Give the sockets back."""
        self._inside.close()
        self._outside.close()
