"""Alarm routes: list, one, what operators do with it, stream."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
import structlog
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from events.alarm import Alarm, AlarmChange, AlarmRecord, AlarmState, Selection
from events.command import Command
from events.errors import ConflictError, ForbiddenError, LimitError, StorageError
from runtime.clock import Clock
from web.commands import alarm_id_of, idempotency_key, origin_of
from web.directory import Directory
from web.ports import AlarmDesk, AlarmStep
from web.problems import ProblemError
from web.selection import selection
from web.stream import Hub, StreamClosedError, Subscription
from web.wire import AlarmListing, alarm_item, encode, json_response

log = structlog.get_logger(__name__)

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 500

PING_S: Final = 15.0
"""Seconds between comment lines, so that proxies keep a quiet connection (HTML Standard, server-sent events, 9.2.7)."""

SEND_TIMEOUT_S: Final = 10.0
"""How long one write may wait for a client that does not read."""

REFUSALS: Final = {
    ConflictError: HTTPStatus.CONFLICT,
    LimitError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ForbiddenError: HTTPStatus.FORBIDDEN,
}

_LARGEST_SEQ: Final = 2**63 - 1


class CommandBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a command; may be left out where nothing in it is wanted.

    Attributes:
        expected_version: Version of the alarm the operator saw; refused where it has changed since.
        reason: Why; required to shelve and to take out of service.
        minutes: How long to shelve, default two hours.
        oneshot: Whether shelving ends with the condition.
    """

    expected_version: int | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    minutes: Annotated[float, msgspec.Meta(gt=0, le=100_000)] | None = None
    oneshot: bool = False


class AlarmRoutes:
    """Serves `/api/v1/alarms`."""

    def __init__(
        self,
        *,
        alarms: AlarmDesk,
        hub: Hub,
        steps: Mapping[str, AlarmStep],
        directory: Directory,
        operator: str,
        supervisor: bool,
        clock: Clock,
    ) -> None:
        self._alarms = alarms
        self._hub = hub
        self._steps = steps
        self._directory = directory
        self._operator = operator
        self._supervisor = supervisor
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes; the fixed path comes before the one with a variable."""
        return [
            web.get("/api/v1/alarms", self.listing),
            web.get("/api/v1/alarms/stream", self.stream, allow_head=False),
            web.get("/api/v1/alarms/{id}", self.one),
            *(
                web.post(f"/api/v1/alarms/{{id}}/{word}", partial(self.command, step))
                for word, step in self._steps.items()
            ),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        """Return one page of alarms, newest change first."""
        states = _states(request.query.get("state"))
        limit = _limit(request.query.get("limit"))
        try:
            page = await self._alarms.page(
                states=states,
                after=request.query.get("after"),
                limit=limit,
                selection=selection(request, self._directory),
            )
        except ValueError as error:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST, "after: want the `next` of an earlier page, unchanged"
            ) from error
        items = [alarm_item(record, self._directory) for record in page.items]
        return json_response(AlarmListing(items=items, next=page.next, seq=page.seq))

    async def one(self, request: web.Request) -> web.Response:
        """Return one alarm."""
        return json_response(alarm_item(await self._wanted(request), self._directory))

    async def command(self, take: AlarmStep, request: web.Request) -> web.Response:
        """Take a step in the operator's name; sent again under the same `Idempotency-Key`, it is taken once."""
        body = await _body(request)
        key = idempotency_key(request)
        alarm_id = (await self._wanted(request)).change.alarm.id

        def step(alarm: Alarm) -> AlarmChange:
            if body.expected_version not in {None, alarm.version}:
                raise ConflictError(
                    f"the alarm has changed: it is at version {alarm.version}, "
                    f"not {body.expected_version}; look again before you decide"
                )
            command = Command(
                actor=self._operator,
                supervisor=self._supervisor,
                at=self._clock(),
                reason=body.reason,
                lasts=None if body.minutes is None else timedelta(minutes=body.minutes),
                oneshot=body.oneshot,
            )
            return take(alarm, command)

        try:
            record = await self._alarms.change(alarm_id, step, command=key, origin=origin_of(request))
        except tuple(REFUSALS) as error:
            raise ProblemError(REFUSALS[type(error)], str(error)) from error
        return json_response(alarm_item(record, self._directory))

    async def stream(self, request: web.Request) -> EventSourceResponse:
        """Send every wanted alarm change after the client's last one, for as long as it listens."""
        wanted = selection(request, self._directory)
        start = await self._hub.start_of(_last_seen(request))
        response = EventSourceResponse(ping_interval=PING_S, send_timeout=SEND_TIMEOUT_S)
        await response.prepare(request)
        async with response:
            try:
                await response.send("{}", event="hello", id=str(start.after), retry=1000)
                if start.reset:
                    await response.send(encode({"seq": start.after}).decode(), event="reset", id=str(start.after))
                await self._follow(response, start.after, wanted)
            except (ConnectionError, TimeoutError, StreamClosedError):
                log.debug("a stream connection ended")
            except StorageError as error:
                # The stream has begun, so no problem document can follow; the client comes back by itself.
                log.warning("a stream connection lost the database", error=error)
        return response

    async def _follow(self, response: EventSourceResponse, after: int, wanted: Selection) -> None:
        subscription: Subscription | None = None
        while subscription is None:
            records = await self._hub.replay(after)
            for record in records:
                if wanted.takes(record.change.alarm):
                    await _send(response, record.seq, self._write(record))
                after = record.seq
            if not records:
                subscription = self._hub.join(after)
        try:
            while True:
                announcement = await subscription.next()
                record = announcement.record
                if record.seq > after and wanted.takes(record.change.alarm):
                    await _send(response, record.seq, announcement.text(self._write))
        finally:
            self._hub.leave(subscription)

    def _write(self, record: AlarmRecord) -> str:
        return encode(alarm_item(record, self._directory)).decode()

    async def _wanted(self, request: web.Request) -> AlarmRecord:
        alarm_id = alarm_id_of(request)
        record = await self._alarms.get(alarm_id)
        if record is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        return record


async def _send(response: EventSourceResponse, seq: int, text: str) -> None:
    await response.send(text, event="alarm", id=str(seq))


def _states(text: str | None) -> tuple[AlarmState, ...]:
    if text is None:
        return tuple(AlarmState)
    try:
        return tuple(dict.fromkeys(AlarmState(name.strip().upper()) for name in text.split(",")))
    except ValueError as error:
        names = ", ".join(AlarmState)
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"state: want one or more of {names}, split by commas") from error


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LARGEST_LIMIT):  # noqa: PLR2004 - more digits are too many in any case
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"limit: want a whole number from 1 to {LARGEST_LIMIT}")
    return int(text)


def _last_seen(request: web.Request) -> int | None:
    """Return the last `seq` the client saw; the header wins: a browser reconnects to the address it began with."""
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= _LARGEST_SEQ):  # noqa: PLR2004 - 2**63 has 19 digits
        raise ProblemError(HTTPStatus.BAD_REQUEST, "Last-Event-ID, or after: want the id of an earlier event")
    return int(text)


async def _body(request: web.Request) -> CommandBody:
    body = await request.read()
    if not body:
        return CommandBody()
    try:
        return msgspec.json.decode(body, type=CommandBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, f'the body must be like {{"expected_version": 3, "reason": "..."}}: {error}'
        ) from error
