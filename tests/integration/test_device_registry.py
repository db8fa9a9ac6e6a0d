"""The registry as the administrator meets it, and Mosquitto holding each device to its own topics."""

import asyncio
import base64
import csv
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from app.cli import app
from app.device.broker_files import accounts_of, renew_broker_files, write_broker_files
from app.device.office import DeviceOffice
from app.device.registered import RegistryWatch
from app.device.registering import revise
from app.ingesting import run_ingest
from configs.load import load_site
from configs.services import BrokerFiles
from configs.site import SiteFile
from devices.credentials import hashed
from events.errors import ConfigError
from events.ids import SourceId
from storage.devices import DeviceRegistry, read_devices
from tests.fix_broker import Mosquitto, mosquitto_program
from tests.foreign import until
from tests.needs import lacking
from tests.ports import free_ports

pytestmark = [pytest.mark.database, pytest.mark.broker]

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(port)d, username: pantau, password: "${PANTAU_TEST_SECRET}"}
database: {embedded: false, url: "%(url)s"}
offices: [{id: dlh, name: Dinas Lingkungan Hidup}]
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: pasut, name: Pasang surut, site: dermaga, interval_s: 60, metrics: {water_level: {unit: cm}}}
"""

SECRET = "own-secret"
METRICS = ("--site", "dermaga", "--metric", "pm25=ug/m3:0:1000")

Command = Callable[..., str]


@pytest.fixture
def site_file(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANTAU_TEST_SECRET", SECRET)
    path = tmp_path / "site.yaml"
    path.write_text(SITE % {"url": database_url, "port": 1})
    return path


@pytest.fixture
def pantau(site_file: Path) -> Command:

    def run(*words: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, ["device", *words, "--config", str(site_file)])
        assert (result.exit_code != 0) == fails, result.output
        return str(result.exception) if fails else result.output

    return run


def secret_in(told: str) -> str:
    return told.split()[1]


def sensors(site: SiteFile) -> set[str]:
    return {sensor.id for sensor in site.sensors}


def test_a_device_is_heard_once_registered_and_no_more_once_disabled(site_file: Path, pantau: Command) -> None:
    now_s = 0.0
    pantau("list")
    watch = RegistryWatch(load_site(site_file), lambda: now_s)
    assert sensors(watch.settle()) == {"pasut"}
    pantau("add", "udara-1", "--name", "Udara", *METRICS)
    now_s += 10
    assert watch.changed()
    city = watch.settle()
    assert sensors(city) == {"pasut", "udara-1"}
    assert city.sensors[1].metrics["pm25"].maximum == 1000
    now_s += 10
    assert not watch.changed()
    pantau("disable", "pasut")
    assert sensors(watch.settle()) == {"udara-1"}
    pantau("enable", "pasut")
    assert sensors(watch.settle()) == {"pasut", "udara-1"}


def test_a_password_is_shown_once_and_kept_nowhere(pantau: Command, database_url: str) -> None:
    secret = secret_in(pantau("add", "udara-1", "--name", "Udara", *METRICS))
    with psycopg.connect(database_url) as connection:
        dump = str([connection.execute(query).fetchall() for query in EVERYTHING])
    assert "udara-1" in dump
    assert "$7$101$" in dump
    assert secret not in dump
    assert secret not in pantau("show", "udara-1")


def test_list_and_show_tell_of_a_devices_life(pantau: Command, database_url: str) -> None:
    pantau("add", "udara-1", "--name", "Udara", *METRICS, "--metric", "battery=%")
    with psycopg.connect(database_url) as connection:
        for statement in (
            "INSERT INTO listening VALUES ('pantau-ingest', now() - interval '9 days', now())",
            "INSERT INTO liveness VALUES ('udara-1', 'late', now() - interval '1 second')",
            "INSERT INTO liveness_change VALUES ('udara-1', now() - interval '8 days', 'online')",
            "INSERT INTO liveness_change VALUES ('udara-1', now() - interval '1 second', 'late')",
            "INSERT INTO device_clock VALUES ('udara-1', now(), -312.4, 0.3, 31)",
            "INSERT INTO series (source_id, metric, unit) VALUES ('udara-1', 'battery', '%')",
            "INSERT INTO reading SELECT id, now(), now(), 1, 71, 71, 0 FROM series WHERE metric = 'battery'",
        ):
            connection.execute(statement)
    told = " ".join(pantau("show", "udara-1").split())
    assert "state late since " in told
    assert told.count(" 100 %") == 6
    assert "battery 71 %" in told
    assert "clock 312.4 s fast, give or take 0.3 s" in told
    listed = pantau("list")
    assert "late" in listed
    assert "never" in listed


EVERYTHING = ("SELECT * FROM device", "SELECT * FROM audit_log", "SELECT * FROM source")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pasut", "--name", "x", *METRICS), "already"),
        (("udara-1", "--name", "x", "--site", "nowhere", "--metric", "pm25=ug/m3"), "no site nowhere"),
        (("udara-1", "--name", "x", "--site", "dermaga", "--metric", "pm25"), "want NAME=UNIT"),
        (("udara-1", "--name", "x", "--site", "dermaga", "--metric", "pm25=ug/m3:9:1"), "maximum"),
        (("udara-1", "--name", "x", *METRICS, "--gateway", "nobody"), "no other device of the registry"),
        (("udara-1", "--name", "x", *METRICS, "--position", "99,0"), "latitude"),
        (("Udara 1", "--name", "x", *METRICS), "id"),
        (("pantau", "--name", "x", *METRICS), "goes by this name"),
        (("pantau-ingest", "--name", "x", *METRICS), "goes by this name"),
        (("pantau-ingest-desk", "--name", "x", *METRICS), "goes by this name"),
        (("vision-0", "--name", "x", *METRICS), "goes by this name"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    pantau: Command, words: tuple[str, ...], says: str
) -> None:
    assert says in pantau("add", *words, fails=True)
    assert "udara-1" not in pantau("list")


def test_nobody_is_given_what_pantau_signs_in_with(site_file: Path, pantau: Command, database_url: str) -> None:
    pantau("add", "udara-1", "--name", "Udara", *METRICS)
    with psycopg.connect(database_url) as connection:  # as somebody may have registered before
        connection.execute("UPDATE device SET id = 'pantau' WHERE id = 'udara-1'")
    site = load_site(site_file)
    devices, _ = read_devices(database_url)
    assert [device.id for device in devices if device.secret_hash] == ["pantau"]
    assert accounts_of(site, devices) == []


@pytest.mark.parametrize("table", ["a,A,dermaga,fill=%,b\nb,B,dermaga,fill=%,a\n", "a,A,dermaga,fill=%,a\n"])
def test_gateways_in_circles_are_refused(pantau: Command, tmp_path: Path, table: str) -> None:
    file = tmp_path / "devices.csv"
    file.write_text("id,name,site,metrics,gateway\n" + table)
    assert "its gateway" in pantau("import", str(file), fails=True)
    assert "fill" not in pantau("list")


def test_a_gateway_signs_in_itself(pantau: Command, site_file: Path, database_url: str) -> None:
    pantau("add", "gw", "--name", "Gerbang", *METRICS)
    pantau("add", "bin-1", "--name", "Bak", *METRICS, "--gateway", "gw")
    assert "name gw" in pantau("add", "bin-2", "--name", "Bak", *METRICS, "--gateway", "bin-1", fails=True)
    with (
        DeviceRegistry(database_url, actor="siti") as registry,
        pytest.raises(ConfigError, match="it is the gateway of bin-1"),
    ):
        revise(load_site(site_file), registry, "gw", {"gateway": SourceId("pasut")})


def test_what_two_change_at_once_both_holds(pantau: Command, site_file: Path, database_url: str) -> None:
    pantau("add", "udara-1", "--name", "Udara", *METRICS)
    site = load_site(site_file)
    with DeviceRegistry(database_url, actor="siti") as hers, DeviceRegistry(database_url, actor="budi") as his:
        second = threading.Thread(target=revise, args=(site, his, "udara-1", {"interval_s": 30}))
        with hers.alone():
            second.start()
            time.sleep(0.3)
            revise(site, hers, "udara-1", {"name": "Udara Alun-alun"})
        second.join(10)
        settings = hers.get("udara-1").settings
    assert (settings["name"], settings["interval_s"]) == ("Udara Alun-alun", 30)


def test_a_change_is_noticed_though_the_clock_of_who_made_it_is_behind(
    site_file: Path, pantau: Command, database_url: str
) -> None:
    now_s = 0.0
    pantau("list")
    watch = RegistryWatch(load_site(site_file), lambda: now_s)
    watch.settle()
    with DeviceRegistry(database_url, actor="siti") as registry:
        registry.change("pasut", "device.disable", {"enabled": False}, datetime.now(UTC) - timedelta(hours=1))
    now_s += 10
    assert watch.changed()


@pytest.mark.parametrize("number", ["0", "-1", "somebody else's"])
def test_only_the_broker_is_asked_to_read_its_files(site_file: Path, tmp_path: Path, number: str) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        pid = tmp_path / "pid"
        pid.write_text(number if number.lstrip("-").isdigit() else str(bystander.pid))
        with pytest.raises(ConfigError, match="is not mosquitto"):
            write_broker_files(
                load_site(site_file), (), passwords=tmp_path / "passwords", acl=tmp_path / "acl", pid_file=pid
            )
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait(10)
    assert {file.name for file in tmp_path.iterdir()} == {"passwords", "acl", "pid", "site.yaml"}
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("id,name,site,metrics,id\nu-1,U,dermaga,fill=%,u-2\n", "stand twice: id"),
        ("id,name,site,metrics,\nu-1,U,dermaga,fill=%,\n", "nobody knows: ''"),
        ("id;name;site;metrics;position\nu-1;U;dermaga;fill=%;-6,7 111,3\n", "line 2"),
    ],
)
def test_a_table_that_can_be_read_in_two_ways_is_refused(
    pantau: Command, tmp_path: Path, table: str, says: str
) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(table)
    assert says in pantau("import", str(file), fails=True)


def test_a_table_as_a_spreadsheet_saves_it_is_taken(pantau: Command, tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes(
        b"\xef\xbb\xbfid;name;site;metrics;position\r\n"
        b'u-1;"Udara ""Utara""; Rembang";dermaga;fill=%:0:100;-6.7 111.3\r\n;;;;\r\n ; ;;;\r\n'
    )
    assert "u-1" in pantau("import", str(file))
    assert 'Udara "Utara"; Rembang' in pantau("show", "u-1")


def test_a_table_is_registered_whole_or_not_at_all(pantau: Command, tmp_path: Path) -> None:
    table = tmp_path / "devices.csv"
    head = "id,name,site,metrics,opd,gateway,installed_on\n"
    good = "gw,Gerbang,dermaga,battery=V,dlh,,2026-01-05\nbin-1,Bak 1,dermaga,fill=%:0:100 battery=V,dlh,gw,\n"
    table.write_text(head + good + "bin-2,Bak 2,dermaga,fill,dlh,gw,yesterday\n")
    assert "line 4" in pantau("import", str(table), fails=True)
    assert "bin-1" not in pantau("list")

    table.write_text(head + good)
    secrets = tmp_path / "secrets.csv"
    pantau("import", str(table), "--secrets", str(secrets))
    assert secrets.stat().st_mode & 0o777 == 0o600
    with secrets.open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["gw"]
    assert "bin-2" not in pantau("list")


def test_mosquitto_s_own_program_makes_the_same_hash(tmp_path: Path) -> None:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    file = tmp_path / "passwords"
    file.touch()
    subprocess.run(["mosquitto_passwd", "-b", str(file), "device", "geheim"], check=True, capture_output=True)
    theirs = file.read_text().strip().removeprefix("device:")
    _, scheme, iterations, salt, _ = theirs.split("$")
    assert (scheme, iterations) == ("7", "101")
    assert hashed("geheim", base64.b64decode(salt)) == theirs


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


def test_files_that_cannot_be_written_are_shown_and_stop_nobody(site_file: Path, tmp_path: Path) -> None:
    site = load_site(site_file)
    files = BrokerFiles(passwords=tmp_path / "nowhere" / "passwords", acl=tmp_path / "acl")
    broker = site.broker.model_copy(update={"files": files})
    renew_broker_files(site.model_copy(update={"broker": broker}), ())
    assert REGISTRY.get_sample_value("pantau_broker_files_written") == 0


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
