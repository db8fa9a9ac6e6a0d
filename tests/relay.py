"""A wire between a client and a server that a test may cut and mend."""

import contextlib
import selectors
import socket
import threading

from tests.fix_broker import free_port


class Relay:
    """Passes bytes both ways between its own port and another, while it is mended; begins cut."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self._target_port = target_port
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def mend(self) -> None:
        """Accept connections from now on."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._run(self._accept, self._listener)

    def cut(self) -> None:
        """End every connection and refuse new ones; returns when it is so."""
        for sock in (self._listener, *self._open):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
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
                    far = socket.create_connection(("127.0.0.1", self._target_port), 5)
                except OSError:
                    near.close()
                    continue
                self._open.append(far)
                self._run(self._pass_on, near, far)

    @staticmethod
    def _pass_on(near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for sock in other:
                ready.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    sock = near if key.fileobj is near else far
                    chunk = sock.recv(65536)
                    if not chunk:
                        return
                    other[sock].sendall(chunk)
