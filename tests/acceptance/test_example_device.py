"""The example that device makers copy, killed and started again, against a real broker, ingest process and database."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.test_device_simulation import start_ingest
from tests.acceptance.test_receipts import stored
from tests.acceptance.test_roles import Roles
from tests.fix_broker import ROOT, BrokerServer, Embedded
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.database]


class Example:
    """The example as its maker runs it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.file = folder / "device.db"
        self._words = [sys.executable, str(ROOT / "examples/device.py"), "--port", str(port), "--device", "pasut-uji"]
        self._words += ["--metric", "water_level", "--every", "0.05", "--file", str(self.file)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def ask(self, question: str) -> int:
        """Return a figure of its file, 0 where there is none yet."""
        if not self.file.exists():
            return 0
        with closing(sqlite3.connect(self.file, timeout=10)) as database:
            try:
                (figure,) = database.execute(question).fetchone() or (0,)
            except sqlite3.OperationalError as error:
                assert "no such table" in str(error)  # noqa: PT017 - it has not got so far
                return 0
        return int(figure or 0)

    @property
    def held(self) -> int:
        return self.ask("SELECT count(*) FROM held")

    @property
    def made(self) -> int:
        return self.ask("SELECT seq FROM sqlite_sequence WHERE name = 'held'")


def test_the_example_loses_nothing_when_it_the_broker_and_ingest_are_killed(database_url: str, tmp_path: Path) -> None:
    broker = Embedded()
    broker.start()
    roles = Roles(tmp_path, broker.port, database_url)
    example = Example(tmp_path, broker.port)
    try:
        start_ingest(roles, broker)
        example.start()
        until(lambda: len(stored(database_url)) > 50, "some are stored", timeout_s=30)
        example.kill()
        example.start()
        roles.kill("ingest")
        so_far = example.made
        until(lambda: example.made > so_far + 40, "more are made", timeout_s=30)
        broker.kill()  # and with it everything it had taken
        example.kill()
        example.start()
        broker.start()
        start_ingest(roles, broker)
        until(lambda: len(stored(database_url)) > so_far + 40, "what the broker lost is sent again", timeout_s=60)
        example.kill()
        made = example.made
        example.start()
        until(lambda: len(stored(database_url)) > made, "the last run sends what the one before held", timeout_s=60)
        example.kill()
        held, made = example.held, example.made
        until(lambda: len(stored(database_url)) >= made - held, "everything it forgot is stored", timeout_s=30)
    finally:
        example.kill()
        roles.stop()
        broker.kill()
    # Stored is what it gave up; of what it still held, some may be stored too. Nothing twice, nothing missing.
    assert made - held <= len(stored(database_url)) <= made
    assert held < 200


def test_a_device_whose_example_file_is_gone_begins_a_new_run(broker: BrokerServer, tmp_path: Path) -> None:
    example = Example(tmp_path, broker.port)
    example.start()
    until(lambda: example.made > 3, "some are made", timeout_s=20)
    example.kill()
    example.file.unlink()
    example.start()
    until(lambda: example.made > 3, "it begins anew", timeout_s=20)
    example.kill()
    assert example.ask("SELECT count(DISTINCT boot) FROM held") == 1
