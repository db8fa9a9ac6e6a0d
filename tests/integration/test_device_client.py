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

from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.ids import SourceId
from tests.fix_broker import ROOT, BrokerServer
from tests.foreign import Heard, connected, hearing, until

pytestmark = pytest.mark.broker

SOURCE = SourceId("air-1")
TELEMETRY = "pantau/v1/air-1/telemetry"
STATUS = "pantau/v1/air-1/status"


@contextmanager
def device(port: int, outbox: Path, boot: str | None = None) -> Iterator[DeviceClient]:
    client = DeviceClient(Broker(port=port), SOURCE, Outbox(outbox), boot=boot)
    client.start()
    try:
        yield client
    finally:
        client.stop()


def send(client: DeviceClient, count: int) -> None:
    for n in range(count):
        client.publish("telemetry", json.dumps({"values": {"pm25": n}}).encode())


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


def test_what_is_published_before_the_broker_is_there_arrives_later(broker: BrokerServer, tmp_path: Path) -> None:
    broker.kill()
    with device(broker.port, tmp_path / "o", "b1") as client:
        send(client, 50)
        assert not client.flush(timeout_s=0.2)
        broker.start()
        with hearing(broker.port, TELEMETRY) as heard:
            # The device may be quicker than this subscription; the broker keeps nothing for the late.
            send(client, 50)
            assert client.flush(timeout_s=15)
            until(lambda: ("b1", 100) in numbers(heard), "the last arrives")

    assert set(numbers(heard)) >= {("b1", n) for n in range(51, 101)}


def test_an_outage_of_the_broker_in_mid_stream_loses_nothing(each_broker: BrokerServer, tmp_path: Path) -> None:
    """The subscriber's session is durable only where the broker's memory is; elsewhere it must be there in time."""
    with device(each_broker.port, tmp_path / "o", "b1") as client:
        until(lambda: client.connected, "the device connects")
        with hearing(each_broker.port, TELEMETRY) as before:
            send(client, 300)
            until(lambda: len(before) > 100, "some arrive")
            each_broker.kill()
        acknowledged = 300 - len(client._outbox)
        send(client, 200)
        each_broker.start()
        with hearing(each_broker.port, TELEMETRY) as after:
            send(client, 1)
            assert client.flush(timeout_s=20)
            until(lambda: ("b1", 501) in numbers(after), "the last arrives")

    heard = numbers(before) + numbers(after)
    # What the broker acknowledged before it was killed died with it, or with its subscriber; nothing else may be missing.
    assert {("b1", n) for n in range(acknowledged + 1, 502)} - set(heard) <= {
        ("b1", n) for n in range(acknowledged + 1, acknowledged + 1)
    }
    assert numbers(after) == sorted(numbers(after))


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
        assert {message.qos for message in heard} == {0}


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


def test_two_clients_of_one_source_are_told_apart_by_nobody_but_both_go_on(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with device(broker.port, tmp_path / "a") as one, device(broker.port, tmp_path / "b") as two:
        send(one, 5)
        send(two, 5)
        assert one.flush(timeout_s=20)
        assert two.flush(timeout_s=20)
    with connected(broker.port):
        pass
