"""Sensor routes: which device keeps to its interval, and what it says of itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.availability import LifeHistory, day_of
from events.ids import SiteId, SourceId
from events.quantities import BATTERY_METRICS, SIGNAL_METRICS
from events.reading import LatestValue
from runtime.clock import Clock
from web.directory import Directory
from web.operations import get
from web.ports import LatestReadings, Lives

DAYS: Final = 7
"""Days of availability told, today included."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its UCUM unit."""

    value: float
    unit: str


class DayItem(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the city; `share` (0..1) is null where nothing can be told."""

    day: date
    share: float | None


class SensorItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor; `state` is null until it was heard for the first time.

    Shares are of the time in which Pantau listened; `days` begins with today.
    """

    id: str
    name: str
    site: str
    site_name: str
    opd: str | None
    state: str | None
    since: datetime | None
    last_at: datetime | None
    interval_s: float
    days: list[DayItem]
    share_of_week: float | None
    battery: Figure | None
    signal: Figure | None
    clock_offset_s: float | None


class SensorListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every sensor of the site file."""

    items: list[SensorItem]


class SensorRoutes:
    """Serves the devices behind the values."""

    def __init__(
        self, *, site: SiteFile, readings: LatestReadings, lives: Lives, directory: Directory, clock: Clock
    ) -> None:
        self._site = site
        self._readings = readings
        self._lives = lives
        self._directory = directory
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/sensors", self.sensors, group="City")]

    async def sensors(self, _request: web.Request) -> SensorListing:
        """Return every sensor of the site file with its state, its availability and its own figures."""
        now = self._clock()
        today = now.astimezone(self._zone).date()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        history = await self._lives.history(day_of(days[-1], self._zone)[0], now)
        last = {life.source: life.last_at for life in await self._lives.sources()}
        offsets = {estimate.source: estimate.offset_s for estimate in await self._lives.clocks()}
        own = _own_figures(await self._readings.latest())
        items = []
        for sensor in self._site.sensors:
            source = SourceId(sensor.id)
            change = history.state_of(source)
            last_at = last.get(source)
            items.append(
                SensorItem(
                    id=sensor.id,
                    name=sensor.name,
                    site=sensor.site,
                    site_name=self._directory.site_name(SiteId(sensor.site)),
                    opd=sensor.opd,
                    state=None if change is None else change.state.value,
                    since=None if change is None else change.at.astimezone(UTC),
                    last_at=None if last_at is None else last_at.astimezone(UTC),
                    interval_s=sensor.interval_s,
                    days=[DayItem(day=day, share=self._share(history, source, day, now)) for day in days],
                    share_of_week=history.share(source, (day_of(days[-1], self._zone)[0], now)),
                    battery=_first(own, source, BATTERY_METRICS),
                    signal=_first(own, source, SIGNAL_METRICS),
                    clock_offset_s=offsets.get(source),
                )
            )
        return SensorListing(items=items)

    def _share(self, history: LifeHistory, source: SourceId, day: date, now: datetime) -> float | None:
        begin, end = day_of(day, self._zone)
        return history.share(source, (begin, min(end, now)))


def _own_figures(latest: Iterable[LatestValue]) -> Mapping[tuple[SourceId, str], Figure]:
    wanted = {*BATTERY_METRICS, *SIGNAL_METRICS}
    return {
        (value.reading.source, value.reading.metric): Figure(value=value.reading.value, unit=value.unit)
        for value in latest
        if value.reading.metric in wanted
    }


def _first(figures: Mapping[tuple[SourceId, str], Figure], source: SourceId, metrics: Sequence[str]) -> Figure | None:
    return next((figures[source, metric] for metric in metrics if (source, metric) in figures), None)
