"""The proofs are worth something only if they notice a broken promise: here it is broken on purpose."""

import signal
import time

import pytest

from tests.faults.city import FaultCity
from tests.faults.matrix import Fault, lacks_mosquitto
from tests.faults.proving import prove
from tests.faults.publishers import PLAIN
from tests.needs import lacking

pytestmark = [pytest.mark.slow, pytest.mark.mosquitto, pytest.mark.database]

ACKNOWLEDGE_FIRST = """
from ingest.mqtt import MqttIntake
take = MqttIntake.take
def take_and_acknowledge(self, *arguments, **settings):
    messages = take(self, *arguments, **settings)
    MqttIntake.acknowledge(self, messages)
    return messages
MqttIntake.take = take_and_acknowledge
"""


def kill_ingest_between(city: FaultCity, for_s: float) -> None:
    """Kill the ingest process while a batch waits for a stopped database."""
    processes = city.database_processes()
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    time.sleep(for_s)
    city.kill_ingest()
    for process in processes:
        process.send_signal(signal.SIGCONT)
    city.start_ingest()
    city.mended()


BETWEEN = Fault(name="between", title="kill -9 ingest between taking and committing", inflict=kill_ingest_between)


@pytest.mark.parametrize("sabotage", [ACKNOWLEDGE_FIRST, None], ids=["acknowledged first", "as it is"])
def test_a_message_acknowledged_before_its_commit_is_missed(sabotage: str | None) -> None:
    missing = lacks_mosquitto()
    if missing is not None:
        lacking(missing, "every fault is inflicted on a real broker")
    verdict = prove(BETWEEN, 600, rate_hz=300.0, for_s=1.0, say=print, sabotage=sabotage)
    assert bool(verdict.lost) == (sabotage is not None)
    # Who waits for receipts loses nothing even then.
    assert {source for source, _ in verdict.lost} <= {PLAIN}
    assert not verdict.doubled
