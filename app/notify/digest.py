"""The daily digest: which office, camera or sensor did not deliver yesterday."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from app.notify.message import Message
from app.notify.sending import Receiver
from configs.site import SiteFile
from events.errors import ConfigError
from events.governance import Dataset, Freshness
from runtime.clock import Clock
from runtime.isolation import Fault, isolated
from storage.governance import DigestBook

log = structlog.get_logger(__name__)

SHOWN = 10
"""Datasets named of one office; of more only the number is told."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)


def compose(site: SiteFile, day: date, owed: Sequence[Dataset]) -> Message:
    """Return the message about a day: offices that owe something, worst first.

    Args:
        site: The city.
        day: The day.
        owed: The register as of that day.
    """
    counted = [one for one in owed if one.today is not None]
    missing: dict[str, list[Dataset]] = defaultdict(list)
    for one in counted:
        if one.today is not None and one.today.state is not Freshness.FRESH:
            missing[one.office_name or "Tanpa OPD"].append(one)
    fresh = len(counted) - sum(map(len, missing.values()))
    prefix = "[DEMO] " if site.city.demo else ""
    lines = [f"{fresh} dari {len(counted)} data masuk pada {day:%d/%m/%Y}."]
    for office, theirs in sorted(missing.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        lines.append(f"\n{office}: {len(theirs)} belum masuk")
        lines += [f"- {one.title}{_since(one)}" for one in theirs[:SHOWN]]
        if len(theirs) > SHOWN:
            lines.append(f"- dan {len(theirs) - SHOWN} lainnya")
    lines.append(f"\nPantau digest-{day}")
    return Message(title=f"{prefix}Data OPD {day:%d/%m/%Y}: {len(counted) - fresh} belum masuk", body="\n".join(lines))


def _since(one: Dataset) -> str:
    if one.today is None or one.today.latest is None:
        return " (belum pernah)"
    return f" (terakhir {one.today.latest:%d/%m/%Y})"


class DigestTeller:
    """Sends yesterday's digest once to each channel, when its time has come.

    At least once: a sender that dies between the channel's acceptance and the book's line sends it again, with the same
    name. One that is not accepted is tried again until the day is over.
    """

    def __init__(
        self,
        site: SiteFile,
        book: Callable[[], DigestBook],
        *,
        receivers: Mapping[str, Receiver],
        clock: Clock,
    ) -> None:
        """Prepare.

        Args:
            site: The city; it has a digest.
            book: Opens the book.
            receivers: Each channel's receiver.
            clock: The present.

        Raises:
            ConfigError: the city has no digest.
        """
        if site.governance.digest is None:
            raise ConfigError("governance.digest: there is none; write at what time and to which channels it goes")
        self._digest = site.governance.digest
        self._site = site
        self._book = book
        self._receivers = receivers
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)
        self._at = time.fromisoformat(self._digest.at)
        self._done: date | None = None
        self._next_at: datetime | None = None
        self._pause = FIRST_PAUSE

    def turn(self) -> int:
        """Send what is due now and return how many channels accepted it.

        Raises:
            StorageError: the database is away.
        """
        now = self._clock()
        local = now.astimezone(self._zone)
        day = local.date() - timedelta(days=1)
        waiting = self._next_at is not None and now < self._next_at
        if waiting or self._done == day or local.time() < self._at:
            return 0
        with self._book() as book:
            left = [channel for channel in self._digest.to if channel not in book.accepted(day)]
            message = compose(self._site, day, book.owed(day)) if left else None
            accepted = [channel for channel in left if message is not None and self._send(channel, message)]
            for channel in accepted:
                book.accept(day, channel, self._clock())
        if len(accepted) == len(left):
            self._done, self._next_at, self._pause = day, None, FIRST_PAUSE
        else:
            self._next_at = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return len(accepted)

    def _send(self, channel: str, message: Message) -> bool:
        accepted = isolated("notify", lambda: self._receivers[channel].send(message))
        if isinstance(accepted, Fault) or not accepted:
            log.warning("the digest was not accepted and will be tried again", channel=channel)
            return False
        log.info("the digest was sent", channel=channel)
        return True
