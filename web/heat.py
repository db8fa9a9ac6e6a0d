"""Route of the heat index: how hot it feels at each weather station just now."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.ids import SourceId
from events.reading import LatestValue, Quality
from indices.heat import band, heat_index
from runtime.clock import Clock
from web.directory import Directory
from web.operations import get
from web.ports import LatestReadings

GROUP: Final = "Indices"
TEMPERATURE: Final = ("temperature", "Cel")
HUMIDITY: Final = ("humidity", "%")
INTERVALS: Final = 3
"""Older than so many intervals a reading says nothing of now."""


class HeatItem(msgspec.Struct, frozen=True, kw_only=True):
    """One station: degrees Celsius, and the US NWS's band. All null where a reading of now is missing."""

    source_id: str
    source_name: str
    site: str | None
    temperature: float | None
    humidity: float | None
    heat_index: float | None
    category: str | None
    at: datetime | None


class HeatListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every station with temperature and humidity."""

    rule: str
    items: list[HeatItem]


class HeatRoutes:
    """Serves `/api/v1/indices/heat`."""

    def __init__(self, *, site: SiteFile, readings: LatestReadings, directory: Directory, clock: Clock) -> None:
        self._readings = readings
        self._directory = directory
        self._clock = clock
        self._stations = {
            SourceId(sensor.id): timedelta(seconds=INTERVALS * sensor.interval_s)
            for sensor in site.sensors
            if {TEMPERATURE[0], HUMIDITY[0]} <= sensor.metrics.keys()
        }

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/indices/heat", self.stations, group=GROUP)]

    async def stations(self, _request: web.Request) -> HeatListing:
        """Return how hot it feels at each station, of its newest readings of quality ok."""
        now = self._clock()
        newest = {
            (one.reading.source, one.reading.metric, one.unit): one
            for one in await self._readings.latest(Quality.OK)
            if one.reading.source in self._stations
        }
        items = []
        for source, patience in self._stations.items():
            pair = [newest.get((source, *wanted)) for wanted in (TEMPERATURE, HUMIDITY)]
            fresh = [one for one in pair if one is not None and now - one.reading.ts <= patience]
            items.append(self._item(source, fresh))
        return HeatListing(rule="US NWS, SR 90-23", items=items)

    def _item(self, source: SourceId, pair: list[LatestValue]) -> HeatItem:
        values = [one.reading.value for one in pair]
        feels = heat_index(*values) if len(values) == len((TEMPERATURE, HUMIDITY)) and 0 <= values[1] <= 100 else None  # noqa: PLR2004 - per cent
        known = feels is not None
        return HeatItem(
            source_id=source,
            source_name=self._directory.source_name(source),
            site=self._directory.source_site(source),
            temperature=values[0] if known else None,
            humidity=values[1] if known else None,
            heat_index=None if feels is None else round(feels, 1),
            category=None if feels is None else band(feels).value,
            at=min(one.reading.ts for one in pair).astimezone(UTC) if known else None,
        )
