"""The sheet: what is tried, how it went, what each line means, and what to fix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How a line went."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


class Line(NamedTuple):
    """One thing that is tried.

    Attributes:
        meaning: What a device does that passes.
        remedy: What to change where it does not.
    """

    meaning: str
    remedy: str


LINES: Mapping[str, Line] = {
    "heard": Line(
        "It connects and publishes telemetry under its own id.",
        "Check address, port and id; publish on pantau/v1/ID/telemetry. For the trial, publish every 1 to 5 seconds.",
    ),
    "qos1": Line(
        "It publishes at QoS 1.",
        "Publish telemetry and events at QoS 1: a QoS 0 message vanishes with any hiccup of the network.",
    ),
    "accepted": Line(
        "Pantau understands every message.",
        "Listen to pantau/v1/ID/error while you build; it says what was wrong and what to send instead.",
    ),
    "numbered": Line(
        "Every message bears boot and seq, and seq grows by one.",
        "Count messages in seq, from 1 at each new boot; only numbered messages earn receipts.",
    ),
    "clock": Line(
        "Its times are right to 5 minutes, or it sends none.",
        "Set the clock by NTP and send the time zone; until the clock is set, leave ts out.",
    ),
    "online": Line(
        "It says online, retained and with its boot, on status.",
        'Publish {"state": "online", "boot": BOOT} on pantau/v1/ID/status, QoS 1, retained, after each connection.',
    ),
    "will": Line(
        "When its connection breaks, the broker says offline for it.",
        "Set a last will on pantau/v1/ID/status: offline, QoS 1, retained.",
    ),
    "reconnects": Line(
        "It comes back by itself after a broken connection.",
        "Connect again for ever, with random pauses that grow to at most 60 seconds.",
    ),
    "resends": Line(
        "What the broker took but Pantau never receipted is sent again after a reconnection.",
        "Keep each message until a receipt covers it: PUBACK is not enough. Once connected, send again what you hold.",
    ),
    "fills_gaps": Line(
        "What a receipt names as missing is sent again on the same connection.",
        "Subscribe to pantau/v1/ID/receipt at QoS 1, read `missing`, and send those messages again with their old seq.",
    ),
    "forgets": Line(
        "What is receipted is not sent again.",
        "Remove everything of `boot` up to `seq` when a receipt comes; else flash fills and the network is wasted.",
    ),
    "odd_receipts": Line(
        "Repeated, old, foreign and unreadable receipts neither stop it nor make it lose anything.",
        "Apply a receipt only to messages of the same boot, never go backwards, and pass over what is no JSON object.",
    ),
    "survives_restart": Line(
        "After a sudden restart it sends what it had held, under the old numbers.",
        "Write each message with its boot, seq and ts to flash or disk before sending, and read it back at the start.",
    ),
    "new_boot": Line(
        "No number is given twice, not across a restart either.",
        "Make a new random boot at every start and count from 1, or keep the counter on disk.",
    ),
    "counter_lost": Line(
        "A receipt above what it has sent makes it begin a new boot.",
        "When a receipt of your boot names a higher seq than you have sent, your counter was lost: begin a new boot.",
    ),
}
"""In the order in which they are tried."""


class Result(NamedTuple):
    """How one line went, and what was seen."""

    verdict: Verdict
    seen: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled-in sheet.

    Attributes:
        device: Whose.
        results: By line; what is missing was not tried.
        left_out: Lines that the maker asked not to try.
    """

    device: str
    results: Mapping[str, Result]
    left_out: frozenset[str] = frozenset()

    def rows(self) -> Iterator[tuple[str, Line, Result]]:
        """Yield every line with its result."""
        for name, line in LINES.items():
            yield name, line, self.results.get(name, Result(Verdict.NOT_TRIED, ""))

    @property
    def passed(self) -> bool:
        """Whether every line passed, but those left out on purpose."""
        return all(
            result.verdict is Verdict.PASSED or (name in self.left_out and result.verdict is Verdict.NOT_TRIED)
            for name, _, result in self.rows()
        )

    def as_json(self) -> dict[str, object]:
        """Return the sheet for machines."""
        lines = [
            {"line": name, "result": result.verdict, "seen": result.seen, "meaning": line.meaning}
            | ({} if result.verdict is Verdict.PASSED else {"remedy": line.remedy})
            for name, line, result in self.rows()
        ]
        return {"device": self.device, "passed": self.passed, "lines": lines}
