"""What a device holds until it is committed: the reference device, a real broker, a real database, and deaths."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from configs.services import Broker
from devices.client import DeviceClient
from devices.outbox import Outbox
from events.ids import SourceId
from tests.acceptance.test_roles import Roles
from tests.fix_broker import BrokerServer, Embedded
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.database]

MESSAGES = 1_000


@pytest.fixture
def forgetful() -> Iterator[Embedded]:
    """A broker that forgets everything when it dies."""
    broker = Embedded()
    broker.start()
    yield broker
    broker.kill()


def stored(database: str) -> list[float]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT raw FROM reading JOIN series ON series.id = series_id WHERE source_id = 'pasut-uji' ORDER BY raw"
        ).fetchall()
    return [raw for (raw,) in rows]


def test_a_broker_that_dies_with_its_memory_loses_nothing_of_a_device_that_waits_for_receipts(
    forgetful: Embedded, database_url: str, tmp_path: Path
) -> None:
    roles = Roles(tmp_path, forgetful.port, database_url)
    device = DeviceClient(Broker(port=forgetful.port), SourceId("pasut-uji"), Outbox(tmp_path / "outbox"))
    try:
        # Pantau is away: the broker takes every message, and then dies with them.
        device.start()
        start = datetime.now(UTC) - timedelta(minutes=4)
        for number in range(MESSAGES):
            body = {"ts": (start + timedelta(milliseconds=100 * number)).isoformat(), "values": {"water_level": number}}
            device.publish("telemetry", json.dumps(body).encode())
        assert device.flush(timeout_s=30)
        forgetful.kill()
        forgetful.start()
        roles.start("ingest")
        assert device.settle(timeout_s=60)
        assert stored(database_url) == [float(number) for number in range(MESSAGES)]
    finally:
        device.stop()
        roles.stop()


def test_a_device_with_a_message_nobody_understands_gets_its_receipt_all_the_same(
    each_broker: BrokerServer, database_url: str, tmp_path: Path
) -> None:
    roles = Roles(tmp_path, each_broker.port, database_url)
    device = DeviceClient(Broker(port=each_broker.port), SourceId("pasut-uji"), Outbox(tmp_path / "outbox"))
    try:
        roles.start("ingest")
        device.start()
        for metric in ("water_level", "no_such_metric", "water_level"):
            now = datetime.now(UTC).isoformat()
            device.publish("telemetry", json.dumps({"ts": now, "values": {metric: 3}}).encode())
        assert device.settle(timeout_s=60)
        until(lambda: len(stored(database_url)) == 2, "the good ones are stored", timeout_s=10)
    finally:
        device.stop()
        roles.stop()
