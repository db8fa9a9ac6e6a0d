"""Routes of warnings to the public: a feed, and each alarm's latest message."""

from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from events.alarm import AlarmRecord
from runtime.clock import Clock
from web.cap import CONTENT_TYPE, Message, Warner, messages
from web.ports import AlarmReader
from web.problems import ProblemError

NEWEST = 50
"""Alarms in the feed."""


class WarningRoutes:
    """Serves `/api/v1/cap`; without a warner it says what is missing."""

    def __init__(self, *, alarms: AlarmReader, warner: Warner | None, clock: Clock) -> None:
        self._alarms = alarms
        self._warner = warner
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/cap/feed.atom", self.feed),
            web.get("/api/v1/cap/{id}.xml", self.one),
        ]

    async def feed(self, request: web.Request) -> web.Response:
        """Return the latest message of each alarm that warns, newest first."""
        warner = self._configured()
        latest = [messages(history)[-1] for history in await self._histories(warner)]
        updated = latest[0].sent if latest else self._clock()
        root = str(request.url.origin())
        return _xml(warner.feed(latest, root=root, updated=updated), "application/atom+xml")

    async def one(self, request: web.Request) -> web.Response:
        """Return the latest message of one alarm; `?version=` an earlier one."""
        warner = self._configured()
        try:
            alarm_id = UUID(request.match_info["id"])
        except ValueError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "an alarm is named by its UUID") from error
        history = await self._alarms.history(alarm_id)
        if not history or history[0].change.alarm.key.rule not in warner.rules:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id of which the public is warned")
        told = messages(history)
        return _xml(warner.document(_wanted(told, request.query.get("version"))), CONTENT_TYPE)

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


def _wanted(told: list[Message], version: str | None) -> Message:
    if version is None:
        return told[-1]
    for message in told:
        if version == str(message.alarm.version):
            return message
    versions = ", ".join(str(message.alarm.version) for message in told)
    raise ProblemError(HTTPStatus.NOT_FOUND, f"version: there are messages of versions {versions}")


def _xml(body: bytes, content_type: str) -> web.Response:
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers={"Cache-Control": "no-store"})
