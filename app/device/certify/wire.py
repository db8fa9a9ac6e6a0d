"""The wire between a device and the broker, which the trial cuts and mends."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

from app.device.certify.packets import PacketReader, Published
from events.errors import ConfigError

_CHUNK_BYTES = 65_536
_CONNECT_S = 5.0


class Wire:
    """Passes bytes both ways between an address of this machine and a local port, while it is mended; begins cut.

    Args:
        host: Address on which devices come in.
        port: Port on which they come in, 0 for any that is free.
        target_port: Loopback port of the broker.

    Raises:
        ConfigError: nobody can listen there.
    """

    def __init__(self, host: str, port: int, target_port: int) -> None:
        self.host = host
        self.port = port
        self._target_port = target_port
        self.published: list[Published] = []
        """What devices published, by its packets."""
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.mend()
        self.cut()

    def mend(self) -> None:
        """Accept connections from now on."""
        try:
            self._listener = socket.create_server((self.host, self.port))
        except OSError as error:
            raise ConfigError(
                f"{self.host}:{self.port}: devices cannot come in there ({error.strerror}); choose another --listen"
            ) from error
        self.port = self._listener.getsockname()[1]
        self._run(self._accept, self._listener)

    def cut(self) -> None:
        """End every connection without a word and refuse new ones; returns when it is so."""
        for sock in (self._listener, *self._open):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_CONNECT_S + 1)
        self._listener, self._open, self._threads = None, [], []

    def _run(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, name="wire", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._open.append(near)
                try:
                    far = socket.create_connection(("127.0.0.1", self._target_port), _CONNECT_S)
                except OSError:
                    near.close()
                    continue
                self._open.append(far)
                self._run(self._pass_on, near, far)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        reader = PacketReader()
        other = {near: far, far: near}
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for sock in other:
                ready.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    sock = near if key.fileobj is near else far
                    chunk = sock.recv(_CHUNK_BYTES)
                    if not chunk:
                        return
                    if sock is near:
                        self.published += reader.feed(chunk)
                    other[sock].sendall(chunk)
