"""The embedded broker as a process."""

import socket
import subprocess
import sys
import time

import pytest

from events.errors import ConfigError
from ingest.broker import run_broker
from tests.fix_broker import ROOT, BrokerServer, wait_until_listening
from tests.foreign import hearing, publish
from tests.ports import free_ports
from tests.waiting import until

pytestmark = pytest.mark.broker


def test_a_busy_port_is_one_clear_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port} is taken by another program.*broker\.port"):
            run_broker(port)


def test_it_listens_on_loopback_only(broker: BrokerServer) -> None:
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((str(address), broker.port), 0.5)


def test_it_ends_when_asked_and_when_its_supervisor_is_gone() -> None:
    port = free_ports()
    command = [sys.executable, "-c", f"from ingest.broker import run_broker; run_broker({port})"]

    for ending in ("terminate", "orphan"):
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PANTAU_SUPERVISED": "1"}
        )
        assert process.stdin is not None
        wait_until_listening(port, process)
        started_s = time.monotonic()
        if ending == "terminate":
            process.terminate()
        else:
            process.stdin.close()
        assert process.wait(5) == 0
        assert time.monotonic() - started_s < 2
        process.stdin.close()


def test_pictures_pass(each_broker: BrokerServer) -> None:
    picture = b"\xff\xd8\xff" + b"x" * 900_000
    with hearing(each_broker.port, "pantau/v1/+/evidence/+") as heard:
        publish(each_broker.port, [("pantau/v1/cam-1/evidence/0", picture)])
        until(lambda: heard.payloads() == [picture], "the picture arrives")
