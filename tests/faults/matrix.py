"""The faults, and how each is inflicted on a city under load."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.faults.city import AUTOSAVE_S, FaultCity
from tests.fix_broker import mosquitto_program

VOLUME_MB = 400
"""Room for a new database with its journal, and for a fault's load; the ballast takes the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to be hurt.

    Attributes:
        name: For the command line and a test's name.
        title: For the table.
        inflict: Hurts a city for so many seconds, and mends it.
        short_s: How long in the normal test run, None where it is too long for that.
        full_s: How long in the full matrix.
        lacking: Returns what it takes and this machine has not, None where all is there.
        city: What the city must be made with.
    """

    name: str
    title: str
    inflict: Callable[[FaultCity, float], None]
    short_s: float | None = 0.0
    full_s: float = 0.0
    lacking: Callable[[], str | None] = lambda: None
    city: Callable[[Path], Mapping[str, object]] = field(default=lambda _folder: {})


def kill_ingest(city: FaultCity, _for_s: float) -> None:
    """Kill the ingest process and start it again, twice."""
    for _ in range(2):
        city.kill_ingest()
        city.start_ingest()
        city.mended()
        _wait_for_commits(city)


def kill_ingest_beside_another(city: FaultCity, for_s: float) -> None:
    """Kill the ingest process while another of the same name waits."""
    city.start_ingest()
    time.sleep(for_s)
    city.kill_ingest()
    city.mended()


def freeze_ingest(city: FaultCity, for_s: float) -> None:
    """Stop the ingest process without ending it."""
    ingest = city.ingest
    ingest.send(signal.SIGSTOP)
    time.sleep(for_s)
    ingest.send(signal.SIGCONT)
    city.mended()


def freeze_ingest_beside_another(city: FaultCity, for_s: float) -> None:
    """Stop the ingest process while another waits: that one takes over, and the first must see it when it wakes."""
    ingest = city.ingest
    city.start_ingest()
    time.sleep(3.0)
    ingest.send(signal.SIGSTOP)
    time.sleep(1.0)  # what was committed before has been seen by now
    city.mended()  # not by the waking: by the other
    time.sleep(for_s)
    ingest.send(signal.SIGCONT)
    time.sleep(2.0)
    assert ingest.process.poll() is None


def kill_database(city: FaultCity, for_s: float) -> None:
    """Kill every process of the database, and start it again."""
    city.kill_database()
    time.sleep(for_s)
    city.database.start()
    city.mended()


def freeze_database(city: FaultCity, for_s: float) -> None:
    """Stop every process of the database without ending any."""
    processes = city.database_processes()
    _signal_all(processes, signal.SIGSTOP)
    time.sleep(for_s)
    _signal_all(processes, signal.SIGCONT)
    city.mended()


def kill_broker(city: FaultCity, for_s: float) -> None:
    """Kill ingest, let a backlog gather, and kill the broker too: what it saved must come back."""
    city.kill_ingest()
    time.sleep(for_s)
    killed_s = time.monotonic()
    # A save takes a moment too, and the next interval begins after it.
    city.forgettable = (killed_s - AUTOSAVE_S - 1, killed_s)
    city.broker.kill()
    city.broker.start()
    city.start_ingest()
    city.mended()


def forget_session(city: FaultCity, for_s: float) -> None:
    """Kill ingest, let a backlog gather, kill the broker too and take its disk away: the backlog is gone.

    Until ingest has subscribed again, the broker acknowledges what it hands to nobody.
    """
    city.kill_ingest()
    time.sleep(for_s)
    city.broker.kill()
    city.broker_state.unlink(missing_ok=True)
    city.broker.start()
    ingest = city.start_ingest()
    city.mended()
    ingest.wait_until_it_hears()
    city.forgettable = (0.0, time.monotonic())


def stall_wires(city: FaultCity, for_s: float) -> None:
    """Let both wires of the ingest process pass nothing, without a word to anybody."""
    for wire in city.wires:
        wire.stall()
    time.sleep(for_s)
    for wire in city.wires:
        wire.mend()
    city.mended()


def reset_wires(city: FaultCity, for_s: float) -> None:
    """Reset every connection of the ingest process, three times, and refuse new ones for a while."""
    for _ in range(3):
        for wire in city.wires:
            wire.reset()
        time.sleep(for_s / 3)
        for wire in city.wires:
            wire.mend()
        city.mended()
        _wait_for_commits(city)


def fill_disk(city: FaultCity, for_s: float) -> None:
    """Leave no room on the database's volume; start the database again if it gave up."""
    ballast = city.volume / "ballast"
    before = city.ingest.balance().retries
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 10))
    deadline_s = time.monotonic() + 30
    while city.ingest.balance().retries == before:
        assert time.monotonic() < deadline_s, "the full disk was not felt"
        time.sleep(0.05)
    time.sleep(for_s)
    ballast.unlink()
    if city.database.pid is None:
        city.database.start()
    city.mended()


def step_clock(city: FaultCity, for_s: float) -> None:
    """Set the ingest process's clock an hour ahead, then an hour back, then right."""
    for offset in ("+3600", "-3600", "+0"):
        Path(city.surroundings[STEPS]).write_text(offset)
        time.sleep(for_s / 3)


STEPS = "FAKETIME_TIMESTAMP_FILE"


def stepped_clock(folder: Path) -> Mapping[str, object]:
    """Return what makes processes read their wall clock through Debian's faketime; intervals stay true."""
    steps = folder / "clock"
    steps.write_text("+0")
    library = faketime_library()
    assert library is not None
    return {
        "clock": {
            "LD_PRELOAD": str(library),
            STEPS: str(steps),
            # As in a machine whose clock is set: monotonic time goes on.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
    }


def faketime_library() -> Path | None:
    """Return Debian's libfaketime for programs with threads."""
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def lacks_faketime() -> str | None:
    """Return what a stepped clock takes."""
    return None if faketime_library() else "faketime (install Debian's package of that name)"


def lacks_volume() -> str | None:
    """Return what a volume of its own takes: mounting must be allowed."""
    how = "a small file system of its own for the database: run as root, where mounting is allowed"
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return how
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "probe", folder]
        tried = subprocess.run(mount, check=False, capture_output=True)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=False)
    return None if tried.returncode == 0 else how


def lacks_mosquitto() -> str | None:
    """Return what every fault takes."""
    return None if mosquitto_program() else "mosquitto (install Debian's package of that name)"


def _wait_for_commits(city: FaultCity) -> None:
    """Return once something is committed again: a canary, where nothing else is left."""
    city.ingest.wait_until_it_hears()
    before = city.ingest.committed
    deadline_s = time.monotonic() + 60
    while city.ingest.committed == before:
        assert time.monotonic() < deadline_s, "nothing is committed any more"
        time.sleep(0.1)


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


OF_PROCESSES = (
    Fault(name="ingest_killed", title="kill -9 ingest, twice", inflict=kill_ingest),
    Fault(
        name="ingest_killed_beside_another",
        title="kill -9 ingest while a second one waits",
        inflict=kill_ingest_beside_another,
        short_s=2.0,
        full_s=3.0,
    ),
    Fault(name="ingest_stopped", title="ingest stopped (SIGSTOP)", inflict=freeze_ingest, short_s=3.0, full_s=150.0),
    Fault(
        name="ingest_stopped_beside_another",
        title="ingest stopped while a second one waits",
        inflict=freeze_ingest_beside_another,
        short_s=26.0,
        full_s=60.0,
    ),
    Fault(name="database_killed", title="kill -9 PostgreSQL, restart", inflict=kill_database, short_s=0.5, full_s=2.0),
    Fault(
        name="database_stopped", title="PostgreSQL stopped (SIGSTOP)", inflict=freeze_database, short_s=3.0, full_s=30.0
    ),
)

OF_SURROUNDINGS = (
    Fault(
        name="broker_killed",
        title="kill -9 Mosquitto with persistence",
        inflict=kill_broker,
        short_s=AUTOSAVE_S + 1.5,
        full_s=12.0,
    ),
    Fault(name="session_lost", title="Mosquitto's session lost", inflict=forget_session, short_s=1.0, full_s=5.0),
    Fault(name="wires_stalled", title="both wires of ingest stall", inflict=stall_wires, short_s=3.0, full_s=75.0),
    Fault(name="wires_reset", title="both wires of ingest reset, thrice", inflict=reset_wires, short_s=1.5, full_s=9.0),
    Fault(
        name="disk_full",
        title="disk full on the database's volume",
        inflict=fill_disk,
        short_s=1.0,
        full_s=20.0,
        lacking=lacks_volume,
        city=lambda _folder: {"volume_mb": VOLUME_MB},
    ),
    Fault(
        name="clock_stepped",
        title="clock stepped an hour ahead and back",
        inflict=step_clock,
        short_s=4.5,
        full_s=15.0,
        lacking=lacks_faketime,
        city=stepped_clock,
    ),
)

FAULTS = (*OF_PROCESSES, *OF_SURROUNDINGS)
