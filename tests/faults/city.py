"""A small city whose every part can be hurt: broker, database, wires, and the ingest process."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import psutil
import psycopg

from storage.embedded import DATABASE, SUPERUSER, EmbeddedPostgres
from storage.migrations import migrate
from tests.faults.balance import Balance, read_balance
from tests.faults.publishers import CAREFUL, METRIC, PLAIN
from tests.fix_broker import Mosquitto
from tests.fix_database import kill_family
from tests.ports import free_ports
from tests.relay import Relay

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(broker)d}
database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}
ingest: {canary_s: 0.5}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: %(plain)s, name: A, site: dermaga, interval_s: 1, metrics: {%(metric)s: {unit: cm}}}
  - {id: %(careful)s, name: B, site: dermaga, interval_s: 1, metrics: {%(metric)s: {unit: cm}}}
rules:
  - {id: rob, kind: threshold, metric: %(metric)s, above: 1000000, hysteresis: 5, priority: tinggi}
  - {id: diam, kind: absence, of: sensors}
"""

START_S = 30.0

AUTOSAVE_S = 5.0
"""As the shipped broker configuration says: what came since the last save dies with a killed broker."""


class Ingest:
    """One ingest process."""

    def __init__(self, city: "FaultCity") -> None:
        self.metrics_port = free_ports()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", f"{city.sabotage}\nfrom app.cli import main; main()"),
                *("run", "--role", "ingest"),
                *("--config", str(city.file), "--metrics-port", str(self.metrics_port)),
            ],
            env={**os.environ, **city.surroundings},
            stdin=subprocess.DEVNULL,
            stdout=city.log,
            stderr=city.log,
        )

    def send(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.process.wait(10)

    def balance(self) -> Balance:
        return read_balance(self.metrics_port)

    @property
    def committed(self) -> int:
        """Messages committed by this process, its own canaries included."""
        return sum(self.balance().outcomes["messages"].values())

    def wait_until_it_hears(self) -> None:
        """Return once it has heard its own canary."""
        deadline_s = time.monotonic() + START_S
        while True:
            with suppress(OSError):
                if self.balance().received["messages"]:
                    return
            assert time.monotonic() < deadline_s, f"ingest heard nothing within {START_S:.0f} s"
            time.sleep(0.05)


class FaultCity:
    """Everything between two publishers and a committed row, in a folder of its own; a context manager.

    Args:
        clock: Surroundings of ingest processes that step their clock, none by default.
        volume_mb: Size of a file system for the database alone, None for the machine's own.
        sabotage: Python run in each ingest process before it begins.
        broker_changes: (line of the shipped configuration, what stands there instead) pairs.
    """

    def __init__(
        self,
        *,
        clock: dict[str, str] | None = None,
        volume_mb: int | None = None,
        sabotage: str | None = None,
        broker_changes: Sequence[tuple[str, str]] = (),
    ) -> None:
        # Not below pytest's own folder, which other users may not enter: a server started by root is another user.
        self.folder = Path(tempfile.mkdtemp(prefix="pantau-fault-"))
        self.folder.chmod(0o755)
        self.surroundings = dict(clock or {})
        self.forgettable: tuple[float, float] | None = None
        """Between which moments (monotonic) the broker may forget what it acknowledged, None where it may not."""
        self.mended_s = 0.0
        """When (monotonic) whatever was broken last was whole again."""
        self.restarts = 0
        self.sabotage = sabotage or ""
        self._broker_changes = broker_changes
        self._volume_mb = volume_mb
        self._ending = ExitStack()
        self._closing = threading.Event()
        self.ingests: list[Ingest] = []

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.__exit__)
            self._start()
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for ingest in self.ingests:
            ingest.send(signal.SIGCONT)
            ingest.kill()
        self._ending.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        ending = self._ending
        self.volume = self.folder / "volume"
        self.volume.mkdir()
        if self._volume_mb is not None:
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={self._volume_mb}m,mode=755", "pantau-fault", str(self.volume)],
                check=True,
                capture_output=True,
            )
            ending.callback(subprocess.run, ["umount", "--lazy", str(self.volume)], check=False)
        self.database = EmbeddedPostgres(self.volume / "postgres")
        ending.callback(self.kill_database)
        self.database.start()
        migrate(self.database.url)
        state = self.folder / "mosquitto"
        state.mkdir()
        self.broker_state = state / "mosquitto.db"
        self.broker = Mosquitto(state, *self._broker_changes)
        ending.callback(self.broker.kill)
        self.broker.start()
        self.wires = (Relay(self.broker.port), Relay(self.volume / "postgres" / ".s.PGSQL.5432"))
        for wire in self.wires:
            ending.callback(wire.cut)
            wire.mend()
        to_broker, to_database = self.wires
        self.surroundings["PANTAU_TEST_DATABASE"] = f"postgresql://{SUPERUSER}@127.0.0.1:{to_database.port}/{DATABASE}"
        self.file = self.folder / "site.yaml"
        self.file.write_text(
            SITE % {"broker": to_broker.port, "plain": PLAIN, "careful": CAREFUL, "metric": METRIC}, encoding="utf-8"
        )
        self.log = ending.enter_context((self.folder / "ingest.log").open("ab"))
        self.start_ingest()
        watch = threading.Thread(target=self._supervise, name="supervisor")
        watch.start()
        ending.callback(watch.join, 10)

    def start_ingest(self) -> Ingest:
        """Start an ingest process; beside another one it waits."""
        ingest = Ingest(self)
        self.ingests.append(ingest)
        return ingest

    @property
    def ingest(self) -> Ingest:
        """The process that was started first of those that live."""
        return next(ingest for ingest in self.ingests if ingest.process.poll() is None)

    def mended(self) -> None:
        """Note that whatever was broken is whole again."""
        self.mended_s = time.monotonic()

    def kill_ingest(self) -> None:
        """End the working ingest process without warning; the caller starts another, or one waits."""
        ingest = self.ingest
        self.ingests.remove(ingest)
        ingest.kill()

    def _supervise(self) -> None:
        """Start an ingest process that gave up again, as the platform's supervisor does."""
        while not self._closing.wait(0.2):
            for ingest in list(self.ingests):
                if ingest.process.poll() is not None and ingest in self.ingests and not self._closing.is_set():
                    self.ingests.remove(ingest)
                    self.restarts += 1
                    self.start_ingest()

    def kill_database(self) -> None:
        """End every process of the database at once."""
        if self.database.pid is not None:
            kill_family(self.database.pid)

    def database_processes(self) -> list[psutil.Process]:
        """Return the server and its children."""
        server = psutil.Process(self.database.pid)
        return [server, *server.children(recursive=True)]

    def rows(self) -> list[tuple[str, int, int]]:
        """Return (source, number, how often stored) of every message that is committed."""
        with psycopg.connect(self.database.url, connect_timeout=5) as connection:
            return [
                (str(source), int(raw), int(times))
                for source, raw, times in connection.execute(
                    "SELECT source_id, raw, count(*) FROM reading JOIN series ON series.id = series_id "
                    "WHERE metric = %s GROUP BY source_id, raw",
                    [METRIC],
                )
            ]


class Progress:
    """Follows how many rows are committed, from outside, ten times a second; a context manager."""

    EVERY_S = 0.1

    def __init__(self, city: FaultCity) -> None:
        self._city = city
        self.rows = 0
        self.grew_at: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _follow(self) -> None:
        while not self._stop.wait(self.EVERY_S):
            with (
                suppress(psycopg.Error),
                psycopg.connect(self._city.database.url, connect_timeout=2, autocommit=True) as connection,
            ):
                while not self._stop.wait(self.EVERY_S):
                    (rows,) = connection.execute("SELECT count(*) FROM reading").fetchone() or (0,)
                    if rows > self.rows:
                        self.rows = rows
                        self.grew_at.append((time.monotonic(), rows))

    def recovery_s(self, ended_s: float) -> float | None:
        """Return how long after a moment the first new row was seen, None where none was."""
        return next((at_s - ended_s for at_s, _ in self.grew_at if at_s >= ended_s), None)
