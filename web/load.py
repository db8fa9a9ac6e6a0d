"""The alarm load: a task that follows the stream, a route for the wall, series for Prometheus."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web
from prometheus_client import Gauge

from events.alarm import AlarmState, Priority
from events.errors import StorageError
from events.load import Load
from runtime.clock import Clock
from web.operations import get
from web.ports import AlarmReader, LoadWatcher
from web.stream import Hub, StreamClosedError

log = structlog.get_logger(__name__)

EVERY_S: Final = 5.0
"""How often the series are brought up to date while nothing changes."""

PAST: Final = timedelta(hours=2)
"""How far back the stream is read at the start: longer than any flood takes to be forgotten."""

_AGAIN_S: Final = 2.0

OPEN = Gauge("pantau_alarms_open", "Open alarms, ISA-18.2 state", ["state", "priority"], multiprocess_mode="mostrecent")
NEW = Gauge(
    "pantau_alarms_new_per_operator",
    "New alarms of the last ten minutes for one operator",
    multiprocess_mode="mostrecent",
)
FLOOD = Gauge("pantau_alarm_flood", "1 during an alarm flood (ISA-18.2)", multiprocess_mode="mostrecent")
STALE = Gauge("pantau_alarms_stale", "Alarms active for more than a day", multiprocess_mode="mostrecent")


class LoadItem(msgspec.Struct, frozen=True, kw_only=True):
    """The load of a moment; `new` counts entries into UNACK of the last ten minutes for one operator."""

    at: datetime
    new: float
    flood_since: datetime | None
    standing: int
    open: dict[str, int]
    stale: list[str]


class LoadRoutes:
    """Serves `/api/v1/alarms/load`, and follows the stream as one more listener."""

    def __init__(self, *, alarms: AlarmReader, hub: Hub, watcher: LoadWatcher, clock: Clock) -> None:
        self._alarms = alarms
        self._hub = hub
        self._watcher = watcher
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/alarms/load", self.load, group="Alarms")]

    async def load(self, _request: web.Request) -> LoadItem:
        """Return how much the alarm stream asks of the operators just now."""
        load = self._watcher.load(self._clock())
        by_state: Counter[str] = Counter()
        for (state, _), number in load.open.items():
            by_state[state] += number
        return LoadItem(
            at=load.at,
            new=load.new,
            flood_since=None if load.flood_since is None else load.flood_since.astimezone(UTC),
            standing=load.standing,
            open=dict(by_state),
            stale=[str(one) for one in load.stale],
        )

    async def follow(self) -> None:
        """Follow the stream for ever; a database that is away is waited for."""
        after = 0
        while True:
            try:
                if after == 0:
                    after = await self._catch_up()
                after = await self._listen(after)
            except (StorageError, StreamClosedError) as error:
                log.debug("the alarm load lost the stream and will try again", error=error)
                await asyncio.sleep(_AGAIN_S)

    async def _catch_up(self) -> int:
        newest = await self._alarms.newest_seq()
        now = self._clock()
        self._watcher.take([one for one in await self._alarms.between(now - PAST, now) if one.seq <= newest])
        return newest

    async def _listen(self, after: int) -> int:
        subscription = None
        while subscription is None:
            records = await self._hub.replay(after)
            self._watcher.take(records)
            after = records[-1].seq if records else after
            if not records:
                subscription = self._hub.join(after)
        try:
            while True:
                _show(self._watcher.load(self._clock()))
                try:
                    async with asyncio.timeout(EVERY_S):
                        record = (await subscription.next()).record
                except TimeoutError:
                    continue
                self._watcher.take([record])
                after = max(after, record.seq)
        finally:
            self._hub.leave(subscription)


def _show(load: Load) -> None:
    for state in AlarmState:
        if state is not AlarmState.NORM:
            for priority in Priority:
                OPEN.labels(state, priority.name.lower()).set(load.open.get((state, priority), 0))
    NEW.set(load.new)
    FLOOD.set(load.flood_since is not None)
    STALE.set(len(load.stale))
