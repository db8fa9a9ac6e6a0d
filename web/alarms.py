"""Alarm routes: list, one, what operators do with it, stream."""

import asyncio
from collections.abc import Mapping, Sequence
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
from web.commands import AlarmPath, CommandHeaders, origin_of
from web.directory import Directory
from web.operations import answers, get, post
from web.ports import AlarmDesk, AlarmStep
from web.problems import ProblemError
from web.selection import SelectionQuery, selection
from web.stream import Hub, StreamClosedError
from web.wire import AlarmItem, AlarmListing, alarm_item, encode

log = structlog.get_logger(__name__)

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 500

PING_S: Final = 15.0
"""Seconds between comment lines, so that proxies keep a quiet connection (HTML Standard, server-sent events, 9.2.7)."""

SEND_TIMEOUT_S: Final = 10.0
"""How long one write may wait for a client that does not read."""

GROUP: Final = "Alarms"

UNPROCESSABLE: Final = HTTPStatus.UNPROCESSABLE_ENTITY

REFUSALS: Final = {
    ConflictError: HTTPStatus.CONFLICT,
    LimitError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ForbiddenError: HTTPStatus.FORBIDDEN,
}

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Cursor = Annotated[str, msgspec.Meta(max_length=200)]


class CommandBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a command; may be left out where nothing in it is wanted.

    Attributes:
        expected_version: Version of the alarm the operator saw; refused where it has changed since.
        reason: Why; required to shelve and to take out of service.
        minutes: How long to shelve, default two hours.
        oneshot: Whether shelving ends with the condition.
    """

    expected_version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    minutes: Annotated[float, msgspec.Meta(gt=0, le=100_000)] | None = None
    oneshot: bool = False


class StreamQuery(SelectionQuery, frozen=True, kw_only=True):
    """Which changes are wanted."""

    after: Annotated[
        Seq | None, msgspec.Meta(description="The last `seq` seen; the header Last-Event-ID wins over it.")
    ] = None


class StreamHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """How a browser comes back."""

    last_event_id: Annotated[Seq | None, msgspec.Meta(description="The last `seq` seen.")] = msgspec.field(
        name="Last-Event-ID", default=None
    )


class AlarmsQuery(SelectionQuery, frozen=True, kw_only=True):
    """Which alarms are wanted."""

    state: Annotated[
        Annotated[tuple[AlarmState, ...], msgspec.Meta(min_length=1)] | None,
        msgspec.Meta(description="States; default all."),
    ] = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_LIMIT, description="Most items in a page.")] = DEFAULT_LIMIT
    after: Annotated[Cursor | None, msgspec.Meta(description="The `next` of an earlier page, unchanged.")] = None


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
        refusals = HTTPStatus.NOT_FOUND, *REFUSALS.values()
        return [
            get("/api/v1/alarms", self.listing, UNPROCESSABLE, group=GROUP),
            get("/api/v1/alarms/stream", self.stream, UNPROCESSABLE, group=GROUP, head=False),
            get("/api/v1/alarms/{id}", self.one, HTTPStatus.NOT_FOUND, group=GROUP),
            *(
                post(f"/api/v1/alarms/{{id}}/{word}", partial(self.command, step), *refusals, group=GROUP)
                for word, step in self._steps.items()
            ),
        ]

    async def listing(self, _request: web.Request, query: AlarmsQuery) -> AlarmListing:
        """Return one page of alarms, newest change first."""
        try:
            page = await self._alarms.page(
                states=tuple(AlarmState) if query.state is None else tuple(dict.fromkeys(query.state)),
                after=query.after,
                limit=query.limit,
                selection=selection(query, self._directory),
            )
        except ValueError as error:
            raise ProblemError(UNPROCESSABLE, "after: want the `next` of an earlier page, unchanged") from error
        items = [alarm_item(record, self._directory) for record in page.items]
        return AlarmListing(items=items, next=page.next, seq=page.seq)

    async def one(self, _request: web.Request, path: AlarmPath) -> AlarmItem:
        """Return one alarm."""
        return alarm_item(await self._wanted(path), self._directory)

    async def command(
        self, take: AlarmStep, request: web.Request, path: AlarmPath, headers: CommandHeaders, body: CommandBody
    ) -> AlarmItem:
        """Take a step in the operator's name; sent again under the same `Idempotency-Key`, it is taken once."""
        alarm_id = (await self._wanted(path)).change.alarm.id

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
            record = await self._alarms.change(alarm_id, step, command=headers.key, origin=origin_of(request))
        except tuple(REFUSALS) as error:
            raise ProblemError(REFUSALS[type(error)], str(error)) from error
        return alarm_item(record, self._directory)

    @answers(media="text/event-stream")
    async def stream(self, request: web.Request, query: StreamQuery, headers: StreamHeaders) -> EventSourceResponse:
        """Send every wanted alarm change after the client's last one, for as long as it listens."""
        wanted = selection(query, self._directory)
        # The header wins: a browser reconnects to the address it began with.
        seen = headers.last_event_id if headers.last_event_id is not None else query.after
        start = await self._hub.start_of(seen)
        response = EventSourceResponse(ping_interval=PING_S, send_timeout=SEND_TIMEOUT_S)
        await response.prepare(request)
        async with response:
            try:
                await response.send("{}", event="hello", id=str(start.after), retry=1000)
                if start.reset:
                    await response.send(encode({"seq": start.after}).decode(), event="reset", id=str(start.after))
                await self._follow(_Line(request, response), start.after, wanted)
            except (ConnectionError, TimeoutError, StreamClosedError):
                log.debug("a stream connection ended")
            except StorageError as error:
                # The stream has begun, so no problem document can follow; the client comes back by itself.
                log.warning("a stream connection lost the database", error=error)
        return response

    async def _follow(self, line: "_Line", after: int, wanted: Selection) -> None:
        while (subscription := self._hub.join(after)) is None:
            records = await self._hub.replay(after)
            await line.send([self._write(record) for record in records if wanted.takes(record.change.alarm)])
            after = records[-1].seq if records else after
        try:
            while True:
                await line.send(
                    [
                        one.written(self._write)
                        for one in await subscription.next_ones()
                        if one.record.seq > after and wanted.takes(one.record.change.alarm)
                    ]
                )
        finally:
            self._hub.leave(subscription)

    def _write(self, record: AlarmRecord) -> bytes:
        # JSON has no line ends of its own, so one line of data holds it.
        return b"id: %d\r\nevent: alarm\r\ndata: %b\r\n\r\n" % (record.seq, encode(alarm_item(record, self._directory)))

    async def _wanted(self, path: AlarmPath) -> AlarmRecord:
        record = await self._alarms.get(path.id)
        if record is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        return record


class _Line:
    """One listener's connection: events that are written already, for all listeners, go out together."""

    def __init__(self, request: web.Request, response: EventSourceResponse) -> None:
        self._request = request
        self._response = response

    async def send(self, events: Sequence[bytes]) -> None:
        """Send events in their order.

        Raises:
            ConnectionError: the listener is gone.
            TimeoutError: it takes nothing; its connection is cut.
        """
        if not events:
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._response.write(b"".join(events))
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise
