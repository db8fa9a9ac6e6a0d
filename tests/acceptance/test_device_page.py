"""The page for device makers: what stands there to be copied is run as it stands, against the roles it is about."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import psycopg
import pytest
from psycopg import sql

from storage.orders import OrderBook
from tests.acceptance.test_device_simulation import start_ingest
from tests.acceptance.test_roles import Roles
from tests.fix_broker import ROOT, BrokerServer
from tests.needs import lacking
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.mosquitto, pytest.mark.database]

PAGE = (ROOT / "docs/devices.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PUBLISHED = [block for block in SHELL if block.startswith("mosquitto_") and "--cafile" not in block]
ASKED = [block for block in SHELL if block.startswith("curl ")]
COMMAND = "019ac04b-0000-7000-8000-000000000001"
"""The command that the page answers."""

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(broker)d}
database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}
web: {port: %(web)d}
ingest: {canary_s: 0.5}
sites:
  - {id: alun-alun, name: Alun-alun, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
  - {id: lasem, name: Lasem, kecamatan: "33.17.14", position: {lat: -6.69, lon: 111.44}}
%(sensors)s
  - id: tasmota-01
    name: Tasmota
    site: alun-alun
    interval_s: 300
    metrics: {temperature: {unit: Cel}, pm25: {unit: ug/m3}}
%(speaks)s
"""


@dataclass
class City:
    """The roles, and how the page's commands reach them."""

    roles: Roles
    database: str
    folder: Path

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql.SQL(question)).fetchall()

    @contextmanager
    def told(self, block: str) -> Iterator[Path]:
        """Run commands of the page on today's date and end what they leave running; what they print is in a file."""
        printed = self.folder / "printed"
        block = block.replace("sleep 1", "sleep 4")  # this machine may be busy
        block = block.replace("2026-11-23", f"{datetime.now(UTC):%Y-%m-%d}").replace(":8080", f":{self.roles.web_port}")
        with printed.open("wb") as out:
            shell = subprocess.Popen(
                ["sh", "-ec", block],
                stdin=subprocess.DEVNULL,
                stdout=out,
                env={**os.environ, "XDG_CONFIG_HOME": str(self.folder)},
                process_group=0,
            )
            try:
                assert shell.wait(20) == 0, block
                yield printed
            finally:
                with suppress(ProcessLookupError):  # nothing was left running
                    os.killpg(shell.pid, signal.SIGKILL)


def snippet(start: str) -> str:
    """Return the YAML of the page that begins so."""
    found = re.search(rf"^```yaml\n({start}.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, start
    return found[1]


@pytest.fixture
def city(each_broker: BrokerServer, database_url: str, tmp_path: Path) -> Iterator[City]:
    if shutil.which("mosquitto_pub") is None or shutil.which("curl") is None:
        lacking("mosquitto_pub and curl", "install Debian's mosquitto-clients and curl")
    roles = Roles(tmp_path, each_broker.port, database_url)
    speaks = indent(dedent(snippet("    speaks:\n      - dialect: tasmota")), "    ")
    (tmp_path / "site.yaml").write_text(
        SITE
        % {
            "broker": each_broker.port,
            "web": roles.web_port,
            "sensors": snippet("sensors:\n  - id: udara-01"),
            "speaks": speaks,
        }
    )
    for program in ("mosquitto_pub", "mosquitto_sub"):
        (tmp_path / program).write_text(f"-p {each_broker.port}\n")  # where they look for their defaults
    try:
        start_ingest(roles, each_broker)
        yield City(roles, database_url, tmp_path)
    finally:
        roles.stop()


def test_every_message_of_the_page_is_taken_as_the_page_says(city: City) -> None:
    assert len(PUBLISHED) >= 11
    with OrderBook(city.database, actor="siti") as book:
        for interval_s in (10, 20, 30):
            book.want("udara-01", {"interval_s": interval_s}, datetime.now(UTC))
        order = book.order("udara-01", "ping", {}, timeout_s=300, now=datetime.now(UTC))
    with psycopg.connect(city.database) as connection:
        connection.execute("UPDATE device_command SET id = %s WHERE id = %s", [COMMAND, order.id])
    for block in PUBLISHED:
        with city.told(block) as printed:
            if "/error" in block:
                until(lambda: b"unknown_metric" in printed.read_bytes(), "the error is told", timeout_s=10)
            if "/receipt" in block:
                until(lambda: b'{"boot":"c3d4","seq":1}' in printed.read_bytes(), "the receipt came", timeout_s=10)
    until(
        lambda: city.rows("SELECT 1 FROM device_command WHERE state = 'done'") != [],
        "the last is committed",
        timeout_s=10,
    )
    assert city.rows("SELECT reason FROM quarantine") == [("unknown_metric",)], "only what the page says is refused"
    assert city.rows("SELECT reported_version FROM device_config") == [(3,)]
    assert city.rows("SELECT kind FROM observation WHERE source_id = 'udara-01'") == [("door_open",)]
    stored = "SELECT source_id, metric, count(*) FROM reading JOIN series ON id = series_id GROUP BY 1, 2 ORDER BY 1, 2"
    assert [row for row in city.rows(stored) if row[0] in {"udara-01", "tasmota-01"}] == [
        ("tasmota-01", "pm25", 1),
        ("tasmota-01", "temperature", 1),
        ("udara-01", "pm25", 5),
        ("udara-01", "temperature", 3),
    ]


def test_every_request_of_the_page_does_what_it_says(city: City) -> None:
    city.roles.start("web")
    until(city.roles.ready, "ready", timeout_s=30)
    (block,) = ASKED
    with city.told(block.replace("curl ", "curl -sS --fail-with-body ")):
        pass
    assert city.rows("SELECT enabled FROM device WHERE id = 'udara-07'") == [(False,)]
    assert city.rows("SELECT metric, note FROM calibration WHERE source_id = 'udara-07'") == [
        ("pm25", "compared by DLH")
    ]
