"""Sends what is due from the outbox, and tells somebody outside that Pantau hears."""

import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Protocol
from zoneinfo import ZoneInfo

import apprise
import structlog
from prometheus_client import Counter, Gauge

from app.notify.message import Message, Writer
from configs.notifications import Channel, Heartbeat, QuietHours
from configs.site import SiteFile
from events.alarm import Priority
from events.errors import ConfigError
from events.notice import DueNotice
from runtime.clock import Clock, utc_now
from runtime.isolation import Fault, isolated
from storage.notices import NoticeBox

log = structlog.get_logger(__name__)

SENT = Counter("pantau_notices_sent_total", "Messages accepted by their channel", ["channel"])
REFUSED = Counter("pantau_notices_refused_total", "Tries that a channel did not accept", ["channel"])
DROPPED = Counter("pantau_notices_dropped_total", "Messages nobody needed any more when they were due", ["channel"])
FAILED = Counter("pantau_notices_failed_total", "Messages given up", ["channel"])
HEARTBEAT = Gauge("pantau_heartbeat_timestamp_seconds", "When the heartbeat was last accepted", multiprocess_mode="max")

BATCH = 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(hours=24)
"""A message that no channel took for a day is history."""
PATIENCE_S = 15.0
HEARD_WITHIN = timedelta(seconds=30)
"""The heartbeat speaks for Pantau only while its last canary is this young."""


class Receiver(Protocol):
    """Takes messages to somebody."""

    def send(self, message: Message, /) -> bool:
        """Send a message; False where it was not accepted."""
        ...


class AppriseReceiver:
    """Whoever an Apprise address names.

    Raises:
        ConfigError: The address is none that Apprise knows; it is not repeated, because it holds a secret.
    """

    def __init__(self, channel: Channel) -> None:
        self._apprise = apprise.Apprise()
        if not self._apprise.add(channel.url.get_secret_value()):
            raise ConfigError(
                f"notifications.channels: the url of {channel.id} is no Apprise address; "
                "write it as its service's page in Apprise's documentation says"
            )

    def send(self, message: Message) -> bool:
        """Send a message."""
        return bool(self._apprise.notify(body=message.body, title=message.title))


class Pace:
    """Lets through so many messages an hour; what is above is told when it may come."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._sent: deque[datetime] = deque()

    def free_at(self, now: datetime) -> datetime | None:
        """Return when the next message may be sent, None where it may be now."""
        while self._sent and now - self._sent[0] >= timedelta(hours=1):
            self._sent.popleft()
        return self._sent[0] + timedelta(hours=1) if len(self._sent) >= self._per_hour else None

    def spend(self, now: datetime) -> None:
        """Count a message."""
        self._sent.append(now)


def rest_until(quiet: QuietHours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when quiet hours end that last now, None where it is not quiet."""
    begin, end = clock_time.fromisoformat(quiet.start), clock_time.fromisoformat(quiet.end)
    local = now.astimezone(zone)
    present = local.time()
    if begin <= end:
        resting, tomorrow = begin <= present < end, False
    else:
        resting, tomorrow = present >= begin or present < end, present >= begin
    if not resting:
        return None
    day = local.date() + timedelta(days=int(tomorrow))
    return datetime.combine(day, end, zone).astimezone(UTC)


class Notifier:
    """Sends what is due: at least once, under a stable id, to channels that may be away."""

    def __init__(
        self, site: SiteFile, box: NoticeBox, *, receivers: Mapping[str, Receiver], clock: Clock = utc_now
    ) -> None:
        """Prepare.

        Args:
            site: A city with notifications.
            box: The outbox.
            receivers: Who takes the messages of each channel.
            clock: The present.
        """
        channels = () if site.notifications is None else site.notifications.channels
        self._channels = {channel.id: channel for channel in channels}
        self._paces = {channel.id: Pace(channel.per_hour) for channel in channels}
        self._receivers = receivers
        self._zone = ZoneInfo(site.city.timezone)
        self._writer = Writer(site)
        self._box = box
        self._clock = clock

    def turn(self) -> int:
        """Handle what is due now and return how many notices that were.

        Raises:
            StorageError: the database is away; what was not settled comes again.
        """
        due = self._box.claim(self._clock(), BATCH)
        for one in due:
            self._handle(one)
        return len(due)

    def _handle(self, one: DueNotice) -> None:
        notice, now = one.notice, self._clock()
        channel = self._channels.get(notice.channel)
        if channel is None or not one.current:
            why = "the channel is no longer in the site file" if channel is None else f"the alarm is {one.alarm.state}"
            DROPPED.labels(notice.channel).inc()
            self._box.dropped(notice.id, now, why)
            return
        rest = None if channel.quiet is None else rest_until(channel.quiet, now, self._zone)
        if rest is not None and one.alarm.priority is not Priority.DARURAT:
            self._box.put_off(notice.id, rest, "quiet hours", tried=False)
            return
        free = self._paces[channel.id].free_at(now)
        if free is not None:
            self._box.put_off(notice.id, free, f"more than {channel.per_hour} messages an hour", tried=False)
            return
        self._send(one, channel)

    def _send(self, one: DueNotice, channel: Channel) -> None:
        receiver = self._receivers[channel.id]
        message = self._writer.of(one)
        accepted = isolated("notify", lambda: receiver.send(message))
        now = self._clock()
        if accepted is True:
            self._paces[channel.id].spend(now)
            self._box.sent(one.notice.id, now)
            SENT.labels(channel.id).inc()
            log.info("somebody was told", channel=channel.id, alarm=str(one.alarm.id), step=one.notice.step)
            return
        REFUSED.labels(channel.id).inc()
        # The error's own text may hold the address and with it the secret.
        why = "the channel failed" if isinstance(accepted, Fault) else "the channel did not accept it"
        log.warning("a message was not accepted and will be tried again", channel=channel.id, tries=one.tries + 1)
        if now - one.notice.due_at >= GIVEN_UP_AFTER:
            FAILED.labels(channel.id).inc()
            self._box.failed(one.notice.id, now, why)
            return
        pause = min(FIRST_PAUSE * 2 ** min(one.tries, 16), LONGEST_PAUSE)
        self._box.put_off(one.notice.id, now + pause, why, tried=True)


class Pulse:
    """Calls somebody outside while Pantau hears, so that its silence is noticed."""

    def __init__(
        self,
        heartbeat: Heartbeat,
        listened_until: Callable[[], datetime | None],
        *,
        clock: Clock = utc_now,
        call: Callable[[str], bool] | None = None,
    ) -> None:
        """Prepare.

        Args:
            heartbeat: Where and how often.
            listened_until: Tells the time of the last committed canary; may raise StorageError.
            clock: The present.
            call: Calls an address and tells whether it answered well.
        """
        self._heartbeat = heartbeat
        self._listened_until = listened_until
        self._clock = clock
        self._call = call or _get
        self._next_at: datetime | None = None

    def turn(self) -> bool:
        """Call when it is time and Pantau hears; tell whether a call was made and answered."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            return False
        self._next_at = now + timedelta(seconds=self._heartbeat.every_s)
        heard = self._listened_until()
        if heard is None or now - heard > HEARD_WITHIN:
            log.warning("no heartbeat: Pantau does not hear just now", listened_until=heard)
            return False
        if self._call(self._heartbeat.url.get_secret_value()):
            HEARTBEAT.set_to_current_time()
            return True
        log.warning("the heartbeat was not answered")
        return False


def _get(address: str) -> bool:
    """Call an address. Errors are named by their kind alone: their text may repeat the address, which is secret."""
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "Pantau"})  # noqa: S310 - the operator's own
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - likewise
            return bool(200 <= answer.status < 300)  # noqa: PLR2004 - success, RFC 9110
    except (OSError, ValueError) as error:
        log.warning("the heartbeat could not be sent", kind=type(error).__name__)
        return False
