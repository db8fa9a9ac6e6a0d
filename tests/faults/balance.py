"""The books of a running ingest process, read from its metrics page as an operator would."""

import urllib.request
from collections import Counter
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What one process counted since its start.

    Attributes:
        received: Messages, or values, taken in.
        outcomes: By what became of them.
        in_hand: Not yet committed.
        given_up: Left to the broker.
    """

    received: dict[str, int]
    outcomes: dict[str, dict[str, int]]
    in_hand: dict[str, int]
    given_up: dict[str, int]
    retries: int

    def gap(self, what: str) -> int:
        """Return by how much the books of `messages` or `values` are out; 0 is in order."""
        told = sum(self.outcomes[what].values()) + self.in_hand[what] + self.given_up[what]
        return self.received[what] - told


def read_balance(metrics_port: int) -> Balance:
    """Read the books.

    Raises:
        OSError: the process does not answer.
    """
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as page:
        text: str = page.read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    # A process that only begins has no books yet.
    plain = Counter({sample.name: int(sample.value) for sample in samples if not sample.labels})
    kinds = ("messages", "values")
    return Balance(
        received={kind: plain[f"pantau_{kind}_received_total"] for kind in kinds},
        outcomes={
            kind: {s.labels["outcome"]: int(s.value) for s in samples if s.name == f"pantau_{kind}_total"}
            for kind in kinds
        },
        in_hand={kind: plain[f"pantau_{kind}_in_hand"] for kind in kinds},
        given_up={kind: plain[f"pantau_{kind}_given_up_total"] for kind in kinds},
        retries=plain["pantau_commit_retries_total"],
    )


def require_balance(balance: Balance) -> None:
    """Check that what came in is what was kept, known, contradicted, refused or given up.

    Raises:
        AssertionError: it is not.
    """
    for what in ("messages", "values"):
        assert balance.gap(what) == 0, f"the books of {what} are out by {balance.gap(what)}: {balance}"
        assert balance.in_hand[what] == 0, f"{what} in hand though nothing comes: {balance}"
