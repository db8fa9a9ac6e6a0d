import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from configs.services import Broker
from events.errors import PayloadError
from events.message import Delivery, Message
from ingest.mqtt import MOST_HELD_BYTES, MqttIntake, SnapshotListener
from runtime.clock import utc_now
from runtime.mqtt import MAX_PAYLOAD_BYTES
from tests.ports import free_ports
from tests.waiting import until


@pytest.fixture
def unconnected() -> Iterator[MqttIntake]:
    intake = MqttIntake(Broker(port=free_ports()), capacity=100, clock=utc_now)
    yield intake
    intake.stop()


def arriving(payload: bytes, packet_id: int = 1) -> Message:
    return Message("pantau/v1/a/telemetry", payload, utc_now(), retained=False, delivery=Delivery(1, packet_id))


def test_an_absent_broker_is_said_once_and_waited_for(unconnected: MqttIntake) -> None:
    with capture_logs() as logs:
        unconnected.start()
        until(lambda: bool(logs), "a complaint")
        until(lambda: unconnected._connection._generation >= 3, "three attempts")

    assert unconnected.alive
    assert not unconnected.connected
    assert len(logs) == 1
    assert "start the broker, or correct broker.host and broker.port" in logs[0]["event"]


def test_without_a_connection_nothing_is_published_and_nothing_acknowledged(unconnected: MqttIntake) -> None:
    assert not unconnected.publish("pantau/v1/pantau-ingest/canary", b"{}", qos=1)
    assert unconnected.acknowledge([arriving(b"x")]) == 0


def test_a_payload_no_broker_takes_is_never_handed_to_one(unconnected: MqttIntake) -> None:
    with pytest.raises(PayloadError, match="1000001 bytes"):
        unconnected.publish("t", b"x" * (MAX_PAYLOAD_BYTES + 1), qos=1)


def test_a_thread_that_died_is_noticed(unconnected: MqttIntake) -> None:
    assert not unconnected.alive
    unconnected.start()
    assert unconnected.alive
    unconnected.stop()
    until(lambda: not unconnected.alive, "the thread ends")


def test_a_thread_that_no_longer_turns_is_noticed(unconnected: MqttIntake) -> None:
    unconnected.start()
    unconnected._connection.stop()
    thread = unconnected._connection
    thread._beat_s = time.monotonic() - 60
    assert not unconnected.alive


def test_stopping_what_was_never_started_is_harmless() -> None:
    intake = MqttIntake(Broker(port=free_ports()), capacity=1, clock=utc_now)
    intake.stop()
    intake.stop()


def test_a_message_larger_than_the_contract_allows_is_cut_so_that_memory_stays_bounded(
    unconnected: MqttIntake,
) -> None:
    unconnected._on_received(arriving(b"x" * 5_000_000))
    unconnected._hand_over()

    [message] = unconnected.take(10, first_timeout_s=1, age_s=0)

    assert len(message.payload) == MAX_PAYLOAD_BYTES + 1


def test_reading_pauses_when_too_many_bytes_are_held_and_goes_on_when_they_are_done_with(
    unconnected: MqttIntake,
) -> None:
    megabyte = b"x" * 1_000_000
    fitting = MOST_HELD_BYTES // len(megabyte) + 1
    for _ in range(fitting):
        assert unconnected._has_room()
        unconnected._on_received(arriving(megabyte))
        unconnected._hand_over()
    assert not unconnected._has_room()

    taken = unconnected.take(1, first_timeout_s=1, age_s=0)
    assert not unconnected._has_room()
    unconnected.acknowledge(taken)

    assert unconnected._has_room()


def test_a_full_channel_pauses_reading_and_loses_nothing(unconnected: MqttIntake) -> None:
    sent = 0
    while unconnected._has_room():
        unconnected._on_received(arriving(b"%d" % sent))
        unconnected._hand_over()
        sent += 1
    assert sent == 100 + 256

    taken: list[bytes] = []
    while batch := unconnected.take(50, first_timeout_s=0, age_s=0):
        taken += [message.payload for message in batch]
        unconnected._hand_over()

    assert taken == [b"%d" % n for n in range(sent)]


def test_a_batch_does_not_wait_out_its_age_when_nothing_more_comes(unconnected: MqttIntake) -> None:
    unconnected._on_received(arriving(b"x"))
    unconnected._hand_over()
    started_s = time.monotonic()

    assert len(unconnected.take(10, first_timeout_s=30, age_s=30)) == 1

    assert time.monotonic() - started_s < 10


def test_a_batch_is_never_larger_than_asked_for(unconnected: MqttIntake) -> None:
    for n in range(100):
        unconnected._on_received(arriving(b"%d" % n))
    unconnected._hand_over()

    assert [len(unconnected.take(40, first_timeout_s=0, age_s=1)) for _ in range(4)] == [40, 40, 20, 0]


def test_waiting_messages_stay_in_order_when_the_broker_lost_the_session(unconnected: MqttIntake) -> None:
    for n in range(150):
        unconnected._on_received(arriving(b"%d" % n))
    unconnected._hand_over()

    unconnected._on_connected(session_present=False)
    unconnected._on_received(arriving(b"new"))

    taken = unconnected.take(100, first_timeout_s=0, age_s=0)
    unconnected._hand_over()
    taken += unconnected.take(100, first_timeout_s=0, age_s=0)
    assert [m.payload for m in taken] == [b"%d" % n for n in range(150)] + [b"new"]


def test_waiting_messages_make_place_for_their_redelivery_when_the_broker_kept_the_session(
    unconnected: MqttIntake,
) -> None:
    for n in range(150):
        unconnected._on_received(arriving(b"%d" % n))
    unconnected._hand_over()

    unconnected._on_connected(session_present=True)
    assert unconnected.take(100, first_timeout_s=0, age_s=0) == []
    again = arriving(b"7")._replace(delivery=Delivery(2, 9))
    unconnected._on_received(again)
    unconnected._hand_over()

    assert unconnected.take(100, first_timeout_s=0, age_s=0) == [again]
    assert len(unconnected._old) == 149


def test_what_is_not_redelivered_is_processed_after_all() -> None:
    intake = MqttIntake(Broker(port=free_ports()), capacity=10, clock=utc_now, redelivery_patience_s=0)
    intake._on_received(arriving(b"only copy"))
    intake._hand_over()

    intake._on_connected(session_present=True)
    intake._hand_over()

    assert [m.payload for m in intake.take(10, first_timeout_s=0, age_s=0)] == [b"only copy"]
    intake.stop()


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("pantau/v1/cam-1/snapshot", b"GIF89a"),
        ("pantau/v1/cam-1/snapshot", b"\xff\xd8\xff" + b"x" * 600_000),
        ("pantau/v1/CAM 1/snapshot", b"\xff\xd8\xff"),
        ("pantau/v1/../snapshot", b"\xff\xd8\xff"),
    ],
)
def test_a_snapshot_that_is_none_is_ignored(topic: str, payload: bytes) -> None:
    pictures: list[bytes] = []
    listener = SnapshotListener(Broker(port=free_ports()), lambda _source, jpeg, _at: pictures.append(jpeg))

    listener._on_received(arriving(payload)._replace(topic=topic))
    listener._on_received(arriving(b"\xff\xd8\xffgood")._replace(topic="pantau/v1/cam-1/snapshot"))

    assert pictures == [b"\xff\xd8\xffgood"]
    listener.stop()
