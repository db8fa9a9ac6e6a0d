"""Moments and days as clients write them in an address, and the zones in which they are shown."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec

from web.problems import ProblemError

Moment = Annotated[
    datetime, msgspec.Meta(tz=True, description="RFC 3339 with an offset", examples=["2026-11-23T07:00:00+07:00"])
]

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Beyond these nobody measures, and arithmetic would leave the calendar."""


def moment(asked: datetime | None, name: str, otherwise: datetime) -> datetime:
    """Return the moment a parameter names, in UTC.

    Args:
        asked: The moment, None where the parameter is missing.
        name: The parameter.
        otherwise: What it is where the parameter is missing.

    Raises:
        ProblemError: it lies outside every calendar of use.
    """
    found = otherwise if asked is None else asked
    if not EARLIEST <= found <= LATEST:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: want a time between {EARLIEST.year} and {LATEST.year}"
        )
    return found.astimezone(UTC)


def zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the zone in which times are shown.

    Raises:
        ProblemError: there is no zone of that name.
    """
    if name is None:
        return otherwise
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "tz: want an IANA name such as Asia/Jakarta, Asia/Makassar or UTC"
        ) from error


class PeriodQuery(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when."""

    start: Annotated[Moment | None, msgspec.Meta(description="Its start.")] = msgspec.field(name="from", default=None)
    end: Annotated[Moment | None, msgspec.Meta(description="Its end; default now.")] = msgspec.field(
        name="to", default=None
    )


class DaysQuery(msgspec.Struct, frozen=True, kw_only=True):
    """From which day to which, both inclusive."""

    first: Annotated[date | None, msgspec.Meta(description="First day.")] = None
    last: Annotated[date | None, msgspec.Meta(description="Last day.")] = None


def days(query: DaysQuery, until: date, *, usual: int, longest: int) -> tuple[date, date]:
    """Return the days from `first` to `last`, both inclusive.

    Args:
        query: The parameters.
        until: The last day where the parameter is missing.
        usual: How many days they are where `first` is missing.
        longest: How many they may be.

    Raises:
        ProblemError: they are none or too many, or lie outside every calendar of use.
    """
    last = day_of(query.last, "last", until)
    first = day_of(query.first, "first", last - timedelta(days=usual - 1))
    if not 0 <= (last - first).days < longest:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"first, last: want at least 1 and at most {longest} days")
    return first, last


def day_of(asked: date | None, name: str, otherwise: date) -> date:
    """Return the day a parameter names.

    Raises:
        ProblemError: it lies outside every calendar of use.
    """
    found = otherwise if asked is None else asked
    if not EARLIEST.date() <= found <= LATEST.date():
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: want a day between {EARLIEST.year} and {LATEST.year}"
        )
    return found
