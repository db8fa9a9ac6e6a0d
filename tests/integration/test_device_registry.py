"""The registry as the administrator meets it."""

import base64
import csv
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from app.device.broker_files import AGAIN_S, BrokerFilesKeeper, accounts_of, write_broker_files
from app.device.registered import RegistryWatch
from app.device.registering import revise
from configs.load import load_site
from configs.services import BrokerFiles
from configs.site import SiteFile
from devices.credentials import hashed
from events.errors import ConfigError
from events.ids import SourceId
from storage.devices import DeviceRegistry, read_devices
from tests.fix_broker import mosquitto_program
from tests.fix_registry import METRICS, Command, secret_in
from tests.needs import lacking

pytestmark = [pytest.mark.database, pytest.mark.broker]


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


def test_files_that_cannot_be_written_are_shown_and_tried_again(site_file: Path, tmp_path: Path) -> None:
    site = load_site(site_file)
    files = BrokerFiles(passwords=tmp_path / "later" / "passwords", acl=tmp_path / "acl")
    site = site.model_copy(update={"broker": site.broker.model_copy(update={"files": files})})
    now_s = 0.0
    keeper = BrokerFilesKeeper(lambda: now_s)
    keeper.renew(site, ())
    assert REGISTRY.get_sample_value("pantau_broker_files_written") == 0
    files.passwords.parent.mkdir()
    keeper.try_again()
    assert not files.passwords.exists(), "not at every look"
    now_s = AGAIN_S
    keeper.try_again()
    assert REGISTRY.get_sample_value("pantau_broker_files_written") == 1
    written = files.passwords.read_text()
    now_s += AGAIN_S
    keeper.try_again()
    assert files.passwords.read_text() == written, "once written, they are left alone"
