"""The ingest, web and notify roles as processes with their limited logins, against servers that the site file names."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import paho.mqtt.client as paho
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.acceptance.listener import Listener
from tests.fix_broker import BrokerServer
from tests.fix_logins import INGEST, WEB, by
from tests.ports import free_ports
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.database]

MESSAGES = 2_000
TOPIC = "pantau/v1/pasut-uji/telemetry"

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(broker)d}
database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}
web: {port: %(web)d}
ingest: {canary_s: 0.5}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - id: pasut-uji
    name: Pasang surut uji
    site: dermaga
    interval_s: 1
    metrics: {water_level: {unit: cm, minimum: -100, maximum: 400}}
notifications:
  channels: [{id: piket, url: "json://127.0.0.1:%(telephone)d/"}]
  escalation: {tinggi: [{after_s: 0, to: [piket]}]}
rules:
  - {id: rob, kind: threshold, metric: water_level, above: 100, hysteresis: 5, priority: tinggi}
"""


class Roles:
    """Roles of one city, each a process that can be killed and started again."""

    def __init__(self, folder: Path, broker_port: int, database: str, *, limited: bool = False) -> None:
        self.web_port, self.telephone_port = free_ports(1), free_ports(1)
        self.root = f"http://127.0.0.1:{self.web_port}"
        self._file = folder / "site.yaml"
        self._file.write_text(SITE % {"broker": broker_port, "web": self.web_port, "telephone": self.telephone_port})
        self._database, self._limited = database, limited
        self._log = (folder / "roles.log").open("ab")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str) -> None:
        login = WEB if role == "web" else INGEST
        url = by(self._database, login) if self._limited else self._database
        self.processes[role] = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--role", role, "--config", str(self._file)],
            env={**os.environ, "PANTAU_TEST_DATABASE": url},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def kill(self, role: str) -> None:
        self.processes[role].send_signal(signal.SIGKILL)
        self.processes[role].wait(10)

    def said(self) -> str:
        """Return the end of what the roles wrote."""
        return Path(self._log.name).read_text(errors="replace")[-6000:]

    def stop(self) -> dict[str, int]:
        """Ask every role to end; return exit statuses."""
        for process in self.processes.values():
            process.terminate()  # does nothing to one that has ended
        statuses = {role: process.wait(10) for role, process in self.processes.items()}
        self._log.close()
        return statuses

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.root + "/readyz", timeout=5):
                return True
        except OSError:
            return False


@pytest.fixture
def roles(each_broker: BrokerServer, limited: str, tmp_path: Path) -> Iterator[Roles]:
    city = Roles(tmp_path, each_broker.port, limited, limited=True)
    city.start("ingest")
    city.start("web")
    try:
        until(city.ready, "ready: " + (tmp_path / "roles.log").read_text(), timeout_s=30)
        yield city
    finally:
        city.stop()


@pytest.fixture
def device(each_broker: BrokerServer) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="a-foreign-device")
    client.connect("127.0.0.1", each_broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def test_a_reading_becomes_an_alarm_on_the_stream(roles: Roles, device: paho.Client) -> None:
    with Listener(roles.root + "/api/v1/alarms/stream", last_event_id=0) as stream:
        device.publish(TOPIC, json.dumps({"values": {"water_level": 104}}), qos=1).wait_for_publish(10)
        alarm = stream.wait_for(lambda alarm: alarm["source_id"] == "pasut-uji")
    assert (alarm["value"], alarm["unit"], alarm["priority"], alarm["state"]) == (104, "cm", "tinggi", "UNACK")


def test_what_the_broker_accepted_is_stored_exactly_once_although_ingest_is_killed(
    roles: Roles, device: paho.Client, each_database: str
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=4)
    accepted: list[datetime] = []

    def publish_all() -> None:
        for number in range(MESSAGES):
            ts = start + timedelta(milliseconds=100 * number)
            body = {"ts": ts.isoformat(), "values": {"water_level": number % 90}}
            device.publish(TOPIC, json.dumps(body), qos=1).wait_for_publish(30)
            accepted.append(ts)

    publisher = threading.Thread(target=publish_all)
    publisher.start()
    for share in (0.25, 0.5):
        until(lambda share=share: len(accepted) > MESSAGES * share, "some accepted", timeout_s=60)  # type: ignore[misc]
        roles.kill("ingest")
        roles.start("ingest")
    publisher.join(60)
    assert len(accepted) == MESSAGES

    def stored() -> list[datetime]:
        with psycopg.connect(each_database) as connection:
            return [ts for (ts,) in connection.execute("SELECT ts FROM reading").fetchall()]

    try:
        until(lambda: len(stored()) >= MESSAGES, "all committed", timeout_s=60)
    except AssertionError as error:
        error.add_note(f"{len(stored())} of {MESSAGES} are stored; {roles.said()}")
        raise
    assert sorted(stored()) == sorted(accepted)


class Telephone(BaseHTTPRequestHandler):
    """Takes what is sent to the duty officer."""

    rung: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.rung.append(json.loads(body)["title"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_alarm_is_told_to_people_once(roles: Roles, device: paho.Client) -> None:
    with HTTPServer(("127.0.0.1", roles.telephone_port), Telephone) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Telephone.rung.clear()
        roles.start("notify")
        device.publish(TOPIC, json.dumps({"values": {"water_level": 104}}), qos=1).wait_for_publish(10)
        until(lambda: bool(Telephone.rung), "somebody is called", timeout_s=30)
        device.publish(TOPIC, json.dumps({"values": {"water_level": 105}}), qos=1).wait_for_publish(10)
        time.sleep(3.0)  # as long as a second call would take, with room
        server.shutdown()
    assert Telephone.rung == ["[TINGGI] Muka air tinggi 104 cm"]


def test_roles_end_in_good_order_when_asked(roles: Roles) -> None:
    assert roles.stop() == {"ingest": 0, "web": 0}
