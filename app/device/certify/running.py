"""Runs a trial: a broker of its own, the wire before it, and Pantau's part behind it."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from app.device.certify.maker import Maker, Person, Program
from app.device.certify.pantau import Pantau
from app.device.certify.sheet import Sheet
from app.device.certify.trial import Trial
from app.device.certify.wire import Wire
from app.roles import pantau as command_line
from configs.services import Broker
from devices.registry import KnownSource, SourceKind
from events.errors import PlatformError
from events.ids import SourceId
from events.quantities import Quantity

START_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A device to be tried.

    Attributes:
        device: Its id.
        quantities: What it measures, by metric.
        run: Command line that starts it, None where a person runs it.
        restarts: Whether its power may be taken away.
    """

    device: str
    quantities: Mapping[str, Quantity]
    run: str | None = None
    restarts: bool = True


def certify(
    candidate: Candidate,
    *,
    host: str,
    port: int,
    patience_s: float,
    on_ready: Callable[[str, int], None] = lambda _host, _port: None,
    on_step: Callable[[str], None] = lambda _line: None,
    ask: Callable[[str], bool] | None = None,
) -> Sheet:
    """Try a device and return its sheet.

    Args:
        candidate: The device.
        host: Address of this machine on which it comes in.
        port: Port on which it comes in, 0 for any.
        patience_s: How long to wait for anything it should do.
        on_ready: Told where the device is awaited.
        on_step: Told what is being tried.
        ask: Asks a person for something.

    Raises:
        ConfigError: the address cannot be listened on, or the program cannot be started.
        PlatformError: the broker does not start.
    """
    source = KnownSource(
        id=SourceId(candidate.device), kind=SourceKind.SENSOR, quantities=candidate.quantities, interval_s=None
    )
    with _own_broker() as broker:
        wire = Wire(host, port, broker.port)
        maker: Maker = Person(ask)
        if candidate.run is not None:
            maker = Program(candidate.run, host=host, port=wire.port, device=candidate.device)
        pantau = Pantau(broker, source)
        pantau.start()
        try:
            _wait(lambda: pantau.connected)
            on_ready(host, wire.port)
            trial = Trial(candidate.device, pantau, wire, maker, patience_s=patience_s, on_step=on_step)
            return trial.run(restarts=candidate.restarts)
        finally:
            wire.cut()
            pantau.stop()


@contextmanager
def _own_broker() -> Iterator[Broker]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        command_line("service", "broker", "--port", str(port)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: process.poll() is not None or _listens(port))
        yield Broker(port=port)
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + START_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise PlatformError("the trial's own broker did not start")
        time.sleep(0.05)
