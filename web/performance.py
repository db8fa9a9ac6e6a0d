"""Route of the alarm stream's figures: how livable a period was, whole and by shift."""

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.alarm import AlarmKey
from events.performance import Nuisance, Performance
from events.shifts import shifts_between
from runtime.clock import Clock
from web.directory import Directory
from web.moments import Moment, moment
from web.operations import get
from web.ports import AlarmReader, Review
from web.problems import ProblemError

USUAL = timedelta(days=30)
LONGEST = timedelta(days=400)


class FigureItem(msgspec.Struct, frozen=True, kw_only=True):
    """One figure beside its target; `verdict` is good, fair, bad or none."""

    name: str
    text: str
    text_en: str
    value: float | None
    unit: str
    target: float | None
    limit: float | None
    verdict: str


class KeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """How often one rule at one source and zone did something."""

    rule: str
    source_id: str
    source_name: str
    zone: str | None
    times: int


class NuisanceItem(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that comes and goes too fast, and the delays that would have kept it quiet."""

    rule: str
    source_id: str
    source_name: str
    zone: str | None
    chattered: int
    fleeting: int
    suggested_hold_s: int
    suggested_clear_hold_s: int


class SpanItem(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time."""

    start: datetime
    end: datetime


class PeriodItem(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period."""

    start: datetime
    end: datetime
    operators: int
    alarms: int
    too_short: bool
    figures: list[FigureItem]
    mix: dict[str, float]
    most_frequent: list[KeyItem]
    nuisances: list[NuisanceItem]
    floods: list[SpanItem]


class PerformanceItem(msgspec.Struct, frozen=True, kw_only=True):
    """The whole period, and each shift wholly within it."""

    period: PeriodItem
    shifts: list[PeriodItem]


class PerformanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which period is judged."""

    start: Annotated[Moment | None, msgspec.Meta(description="Its start; default thirty days before `to`.")] = (
        msgspec.field(name="from", default=None)
    )
    end: Annotated[Moment | None, msgspec.Meta(description="Its end; default now.")] = msgspec.field(
        name="to", default=None
    )
    shifts: Annotated[Literal["0", "1"], msgspec.Meta(description="1 tells of each shift too.")] = "0"


class PerformanceRoutes:
    """Serves `/api/v1/alarms/performance`."""

    def __init__(
        self, *, site: SiteFile, alarms: AlarmReader, review: Review, directory: Directory, clock: Clock
    ) -> None:
        self._alarms = alarms
        self._review = review
        self._directory = directory
        self._clock = clock
        self._operators = site.control_room.operators
        self._zone = ZoneInfo(site.city.timezone)
        self._begins = [time.fromisoformat(begin) for begin in site.control_room.shifts]

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/alarms/performance", self.figures, HTTPStatus.UNPROCESSABLE_ENTITY, group="Alarms")]

    async def figures(self, _request: web.Request, query: PerformanceQuery) -> PerformanceItem:
        """Return the figures from `from` to `to`, default the last thirty days; with `shifts=1` of each shift too."""
        end = moment(query.end, "to", self._clock())
        start = moment(query.start, "from", end - USUAL)
        if not start < end <= start + LONGEST:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"from, to: want a period that ends after it starts, of {LONGEST.days} days at most",
            )
        records = await self._alarms.between(start, end)
        spans = shifts_between(self._begins, self._zone, start, end) if query.shifts == "1" else ()
        items = [
            self._period(self._review(records, start=begun, end=ended, operators=self._operators))
            for begun, ended in ((start, end), *spans)
        ]
        return PerformanceItem(period=items[0], shifts=items[1:])

    def _period(self, found: Performance) -> PeriodItem:
        return PeriodItem(
            start=found.start,
            end=found.end,
            operators=found.operators,
            alarms=found.alarms,
            too_short=found.too_short,
            figures=[
                FigureItem(
                    name=one.name,
                    text=one.text[0],
                    text_en=one.text[1],
                    value=one.value,
                    unit=one.unit,
                    target=one.target,
                    limit=one.limit,
                    verdict=one.verdict,
                )
                for one in found.figures
            ],
            mix={priority.name.lower(): share for priority, share in found.mix.items()},
            most_frequent=[self._key(key, times) for key, times in found.most_frequent],
            nuisances=[self._nuisance(one) for one in found.nuisances],
            floods=[SpanItem(start=start, end=end) for start, end in found.floods],
        )

    def _key(self, key: AlarmKey, times: int) -> KeyItem:
        return KeyItem(
            rule=key.rule,
            source_id=key.source,
            source_name=self._directory.source_name(key.source),
            zone=key.zone or None,
            times=times,
        )

    def _nuisance(self, one: Nuisance) -> NuisanceItem:
        return NuisanceItem(
            rule=one.key.rule,
            source_id=one.key.source,
            source_name=self._directory.source_name(one.key.source),
            zone=one.key.zone or None,
            chattered=one.chattered,
            fleeting=one.fleeting,
            suggested_hold_s=one.hold_s,
            suggested_clear_hold_s=one.clear_hold_s,
        )
