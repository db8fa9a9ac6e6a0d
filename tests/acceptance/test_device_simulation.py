"""`pantau device simulate` against a real broker, ingest process and database."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devices.outbox import Outbox
from tests.acceptance.test_receipts import stored
from tests.acceptance.test_roles import Roles
from tests.fix_broker import BrokerServer
from tests.foreign import hearing
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.database]


def command(folder: Path, *words: str) -> list[str]:
    site = str(folder / "site.yaml")
    return [sys.executable, "-m", "app", "device", "simulate", "pasut-uji", "--config", site, *words]


def start_ingest(roles: Roles, broker: BrokerServer) -> None:
    """Return once Pantau hears: what comes before, a broker without its session throws away."""
    with hearing(broker.port, "pantau/v1/+/canary") as canaries:
        roles.start("ingest")
        until(lambda: bool(canaries), "a canary", timeout_s=30)


def table(output: str) -> list[int]:
    """Return found, published, acknowledged, receipted, sent again, held."""
    row = next(line for line in output.splitlines() if "pasut-uji" in line)
    return [int(cell) for cell in row.replace("│", "|").split("|")[2:-1]]


def test_devices_that_lose_their_network_send_again_and_are_receipted(
    broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    roles = Roles(tmp_path, broker.port, database_url)
    surroundings = {**os.environ, "PANTAU_TEST_DATABASE": database_url}
    try:
        start_ingest(roles, broker)
        done = subprocess.run(
            command(tmp_path, "--every-s", "0.01", "--messages", "200", "--outage", "0.5:1", "--settle-s", "40"),
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, done.stderr
        found, published, acknowledged, receipted, _, held = table(done.stdout)
        assert (found, published, receipted, held) == (0, 200, 200, 0)
        assert acknowledged >= 200
        assert len(stored(database_url)) == 200
    finally:
        roles.stop()


def test_what_a_killed_simulation_had_on_disk_is_sent_by_the_next(
    broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    roles = Roles(tmp_path, broker.port, database_url)
    surroundings = {**os.environ, "PANTAU_TEST_DATABASE": database_url}
    outbox = tmp_path / "data/simulated/pasut-uji.db"
    try:
        # Pantau is away: nothing is receipted.
        first = subprocess.Popen(
            command(tmp_path, "--every-s", "0.01", "--kill-safe"), env=surroundings, stderr=subprocess.DEVNULL
        )
        until(lambda: outbox.with_name("pasut-uji.db-wal").exists(), "it begins", timeout_s=30)
        until(lambda: outbox.with_name("pasut-uji.db-wal").stat().st_size > 600_000, "some are on disk", timeout_s=30)
        first.send_signal(signal.SIGKILL)
        first.wait()
        left = Outbox(outbox)
        kept = len(left)
        left.close()
        assert kept > 20

        start_ingest(roles, broker)
        words = ("--every-s", "0.01", "--messages", "50", "--kill-safe", "--settle-s", "40")
        done = subprocess.run(
            command(tmp_path, *words), env=surroundings, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stderr
        found, published, _, receipted, again, held = table(done.stdout)
        assert (found, published, receipted, held) == (kept, 50, kept + 50, 0)
        assert again >= kept
        assert len(stored(database_url)) == kept + 50
    finally:
        roles.stop()
