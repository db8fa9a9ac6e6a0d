import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.errors import PayloadError
from events.ids import SourceId
from runtime.mqtt import MAX_PAYLOAD_BYTES
from tests.ports import free_ports


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


@pytest.fixture
def device(outbox: Outbox) -> Iterator[DeviceClient]:
    client = DeviceClient(Broker(port=free_ports()), SourceId("vision-0"), outbox, boot="b1")
    yield client
    client.stop()


def kept(outbox: Outbox) -> list[tuple[str, object]]:
    return [(item.topic, json.loads(item.payload)) for item in outbox.oldest(100)]


def test_messages_are_numbered_for_each_source_and_kept_while_there_is_no_broker(
    device: DeviceClient, outbox: Outbox
) -> None:
    device.publish("telemetry", b'{"values": {"a": 1.50}}')
    device.publish("pantau/v1/cam-1/telemetry", b'{"values": {}}')
    device.publish("pantau/v1/cam-1/event", b'{"kind": "tamper"}')

    assert kept(outbox) == [
        ("pantau/v1/vision-0/telemetry", {"values": {"a": 1.5}, "boot": "b1", "seq": 1}),
        ("pantau/v1/cam-1/telemetry", {"values": {}, "boot": "b1", "seq": 1}),
        ("pantau/v1/cam-1/event", {"kind": "tamper", "boot": "b1", "seq": 2}),
    ]
    assert not device.flush(timeout_s=0)


def test_pictures_and_what_is_numbered_already_go_as_they_are(device: DeviceClient, outbox: Outbox) -> None:
    digest = "0" * 64
    device.publish(f"pantau/v1/cam-1/evidence/{digest}", b"\xff\xd8\xff")
    device.publish("telemetry", b'[{"values": {"a": 1}}]')
    device.publish("telemetry", b'{"boot": "mine", "seq": 9, "values": {}}')

    assert [item.payload for item in outbox.oldest(10)] == [
        b"\xff\xd8\xff",
        b'[{"values": {"a": 1}}]',
        b'{"boot": "mine", "seq": 9, "values": {}}',
    ]


def test_a_message_no_broker_would_take_is_refused_at_once(device: DeviceClient, outbox: Outbox) -> None:
    with pytest.raises(PayloadError, match="at most 1000000"):
        device.publish("evidence/x", b"x" * (MAX_PAYLOAD_BYTES + 1))
    with pytest.raises(PayloadError, match="are JSON"):
        device.publish("telemetry", b"12.3")

    assert len(outbox) == 0
    device.publish("telemetry", b"{}")
    assert kept(outbox) == [("pantau/v1/vision-0/telemetry", {"boot": "b1", "seq": 1})]


def test_of_waiting_snapshots_only_the_newest_of_each_camera_is_held_and_none_is_stored(
    device: DeviceClient, outbox: Outbox
) -> None:
    for n in range(100):
        device.publish("pantau/v1/cam-1/snapshot", b"%d" % n, qos=0)
    device.publish("pantau/v1/cam-2/snapshot", b"x", qos=0)

    assert device._passing == {"pantau/v1/cam-1/snapshot": b"99", "pantau/v1/cam-2/snapshot": b"x"}
    assert len(outbox) == 0


def test_each_run_has_a_name_of_its_own(tmp_path: Path) -> None:
    boots = set()
    for run in ("a", "b"):
        client = DeviceClient(Broker(port=free_ports()), SourceId("s"), Outbox(tmp_path / run))
        boots.add(client.boot)
        client.stop()
    assert len(boots) == 2
