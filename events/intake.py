"""What became of one message: understood, or refused with a reason."""

from dataclasses import dataclass
from typing import NamedTuple

from events.clock import ClockOffset, SentTime
from events.evidence import Evidence
from events.ids import SourceId
from events.liveness import Canary, StatusReport
from events.message import Message
from events.observation import Observation
from events.reading import Reading
from events.receipt import Number


class Decoded(NamedTuple):
    """What one message said.

    A NamedTuple because one is made for every message; name the fields all the same.

    Attributes:
        source: Whom it speaks of.
        also: Further sources of whose lives it speaks: one foreign device may be several sensors. Readings name
            their own source.
        readings: Values measured.
        observation: A thing seen.
        evidence: A picture.
        status: A word about being online.
        canary: Pantau's own message.
        numbers: What the device calls it, for its receipt; several where one message carries several.
        sent_times: What stood in the place of times that were none.
        clocks: What is newly known of devices' clocks; comes with a canary.
        live: Whether it is a sign of life of its source; retained messages, wills and canaries are not.
    """

    source: SourceId
    also: tuple[SourceId, ...] = ()
    readings: tuple[Reading, ...] = ()
    observation: Observation | None = None
    evidence: Evidence | None = None
    status: StatusReport | None = None
    canary: Canary | None = None
    numbers: tuple[Number, ...] = ()
    sent_times: tuple[SentTime, ...] = ()
    clocks: tuple[ClockOffset, ...] = ()
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why one message, or one value of it, cannot be accepted.

    Attributes:
        source: Whom the topic names, None where it names nobody known.
        reason: Short and fixed, fit for a metric label: `malformed`, `unknown_source`, `impossible_value`, ...
        detail: One sentence that says what is wrong and what to send instead.
        numbers: What the device calls the message, as far as that can be made out: it is kept, so it gets its receipt.
    """

    source: SourceId | None
    reason: str
    detail: str
    numbers: tuple[Number, ...] = ()


class Intake(NamedTuple):
    """One message with what was understood of it. Every message ends as exactly one of these.

    Attributes:
        message: As it arrived; kept for acknowledgement and quarantine.
        decoded: What was understood, None when refused.
        rejection: Why it was refused, None when understood.
    """

    message: Message
    decoded: Decoded | None
    rejection: Rejection | None
