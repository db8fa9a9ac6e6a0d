"""Routes of warnings to the public: a feed, and each alarm's latest message."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

import msgspec
from aiohttp import web

from events.alarm import AlarmRecord
from runtime.clock import Clock
from web.cap import CONTENT_TYPE, Message, Warner
from web.commands import AlarmPath
from web.operations import answers, get
from web.ports import AlarmReader
from web.problems import ProblemError

NEWEST = 50
"""Alarms in the feed."""


GROUP: Final = "Warnings"


class WarningQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which message is wanted."""

    version: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None,
        msgspec.Meta(description="That of the alarm as of the message; default the latest."),
    ] = None


class WarningRoutes:
    """Serves `/api/v1/cap`; without a warner it says what is missing."""

    def __init__(self, *, alarms: AlarmReader, warner: Warner | None, clock: Clock) -> None:
        self._alarms = alarms
        self._warner = warner
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/cap/feed.atom", self.feed, HTTPStatus.NOT_FOUND, group=GROUP),
            get("/api/v1/cap/{id}.xml", self.one, HTTPStatus.NOT_FOUND, group=GROUP),
        ]

    @answers(media="application/atom+xml")
    async def feed(self, request: web.Request) -> web.Response:
        """Return the latest message of each alarm that warns, newest first."""
        warner = self._configured()
        lives = [warner.messages(history) for history in await self._histories(warner)]
        latest = [told[-1] for told in lives if told]
        updated = latest[0].sent if latest else self._clock()
        root = str(request.url.origin())
        return _xml(warner.feed(latest, root=root, updated=updated), "application/atom+xml")

    @answers(media=CONTENT_TYPE)
    async def one(self, _request: web.Request, path: AlarmPath, query: WarningQuery) -> web.Response:
        """Return the latest message of one alarm; `?version=` an earlier one."""
        warner = self._configured()
        told = warner.messages(await self._alarms.history(path.id))
        if not told:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id of which the public is warned")
        return _xml(warner.document(_wanted(told, query.version)), CONTENT_TYPE)

    async def _histories(self, warner: Warner) -> list[list[AlarmRecord]]:
        histories: dict[UUID, list[AlarmRecord]] = {}
        for record in await self._alarms.histories(warner.rules, NEWEST):
            histories.setdefault(record.change.alarm.id, []).append(record)
        return sorted(histories.values(), key=lambda history: -history[-1].seq)

    def _configured(self) -> Warner:
        if self._warner is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND, "this city sends no warnings: the site file has no section `warnings`"
            )
        return self._warner


def _wanted(told: list[Message], version: int | None) -> Message:
    if version is None:
        return told[-1]
    for message in told:
        if version == message.alarm.version:
            return message
    versions = ", ".join(str(message.alarm.version) for message in told)
    raise ProblemError(HTTPStatus.NOT_FOUND, f"version: there are messages of versions {versions}")


def _xml(body: bytes, content_type: str) -> web.Response:
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers={"Cache-Control": "no-store"})
