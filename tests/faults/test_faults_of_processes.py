"""Ingest and database killed and stopped. `make prove` runs the same with more of it."""

import pytest

from tests.faults.matrix import OF_PROCESSES, Fault
from tests.faults.proving import prove_briefly

pytestmark = [pytest.mark.slow, pytest.mark.mosquitto, pytest.mark.database]


@pytest.mark.parametrize(
    "fault", [fault for fault in OF_PROCESSES if fault.short_s is not None], ids=lambda fault: fault.name
)
def test_what_was_acknowledged_is_committed_once_although(fault: Fault) -> None:
    prove_briefly(fault)
