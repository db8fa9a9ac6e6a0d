"""Mosquitto, with the files that Pantau writes, holds each device to its own topics."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from app.device.office import DeviceOffice
from app.ingesting import run_ingest
from configs.load import load_site
from tests.fix_broker import Mosquitto, mosquitto_program
from tests.fix_registry import METRICS, SECRET, SITE, Command, secret_in
from tests.needs import lacking
from tests.ports import free_ports
from tests.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.broker]


class Guarded:
    """Mosquitto with the files that Pantau writes."""

    def __init__(self, folder: Path, site_file: Path, pantau: Command, url: str) -> None:
        self._words = ("broker-files", *(w for name in ("passwords", "acl") for w in (f"--{name}", str(folder / name))))
        self._pid = folder / "pid"
        self.files = f"{{passwords: {folder / 'passwords'}, acl: {folder / 'acl'}, pid_file: {self._pid}}}"
        self._pantau = pantau
        guards = f"password_file {folder / 'passwords'}\nacl_file {folder / 'acl'}\npid_file {self._pid}"
        # The devices' own listener, as `pantau.conf` describes it, but for TLS.
        self.field_port = free_ports()
        field = f"listener {self.field_port} 127.0.0.1\nuse_username_as_clientid true\nallow_anonymous false"
        self.server = Mosquitto(folder, ("allow_anonymous true", f"allow_anonymous false\n{guards}\n{field}"))
        site_file.write_text(SITE % {"url": url, "port": self.server.port})

    def start(self) -> None:
        self._pantau(*self._words)
        self.server.start()

    def write_again(self) -> None:
        self._pantau(*self._words, "--pid-file", str(self._pid))

    def refuses(self, user: str | None, secret: str | None) -> bool:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        answers: list[bool] = []
        client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(reason.is_failure)
        if user is not None:
            client.username_pw_set(user, secret)
        client.connect("127.0.0.1", self.server.port)
        deadline_s = time.monotonic() + 10
        while not answers and time.monotonic() < deadline_s:
            client.loop(0.1)
        client.disconnect()
        return answers[0]

    @contextmanager
    def signed_in(self, user: str, secret: str, *topics: str) -> Iterator[tuple[paho.Client, list[str]]]:
        heard: list[str] = []
        subscribed: list[int] = []
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(user, secret)
        client.on_message = lambda _c, _u, message: heard.append(message.topic)
        client.on_subscribe = lambda _c, _u, mid, _r, _p: subscribed.append(mid)
        client.connect("127.0.0.1", self.server.port)
        client.loop_start()
        try:
            until(client.is_connected, f"{user} signs in")
            for topic in topics:
                client.subscribe(topic, 1)
            until(lambda: len(subscribed) == len(topics), "subscriptions are answered")
            yield client, heard
        finally:
            client.disconnect()
            client.loop_stop()


@pytest.fixture
def guarded(tmp_path: Path, site_file: Path, pantau: Command, database_url: str) -> Iterator[Guarded]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    guarded = Guarded(folder, site_file, pantau, database_url)
    yield guarded
    guarded.server.kill()


def say(client: paho.Client, *topics: str) -> None:
    for topic in topics:
        client.publish(topic, b"x", qos=1).wait_for_publish(10)


@pytest.mark.mosquitto
def test_a_device_can_neither_speak_as_another_nor_hear_it_and_nobody_can_do_anything_unnamed(
    guarded: Guarded, pantau: Command
) -> None:
    a, b = (secret_in(pantau("add", name, "--name", name, *METRICS)) for name in ("dev-a", "dev-b"))
    guarded.start()
    own = "pantau/v1/dev-a/telemetry"
    with guarded.signed_in("pantau", SECRET, "pantau/v1/#") as (pantau_itself, everything):
        with guarded.signed_in("dev-a", a, "pantau/v1/#", "pantau/v1/dev-b/receipt", "#") as (device, overheard):
            say(device, "pantau/v1/dev-b/telemetry", "pantau/v1/dev-a/receipt", "pantau/v1/pantau/canary", "x", own)
            until(lambda: own in everything, "its own message comes through")
            say(pantau_itself, "pantau/v1/dev-b/receipt", "pantau/v1/dev-b/telemetry", "pantau/v1/dev-a/receipt")
            until(lambda: "pantau/v1/dev-a/receipt" in overheard, "its own receipt reaches it")
        assert [topic for topic in everything if "dev-a" in topic or topic == "x"][:1] == [own]
        assert set(overheard) == {"pantau/v1/dev-a/receipt"}
        assert "pantau/v1/pantau/canary" not in everything
    assert guarded.refuses(None, None)
    assert guarded.refuses("dev-a", b)
    assert guarded.refuses("pasut", "")
    assert not guarded.refuses("dev-b", b)


@pytest.mark.mosquitto
def test_a_device_cannot_take_over_what_waits_for_pantau(guarded: Guarded, pantau: Command) -> None:
    secret = secret_in(pantau("add", "dev-a", "--name", "A", *METRICS))
    guarded.start()
    told: list[bool] = []

    def signed_in(user: str, password: str, port: int, *, clean: bool) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="pantau-ingest", clean_session=clean)
        client.username_pw_set(user, password)
        client.on_connect = lambda _c, _u, flags, _r, _p: told.append(flags.session_present)
        client.connect("127.0.0.1", port)
        client.loop_start()
        until(client.is_connected, f"{user} signs in")
        return client

    def leave(client: paho.Client) -> None:
        client.disconnect()
        client.loop_stop()

    ours = signed_in("pantau", SECRET, guarded.server.port, clean=False)
    ours.subscribe("pantau/v1/+/telemetry", 1)
    leave(ours)
    for clean in (False, True):
        leave(signed_in("dev-a", secret, guarded.field_port, clean=clean))
    leave(signed_in("pantau", SECRET, guarded.server.port, clean=False))
    assert told == [False, False, False, True]


@pytest.mark.mosquitto
def test_a_new_password_takes_the_place_of_the_old_without_a_restart(guarded: Guarded, pantau: Command) -> None:
    old = secret_in(pantau("rotate", "pasut"))
    guarded.start()
    assert not guarded.refuses("pasut", old)
    new = secret_in(pantau("rotate", "pasut"))
    guarded.write_again()
    until(lambda: not guarded.refuses("pasut", new), "the broker reads the new file")
    assert guarded.refuses("pasut", old)
    pantau("disable", "pasut")
    guarded.write_again()
    until(lambda: guarded.refuses("pasut", new), "a disabled device is shut out")


@pytest.mark.mosquitto
def test_ingest_lets_the_broker_know_of_every_change_by_itself(
    guarded: Guarded, site_file: Path, pantau: Command, database_url: str, tmp_path: Path
) -> None:
    guarded.start()
    site_file.write_text(site_file.read_text().replace("broker: {", f"broker: {{files: {guarded.files}, ", 1))
    site = load_site(site_file)
    stop = threading.Event()
    ingest = threading.Thread(target=run_ingest, args=(site, stop))
    ingest.start()
    try:
        office = DeviceOffice(site, lambda: database_url, actor="siti")
        wanted = {"name": "Udara", "site": "dermaga", "metrics": {"pm25": {"unit": "ug/m3"}}}
        secret = asyncio.run(office.add("udara-07", wanted)) or ""
        until(lambda: not guarded.refuses("udara-07", secret), "the new device may sign in", 30)
        until(lambda: not guarded.refuses("pantau", SECRET), "and so may Pantau itself")
        asyncio.run(office.change("udara-07", {"enabled": False}, None))
        until(lambda: guarded.refuses("udara-07", secret), "a disabled device is shut out", 30)
        office.close()
    finally:
        stop.set()
        ingest.join(20)


@pytest.mark.mosquitto
def test_a_gateway_speaks_for_its_own_devices_only(guarded: Guarded, pantau: Command) -> None:
    gateway = secret_in(pantau("add", "gw", "--name", "Gerbang", *METRICS))
    pantau("add", "bin-1", "--name", "Bak", *METRICS, "--gateway", "gw")
    pantau("add", "bin-2", "--name", "Bak", *METRICS)
    assert "gateway gw" in pantau("rotate", "bin-1", fails=True)
    guarded.start()
    with (
        guarded.signed_in("pantau", SECRET, "pantau/v1/#") as (_, everything),
        guarded.signed_in("gw", gateway) as (device, _),
    ):
        say(device, "pantau/v1/bin-2/telemetry", "pantau/v1/bin-1/telemetry", "pantau/v1/gw/telemetry")
        until(lambda: "pantau/v1/gw/telemetry" in everything, "its own message comes through")
        assert everything == ["pantau/v1/bin-1/telemetry", "pantau/v1/gw/telemetry"]


@pytest.mark.mosquitto
def test_a_device_hears_only_its_own_settings_and_commands_and_answers_only_for_itself(
    guarded: Guarded, pantau: Command
) -> None:
    a = secret_in(pantau("add", "dev-a", "--name", "a", *METRICS))
    pantau("add", "dev-b", "--name", "b", *METRICS)
    guarded.start()
    kinds = ("config", "command/1")
    answers = ("config/reported", "command/1/result")
    own = "pantau/v1/dev-a/command/last"
    with guarded.signed_in("pantau", SECRET, "pantau/v1/#") as (pantau_itself, everything):
        with guarded.signed_in(
            "dev-a", a, "pantau/v1/+/config", "pantau/v1/+/command/+", "pantau/v1/dev-b/config", "pantau/v1/dev-b/#"
        ) as (device, overheard):
            say(pantau_itself, *(f"pantau/v1/{name}/{kind}" for name in ("dev-b", "dev-a") for kind in kinds), own)
            until(lambda: own in overheard, "its own commands reach it")
            say(device, *(f"pantau/v1/{name}/{answer}" for name in ("dev-b", "dev-a") for answer in answers))
            say(device, *(f"pantau/v1/dev-{name}/{kind}" for name in "ab" for kind in kinds))
            say(device, "pantau/v1/dev-a/telemetry")
            until(lambda: "pantau/v1/dev-a/telemetry" in everything, "what it may say comes through")
        assert set(overheard) == {f"pantau/v1/dev-a/{kind}" for kind in kinds} | {own}
    told = {f"pantau/v1/{name}/{kind}" for name in ("dev-a", "dev-b") for kind in kinds} | {own}
    assert set(everything) - told == {f"pantau/v1/dev-a/{answer}" for answer in answers} | {"pantau/v1/dev-a/telemetry"}
    assert len(everything) == len(told) + 3  # nobody but Pantau gave orders


@pytest.mark.mosquitto
def test_an_edge_node_speaks_under_its_own_name_only_and_hears_that_it_should_be_born_again(
    guarded: Guarded, site_file: Path, pantau: Command
) -> None:
    speaks = "speaks: [{dialect: sparkplug_b, topic: spBv1.0/G/DDATA/N/D, fields: {Air: water_level}}]"
    site_file.write_text(site_file.read_text().replace("metrics: {water_level", f"{speaks}, metrics: {{water_level"))
    secret = secret_in(pantau("rotate", "pasut"))
    guarded.start()
    own = ["spBv1.0/G/NBIRTH/N", "spBv1.0/G/DBIRTH/N/D", "spBv1.0/G/DDATA/N/E"]
    with (
        guarded.signed_in(
            "pantau", SECRET, "spBv1.0/G/NBIRTH/N", "spBv1.0/G/DBIRTH/N/+", "spBv1.0/G/DDATA/N/+", "#"
        ) as (
            pantau_itself,
            everything,
        ),
        guarded.signed_in("pasut", secret, "spBv1.0/G/NCMD/+") as (node, commands),
    ):
        say(node, "spBv1.0/G/NBIRTH/M", "spBv1.0/G/NCMD/N", *own)
        until(lambda: own[-1] in everything, "its own messages come through")
        say(pantau_itself, "spBv1.0/G/NCMD/M", "spBv1.0/G/DCMD/N/D", "spBv1.0/G/NCMD/N")
        until(lambda: bool(commands), "the request reaches the node")
    assert set(everything) == set(own)
    assert commands == ["spBv1.0/G/NCMD/N"]
