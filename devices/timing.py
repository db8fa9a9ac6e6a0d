"""Which time a reading gets: the device's own, or, where its clock was never set, one by the receive time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from devices.arrival import EARLIEST, Time, instant
from events.clock import SentTime
from events.ids import SourceId

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNSET_FROM = EPOCH - timedelta(days=1)
UNSET_UNTIL = EARLIEST
"""A clock that was never set counts from 1970 (the epoch), 1980 (GPS) or 2000 (clock chips), in
some time zone."""

_UNSET_UNTIL_MS = UNSET_UNTIL.timestamp() * 1000
_SECONDS = (946_684_800, 4_102_444_800)
"""Seconds of the years 2000 to 2099: as milliseconds they would fall into early 1970, and are a mistake to be told."""


def is_unset(ts: Time) -> bool:
    """Tell whether a time is that of a clock that was never set."""
    if ts is None:
        return False
    if isinstance(ts, datetime):
        return UNSET_FROM <= ts < UNSET_UNTIL
    return 0 <= ts < _UNSET_UNTIL_MS and not _SECONDS[0] <= ts < _SECONDS[1]


def timed(
    source: SourceId, times: Sequence[Time], received_at: datetime
) -> tuple[list[datetime], tuple[SentTime, ...]]:
    """Return when each moment of a message was, and what was sent where that was no time.

    A clock that was never set still runs: the newest of its moments gets the receive time, the others their distance
    from it.

    Args:
        source: Who sent the message.
        times: As sent, in its order.
        received_at: When it was received, aware UTC.

    Raises:
        PayloadError: `bad_time`.
    """
    unset = [_counted(ts) for ts in times if is_unset(ts)]
    if not unset:
        return [instant(ts, received_at) for ts in times], ()
    newest = max(unset)
    moments: list[datetime] = []
    sent: list[SentTime] = []
    for ts in times:
        if is_unset(ts):
            moments.append(received_at - (newest - _counted(ts)))
            sent.append(SentTime(source, moments[-1], str(ts), received_at))
        else:
            moments.append(instant(ts, received_at))
    return moments, tuple(sent)


def _counted(ts: Time) -> timedelta:
    """Return how long such a clock has counted."""
    if isinstance(ts, datetime):
        return ts - EPOCH
    return timedelta(milliseconds=ts or 0)
