"""Routes of verdicts: whether an alarm told the truth, and how often rules, cameras and hours do."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.truth import JudgedAlarm, Opinion, Precision, Precisions, Truth
from runtime.clock import Clock
from web.commands import AlarmPath, origin_of
from web.moments import PeriodQuery, moment
from web.operations import get, put
from web.ports import VerdictDesk
from web.problems import ProblemError

GROUP: Final = "Alarms"
USUAL: Final = timedelta(days=30)

Weigh = Callable[[Sequence[JudgedAlarm], tzinfo], Precisions]
"""Says how often alarms told the truth, as the alarms room knows it."""


class VerdictBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a verdict."""

    verdict: Literal["true", "false", "test"]
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class VerdictItem(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on an alarm; all null where nobody has given one."""

    verdict: str | None
    actor: str | None
    at: datetime | None
    note: str | None


class PrecisionItem(msgspec.Struct, frozen=True, kw_only=True):
    """How often alarms of one sort told the truth; `low` and `high` bound the share with 95 % confidence."""

    name: str
    true: int
    false: int
    test: int
    precision: float | None
    low: float | None
    high: float | None


class PrecisionListing(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts on alarms raised in a period: all, by rule, by camera or sensor, by hour of the day."""

    start: datetime
    end: datetime
    whole: PrecisionItem
    rules: list[PrecisionItem]
    sources: list[PrecisionItem]
    hours: list[PrecisionItem]


class VerdictRoutes:
    """Serves `/api/v1/alarms/{id}/verdict` and `/api/v1/verdicts/precision`."""

    def __init__(self, *, site: SiteFile, desk: VerdictDesk, weigh: Weigh, clock: Clock) -> None:
        self._desk = desk
        self._weigh = weigh
        self._clock = clock
        self._operator = site.web.operator
        self._zone = ZoneInfo(site.city.timezone)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/alarms/{id}/verdict", self.one, group=GROUP),
            put("/api/v1/alarms/{id}/verdict", self.give, HTTPStatus.NOT_FOUND, group=GROUP),
            get("/api/v1/verdicts/precision", self.precision, group=GROUP),
        ]

    async def one(self, _request: web.Request, path: AlarmPath) -> VerdictItem:
        """Return the verdict on an alarm."""
        return _item(await self._desk.of(path.id))

    async def give(self, request: web.Request, path: AlarmPath, body: VerdictBody) -> VerdictItem:
        """Keep the operator's verdict in place of an earlier one; the same twice is the same once."""
        opinion = Opinion(
            alarm=path.id, truth=Truth(body.verdict), actor=self._operator, at=self._clock(), note=body.note.strip()
        )
        if not await self._desk.give(opinion, origin=origin_of(request)):
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        return _item(opinion)

    async def precision(self, _request: web.Request, query: PeriodQuery) -> PrecisionListing:
        """Return how often alarms raised from `from` to `to`, default the last thirty days, told the truth."""
        end = moment(query.end, "to", self._clock())
        start = moment(query.start, "from", end - USUAL)
        if not start < end:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "from, to: want a period that ends after it starts")
        found = self._weigh(await self._desk.between(start, end), self._zone)
        return PrecisionListing(
            start=start,
            end=end,
            whole=_precision(found.whole),
            rules=[_precision(one) for one in found.rules],
            sources=[_precision(one) for one in found.sources],
            hours=[_precision(one) for one in found.hours],
        )


def _item(opinion: Opinion | None) -> VerdictItem:
    if opinion is None:
        return VerdictItem(verdict=None, actor=None, at=None, note=None)
    return VerdictItem(verdict=opinion.truth.value, actor=opinion.actor, at=opinion.at, note=opinion.note)


def _precision(one: Precision) -> PrecisionItem:
    low, high = one.bounds or (None, None)
    return PrecisionItem(
        name=one.name, true=one.true, false=one.false, test=one.test, precision=one.share, low=low, high=high
    )
