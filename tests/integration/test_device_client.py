"""The reference device against real brokers."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt import publish

from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.ids import SourceId
from tests.fix_broker import ROOT, BrokerServer
from tests.foreign import Heard, hearing
from tests.relay import Relay
from tests.waiting import until

pytestmark = pytest.mark.broker

SOURCE = SourceId("air-1")
TELEMETRY = "pantau/v1/air-1/telemetry"
STATUS = "pantau/v1/air-1/status"
RECEIPT = "pantau/v1/air-1/receipt"


@contextmanager
def device(port: int, outbox: Path, boot: str | None = None) -> Iterator[DeviceClient]:
    client = DeviceClient(Broker(port=port), SOURCE, Outbox(outbox), boot=boot)
    client.start()
    try:
        yield client
    finally:
        client.stop()


@pytest.fixture
def wire(each_broker: BrokerServer) -> Iterator[Relay]:
    relay = Relay(each_broker.port)
    yield relay
    relay.cut()


def send(client: DeviceClient, count: int) -> None:
    for n in range(count):
        client.publish("telemetry", json.dumps({"values": {"pm25": n}}).encode())


def say(port: int, topic: str, payload: str) -> None:
    publish.single(topic, payload, qos=1, retain=True, port=port)


def numbers(heard: Heard) -> list[tuple[str, int]]:
    bodies = [json.loads(payload) for payload in heard.payloads()]
    return [(body["boot"], body["seq"]) for body in bodies]


def test_messages_arrive_once_in_order_and_leave_the_outbox(each_broker: BrokerServer, tmp_path: Path) -> None:
    with hearing(each_broker.port, TELEMETRY) as heard, device(each_broker.port, tmp_path / "o", "b1") as client:
        send(client, 500)
        assert client.flush(timeout_s=10)
        until(lambda: len(heard) >= 500, "all arrive")

        assert numbers(heard) == [("b1", n) for n in range(1, 501)]
        assert json.loads(heard.payloads()[0])["values"] == {"pm25": 0}


def test_what_is_published_before_the_broker_is_reached_arrives_later(
    each_broker: BrokerServer, wire: Relay, tmp_path: Path
) -> None:
    with hearing(each_broker.port, TELEMETRY) as heard, device(wire.port, tmp_path / "o", "b1") as client:
        send(client, 50)
        assert not client.flush(timeout_s=0.2)
        wire.mend()
        assert client.flush(timeout_s=15)
        until(lambda: len(heard) >= 50, "all arrive")

    assert numbers(heard) == [("b1", n) for n in range(1, 51)]


def test_a_wire_cut_again_and_again_loses_nothing(each_broker: BrokerServer, wire: Relay, tmp_path: Path) -> None:
    wire.mend()
    with hearing(each_broker.port, TELEMETRY) as heard, device(wire.port, tmp_path / "o", "b1") as client:
        for _ in range(4):
            until(lambda: client.connected, "the device connects")
            so_far = len(heard)
            send(client, 300)
            until(lambda: len(heard) > so_far + 20, "some arrive")  # noqa: B023 - awaited within the turn
            wire.cut()
            until(lambda: not client.connected, "the device notices")
            wire.mend()
        assert client.flush(timeout_s=20)
        until(lambda: ("b1", 1200) in numbers(heard), "the last arrives")

    # At least once: a repeated message is recognised by its number.
    assert set(numbers(heard)) == {("b1", n) for n in range(1, 1201)}
    firsts = list(dict.fromkeys(numbers(heard)))
    assert firsts == sorted(firsts)


def test_what_the_broker_lost_with_its_life_is_still_held_while_no_receipt_covers_it(
    each_broker: BrokerServer, wire: Relay, tmp_path: Path
) -> None:
    wire.mend()
    with device(wire.port, tmp_path / "o", "b1") as client:
        with hearing(each_broker.port, TELEMETRY) as before:
            send(client, 300)
            until(lambda: len(before) > 100, "some arrive")
            each_broker.kill()
        wire.cut()
        until(lambda: not client.connected, "the device notices")
        on_the_way = [item.number.seq for item in client._on_the_way.values() if item.number is not None]
        send(client, 200)
        each_broker.start()
        with hearing(each_broker.port, TELEMETRY) as after:
            wire.mend()
            assert client.flush(timeout_s=20)
            until(lambda: ("b1", 500) in numbers(after), "the last arrives")
        assert len(client._outbox) == 500

    came = numbers(after)
    assert [number for number in came if number[1] > 300] == [("b1", n) for n in range(301, 501)]
    assert {("b1", n) for n in on_the_way} <= set(came)


def test_a_receipt_empties_the_outbox_and_what_it_misses_is_sent_again(
    each_broker: BrokerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.awaiting.GAP_PATIENCE_S", 0.0)
    with hearing(each_broker.port, TELEMETRY) as heard, device(each_broker.port, tmp_path / "o", "b1") as client:
        send(client, 5)
        assert client.flush(timeout_s=10)
        until(lambda: len(heard) >= 5, "all arrive")
        say(each_broker.port, RECEIPT, '{"boot": "b1", "seq": 2, "missing": [[3, 3]]}')
        until(lambda: len(heard) >= 6, "what is missing comes again")
        assert json.loads(heard.payloads()[5]) | {"values": {}} == {"boot": "b1", "seq": 3, "oldest": 3, "values": {}}
        assert not client.settle(timeout_s=0.1)
        say(each_broker.port, RECEIPT, '{"boot": "b1", "seq": 5}')
        assert client.settle(timeout_s=10)


def test_a_receipt_of_another_run_or_one_that_cannot_be_read_changes_nothing(
    each_broker: BrokerServer, tmp_path: Path
) -> None:
    with device(each_broker.port, tmp_path / "o", "b1") as client:
        send(client, 3)
        assert client.flush(timeout_s=10)
        for payload in ('{"boot": "b0", "seq": 99}', "nonsense", '{"boot": "b0", "error": "counter_lost"}', "[]"):
            say(each_broker.port, RECEIPT, payload)
        say(each_broker.port, RECEIPT, '{"boot": "b1", "seq": 1}')
        until(lambda: len(client._outbox) < 3, "the last receipt is read")
        assert len(client._outbox) == 2


@pytest.mark.parametrize("receipt", ['{"boot": "b1", "seq": 99}', '{"boot": "b1", "error": "counter_lost"}'])
def test_a_receipt_for_numbers_it_never_gave_makes_it_begin_a_new_run_and_lose_nothing(
    broker: BrokerServer, tmp_path: Path, receipt: str
) -> None:
    with (
        hearing(broker.port, TELEMETRY) as heard,
        hearing(broker.port, STATUS) as statuses,
        device(broker.port, tmp_path / "o", "b1") as client,
    ):
        send(client, 3)
        assert client.flush(timeout_s=10)
        say(broker.port, RECEIPT, receipt)
        until(lambda: len(heard) >= 6, "all come again")
        send(client, 1)
        until(lambda: len(heard) >= 7, "the next comes")
        again = numbers(heard)[3:]
        assert client.boot != "b1"
        assert again == [(client.boot, n) for n in (1, 2, 3, 4)]
        assert [json.loads(payload)["values"]["pm25"] for payload in heard.payloads()[3:]] == [0, 1, 2, 0]
        until(lambda: client.boot.encode() in statuses.payloads()[-1], "its status names the new run")


WRITER = """
import sys, time
from pathlib import Path
from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
client = DeviceClient(Broker(port=int(sys.argv[1])), "air-1", Outbox(Path(sys.argv[2])), boot="b1")
for n in range(100):
    client.publish("telemetry", b'{"values": {"pm25": 1}}')
client.start()
print("ready", flush=True)
time.sleep(60)
"""


def test_a_device_killed_and_started_again_sends_what_it_still_held(broker: BrokerServer, tmp_path: Path) -> None:
    broker.freeze()  # takes connections and answers nothing
    killed = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(broker.port), str(tmp_path / "o")], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"ready\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    broker.kill()
    broker.start()

    with hearing(broker.port, TELEMETRY) as heard, device(broker.port, tmp_path / "o", "b2") as client:
        client.publish("telemetry", b'{"values": {"pm25": 2}}')
        assert client.flush(timeout_s=10)
        until(lambda: len(heard) >= 101, "all arrive")

    assert numbers(heard) == [("b1", n) for n in range(1, 101)] + [("b2", 1)]


def retained_status(port: int) -> dict[str, object]:
    with hearing(port, STATUS) as heard:
        until(lambda: bool(heard), "a retained status")
        status: dict[str, object] = json.loads(heard.payloads()[-1])
        return status


def test_the_retained_status_follows_the_device(each_broker: BrokerServer, tmp_path: Path) -> None:
    with device(each_broker.port, tmp_path / "o", "b1") as client:
        until(lambda: client.connected, "the device connects")
        assert retained_status(each_broker.port)["state"] == "online"
        assert retained_status(each_broker.port)["boot"] == "b1"

    assert retained_status(each_broker.port)["state"] == "offline"


def test_the_will_says_offline_for_a_device_that_died(each_broker: BrokerServer, tmp_path: Path) -> None:
    with hearing(each_broker.port, STATUS) as heard:
        dead = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(each_broker.port), str(tmp_path / "o")],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        until(lambda: any(b"online" in payload for payload in heard.payloads()), "online")
        dead.kill()
        dead.wait()
        until(lambda: b"offline" in heard.payloads()[-1], "the will")

    assert json.loads(heard.payloads()[-1]) == {"state": "offline", "boot": "b1"}
    assert retained_status(each_broker.port)["state"] == "offline"


def test_snapshots_pass_and_are_not_kept(each_broker: BrokerServer, tmp_path: Path) -> None:
    with hearing(each_broker.port, "pantau/v1/+/snapshot") as heard, device(each_broker.port, tmp_path / "o") as client:
        until(lambda: client.connected, "the device connects")
        for camera in range(20):
            client.publish(f"pantau/v1/cam-{camera}/snapshot", b"x" * 100_000, qos=0)
        until(lambda: len(heard) == 20, "all pass")

        assert len(client._outbox) == 0


def test_it_stops_in_time_although_the_broker_hangs(broker: BrokerServer, tmp_path: Path) -> None:
    client = DeviceClient(Broker(port=broker.port), SOURCE, Outbox(tmp_path / "o"))
    client.start()
    until(lambda: client.connected, "the device connects")
    broker.freeze()
    send(client, 100)

    started_s = time.monotonic()
    client.stop()

    assert time.monotonic() - started_s < 2.5
    assert len(Outbox(tmp_path / "o")) == 100
