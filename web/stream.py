"""The live stream: one task reads every alarm change and fans it out to the open connections."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

from events.alarm import AlarmRecord
from events.errors import StorageError
from runtime.backoff import full_jitter
from web.ports import AlarmReader

log = structlog.get_logger(__name__)

BATCH: Final = 500
"""Changes read from the database at once."""

CLIENT_CAPACITY: Final = 1_000
"""Changes that may wait for one connection; a client further behind is let go and replays on its return."""

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0

CLIENTS = Gauge("pantau_web_stream_clients", "Open stream connections", multiprocess_mode="livesum")
SENT = Counter("pantau_web_stream_changes_total", "Alarm changes fanned out by this process")
DROPPED = Counter("pantau_web_stream_clients_dropped_total", "Stream connections let go because they were too slow")


class StreamClosedError(Exception):
    """The hub let this subscription go: it was too slow, or the server is stopping."""


class Announcement:
    """A change on its way to every connection, written for the first of them that wants it and for all."""

    def __init__(self, record: AlarmRecord) -> None:
        self.record = record
        self._written: bytes | None = None

    def written(self, write: Callable[[AlarmRecord], bytes]) -> bytes:
        """Return the change as it goes over the line; `write` must say the same for everybody."""
        if self._written is None:
            self._written = write(self.record)
        return self._written


class Subscription:
    """What waits for one connection. The drop policy: a full one is let go whole, never thinned out."""

    def __init__(self, capacity: int) -> None:
        self._waiting: asyncio.Queue[Announcement | None] = asyncio.Queue()
        self._capacity = capacity
        self.closed = False

    def offer(self, announcement: Announcement) -> bool:
        """Add a change; False when there is no room and the subscription must go."""
        if self._waiting.qsize() >= self._capacity:
            return False
        self._waiting.put_nowait(announcement)
        return True

    def close(self) -> None:
        """Let it go: what waits is forgotten, since a replay brings it back."""
        self.closed = True
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self) -> Announcement:
        """Wait for the next change.

        Raises:
            StreamClosedError: there will be none.
        """
        announcement = None if self.closed else await self._waiting.get()
        if announcement is None:
            raise StreamClosedError
        return announcement

    async def next_ones(self) -> list[Announcement]:
        """Wait for the next change; return it and whatever else waits by then, in order.

        Raises:
            StreamClosedError: there will be none.
        """
        announcements = [await self.next()]
        while not self._waiting.empty():
            announcements.append(await self.next())
        return announcements


@dataclass(frozen=True, slots=True)
class Start:
    """Where a connection begins.

    Attributes:
        after: The `seq` after which changes follow.
        reset: Whether the client must reload its snapshot, since the point it asked for is not known any more.
    """

    after: int
    reset: bool


class Hub:
    """Reads changes once for this process, however many connections listen."""

    def __init__(self, alarms: AlarmReader, *, client_capacity: int = CLIENT_CAPACITY) -> None:
        self._alarms = alarms
        self._client_capacity = client_capacity
        self._subscriptions: set[Subscription] = set()
        self._position: int | None = None
        self._stopping = False
        self._away = False

    async def run(self) -> None:
        """Fan out for ever; a database that is away is waited for."""
        pauses = full_jitter(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S)
        async for _ in self._alarms.wakeups():
            try:
                await self._find_place()
                await self._drain()
                self._away = False
                pauses = full_jitter(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S)
            except StorageError as error:
                self._away = True
                log.warning("the alarm stream lost the database and will try again", error=error)
                await asyncio.sleep(next(pauses))

    async def start_of(self, after: int | None) -> Start:
        """Decide where a connection begins.

        Args:
            after: The last `seq` the client has seen, None for one that wants only what is new.

        Raises:
            StorageError: the database is away.
        """
        if self._position is not None and not self._away and after in {None, self._position}:
            # Whoever is as far as the hub needs no database: hundreds who come back at once must not stand before it.
            return Start(self._position, reset=False)
        newest = await self._alarms.newest_seq()
        if after is None:
            return Start(newest, reset=False)
        oldest = await self._alarms.oldest_seq()
        # Older than what is kept; or newer than anything there is, after the data was started over.
        lost = after > newest or (oldest is not None and after < oldest - 1)
        return Start(newest, reset=True) if lost else Start(after, reset=False)

    async def replay(self, after: int) -> Sequence[AlarmRecord]:
        """Return the next changes from the database, empty when there are none left."""
        return await self._alarms.events_after(after, BATCH)

    def join(self, after: int) -> Subscription | None:
        """Subscribe a client that has everything up to `after`.

        Returns None while the hub is already further than the client: what lies between would be lost, so the client
        replays once more. Since nothing is awaited here, nothing can slip between the check and the subscription. A
        client ahead of the hub skips what it already has by its `seq`.
        """
        if self._position is None:
            self._position = after
        if after < self._position:
            return None
        subscription = Subscription(self._client_capacity)
        if self._stopping:
            subscription.close()
            return subscription
        self._subscriptions.add(subscription)
        CLIENTS.inc()
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Unsubscribe; doing it twice is harmless."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
            CLIENTS.dec()

    def stop(self) -> None:
        """Let every connection go, so that the server can stop at once."""
        self._stopping = True
        for subscription in tuple(self._subscriptions):
            self.leave(subscription)
            subscription.close()

    async def _find_place(self) -> None:
        if self._position is None:
            newest = await self._alarms.newest_seq()
            # A client may have joined while the database answered; its place is the earlier one then.
            self._position = newest if self._position is None else self._position

    async def _drain(self) -> None:
        while True:
            position = self._position or 0
            records = await self._alarms.events_after(position, BATCH)
            for record in records:
                self._fan_out(record)
            if len(records) < BATCH:
                return

    def _fan_out(self, record: AlarmRecord) -> None:
        self._position = record.seq
        SENT.inc()
        announcement = Announcement(record)
        for subscription in tuple(self._subscriptions):
            if not subscription.offer(announcement):
                log.warning("a stream connection was too slow and is let go", waiting=self._client_capacity)
                DROPPED.inc()
                self.leave(subscription)
                subscription.close()
