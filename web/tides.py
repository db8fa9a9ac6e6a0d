"""Route of the tide ranks: how harmful the sea is at each gauge that states its thresholds."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from aiohttp import web

from configs.sensors import Tide
from configs.site import SiteFile
from events.reading import Quality
from events.series import Bucket, RawRow, Series, Span, Wanted
from indices.tide import Standing, Thresholds, standing
from runtime.clock import Clock
from web.moments import Moment, moment
from web.operations import get
from web.ports import Catalog, Spans

GROUP: Final = "Indices"
LOOKED_BACK: Final = timedelta(hours=6)
"""The rank is followed from there: half a tide, far longer than any hold."""

INTERVALS: Final = 3
"""Older than so many intervals a reading says nothing of now."""

MOST_GAUGES: Final = 1_000


class TideQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of when the ranks are wanted."""

    at: Annotated[Moment | None, msgspec.Meta(description="The moment; default now.")] = None


class TideItem(msgspec.Struct, frozen=True, kw_only=True):
    """One gauge; levels are in `unit` above `datum`. `rank` 0..3 rises with harm, null where nothing was measured.

    `stale` where the newest reading is older than three intervals: the rank is what was last known.
    """

    series_id: int
    source_id: str
    source_name: str
    site: str | None
    datum: str
    unit: str
    level: float | None
    at: datetime | None
    rank: int | None
    label: str | None
    since: datetime | None
    stale: bool
    waspada: float
    siaga: float
    awas: float
    hysteresis: float
    hold_s: float


class TideListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every gauge that states its thresholds."""

    items: list[TideItem]


class TideRoutes:
    """Serves `/api/v1/indices/tide`."""

    def __init__(self, *, site: SiteFile, catalog: Catalog, spans: Spans, clock: Clock) -> None:
        self._catalog = catalog
        self._spans = spans
        self._clock = clock
        self._gauges = {
            (sensor.id, name): metric.tide
            for sensor in site.sensors
            for name, metric in sensor.metrics.items()
            if metric.tide is not None
        }

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/indices/tide", self.ranks, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP)]

    async def ranks(self, _request: web.Request, query: TideQuery) -> TideListing:
        """Return the rank of each gauge, followed over the six hours before a moment; only readings of quality ok."""
        end = moment(query.at, "at", self._clock())
        wanted = Wanted(sources=[source for source, _ in self._gauges], metrics=[name for _, name in self._gauges])
        items = []
        for series in await self._catalog.series(wanted, after=None, limit=MOST_GAUGES):
            tide = self._gauges.get((series.source, series.metric))
            if tide is not None and series.zone is None:
                items.append(self._item(series, tide, await self._standing(series, tide, end), end))
        return TideListing(items=items)

    async def _standing(self, series: Series, tide: Tide, end: datetime) -> Standing | None:
        thresholds = Thresholds(
            waspada=tide.waspada,
            siaga=tide.siaga,
            awas=tide.awas,
            hysteresis=tide.hysteresis,
            hold=timedelta(seconds=tide.hold_s),
        )
        span = Span(series=[series.id], start=end - LOOKED_BACK, end=end, bucket=Bucket.RAW, qualities=[Quality.OK])
        levels = [(row.ts, row.value) async for row in _each(self._spans.raw(span))]
        return standing(levels, thresholds)

    def _item(self, series: Series, tide: Tide, found: Standing | None, end: datetime) -> TideItem:
        return TideItem(
            series_id=series.id,
            source_id=series.source,
            source_name=series.source_name,
            site=series.site,
            datum=tide.datum,
            unit=series.unit,
            level=None if found is None else found.level,
            at=None if found is None else found.at.astimezone(UTC),
            rank=None if found is None else int(found.rank),
            label=None if found is None else found.rank.name.capitalize(),
            since=None if found is None else found.since.astimezone(UTC),
            stale=found is None or _is_stale(series, end - found.at),
            waspada=tide.waspada,
            siaga=tide.siaga,
            awas=tide.awas,
            hysteresis=tide.hysteresis,
            hold_s=tide.hold_s,
        )


def _is_stale(series: Series, age: timedelta) -> bool:
    return series.interval_s is not None and age > timedelta(seconds=INTERVALS * series.interval_s)


async def _each(parts: AsyncGenerator[list[RawRow], None]) -> AsyncIterator[RawRow]:
    async with aclosing(parts):
        async for part in parts:
            for row in part:
                yield row
