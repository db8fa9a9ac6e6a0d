"""Moments as clients write them in an address, and the zones in which they are shown."""

from datetime import UTC, datetime
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
