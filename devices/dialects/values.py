"""Numbers and times as foreign devices write them."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from devices.arrival import shown
from devices.reasons import Reason
from events.errors import PayloadError

_NUMERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_NUMERAL_CHARACTERS = 40
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
MILLISECONDS_FROM = 1e11
"""Epoch numbers from here on are milliseconds: as seconds this is the year 5138, as milliseconds 1973."""


def number(value: object, words: Mapping[str, float], path: str) -> float | None:
    """Return a measured value; None where the device says that it has none (null, an empty text, `nan`).

    A truth value is 1 or 0. A text is a number when it is one in decimal digits, or one of the dialect's words.

    Args:
        value: As decoded.
        words: The dialect's words for numbers, in capitals.
        path: Where it stands, for the refusal.

    Raises:
        PayloadError: `impossible_value`.
    """
    match value:
        case None:
            return None
        case bool() | int() | float():
            made: float | None = _as_float(value)
        case str():
            made = _from_text(value.strip(), words)
        case _:
            raise PayloadError(
                Reason.IMPOSSIBLE_VALUE, f"the field {shown(path)} holds further fields; name one of them"
            )
    if made is None or math.isfinite(made):
        return made
    raise PayloadError(
        Reason.IMPOSSIBLE_VALUE,
        f"the field {shown(path)} is {shown(str(value))}, which is no number: send one, or leave it out",
    )


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf


def _from_text(text: str, words: Mapping[str, float]) -> float | None:
    if not text or text.lower() == "nan":
        return None
    if len(text) <= _MOST_NUMERAL_CHARACTERS and _NUMERAL.fullmatch(text):
        return float(text)
    return words.get(text.upper(), math.inf)


def moment(value: object, zone: ZoneInfo) -> datetime | float | None:
    """Return a time as `devices.arrival.instant` takes it; None where there is none.

    Args:
        value: A finished time; RFC 3339; the same without a zone, which then is `zone`; seconds or milliseconds since
            1970.
        zone: Zone of the city. Of an hour that comes twice (end of summer time), the first is meant.

    Raises:
        PayloadError: `bad_time`.
    """
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if value >= MILLISECONDS_FROM else value * 1000
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return at if at.tzinfo is not None else at.replace(tzinfo=zone)
    raise PayloadError(
        Reason.BAD_TIME,
        f"{shown(str(value))} is no time; want 2026-01-31T07:00:00+07:00, the same without a zone (then the city's), "
        "or seconds or milliseconds since 1970",
    )
