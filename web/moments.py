"""Moments as clients write them in an address."""

from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web

from web.problems import ProblemError


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
