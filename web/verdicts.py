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
from web.commands import alarm_id_of, origin_of
from web.moments import moment
from web.ports import VerdictDesk
from web.problems import ProblemError
from web.wire import json_response

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
            web.get("/api/v1/alarms/{id}/verdict", self.one),
            web.put("/api/v1/alarms/{id}/verdict", self.give),
            web.get("/api/v1/verdicts/precision", self.precision),
        ]

    async def one(self, request: web.Request) -> web.Response:
        """Return the verdict on an alarm."""
        return json_response(_item(await self._desk.of(alarm_id_of(request))))

    async def give(self, request: web.Request) -> web.Response:
        """Keep the operator's verdict in place of an earlier one; the same twice is the same once."""
        alarm_id = alarm_id_of(request)
        try:
            body = msgspec.json.decode(await request.read(), type=VerdictBody)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST,
                f'the body must be like {{"verdict": "true", "note": "..."}}, or false, or test: {error}',
            ) from error
        opinion = Opinion(
            alarm=alarm_id, truth=Truth(body.verdict), actor=self._operator, at=self._clock(), note=body.note.strip()
        )
        if not await self._desk.give(opinion, origin=origin_of(request)):
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        return json_response(_item(opinion))

    async def precision(self, request: web.Request) -> web.Response:
        """Return how often alarms raised from `from` to `to`, default the last thirty days, told the truth."""
        end = moment(request, "to", self._clock())
        start = moment(request, "from", end - USUAL)
        if not start < end:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "from, to: want a period that ends after it starts")
        found = self._weigh(await self._desk.between(start, end), self._zone)
        return json_response(
            PrecisionListing(
                start=start,
                end=end,
                whole=_precision(found.whole),
                rules=[_precision(one) for one in found.rules],
                sources=[_precision(one) for one in found.sources],
                hours=[_precision(one) for one in found.hours],
            )
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
