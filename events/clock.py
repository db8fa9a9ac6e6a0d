"""How far a device's clock is off, and what it sent where it had no time."""

from datetime import datetime
from typing import NamedTuple

from events.ids import SourceId

LEAST_CORRECTION_S = 2.0
"""Smaller offsets say more about the network than about the clock: times are not corrected by them."""


class ClockOffset(NamedTuple):
    """An estimate.

    Attributes:
        source: Whose clock.
        since: Receive time of the message from which on it holds, aware UTC.
        offset_s: Seconds to add to the device's time; positive for a clock that is slow.
        spread_s: Standard deviation of single messages around it, estimated robustly, in seconds.
        samples: From how many messages.
    """

    source: SourceId
    since: datetime
    offset_s: float
    spread_s: float
    samples: int


class SentTime(NamedTuple):
    """What a device sent as time where its clock was never set.

    Attributes:
        source: Who.
        ts: The time under which its readings are kept instead, aware UTC.
        sent: As it was sent.
        received_at: When it was received, aware UTC.
    """

    source: SourceId
    ts: datetime
    sent: str
    received_at: datetime
