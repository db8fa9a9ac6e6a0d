"""One message on its way through a codec, and the checks that every dialect shares."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from devices.reasons import Reason
from devices.registry import KnownSource
from events.errors import PayloadError
from events.message import Message
from events.reading import Quality

T = TypeVar("T")

Time = Annotated[datetime, msgspec.Meta(tz=True)] | int | float | None
"""RFC 3339 with a time zone, or epoch milliseconds."""

EARLIEST = datetime(2001, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""A time outside is a clock that was never set, or seconds where milliseconds belong; storing it would found a
chunk of the time series in a century nobody asks for."""

MOST_AHEAD = timedelta(days=366)
"""How far ahead a device's time may lie. What is farther ahead would found chunks of the time series that every query
has to pass over, and would be the newest of its series for years."""

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
"""Pantau did not run before this: a receive time that is earlier says that its own clock was never set, and then tells
nothing of the device's."""

SKEW = timedelta(minutes=5)
"""How far a device's clock may be off before its readings are marked."""

_AHEAD = -SKEW
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_MS = EARLIEST.timestamp() * 1000
_LATEST_MS = LATEST.timestamp() * 1000
_FIELD = re.compile(r" - at `[^`]*?\.(\w+)(?:\[[^`]*)?`$")
_AT_BYTE = re.compile(r"\(byte (\d+)\)$")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf)", re.IGNORECASE)
_NUMBER_FIELDS = frozenset({"values", "v", "bv"})
_TIME_FIELDS = frozenset({"ts", "started_at", "t", "bt"})
_SHOWN_CHARACTERS = 60


class Arrival(NamedTuple):
    """A message whose source is known.

    A NamedTuple because one is made for every message.

    Attributes:
        message: The message.
        source: Who sent it, or of whom it speaks.
        rest: What follows the kind in the topic: the digest of evidence, else empty.
        lag: How long it may have waited at the broker; an old time within it is no skewed clock.
    """

    message: Message
    source: KnownSource
    rest: str
    lag: timedelta


def shown(text: str) -> str:
    """Return text from a payload fit for a message to a person: quoted, and cut."""
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...")


def decode_json(decoder: msgspec.json.Decoder[T], payload: bytes, otherwise: Reason = Reason.MALFORMED) -> T:
    """Decode and check the shape.

    Args:
        decoder: Made once for the dialect.
        payload: JSON.
        otherwise: Reason for a field of the wrong type, unless it is a time or a measured value.

    Raises:
        PayloadError: with the reason that fits.
    """
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        found = _FIELD.search(str(error))
        name = found.group(1) if found else ""
        reason = (
            Reason.IMPOSSIBLE_VALUE
            if name in _NUMBER_FIELDS
            else Reason.BAD_TIME
            if name in _TIME_FIELDS
            else otherwise
        )
        raise PayloadError(reason, str(error)[:200]) from error
    except msgspec.DecodeError as error:
        at = _AT_BYTE.search(str(error))
        # A lower-case nan is taken for a null until its fourth byte, and the place given is the one after that.
        if at and any(_NOT_FINITE.match(payload, max(int(at.group(1)) - back, 0)) for back in (0, 4)):
            raise PayloadError(
                Reason.IMPOSSIBLE_VALUE, "NaN and Infinity are not values: leave the metric out"
            ) from error
        raise PayloadError(Reason.MALFORMED, f"{error}; want JSON in UTF-8") from error
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.MALFORMED, "not UTF-8; want JSON in UTF-8") from error
    except RecursionError as error:
        raise PayloadError(Reason.MALFORMED, "nested too deeply: send flat JSON") from error


def require_unique_keys(payload: bytes) -> None:
    """Refuse an object that has a key twice: which of the two values is meant, nobody knows (RFC 8259, section 4).

    Call it on payloads that `decode_json` has accepted and whose size is bounded.

    Raises:
        PayloadError: `malformed`.
    """
    try:
        json.loads(payload, object_pairs_hook=_unique)
    except RecursionError as error:
        raise PayloadError(Reason.MALFORMED, "nested too deeply: send flat JSON") from error
    except ValueError as error:  # what msgspec passes over in fields it does not know: huge integers, odd escapes
        raise PayloadError(Reason.MALFORMED, f"want strict JSON: {error}"[:200]) from error


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PayloadError(Reason.MALFORMED, f"the key {shown(twice)} stands twice in one object: send it once")
    return unique


def instant(ts: datetime | float | None, otherwise: datetime) -> datetime:
    """Return a device's time as aware UTC; `otherwise` where it sent none.

    Args:
        ts: RFC 3339 time, or epoch milliseconds.
        otherwise: The receive time.

    Raises:
        PayloadError: `bad_time`.
    """
    if ts is None:
        return otherwise
    if isinstance(ts, datetime):
        if EARLIEST <= ts < LATEST:
            moment = ts if ts.tzinfo is UTC else ts.astimezone(UTC)
            require_near(moment, otherwise)
            return moment
    elif _EARLIEST_MS <= ts < _LATEST_MS:
        moment = _EPOCH + timedelta(milliseconds=ts)
        require_near(moment, otherwise)
        return moment
    raise PayloadError(
        Reason.BAD_TIME,
        f"{str(ts)[:_SHOWN_CHARACTERS]} lies outside 2001 to 2099; send RFC 3339 or epoch milliseconds",
    )


def require_near(moment: datetime, received_at: datetime) -> None:
    """Refuse a time so far ahead that no zone and no drift explains it.

    Raises:
        PayloadError: `bad_time`.
    """
    if moment - received_at > MOST_AHEAD and received_at >= WRITTEN:
        raise PayloadError(
            Reason.BAD_TIME, f"{moment.isoformat()} lies more than a year ahead: set the clock, or send no time"
        )


def quality_of_time(ts: datetime, arrival: Arrival, *, stored_and_forwarded: bool) -> Quality:
    """Judge a device's clock.

    A message that the broker had stored and that bears no time of its own is older than it looks.
    A time in the future is always a wrong clock. A time in the past is one only when nothing explains it: neither the
    wait at the broker nor that the device holds its messages back (it numbers them, or sends many in one). What it
    held back for longer than its own cadence explains is late: it belongs to history, and raises no alarm of today.

    Args:
        ts: The device's time.
        arrival: The message it came in.
        stored_and_forwarded: Whether the device may have held the message back.
    """
    behind = arrival.message.received_at - ts
    if arrival.message.retained and not behind:
        return Quality.STALE
    if behind < _AHEAD:
        return Quality.CLOCK_SKEW
    if behind <= SKEW:
        return Quality.OK
    if not stored_and_forwarded:
        return Quality.OK if behind <= SKEW + arrival.lag else Quality.CLOCK_SKEW
    return Quality.OK if behind <= arrival.source.punctual + arrival.lag else Quality.LATE
