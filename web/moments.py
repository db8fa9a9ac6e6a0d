"""Moments and days as clients write them in an address."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from web.problems import ProblemError

_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)


def moment(request: web.Request, name: str, otherwise: datetime) -> datetime:
    """Return the moment a parameter names, aware UTC.

    Args:
        request: The request.
        name: The parameter.
        otherwise: What it is where the parameter is missing.

    Raises:
        ProblemError: it is no RFC 3339 time with an offset.
    """
    text = request.query.get(name)
    if text is None:
        return otherwise.astimezone(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want a time like 2026-11-23T07:00:00+07:00") from error
    if found.tzinfo is None:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want an offset too, like 2026-11-23T07:00:00+07:00")
    return found.astimezone(UTC)


def days(request: web.Request, until: date, *, usual: int, longest: int) -> tuple[date, date]:
    """Return the days from `first` to `last`, both inclusive.

    Args:
        request: The request.
        until: The last day where the parameter is missing.
        usual: How many days they are where `first` is missing.
        longest: How many they may be.

    Raises:
        ProblemError: one is no date, or they are none or too many.
    """
    last = _day(request, "last", until)
    first = _day(request, "first", last - timedelta(days=usual - 1))
    if not 0 <= (last - first).days < longest:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"first, last: want at least 1 and at most {longest} days")
    return first, last


def _day(request: web.Request, name: str, otherwise: date) -> date:
    text = request.query.get(name)
    if text is None:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want a day like 2026-11-26") from error
    if not _FIRST_DAY <= found <= _LAST_DAY:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want a day from {_FIRST_DAY} to {_LAST_DAY}")
    return found
