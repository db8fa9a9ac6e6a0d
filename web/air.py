"""Route of the air quality index: ISPU of every station, over the 24 hours before a moment."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.ids import SourceId
from events.reading import Window
from indices.ispu import BREAKPOINTS, COLOURS, GAP_MOST, PERIOD, Coverage, SubIndex, dominant, judged
from runtime.clock import Clock
from web.directory import Directory
from web.moments import Moment, moment
from web.operations import get
from web.ports import LatestReadings

GROUP: Final = "Indices"

TO_UG_M3 = {"ug/m3": 1.0, "mg/m3": 1000.0}
"""Units in which a concentration makes an ISPU; parts per million would need temperature and pressure."""


class PollutantItem(msgspec.Struct, frozen=True, kw_only=True):
    """One pollutant's sub-index."""

    pollutant: str
    concentration_ug_m3: float
    index: int
    beyond_scale: bool
    category: str
    provisional: bool
    received: int
    expected: int


class StationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One station: its index is that of the dominant pollutant; null where nothing was measured."""

    source_id: str
    source_name: str
    site: str | None
    index: int | None
    category: str | None
    colour: str | None
    dominant: str | None
    provisional: bool
    label: str
    pollutants: list[PollutantItem]


class AirItem(msgspec.Struct, frozen=True, kw_only=True):
    """The stations of the city."""

    start: datetime
    end: datetime
    stepped: bool
    rule: str
    items: list[StationItem]


class AirQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which index is wanted."""

    at: Annotated[Moment | None, msgspec.Meta(description="End of the 24 hours; default now.")] = None
    form: Annotated[
        Literal["joined", "stepped"], msgspec.Meta(description="stepped as the ministry's portal seems to.")
    ] = "joined"


class AirRoutes:
    """Serves `/api/v1/ispu`."""

    def __init__(self, *, site: SiteFile, readings: LatestReadings, directory: Directory, clock: Clock) -> None:
        self._readings = readings
        self._directory = directory
        self._clock = clock
        self._intervals = {
            SourceId(sensor.id): sensor.interval_s
            for sensor in site.sensors
            if any(metric in BREAKPOINTS for metric in sensor.metrics)
        }

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        addresses = "/api/v1/ispu", "/api/v1/indices/ispu"
        return [get(one, self.stations, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP) for one in addresses]

    async def stations(self, _request: web.Request, query: AirQuery) -> AirItem:
        """Return ISPU of the 24 hours that end at `at`, default now; `form=stepped` as the ministry's portal."""
        end, form = moment(query.at, "at", self._clock()), query.form
        found: dict[SourceId, dict[str, tuple[SubIndex, Window]]] = {source: {} for source in self._intervals}
        for window in await self._readings.windows(list(BREAKPOINTS), end - PERIOD, end):
            factor = TO_UG_M3.get(window.unit)
            if window.source in found and factor is not None and window.mean >= 0:
                index = judged(window.metric, factor * window.mean, self._coverage(window), stepped=form == "stepped")
                found[window.source][window.metric] = (index, window)
        items = [self._station(source, indices) for source, indices in found.items()]
        return AirItem(start=end - PERIOD, end=end, stepped=form == "stepped", rule="PermenLHK P.14/2020", items=items)

    def _coverage(self, window: Window) -> Coverage:
        interval = timedelta(seconds=self._intervals[window.source])
        return Coverage(
            received=window.received,
            expected=max(round(PERIOD / interval), 1),
            span=window.span,
            longest_gap=window.longest_gap,
            # A station that reports every half hour has no gap of fifteen minutes to answer for.
            gap_allowed=max(GAP_MOST, 1.5 * interval),
        )

    def _station(self, source: SourceId, found: dict[str, tuple[SubIndex, Window]]) -> StationItem:
        worst = dominant({name: index for name, (index, _) in found.items()})
        provisional = worst is not None and worst.provisional
        return StationItem(
            source_id=source,
            source_name=self._directory.source_name(source),
            site=self._directory.source_site(source),
            index=None if worst is None else worst.value,
            category=None if worst is None else worst.category.value,
            colour=None if worst is None else COLOURS[worst.category],
            dominant=None if worst is None else worst.pollutant,
            provisional=provisional,
            label="ISPU Sementara" if provisional else "ISPU",
            pollutants=[
                PollutantItem(
                    pollutant=name,
                    concentration_ug_m3=round(index.concentration, 2),
                    index=index.value,
                    beyond_scale=index.beyond,
                    category=index.category.value,
                    provisional=index.provisional,
                    received=window.received,
                    expected=self._coverage(window).expected,
                )
                for name, (index, window) in sorted(found.items())
            ],
        )
