"""What every command says of itself: about which alarm, under which name, from where."""

import ipaddress
from http import HTTPStatus
from typing import Final
from uuid import UUID

from aiohttp import web

from web.problems import ProblemError

LONGEST_KEY: Final = 200


def alarm_id_of(request: web.Request) -> UUID:
    """Return the alarm of the address.

    Raises:
        ProblemError: it is no UUID.
    """
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "an alarm is named by its UUID") from error


def idempotency_key(request: web.Request) -> str | None:
    """Return the name the client gave to its command (draft-ietf-httpapi-idempotency-key-header).

    Raises:
        ProblemError: it is none.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"Idempotency-Key: want 1 to {LONGEST_KEY} printable characters")
    return key


def origin_of(request: web.Request) -> str:
    """Return from where a command came: the client's address.

    The server listens on loopback, so whoever connects is this machine or its proxy; of the addresses a proxy passes
    on in X-Forwarded-For the last is the one it saw itself. What is no address counts for nothing.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(forwarded))
    except ValueError:
        return request.remote or "unknown"
