"""What messages to people end in: a mail server and a web server of the test's own."""

import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from tests.ports import free_ports


class _Mails(MailHandler):
    def __init__(self) -> None:
        super().__init__()
        self.taken: list[EmailMessage] = []

    def handle_message(self, message: Message) -> None:
        parsed = BytesParser(policy=policy.default).parsebytes(message.as_bytes())
        assert isinstance(parsed, EmailMessage)
        self.taken.append(parsed)


@pytest.fixture
def mail_server() -> Iterator[tuple[str, list[EmailMessage]]]:
    """Run a mail server; return a channel's address at it, and the mails it has taken."""
    mails = _Mails()
    server = Controller(mails, hostname="127.0.0.1", port=free_ports())
    server.start()
    try:
        yield (
            f"mailto://127.0.0.1:{server.port}?from=pantau@contoh.go.id&to=piket@contoh.go.id&mode=insecure",
            mails.taken,
        )
    finally:
        server.stop()


@pytest.fixture
def web_hook() -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """Run a web server that takes what is sent; return its port, and paths and bodies of the calls to it."""
    calls: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            calls.append((self.path, b""))
            self.send_response(200 if self.path == "/alive" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, calls
    server.shutdown()
    thread.join()
    server.server_close()
