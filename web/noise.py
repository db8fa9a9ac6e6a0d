"""Route of day-and-night noise: Ls, Lm and Lsm of each sound level meter beside the limit of its land."""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.series import Bucket, BucketRow, Series, Span, Wanted
from indices.noise import (
    DAY_H,
    DAY_SAMPLES_LEAST,
    LIMITS_DB,
    NIGHT_SAMPLES_LEAST,
    energy_mean,
    is_too_loud,
    lsm,
)
from runtime.clock import Clock
from web.filling import leq
from web.moments import day_of
from web.operations import get
from web.ports import Catalog, Spans

GROUP: Final = "Indices"
UNIT: Final = "dB[A]"
BEGINS: Final = time(6)
SAMPLE_S: Final = 600.0
"""An hour counts as a sample of its part of the day where it has readings of ten minutes at least."""

MOST_METERS: Final = 1_000


class NoiseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which day is wanted."""

    day: Annotated[
        date | None,
        msgspec.Meta(description="Day of the city, from 06:00 to 06:00 of the next; default the one that is running."),
    ] = None


class NoiseItem(msgspec.Struct, frozen=True, kw_only=True):
    """One meter: levels in dBA, null without samples; `provisional` below 4 hours by day or 3 by night.

    `limit` is that of the land's use (KepMenLH 48/1996), null where the site file does not say; `too_loud` beyond it by
    more than the tolerance of 3 dBA.
    """

    series_id: int
    source_id: str
    source_name: str
    site: str | None
    ls: float | None
    lm: float | None
    lsm: float | None
    day_hours: int
    night_hours: int
    provisional: bool
    land_use: str | None
    limit: float | None
    too_loud: bool | None


class NoiseListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every sound level meter in dBA."""

    start: datetime
    end: datetime
    items: list[NoiseItem]


class NoiseRoutes:
    """Serves `/api/v1/indices/noise`."""

    def __init__(self, *, site: SiteFile, catalog: Catalog, spans: Spans, clock: Clock) -> None:
        self._catalog = catalog
        self._spans = spans
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)
        self._meters = {
            (sensor.id, name): metric.land_use
            for sensor in site.sensors
            for name, metric in sensor.metrics.items()
            if metric.unit == UNIT
        }

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/indices/noise", self.levels, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP)]

    async def levels(self, _request: web.Request, query: NoiseQuery) -> NoiseListing:
        """Return Ls (06:00 to 22:00), Lm (22:00 to 06:00) and Lsm of a day, averaged as energy over its hours."""
        running = (self._clock().astimezone(self._zone) - timedelta(hours=BEGINS.hour)).date()
        day = day_of(query.day, "day", running)
        start = datetime.combine(day, BEGINS, self._zone).astimezone(UTC)
        wanted = Wanted(sources=[source for source, _ in self._meters], metrics=[name for _, name in self._meters])
        found = await self._catalog.series(wanted, after=None, limit=MOST_METERS)
        meters = {one.id: one for one in found if (one.source, one.metric) in self._meters and one.zone is None}
        hours: dict[int, list[BucketRow]] = {number: [] for number in meters}
        end = start + timedelta(days=1)
        span = Span(series=sorted(meters), start=start, end=end, bucket=Bucket.HOUR)
        async with aclosing(self._spans.buckets(span)) as parts:
            async for part in parts:
                for row in part:
                    hours[row.series].append(row)
        items = [self._item(meter, hours[number], start + timedelta(hours=DAY_H)) for number, meter in meters.items()]
        return NoiseListing(start=start, end=end, items=items)

    def _item(self, meter: Series, rows: Sequence[BucketRow], night: datetime) -> NoiseItem:
        samples = [(row.ts, level) for row in rows if (level := _sample(row, meter.interval_s)) is not None]
        by_day = [level for at, level in samples if at < night]
        by_night = [level for at, level in samples if at >= night]
        ls = energy_mean(by_day) if by_day else None
        lm = energy_mean(by_night) if by_night else None
        whole = None if ls is None or lm is None else lsm(ls, lm)
        use = self._meters[meter.source, meter.metric]
        return NoiseItem(
            series_id=meter.id,
            source_id=meter.source,
            source_name=meter.source_name,
            site=meter.site,
            ls=_rounded(ls),
            lm=_rounded(lm),
            lsm=_rounded(whole),
            day_hours=len(by_day),
            night_hours=len(by_night),
            provisional=len(by_day) < DAY_SAMPLES_LEAST or len(by_night) < NIGHT_SAMPLES_LEAST,
            land_use=use,
            limit=None if use is None else LIMITS_DB[use],
            too_loud=None if use is None or whole is None else is_too_loud(whole, use),
        )


def _sample(row: BucketRow, interval_s: float | None) -> float | None:
    """Return an hour's equivalent level, None where too little of it was measured."""
    enough = row.usable > 0 if interval_s is None else row.usable * interval_s >= min(SAMPLE_S, 3600.0)
    return leq(row.energy_mean) if enough else None


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 2)
