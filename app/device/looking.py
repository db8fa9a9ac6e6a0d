"""What became of devices: state, availability, clock, battery and signal, gathered for the administrator."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.database import connect_url
from configs.site import SiteFile
from events.availability import LifeHistory, day_of
from events.clock import ClockOffset
from events.ids import SourceId
from events.liveness import LifeChange
from events.quantities import BATTERY_METRICS, SIGNAL_METRICS
from events.reading import LatestValue
from storage.life import LifeStore
from storage.readings import ReadingStore

DAYS = 7
"""Days looked back, today included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of every device's life.

    Attributes:
        now: When it was looked, aware.
        zone: Time zone of the city, whose days count.
        history: Changes of the last days.
        clocks: Offsets of clocks.
        own: Newest values of battery and signal.
    """

    now: datetime
    zone: ZoneInfo
    history: LifeHistory
    clocks: Mapping[SourceId, ClockOffset]
    own: Mapping[tuple[SourceId, str], LatestValue]

    def state(self, source: SourceId) -> LifeChange | None:
        """Return its state and since when, None where it was never heard."""
        return self.history.state_of(source)

    def days(self, source: SourceId) -> list[tuple[date, float | None]]:
        """Return its share of each day, today first."""
        today = self.now.astimezone(self.zone).date()
        shares = []
        for back in range(DAYS):
            begin, end = day_of(today - timedelta(days=back), self.zone)
            share = self.history.share(source, (begin, min(end, self.now)))
            shares.append((today - timedelta(days=back), share))
        return shares

    def battery(self, source: SourceId) -> str | None:
        """Return the newest word of its battery, None where it gives none."""
        return self._figure(source, BATTERY_METRICS)

    def signal(self, source: SourceId) -> str | None:
        """Return the newest word of its reception, None where it gives none."""
        return self._figure(source, SIGNAL_METRICS)

    def _figure(self, source: SourceId, metrics: tuple[str, ...]) -> str | None:
        found = next((self.own[source, metric] for metric in metrics if (source, metric) in self.own), None)
        return None if found is None else f"{found.reading.value:g} {found.unit}"


def look(site: SiteFile, now: datetime) -> Look:
    """Gather it from the running database.

    Raises:
        StorageError: the database is away.
    """
    return asyncio.run(_look(site, now))


async def _look(site: SiteFile, now: datetime) -> Look:
    url, zone = connect_url(site), ZoneInfo(site.city.timezone)
    begin, _ = day_of(now.astimezone(zone).date() - timedelta(days=DAYS - 1), zone)
    async with LifeStore(url) as lives, ReadingStore(url) as readings:
        latest = await readings.latest()
        wanted = {*BATTERY_METRICS, *SIGNAL_METRICS}
        return Look(
            now=now,
            zone=zone,
            history=await lives.history(begin, now),
            clocks={estimate.source: estimate for estimate in await lives.clocks()},
            own={
                (value.reading.source, value.reading.metric): value
                for value in latest
                if value.reading.metric in wanted
            },
        )
