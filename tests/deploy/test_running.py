"""What the Compose file starts, started without Docker: its commands and configuration on other ports and paths."""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import paho.mqtt.client as paho
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.deploy.shipped import ACCESS, COMPOSE, ROOT, SITE, services
from tests.fix_broker import mosquitto_program
from tests.needs import lacking
from tests.ports import free_ports
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.mosquitto, pytest.mark.database]

ROLES = ("ingest", "vision", "web", "notify")


class Machine:
    """Runs what the services run, in a folder of the test."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        self.health, self.inside, self.devices, self.web = (free_ports() for _ in range(4))
        self._metrics = {role: free_ports() for role in ROLES}
        secrets = folder / "secrets"
        subprocess.run([COMPOSE / "make-secrets", secrets], check=True, capture_output=True)
        (secrets / "database_url").write_text(database)
        self.access = folder / "access"
        self.access.mkdir()
        (folder / "broker").mkdir()
        self._environ = {
            **os.environ,
            "PANTAU_SECRETS": str(secrets),
            "PANTAU_DATA": str(folder / "data"),
            "PANTAU_BROKER_HOST": "127.0.0.1",
            "PANTAU_BROKER_PORT": str(self.inside),
            "PANTAU_BROKER_FILES": str(self.access),
            "PANTAU_WEB_PORT": str(self.web),
        }
        self._log = (folder / "log").open("ab")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def pantau(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._start(sys.executable, "-m", "app", *arguments)

    def command(self, service: str) -> list[str]:
        """Return a service's command with the paths and the port of this machine."""
        moved = [
            argument.replace("/etc/pantau/city.yaml", str(SITE)).replace(ACCESS, str(self.access))
            for argument in services()[service]["command"]
        ]
        if "--metrics-port" in moved:
            moved[moved.index("--metrics-port") + 1] = str(self._metrics[service])
        return moved

    def is_healthy(self, service: str) -> bool:
        """Run a service's health check."""
        kind, program, *arguments = services()[service]["healthcheck"]["test"]
        assert kind == "CMD"
        ports = {"9100": str(self._metrics.get(service, 0)), "8080": str(self.web), "1883": str(self.health)}
        moved = [
            re.sub(r"\b(9100|8080|1883)\b", lambda found: ports[found[0]], argument).replace("$$", "$")
            for argument in arguments
        ]
        program = sys.executable if program == "python" else program
        return subprocess.run([program, *moved], capture_output=True, timeout=30, check=False).returncode == 0

    def start_broker(self) -> None:
        shipped = self._folder / "shipped"
        shipped.mkdir()
        text = (ROOT / "deploy/mosquitto/pantau.conf").read_text()
        text = text.replace("\nlistener 1883 127.0.0.1\n", f"\nlistener {self.health} 127.0.0.1\n")
        text = text.replace("persistence_location /var/lib/mosquitto/", f"persistence_location {self._folder}/broker/")
        (shipped / "pantau.conf").write_text(text)
        conf = (COMPOSE / "mosquitto.conf").read_text().replace("/mosquitto/pantau", str(shipped))
        conf = conf.replace("listener 1885", f"listener {self.inside} 127.0.0.1")
        conf = conf.replace("listener 1884", f"listener {self.devices} 127.0.0.1")
        file = self._folder / "mosquitto.conf"
        # Started as root it would become another user, who may not read the test's folder.
        file.write_text(f"user {pwd.getpwuid(os.getuid()).pw_name}\n" + conf.replace(ACCESS, str(self.access)))
        self.processes["mosquitto"] = self._start(
            "sh", str(COMPOSE / "run-mosquitto"), str(file), str(self.access / "pantau.acl")
        )

    def start(self, service: str) -> None:
        self.processes[service] = self.pantau(*self.command(service))

    def said(self) -> str:
        return Path(self._log.name).read_text(errors="replace")[-6000:]

    def stop(self) -> dict[str, int]:
        """Ask everything to end, the broker last; return exit statuses."""
        statuses = {}
        for name in [*ROLES, "mosquitto"]:
            if name in self.processes:
                self.processes[name].terminate()
                statuses[name] = self.processes[name].wait(30)
        self._log.close()
        self.processes.clear()
        return statuses

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        program = mosquitto_program()
        assert program is not None
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**self._environ, "PATH": f"{os.environ['PATH']}:{Path(program).parent}"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )


@pytest.fixture
def machine(tmp_path: Path, each_new_database: str) -> Iterator[Machine]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    if shutil.which("mosquitto_sub") is None:
        lacking("mosquitto_sub", "install Debian's package mosquitto-clients")
    machine = Machine(tmp_path, each_new_database)
    try:
        yield machine
    finally:
        machine.stop()


def has_signed_in(port: int, user: str, password: str) -> bool:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="whatever")
    client.username_pw_set(user, password)
    connected = threading.Event()
    client.on_connect = lambda *arguments: None if arguments[3].is_failure else connected.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        if not connected.wait(1.0):
            return False
        body = json.dumps({"values": {"temperature": 31.5}})
        client.publish(f"pantau/v1/{user}/telemetry", body, qos=1).wait_for_publish(10)
        return True
    finally:
        client.disconnect()
        client.loop_stop()


def test_the_services_work_together_and_a_new_device_is_let_in(machine: Machine, each_new_database: str) -> None:
    prepare = machine.pantau(*machine.command("prepare"))
    assert prepare.wait(60) == 0, machine.said()
    machine.start_broker()
    until(lambda: machine.is_healthy("mosquitto"), "the broker: " + machine.said(), timeout_s=30)
    for role in ROLES:
        machine.start(role)
    for role in ROLES:
        until(partial(machine.is_healthy, role), f"{role}: " + machine.said(), timeout_s=60)

    def ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{machine.web}/readyz", timeout=5):
            return True
        return False

    until(ready, "ready: " + machine.said(), timeout_s=60)

    request = urllib.request.Request(
        f"http://127.0.0.1:{machine.web}/api/v1/devices",
        data=json.dumps(
            {
                "id": "suhu-07",
                "name": "Suhu uji",
                "site": "contoh-alun-alun",
                "metrics": {"temperature": {"unit": "Cel"}},
            }
        ).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        password = json.load(answer)["password"]
    assert not has_signed_in(machine.devices, "suhu-07", "guessed")
    until(
        lambda: has_signed_in(machine.devices, "suhu-07", password),
        "the broker has read the new password",
        timeout_s=30,
    )

    def stored() -> list[float]:
        with psycopg.connect(each_new_database) as connection:
            return [value for (value,) in connection.execute("SELECT value FROM reading").fetchall()]

    until(lambda: 31.5 in stored(), "the reading is stored: " + machine.said(), timeout_s=30)
    assert set(machine.stop().values()) == {0}
