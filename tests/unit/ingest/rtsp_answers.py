"""A server that gives one fixed answer to every RTSP request."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator

Answer = Callable[[str, str], bytes | None]
"""From method and CSeq to the bytes sent back; None says nothing and keeps the connection open."""


def status(line: str, *headers: str, body: str = "") -> Answer:
    """Answer OPTIONS well and everything else with this status."""

    def answer(method: str, number: str) -> bytes:
        if method == "OPTIONS":
            return f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nPublic: DESCRIBE\r\n\r\n".encode()
        extra = "".join(f"{header}\r\n" for header in headers)
        return f"RTSP/1.0 {line}\r\nCSeq: {number}\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return answer


def silence(_method: str, _number: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def answering(answer: Answer) -> Iterator[int]:
    """Serve on a free port of loopback and yield the port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                while lines := self._request():
                    number = next((x.partition(":")[2].strip() for x in lines if x.lower().startswith("cseq")), "0")
                    said = answer(lines[0].partition(" ")[0], number)
                    if said is not None:
                        self.wfile.write(said)

        def _request(self) -> list[str]:
            lines: list[str] = []
            while (line := self.rfile.readline().decode().strip()) or not lines:
                if not line:
                    return []
                lines.append(line)
            return lines

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
