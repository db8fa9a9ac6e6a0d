"""What every command says of itself: about which alarm, under which name, from where."""

import ipaddress
from typing import Annotated, Final
from uuid import UUID

import msgspec
from aiohttp import web

LONGEST_KEY: Final = 200


class AlarmPath(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm by its id."""

    id: UUID


class CommandHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """What a command may be called (draft-ietf-httpapi-idempotency-key-header)."""

    key: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_KEY, pattern=r"^[\x20-\x7e]+$")] | None,
        msgspec.Meta(description="The command's name: sent again under the same one, it is done once."),
    ] = msgspec.field(name="Idempotency-Key", default=None)


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
