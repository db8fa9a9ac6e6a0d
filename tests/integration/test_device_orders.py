"""Settings and commands from the command line to a device and back, over real brokers and a real database."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.device.desk import Desk
from configs.services import Broker
from devices.client import DeviceClient
from devices.obeying import Orders
from devices.orders import Reported, reported_of
from devices.outbox import Outbox
from events.errors import ConfigError, StorageError
from events.ids import SourceId
from events.orders import Agreement, CommandState
from storage.orders import OrderBook
from tests.fix_broker import BrokerServer, Embedded
from tests.foreign import hearing, publish
from tests.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.broker]

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(port)d}
database: {embedded: false, url: "%(url)s"}
sites: [{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}]
sensors: [{id: pompa, name: Pompa, site: dermaga, metrics: {current: {unit: A}}}]
"""

Command = Callable[..., str]


@pytest.fixture
def pantau(tmp_path: Path, each_broker: BrokerServer, database_url: str) -> Command:
    return command_line(tmp_path, each_broker.port, database_url)


def command_line(folder: Path, port: int, url: str) -> Command:
    site = folder / "site.yaml"
    site.write_text(SITE % {"url": url, "port": port})

    def run(*words: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, ["device", *words, "--config", str(site)])
        assert (result.exit_code != 0) == fails, (result.output, result.exception)
        told = "" if isinstance(result.exception, SystemExit) else str(result.exception or "")
        return result.output + told

    run("list")
    return run


@contextmanager
def desk(port: int, url: str) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Desk(Broker(port=port), lambda: url).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


class Pump:
    """A device with one setting and one command."""

    def __init__(self, port: int, folder: Path) -> None:
        self.done: list[Mapping[str, object]] = []
        self.orders = Orders(SourceId("pompa"), apply=self.apply, commands={"open": self.open})
        self.client = DeviceClient(
            Broker(port=port), SourceId("pompa"), Outbox(folder / "o"), hears=self.orders.topics, heard=self.orders.hear
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self.client.start()
        self._thread.start()
        until(lambda: self.client.connected, "the pump connects")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.client.stop()

    def apply(self, settings: Mapping[str, object]) -> Mapping[str, object]:
        if settings.get("level") == "high":
            raise ValueError("this pump has no level high")
        return {**settings, "level": settings.get("level", "low"), "firmware": "1.2"}

    def open(self, args: Mapping[str, object]) -> object:
        self.done.append(args)
        return {"opened": args.get("percent")}

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            self.orders.attend(self.client)


def audit(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT action FROM audit_log WHERE subject = 'pompa' ORDER BY id").fetchall()
    return [action for (action,) in rows]


def test_settings_reach_a_device_and_drift_is_shown_until_it_follows(
    pantau: Command, each_broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    assert "nothing wanted" in pantau("config", "show", "pompa")
    assert "version 1: never reported" in pantau("config", "set", "pompa", "interval_s=30", "level=low")
    with desk(each_broker.port, database_url):
        with hearing(each_broker.port, "pantau/v1/pompa/config") as heard:
            until(lambda: bool(heard), "it is retained for a device that is away")
        assert json.loads(heard.payloads()[-1]) == {"version": 1, "settings": {"interval_s": 30, "level": "low"}}
        with Pump(each_broker.port, tmp_path):
            until(lambda: "version 1: same" in pantau("config", "show", "pompa"), "it follows")
            pantau("config", "set", "pompa", "level=high")
            until(lambda: "version 2: refused" in pantau("config", "show", "pompa"), "it refuses")
            assert "no level high" in pantau("show", "pompa")
            pantau("config", "set", "pompa", "--unset", "level")
            until(lambda: "version 3: same" in pantau("config", "show", "pompa"), "it follows again")
        publish(
            each_broker.port,
            [("pantau/v1/pompa/config/reported", b'{"version": 3, "settings": {"interval_s": 60}}')],
        )
        until(lambda: "version 3: different" in pantau("show", "pompa"), "somebody turned a knob")
        assert "different   interval_s" in pantau("show", "pompa")
    done = audit(database_url)
    assert done.count("device.config") == 3
    assert done.count("device.config.reported") == 4


def test_a_command_is_done_once_and_its_result_comes_back(
    pantau: Command, each_broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    with desk(each_broker.port, database_url), Pump(each_broker.port, tmp_path) as pump:
        told = pantau("command", "pompa", "open", "--args", '{"percent": 40}', "--timeout", "20")
        assert 'open  done  {"opened": 40}' in told
        assert pump.done == [{"percent": 40}]
        assert "no command shut; there are: open" in pantau("command", "pompa", "shut", fails=True).replace("\n", " ")
    assert audit(database_url) == [
        "device.command",
        "device.command.done",
        "device.command",
        "device.command.failed",
    ]


def test_a_result_delivered_twice_is_noted_once_and_one_that_comes_too_late_is_noted_as_such(
    pantau: Command, database_url: str
) -> None:
    now = datetime.now(UTC)
    with OrderBook(database_url, actor="ingest") as book:
        given, other = (book.order("pompa", "open", {}, timeout_s=5, now=now) for _ in range(2))
        for _ in range(2):
            book.finish(given.id, "pompa", state=CommandState.DONE, result=1, detail="", now=now)
        book.finish(given.id, "pompa", state=CommandState.FAILED, result=2, detail="", now=now)
        book.expire(now + timedelta(seconds=6))
        book.finish(other.id, "pompa", state=CommandState.DONE, result=3, detail="", now=now)
        book.finish(other.id, "nobody", state=CommandState.DONE, result=4, detail="", now=now)
        assert (book.command(given.id).state, book.command(given.id).result) == (CommandState.DONE, 1)
        assert book.command(other.id).state is CommandState.TIMED_OUT
    assert audit(database_url)[2:] == [
        "device.command.done",
        "device.command.late",
        "device.command.timed_out",
        "device.command.late",
    ]


def test_a_command_times_out_where_nobody_answers_and_where_nobody_sends_it(
    pantau: Command, each_broker: BrokerServer, database_url: str
) -> None:
    assert "it was never sent" in pantau("command", "pompa", "open", "--timeout", "1", fails=True).replace("\n", " ")
    with desk(each_broker.port, database_url):
        told = pantau("command", "pompa", "open", "--timeout", "3", fails=True)
    assert "timed_out" in told
    assert "did not answer in time" in told.replace("\n", " ")
    assert audit(database_url).count("device.command.timed_out") == 2


def test_orders_outlive_the_broker_s_memory_and_the_desk(database_url: str, tmp_path: Path) -> None:
    broker = Embedded()
    broker.start()
    pantau = command_line(tmp_path, broker.port, database_url)
    try:
        with desk(broker.port, database_url):
            pantau("config", "set", "pompa", "interval_s=30")
            with hearing(broker.port, "pantau/v1/pompa/config") as heard:
                until(lambda: bool(heard), "it is retained")
        broker.kill()
        broker.start()
        with desk(broker.port, database_url), hearing(broker.port, "pantau/v1/pompa/config") as heard:
            until(lambda: bool(heard), "it is retained again")
    finally:
        broker.kill()


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("config/reported", b"nonsense", "malformed"),
        ("config/reported", b'{"version": -1}', "malformed"),
        ("config/reported", b'{"version": 1, "settings": {"a": "\\u0000"}}', "malformed"),
        ("config/reported", b'{"version": 1, "settings": {"a": 1e999}}', "malformed"),
        ("config/reported", b'{"version": 1, "settings": {"a": "' + b"x" * 70_000 + b'"}}', "too_large"),
        ("command/no-id/result", b'{"state": "done"}', "unknown_topic"),
        ("command/019ab000-0000-7000-8000-000000000001/result", b'{"state": "perhaps"}', "malformed"),
    ],
)
def test_an_answer_nobody_understands_is_quarantined_and_the_device_is_told(
    broker: BrokerServer,
    database_url: str,
    tmp_path: Path,
    topic: str,
    payload: bytes,
    reason: str,
) -> None:
    pantau = command_line(tmp_path, broker.port, database_url)
    with hearing(broker.port, "pantau/v1/pompa/error") as errors, desk(broker.port, database_url):
        until(lambda: _session_is_there(broker.port, database_url), "the desk hears")
        publish(broker.port, [(f"pantau/v1/pompa/{topic}", payload)])
        until(lambda: bool(errors), "the device is told")
        assert json.loads(errors.payloads()[0])["reason"] == reason
        publish(broker.port, [("pantau/v1/pompa/config/reported", b'{"version": 0}')])
        until(lambda: "reported    version 0" in pantau("config", "show", "pompa"), "it goes on")
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT reason FROM quarantine").fetchall() == [(reason,)]


def test_a_bug_met_by_one_answer_keeps_nobody_else_waiting(
    broker: BrokerServer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(payload: bytes) -> Reported:
        if payload == b"unlucky":
            raise IndexError("a bug")
        return reported_of(payload)

    monkeypatch.setattr("app.device.desk.reported_of", broken)
    pantau = command_line(tmp_path, broker.port, database_url)
    with desk(broker.port, database_url):
        until(lambda: _session_is_there(broker.port, database_url), "the desk hears")
        publish(broker.port, [("pantau/v1/pompa/config/reported", b"unlucky")])
        publish(broker.port, [("pantau/v1/pompa/config/reported", b'{"version": 3}')])
        until(lambda: "reported    version 3" in pantau("config", "show", "pompa"), "it goes on")
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT reason, payload, source_id FROM quarantine").fetchall()
    assert kept == [("decoder_fault", b"unlucky", "pompa")]


def test_whoever_is_not_known_shares_one_place_in_quarantine(
    broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    command_line(tmp_path, broker.port, database_url)
    with desk(broker.port, database_url):
        until(lambda: _session_is_there(broker.port, database_url), "the desk hears")
        names = [*(f"invented-{number}" for number in range(20)), "Ünicode", ".."]
        publish(broker.port, [(f"pantau/v1/{name}/config/reported", b'{"version": 1}') for name in names])
        with psycopg.connect(database_url, autocommit=True) as connection:
            count = "SELECT count(*), count(source_id) FROM quarantine"
            until(lambda: connection.execute(count).fetchone() == (len(names), 0), "all of it is kept")


def _session_is_there(port: int, url: str) -> bool:
    publish(port, [("pantau/v1/pompa/config/reported", b'{"version": 0, "error": "x"}')])
    time.sleep(0.2)
    with OrderBook(url, actor="test") as book:
        return book.config("pompa").reported_version == 0


def test_only_known_and_enabled_devices_are_given_orders_that_can_be_stored(pantau: Command, database_url: str) -> None:
    now = datetime.now(UTC)
    with OrderBook(database_url, actor="test") as book:
        with pytest.raises(ConfigError, match="no device nobody"):
            book.want("nobody", {}, now)
        with pytest.raises(ConfigError, match="u0000"):
            book.want("pompa", {"a": "\0"}, now)
        with pytest.raises(ConfigError, match="JSON"):
            book.order("pompa", "open", {"a": float("nan")}, timeout_s=5, now=now)
        assert book.want("pompa", {"a": 1}, now).version == 1
        assert book.want("pompa", {"a": 1}, now).version == 1
        assert book.config("pompa").agreement is Agreement.NEVER_REPORTED
        late = book.order("pompa", "open", {}, timeout_s=5, now=now - timedelta(seconds=9))
        assert book.queued(now) == []
        book.expire(now)
        assert book.command(late.id).state.final
        pantau("disable", "pompa")
        with pytest.raises(ConfigError, match="disabled"):
            book.order("pompa", "open", {}, timeout_s=5, now=now)


def test_a_desk_without_its_database_keeps_answers_at_the_broker(
    broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    pantau = command_line(tmp_path, broker.port, database_url)
    away = True

    def address() -> str:
        if away:
            raise StorageError("away")
        return database_url

    stop = threading.Event()
    working = threading.Thread(target=Desk(Broker(port=broker.port), address).run, args=(stop,))
    working.start()
    try:
        time.sleep(0.7)
        publish(broker.port, [("pantau/v1/pompa/config/reported", b'{"version": 7}')])
        away = False
        until(lambda: "reported    version 7" in pantau("config", "show", "pompa"), "it is stored after all")
    finally:
        stop.set()
        working.join(10)
