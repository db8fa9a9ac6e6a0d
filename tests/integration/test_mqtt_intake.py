"""The intake against real brokers: what a broker accepted is never lost, whatever dies."""

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from configs.services import Broker
from events.message import Message
from ingest.mqtt import MqttIntake, SnapshotListener
from runtime.clock import utc_now
from tests.fix_broker import ROOT, BrokerServer, Mosquitto, mosquitto_program
from tests.foreign import connected, publish
from tests.needs import lacking
from tests.waiting import until

pytestmark = pytest.mark.broker

TOPIC = "pantau/v1/air-1/telemetry"


@contextmanager
def listening(port: int, *, capacity: int = 1000, patience_s: float = 10.0) -> Iterator[MqttIntake]:
    intake = MqttIntake(Broker(port=port), capacity=capacity, clock=utc_now, redelivery_patience_s=patience_s)
    intake.start()
    try:
        until(lambda: intake.connected, "the intake connects")
        yield intake
    finally:
        started_s = time.monotonic()
        intake.stop()
        assert time.monotonic() - started_s < 2.5


def subscribed(port: int) -> None:
    """Make the durable session, so that messages are kept for it from now on."""
    with listening(port) as intake:
        publish(port, [(TOPIC, b"first")])
        intake.acknowledge(take_all(intake, 1))


def numbered(count: int, start: int = 0) -> list[tuple[str, bytes]]:
    return [(TOPIC, b"%d" % n) for n in range(start, start + count)]


def take_all(intake: MqttIntake, count: int) -> list[Message]:
    """Take until so many messages came."""
    taken: list[Message] = []
    deadline_s = time.monotonic() + 15
    while len(taken) < count and time.monotonic() < deadline_s:
        taken += intake.take(500, first_timeout_s=0.1, age_s=0.01)
    assert len(taken) >= count, f"only {len(taken)} of {count} came"
    return taken


def settle(intake: MqttIntake) -> None:
    """Return once the broker has read every acknowledgement: the embedded one forgets those just before a farewell."""
    assert intake.publish("pantau/v1/pantau-ingest/canary", b"settled", qos=1)
    while take_all(intake, 1)[-1].payload != b"settled":
        pass


def left_over(port: int) -> list[Message]:
    """Return what the broker still has for the intake, the canary of `settle` aside."""
    with listening(port) as intake:
        rest = intake.take(1000, first_timeout_s=0.5, age_s=0.3)
    return [message for message in rest if message.payload != b"settled"]


def numbers(messages: list[Message]) -> list[int]:
    return [int(message.payload) for message in messages]


def cut(intake: MqttIntake) -> None:
    """End the connection under the client's feet, as a switch would."""
    generation = intake._connection._generation
    stream = intake._connection._client.stream
    assert stream is not None
    with socket.socket(fileno=os.dup(stream.fileno())) as sock:
        sock.shutdown(socket.SHUT_RDWR)
    until(lambda: intake.connected and intake._connection._generation > generation, "a new connection")


def test_what_came_while_nobody_listened_is_delivered_in_order_and_only_once(each_broker: BrokerServer) -> None:
    subscribed(each_broker.port)
    publish(each_broker.port, numbered(500))

    with listening(each_broker.port) as intake:
        taken: list[Message] = []
        while len(taken) < 500:
            batch = take_all(intake, 1)
            assert intake.acknowledge(batch) == len(batch)
            taken += batch
        settle(intake)

    assert numbers(taken) == list(range(500))
    assert left_over(each_broker.port) == []


def test_what_was_not_acknowledged_comes_again(each_broker: BrokerServer) -> None:
    with listening(each_broker.port) as intake:
        publish(each_broker.port, numbered(60))
        taken = take_all(intake, 60)
        intake.acknowledge(taken[:20])
        settle(intake)

    assert numbers(left_over(each_broker.port)) == list(range(20, 60))


CONSUMER = """
import os, signal, sys, time
from configs.services import Broker
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now

port, kept, ack_early = int(sys.argv[1]), open(sys.argv[2], "w"), sys.argv[3] == "early"
intake = MqttIntake(Broker(port=port), capacity=1000, clock=utc_now)
intake.start()
committed = 0
while True:
    batch = intake.take(50, first_timeout_s=1, age_s=0.01)
    if ack_early:
        intake.acknowledge(batch)
    if committed >= 100 and batch:
        time.sleep(0.3)  # the acknowledgements, where there are any, leave
        os.kill(os.getpid(), signal.SIGKILL)  # in mid-batch: received, not committed
    kept.writelines(message.payload.decode() + "\\n" for message in batch)
    kept.flush()
    committed += len(batch)
    if not ack_early:
        intake.acknowledge(batch)
"""


def lost_by_a_kill(port: int, folder: Path, *, ack_early: bool) -> set[int]:
    """Kill a consumer in mid-batch, let another finish, and return what neither has."""
    subscribed(port)
    kept = folder / "kept"
    consumer = subprocess.Popen(
        [sys.executable, "-c", CONSUMER, str(port), str(kept), "early" if ack_early else "late"], cwd=ROOT
    )
    publish(port, numbered(400))
    assert consumer.wait(30) == -signal.SIGKILL

    committed = {int(line) for line in kept.read_text().split()}
    with listening(port) as intake:
        while batch := intake.take(500, first_timeout_s=1.0, age_s=0.05):
            committed.update(numbers(batch))
            intake.acknowledge(batch)
    return set(range(400)) - committed


def test_a_consumer_killed_in_mid_batch_loses_nothing(each_broker: BrokerServer, tmp_path: Path) -> None:
    assert lost_by_a_kill(each_broker.port, tmp_path, ack_early=False) == set()


def test_sabotage_acknowledging_before_the_commit_is_noticed(each_broker: BrokerServer, tmp_path: Path) -> None:
    assert lost_by_a_kill(each_broker.port, tmp_path, ack_early=True) != set()


def unprocessed_after_a_reconnection(port: int, acknowledge: Callable[[MqttIntake, list[Message]], object]) -> set[int]:
    """Acknowledge old messages on a new connection; return which of the new ones the broker then forgets."""
    with listening(port) as intake:
        publish(port, numbered(10))
        old = take_all(intake, 10)
        cut(intake)
        new = take_all(intake, 10)  # the broker gives the old packet ids to whatever it sends now
        acknowledge(intake, old)
        assert numbers(new) == numbers(old)
    with listening(port) as intake:
        again = intake.take(100, first_timeout_s=1.0, age_s=0.3)
    return set(range(10)) - set(numbers(again))


def test_an_old_acknowledgement_confirms_nothing_on_a_new_connection(each_broker: BrokerServer) -> None:
    def guarded(intake: MqttIntake, old: list[Message]) -> None:
        assert intake.acknowledge(old) == 0

    assert unprocessed_after_a_reconnection(each_broker.port, guarded) == set()


def test_sabotage_without_the_generation_an_old_acknowledgement_loses_messages(each_broker: BrokerServer) -> None:
    def unguarded(intake: MqttIntake, old: list[Message]) -> None:
        for message in old:
            intake._connection._client.ack(message.delivery.packet_id, 1)
        time.sleep(0.3)

    assert unprocessed_after_a_reconnection(each_broker.port, unguarded) != set()


def test_after_a_cut_each_waiting_message_comes_once_and_can_be_acknowledged(each_broker: BrokerServer) -> None:
    with listening(each_broker.port) as intake:
        publish(each_broker.port, numbered(50))
        until(lambda: len(intake._channel) == 50, "all wait")
        cut(intake)

        taken = take_all(intake, 50)

        assert sorted(numbers(taken)) == list(range(50))
        assert intake.acknowledge(taken) == 50
        assert len(intake._old) == 0
        settle(intake)
    assert left_over(each_broker.port) == []


def test_a_broker_that_lost_everything_costs_no_message_that_was_received(broker: BrokerServer) -> None:
    with listening(broker.port) as intake:
        publish(broker.port, numbered(50))
        until(lambda: len(intake._channel) == 50, "all wait")
        broker.kill()
        broker.start()
        until(lambda: intake.connected, "a new connection")
        publish(broker.port, numbered(10, start=50))

        taken = take_all(intake, 60)

        assert numbers(taken) == list(range(60))
        assert intake.acknowledge(taken) == 10  # the others' connection is gone, and nobody will send them again


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    server = Mosquitto(folder)
    server.start()
    yield server
    server.kill()


@pytest.mark.mosquitto
def test_a_broker_restored_from_an_old_snapshot_costs_no_message_that_was_received(mosquitto: Mosquitto) -> None:
    subscribed(mosquitto.port)
    mosquitto.stop()  # writes the session, and not the messages that follow
    mosquitto.start()
    with listening(mosquitto.port, patience_s=0.5) as intake:
        publish(mosquitto.port, numbered(50))
        until(lambda: len(intake._channel) == 50, "all wait")
        mosquitto.kill()
        mosquitto.start()
        until(lambda: intake.connected, "a new connection")

        assert numbers(take_all(intake, 50)) == list(range(50))


@pytest.mark.mosquitto
def test_a_broker_stopped_in_order_keeps_the_session_and_its_queue(mosquitto: Mosquitto) -> None:
    subscribed(mosquitto.port)
    publish(mosquitto.port, numbered(1500))  # more than Mosquitto's own default would keep
    mosquitto.stop()
    mosquitto.start()

    with listening(mosquitto.port, capacity=5000) as intake:
        assert numbers(take_all(intake, 1500)) == list(range(1500))


def test_memory_stays_bounded_while_nobody_takes(each_broker: BrokerServer) -> None:
    subscribed(each_broker.port)
    publish(each_broker.port, numbered(1000))

    with listening(each_broker.port, capacity=10) as intake:
        time.sleep(0.5)
        assert len(intake._channel) <= 10
        assert len(intake._pending) < 2 * 256

        taken: list[Message] = []
        while len(taken) < 1000:
            batch = take_all(intake, 1)
            intake.acknowledge(batch)
            taken += batch
        assert numbers(taken) == list(range(1000))


def test_a_payload_over_the_limit_never_reaches_us_and_hurts_nobody_else(each_broker: BrokerServer) -> None:
    with listening(each_broker.port) as intake:
        with connected(each_broker.port) as rude:
            rude.publish(TOPIC, b"x" * 2_000_000, qos=0)
            publish(each_broker.port, [(TOPIC, b"x" * 900_000), (TOPIC, b"1")])

        taken = take_all(intake, 2)

    assert [len(message.payload) for message in taken] == [900_000, 1]


def test_a_message_of_ours_goes_out_and_comes_back(each_broker: BrokerServer) -> None:
    with listening(each_broker.port) as intake:
        assert intake.publish("pantau/v1/pantau-ingest/canary", b'{"ts": 1}', qos=1)
        [canary] = take_all(intake, 1)

    assert canary.topic == "pantau/v1/pantau-ingest/canary"
    assert not canary.retained


def test_a_retained_message_says_that_it_is_one(each_broker: BrokerServer) -> None:
    publish(each_broker.port, [("pantau/v1/air-1/status", b"online")], retain=True)

    with listening(each_broker.port) as intake:
        [status] = take_all(intake, 1)

    assert status.retained


def test_it_stops_in_time_although_the_broker_hangs(broker: BrokerServer) -> None:
    with listening(broker.port):
        broker.freeze()
    # `listening` checks how long stopping takes.


def test_it_stops_in_time_although_the_broker_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        intake = MqttIntake(Broker(port=mute.getsockname()[1]), capacity=1, clock=utc_now)
        intake.start()
        peer, _ = mute.accept()
        started_s = time.monotonic()
        intake.stop()
        assert time.monotonic() - started_s < 2.5
        peer.close()


def test_an_error_in_a_callback_costs_a_connection_and_no_message(
    broker: BrokerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(broker.port) as intake:
        failed = threading.Event()
        received = intake._connection._hooks.received

        def fails_once(message: Message) -> None:
            if not failed.is_set():
                failed.set()
                raise ZeroDivisionError
            received(message)

        hooks = dataclasses.replace(intake._connection._hooks, received=fails_once)
        monkeypatch.setattr(intake._connection, "_hooks", hooks)
        publish(broker.port, numbered(3))

        assert numbers(take_all(intake, 3)) == [0, 1, 2]
        assert failed.is_set()
        assert intake.alive


@pytest.mark.mosquitto
def test_a_wrong_password_is_said_once_with_its_remedy_and_without_itself(tmp_path: Path) -> None:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    passwords = folder / "passwords"
    passwords.write_text("")
    server = Mosquitto(folder, ("allow_anonymous true", f"allow_anonymous false\npassword_file {passwords}"))
    server.start()
    try:
        with capture_logs() as logs:
            intake = MqttIntake(
                Broker(port=server.port, username="pantau", password="hunter2"), capacity=1, clock=utc_now
            )
            intake.start()
            until(lambda: intake._connection._generation >= 3, "three attempts")
            intake.stop()
    finally:
        server.kill()

    assert len(logs) == 1
    assert "Correct broker.username and broker.password" in logs[0]["event"]
    assert "hunter2" not in str(logs)


def test_the_pages_get_each_camera_s_latest_picture(each_broker: BrokerServer) -> None:
    pictures: list[tuple[str, bytes]] = []

    def take(source: str, jpeg: bytes, _at: object) -> None:
        pictures.append((source, jpeg))
        raise ZeroDivisionError  # a page's mistake must not end the subscription

    listener = SnapshotListener(Broker(port=each_broker.port), take)
    listener.start()
    until(lambda: listener._connection.connected, "the listener connects")
    with connected(each_broker.port) as camera:
        # The subscription may be a moment younger than the connection.
        def comes() -> bool:
            camera.publish("pantau/v1/cam-1/snapshot", b"\xff\xd8\xff1")
            return bool(pictures)

        until(comes, "a picture comes")
        camera.publish("pantau/v1/cam-2/snapshot", b"\xff\xd8\xff2")
        until(lambda: ("cam-2", b"\xff\xd8\xff2") in pictures, "another camera's picture comes")
    listener.stop()

    assert pictures[0] == ("cam-1", b"\xff\xd8\xff1")
