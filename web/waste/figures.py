"""Routes of the waste programme's figures."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.waste_figures import (
    Clearing,
    Emptying,
    Fill,
    OpenPiles,
    RepeatSpot,
    SipsnFacility,
    SipsnYear,
    Tonnage,
    WasteSite,
)
from runtime.clock import Clock
from web.moments import DaysQuery, Moment, days, moment
from web.operations import Handler, answers, get
from web.tables import CSV, Form, TableQuery, csv_response
from web.waste.geojson import GEOJSON, FeatureCollection, geojson_response
from web.waste.incidents import GROUP
from web.waste.ports import FigureDesk
from web.waste.wire import PATH
from web.wire import json_response

USUAL_DAYS: Final = 30
LONGEST_DAYS: Final = 400
EMPTYING_DAYS: Final = 31


class SiteListing(msgspec.Struct, frozen=True, kw_only=True):
    """Sites of the programme, and how many of them gave data in the last 24 hours."""

    reporting: int
    equipped: int
    items: list[WasteSite]


class FillListing(msgspec.Struct, frozen=True, kw_only=True):
    """Bins; how the forecast is made stands in `method`."""

    method: str
    items: list[Fill]


class EmptyingListing(msgspec.Struct, frozen=True, kw_only=True):
    """Emptyings, oldest first."""

    items: list[Emptying]


class OpenListing(msgspec.Struct, frozen=True, kw_only=True):
    """Open piles by kecamatan and age."""

    items: list[OpenPiles]


class ClearingListing(msgspec.Struct, frozen=True, kw_only=True):
    """Hours to clear: all together, then by kecamatan."""

    first: date
    last: date
    items: list[Clearing]


class TonnageListing(msgspec.Struct, frozen=True, kw_only=True):
    """What came in, by site and day."""

    items: list[Tonnage]


class RepeatListing(msgspec.Struct, frozen=True, kw_only=True):
    """Spots with more than one pile within `days` days; one without a zone or site reaches `within_m` metres."""

    days: int
    within_m: float
    items: list[RepeatSpot]


class SipsnListing(msgspec.Struct, frozen=True, kw_only=True):
    """A year in SIPSN's columns, and its facilities."""

    items: list[SipsnYear]
    facilities: list[SipsnFacility]


class TargetItem(msgspec.Struct, frozen=True, kw_only=True):
    """Targets of the site file, counted from detection."""

    accept_min: float
    dispatch_h: float
    clear_h: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The key figures of now.

    Attributes:
        city: Name of the city.
        demo: Whether all this is a demonstration.
        now: The present.
        timezone: The city's.
        open: Open incidents.
        late: Of them, those whose next step is overdue.
        median_h: Median hours to clear, of what was closed in the last 30 days.
        p90_h: Nine of ten were cleared within so many.
        closed: How many that were.
        repeat_spots: Spots with more than one pile lately.
        tonnes_today: Tonnes weighed at the TPAs today.
        tonnes_week_before: On the whole of the same day a week ago.
        full_bins: Bins that count as full.
        bins: All of them.
        sites: Listed sites.
        reporting: Of them, those with data in the last 24 hours.
        targets: How long an incident's steps may take.
    """

    city: str
    demo: bool
    now: datetime
    timezone: str
    open: int
    late: int
    median_h: float | None
    p90_h: float | None
    closed: int
    repeat_spots: int
    tonnes_today: float
    tonnes_week_before: float
    full_bins: int
    bins: int
    sites: int
    reporting: int
    targets: TargetItem


class AtQuery(msgspec.Struct, frozen=True, kw_only=True):
    """As of which moment, and in which form."""

    at: Annotated[Moment | None, msgspec.Meta(description="The moment; default now.")] = None
    format: Form = "json"


class DaysTableQuery(DaysQuery, frozen=True, kw_only=True):
    """Which days, and in which form."""

    format: Form = "json"


class MapQuery(msgspec.Struct, frozen=True, kw_only=True):
    """In which form."""

    format: Annotated[Literal["json", "csv", "geojson"], msgspec.Meta(description="geojson for a map.")] = "json"


class SipsnQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which year and sheet."""

    year: Annotated[
        Annotated[int, msgspec.Meta(ge=2000, le=2100)] | None, msgspec.Meta(description="Default this year.")
    ] = None
    sheet: Annotated[Literal["daerah", "fasilitas"], msgspec.Meta(description="Which one as CSV.")] = "daerah"
    format: Form = "json"


METHOD: Final = (
    "Theil-Sen line through at most 48 medians since the bin was last emptied (a fall of 40 points within 30 minutes), "
    "at most 14 days back; earliest and latest by the 90 % interval of the slope (Sen 1968); full is full_at; unknown "
    "where the fill is not certainly rising or there are fewer than 8 points"
)


class FigureRoutes:
    """Serves the figures."""

    def __init__(self, *, site: SiteFile, desk: FigureDesk, clock: Clock) -> None:
        self._site = site
        self._desk = desk
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        handlers: dict[str, Handler] = {
            "summary": self.summary,
            "sites": self.sites,
            "bins": self.fills,
            "emptyings": self.emptyings,
            "open": self.open,
            "clearing": self.clearing,
            "tonnage": self.tonnage,
            "repeat-spots": self.repeat_spots,
            "sipsn": self.sipsn,
        }
        return [get(f"{PATH}/{word}", handler, group=GROUP) for word, handler in handlers.items()]

    async def summary(self, _request: web.Request) -> Summary:
        """Return the key figures of now."""
        now = self._clock()
        today = self._today()
        first, last = days(DaysQuery(), today, usual=USUAL_DAYS, longest=LONGEST_DAYS)
        piles = await self._desk.open_piles(now)
        all_together = next((one for one in await self._desk.clearing(first, last) if one.kecamatan == ""), None)
        fills = await self._desk.fills(now)
        sites = await self._desk.sites(now)
        weighed = [one for one in await self._desk.tonnage(today, today) if one.kind == "tpa"]
        waste = self._site.waste
        return Summary(
            city=self._site.city.name,
            demo=self._site.city.demo,
            now=now,
            timezone=self._site.city.timezone,
            open=sum(one.open for one in piles),
            late=sum(one.late for one in piles),
            median_h=None if all_together is None else all_together.median_h,
            p90_h=None if all_together is None else all_together.p90_h,
            closed=0 if all_together is None else all_together.closed,
            repeat_spots=len(await self._desk.repeat_spots(now)),
            tonnes_today=sum(one.tonnes for one in weighed),
            tonnes_week_before=sum(one.tonnes_week_before for one in weighed),
            full_bins=sum(one.forecast == "full" for one in fills),
            bins=len(fills),
            sites=len(sites),
            reporting=sum(one.reports for one in sites),
            targets=TargetItem(
                accept_min=waste.targets.accept_min,
                dispatch_h=waste.targets.dispatch_h,
                clear_h=waste.targets.clear_h,
            ),
        )

    @answers(SiteListing)
    @answers(media=CSV)
    @answers(FeatureCollection, media=GEOJSON)
    async def sites(self, _request: web.Request, query: MapQuery) -> web.Response:
        """Return the sites of the programme with their newest data and open piles."""
        items = list(await self._desk.sites(self._clock()))
        if query.format == "csv":
            return csv_response("lokasi-sampah", WasteSite, items)
        if query.format == "geojson":
            return geojson_response(items)
        reporting, equipped = sum(one.reports for one in items), sum(one.equipped for one in items)
        return json_response(SiteListing(reporting=reporting, equipped=equipped, items=items))

    @answers(FillListing)
    @answers(media=CSV)
    async def fills(self, _request: web.Request, query: AtQuery) -> web.Response:
        """Return how full every bin is, and in how many hours it will be full."""
        items = list(await self._desk.fills(moment(query.at, "at", self._clock())))
        if query.format == "csv":
            return csv_response("kontainer", Fill, items)
        return json_response(FillListing(method=METHOD, items=items))

    @answers(EmptyingListing)
    @answers(media=CSV)
    async def emptyings(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return when bins were emptied, of the days from `first` to `last`, at most 31 of them."""
        first, last = days(query, self._today(), usual=1, longest=EMPTYING_DAYS)
        start = datetime.combine(first, datetime.min.time(), self._zone)
        end = datetime.combine(last, datetime.max.time(), self._zone)
        items = list(await self._desk.emptyings(start, end))
        if query.format == "csv":
            return csv_response("pengosongan", Emptying, items)
        return json_response(EmptyingListing(items=items))

    @answers(OpenListing)
    @answers(media=CSV)
    async def open(self, _request: web.Request, query: TableQuery) -> web.Response:
        """Return open piles by kecamatan and age."""
        items = list(await self._desk.open_piles(self._clock()))
        if query.format == "csv":
            return csv_response("timbunan-terbuka", OpenPiles, items)
        return json_response(OpenListing(items=items))

    @answers(ClearingListing)
    @answers(media=CSV)
    async def clearing(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return how long clearing took, of what was closed from `first` to `last`, default the last thirty days."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = list(await self._desk.clearing(first, last))
        if query.format == "csv":
            return csv_response("lama-penanganan", Clearing, items)
        return json_response(ClearingListing(first=first, last=last, items=items))

    @answers(TonnageListing)
    @answers(media=CSV)
    async def tonnage(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return what came in by site and day, default the last thirty days."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = list(await self._desk.tonnage(first, last))
        if query.format == "csv":
            return csv_response("tonase", Tonnage, items)
        return json_response(TonnageListing(items=items))

    @answers(RepeatListing)
    @answers(media=CSV)
    async def repeat_spots(self, _request: web.Request, query: TableQuery) -> web.Response:
        """Return the spots where piles come again."""
        items = list(await self._desk.repeat_spots(self._clock()))
        if query.format == "csv":
            return csv_response("titik-berulang", RepeatSpot, items)
        waste = self._site.waste
        return json_response(RepeatListing(days=waste.repeat_days, within_m=waste.repeat_within_m, items=items))

    @answers(SipsnListing)
    @answers(media=CSV)
    async def sipsn(self, _request: web.Request, query: SipsnQuery) -> web.Response:
        """Return a year in SIPSN's columns: tonnes weighed, and apart from them the cubic metres that were not."""
        year = self._today().year if query.year is None else query.year
        if query.format == "csv" and query.sheet == "fasilitas":
            return csv_response(f"sipsn-fasilitas-{year}", SipsnFacility, await self._desk.facilities(year))
        items = list(await self._desk.sipsn(year))
        if query.format == "csv":
            return csv_response(f"sipsn-{year}", SipsnYear, items)
        return json_response(SipsnListing(items=items, facilities=list(await self._desk.facilities(year))))

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()
