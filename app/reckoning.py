"""The balance of messages and values: what came in is what was kept, known, contradicted or refused."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from events.intake import Intake
from storage.report import CommitReport

RECEIVED = Counter("pantau_messages_received_total", "Messages taken from the broker and decoded, before their commit")
OUTCOMES = Counter("pantau_messages_total", "Messages committed, by what became of them", ["outcome"])
VALUES_RECEIVED = Counter(
    "pantau_values_received_total", "Values in messages that were understood, before their commit"
)
VALUES = Counter("pantau_values_total", "Values committed, by what became of them", ["outcome"])
IN_HAND = Gauge(
    "pantau_messages_in_hand", "Messages decoded and neither committed nor given up", multiprocess_mode="livesum"
)
VALUES_IN_HAND = Gauge("pantau_values_in_hand", "Values of the messages in hand", multiprocess_mode="livesum")
GIVEN_UP = Counter(
    "pantau_messages_given_up_total", "Messages given up unacknowledged, uncommitted: the broker sends them again"
)
VALUES_GIVEN_UP = Counter("pantau_values_given_up_total", "Values of the messages given up")


class Reckoning:
    """Counts on both sides of the commit, so that a loss between them would show.

    For messages and for values alike: received = sum over outcomes + in hand + given up, at every moment at which no
    counter is being changed. The storage room checks the same, value by value, inside each transaction, against what
    the database says it inserted.
    """

    def __init__(self) -> None:
        self._messages = 0
        self._values = 0

    def receive(self, intakes: Sequence[Intake]) -> None:
        """Count a batch that is about to be committed."""
        self._messages = len(intakes)
        self._values = sum(len(decoded.readings) for _, decoded, _ in intakes if decoded is not None)
        RECEIVED.inc(self._messages)
        VALUES_RECEIVED.inc(self._values)
        IN_HAND.set(self._messages)
        VALUES_IN_HAND.set(self._values)

    def settle(self, report: CommitReport | None) -> None:
        """Count what became of the batch; None where it was given up."""
        if report is None:
            GIVEN_UP.inc(self._messages)
            VALUES_GIVEN_UP.inc(self._values)
        else:
            for outcome, messages in report.outcomes.items():
                OUTCOMES.labels(outcome).inc(messages)
            for outcome, values in report.value_outcomes.items():
                VALUES.labels(outcome).inc(values)
        IN_HAND.set(0)
        VALUES_IN_HAND.set(0)
