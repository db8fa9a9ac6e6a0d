"""A wire between a client and a server that a test may cut and mend."""

import contextlib
import selectors
import socket
import struct
import threading
from pathlib import Path

from tests.ports import free_ports


class Relay:
    """Passes bytes both ways between its own port and another, while it is mended; begins cut.

    Args:
        target: The server's loopback port, or its Unix socket.
    """

    def __init__(self, target: int | Path) -> None:
        self.port = free_ports()
        self._target = target
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def mend(self) -> None:
        """Accept connections from now on, and pass on what was held up."""
        self._flowing.set()
        if self._listener is not None:
            return
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._run(self._accept, self._listener)

    def stall(self) -> None:
        """Keep every connection, accept new ones, and pass nothing on until mended."""
        self._flowing.clear()

    def cut(self) -> None:
        """End every connection and refuse new ones; returns when it is so."""
        self._end(socket.SHUT_RDWR)

    def reset(self) -> None:
        """End every connection with a reset instead of a farewell, and refuse new ones."""
        for sock in self._open:
            with contextlib.suppress(OSError):
                # Closed with nothing allowed to linger, a TCP socket sends a reset (socket(7)).
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end(socket.SHUT_RD)

    def _end(self, how: int) -> None:
        self._flowing.set()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(how)
        for thread in self._threads:
            thread.join(5)
        self._listener, self._open, self._threads = None, [], []

    def _run(self, work: object, *arguments: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, name="relay", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._open.append(near)
                try:
                    far = self._reach()
                except OSError:
                    near.close()
                    continue
                self._open.append(far)
                self._run(self._pass_on, near, far)

    def _reach(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target), 5)
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(str(self._target))
        except OSError:
            far.close()
            raise
        return far

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for sock in other:
                ready.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    self._flowing.wait()
                    sock = near if key.fileobj is near else far
                    chunk = sock.recv(65536)
                    if not chunk:
                        return
                    other[sock].sendall(chunk)
