"""Batches decoded ahead of the commit: none is lost, none comes twice, and none is begun once all is over."""

import threading
from collections.abc import Iterator

import pytest

from app.decoding_ahead import DecodingAhead
from configs.services import Broker, Ingest
from devices.decoder import Decoder
from devices.registry import Registry
from events.message import Delivery, Message
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now
from tests.ports import free_ports


@pytest.fixture
def intake() -> Iterator[MqttIntake]:
    intake = MqttIntake(Broker(port=free_ports()), capacity=100, clock=utc_now)
    yield intake
    intake.stop()


def ahead_of(intake: MqttIntake, over: threading.Event) -> DecodingAhead:
    decoder = Decoder(Registry({}), utc_now)
    return DecodingAhead(intake, decoder, Ingest(batch_messages=2, batch_age_s=0.001), over.is_set)


def arrive(intake: MqttIntake, *payloads: bytes) -> None:
    for payload in payloads:
        intake._on_received(
            Message("pantau/v1/a/telemetry", payload, utc_now(), retained=False, delivery=Delivery(1, 1))
        )
    intake._hand_over()


def test_batches_come_in_order_each_with_what_was_made_of_its_messages(intake: MqttIntake) -> None:
    arrive(intake, b"1", b"2", b"3")
    with ahead_of(intake, threading.Event()) as ahead:
        ahead.begin()
        ahead.begin()
        first, second = ahead.next(), ahead.next()

        assert first is not None
        assert second is not None
        assert [message.payload for message in (*first.messages, *second.messages)] == [b"1", b"2", b"3"]
        assert [intake.message for intake in first.intakes] == first.messages
        assert all(intake.rejection is not None for intake in first.intakes)


def test_a_batch_without_messages_comes_when_none_arrive(intake: MqttIntake) -> None:
    with ahead_of(intake, threading.Event()) as ahead:
        batch = ahead.next()

        assert batch is not None
        assert batch.messages == []


def test_what_was_begun_before_the_end_still_comes_and_nothing_after_it(intake: MqttIntake) -> None:
    arrive(intake, b"1", b"2", b"3")
    over = threading.Event()
    with ahead_of(intake, over) as ahead:
        ahead.begin()
        over.set()
        ahead.begin()
        batch = ahead.next()

        assert batch is not None
        assert [message.payload for message in batch.messages] == [b"1", b"2"]
        assert ahead.next() is None
        assert ahead.left() is None


def test_what_is_left_is_handed_out_once(intake: MqttIntake) -> None:
    arrive(intake, b"1")
    with ahead_of(intake, threading.Event()) as ahead:
        ahead.begin()
        left = ahead.left()

        assert left is not None
        assert len(left.messages) == 1
        assert ahead.left() is None
