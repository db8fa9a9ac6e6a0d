"""Routes of the channels by which people are told: which there are, and a test message."""

from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from web.operations import get, post
from web.ports import ChannelDesk
from web.problems import ProblemError

GROUP: Final = "Notifications"


class ChannelPath(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by its id."""

    id: str


class ChannelItem(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; its address is secret and never told."""

    id: str


class ChannelListing(msgspec.Struct, frozen=True, kw_only=True):
    """The channels of the site file."""

    items: list[ChannelItem]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """That the channel took the test message."""

    id: str
    accepted: bool


class ChannelRoutes:
    """Serves `/api/v1/notifications`."""

    def __init__(self, desk: ChannelDesk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/notifications", self.listing, group=GROUP),
            post(
                "/api/v1/notifications/{id}/test", self.test, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_GATEWAY, group=GROUP
            ),
        ]

    async def listing(self, _request: web.Request) -> ChannelListing:
        """Return the channels."""
        return ChannelListing(items=[ChannelItem(id=name) for name in self._desk.names()])

    async def test(self, _request: web.Request, path: ChannelPath) -> Accepted:
        """Send a test message now, whatever the hour."""
        name = path.id
        if name not in self._desk.names():
            raise ProblemError(HTTPStatus.NOT_FOUND, "the site file has no channel of this id")
        if not await self._desk.test(name):
            raise ProblemError(
                HTTPStatus.BAD_GATEWAY,
                f"{name} did not accept it: check its url in the site file, and whether this machine reaches it",
            )
        return Accepted(id=name, accepted=True)
