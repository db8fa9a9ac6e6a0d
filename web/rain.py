"""Route of the rain classes: how much fell in each hour of a day, and what that is called."""

from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.series import Bucket, BucketRow, Series, Span, Wanted
from indices.rain import daily, hourly
from runtime.clock import Clock
from web.filling import coverage, expected
from web.moments import day_of
from web.operations import get
from web.ports import Catalog, Spans

GROUP: Final = "Indices"
METRIC: Final = "rain"
PER_HOUR: Final = "mm/h"
AMOUNT: Final = "mm"
MOST_GAUGES: Final = 1_000
COVERAGE_LEAST: Final = 0.9


class RainQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which day is wanted."""

    day: Annotated[date | None, msgspec.Meta(description="Day of the city; default today.")] = None


class HourItem(msgspec.Struct, frozen=True, kw_only=True):
    """What fell in the hour from `start`."""

    start: datetime
    mm: float
    category: str


class RainItem(msgspec.Struct, frozen=True, kw_only=True):
    """One gauge on one day; `mm` is null where nothing was measured.

    `provisional` until the day is over, and below 90 % of the readings expected.
    """

    series_id: int
    source_id: str
    source_name: str
    site: str | None
    mm: float | None
    category: str | None
    coverage: float | None
    provisional: bool
    hours: list[HourItem]


class RainListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every rain gauge."""

    day: date
    items: list[RainItem]


class RainRoutes:
    """Serves `/api/v1/indices/rain`.

    Metric `rain` in mm/h is an intensity: an hour's mean is what fell in it, or has so far. In mm it is what fell since
    the message before: an hour's sum is.
    """

    def __init__(self, *, site: SiteFile, catalog: Catalog, spans: Spans, clock: Clock) -> None:
        self._catalog = catalog
        self._spans = spans
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/indices/rain", self.classes, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP)]

    async def classes(self, _request: web.Request, query: RainQuery) -> RainListing:
        """Return what fell at each gauge on a day, with BMKG's class of the day and the class of each hour."""
        now = self._clock()
        day = day_of(query.day, "day", now.astimezone(self._zone).date())
        start = datetime.combine(day, datetime.min.time(), self._zone).astimezone(UTC)
        found = await self._catalog.series(Wanted(metrics=[METRIC]), after=None, limit=MOST_GAUGES)
        gauges = {one.id: one for one in found if one.unit in {PER_HOUR, AMOUNT}}
        hours: dict[int, list[BucketRow]] = {number: [] for number in gauges}
        span = Span(series=sorted(gauges), start=start, end=start + timedelta(days=1), bucket=Bucket.HOUR)
        async with aclosing(self._spans.buckets(span)) as parts:
            async for part in parts:
                for row in part:
                    hours[row.series].append(row)
        items = [self._item(series, hours[number], start, now) for number, series in gauges.items()]
        return RainListing(day=day, items=items)

    def _item(self, series: Series, rows: list[BucketRow], start: datetime, now: datetime) -> RainItem:
        fallen = [(row, _millimetres(row, series.unit, now)) for row in rows]
        amounts = [(row, mm) for row, mm in fallen if mm is not None]
        total = sum(mm for _, mm in amounts) if amounts else None
        wanted = expected(start, Bucket.DAY, series.interval_s, now)
        share = coverage(sum(row.total for row in rows), wanted)
        over = now >= start + timedelta(days=1)
        return RainItem(
            series_id=series.id,
            source_id=series.source,
            source_name=series.source_name,
            site=series.site,
            mm=None if total is None else round(total, 2),
            category=None if total is None else daily(total).value,
            coverage=share,
            provisional=not over or share is None or share < COVERAGE_LEAST,
            hours=[
                HourItem(start=row.ts.astimezone(self._zone), mm=round(mm, 2), category=hourly(mm).value)
                for row, mm in amounts
            ],
        )


def _millimetres(row: BucketRow, unit: str, now: datetime) -> float | None:
    if row.mean is None:
        return None
    passed = min((now - row.ts) / Bucket.HOUR.length, 1.0)
    return max(row.mean * passed if unit == PER_HOUR else row.mean * row.usable, 0.0)
