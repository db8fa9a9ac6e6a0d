"""Routes of maintenance windows."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

import msgspec
from aiohttp import web
from uuid6 import uuid7

from configs.site import SiteFile
from events.ids import SiteId, SourceId
from events.maintenance import Maintenance
from runtime.clock import Clock
from web.commands import origin_of
from web.moments import moment
from web.operations import answers, delete, get, post
from web.ports import MaintenanceDesk
from web.problems import ProblemError
from web.wire import json_response

GROUP: Final = "Alarms"
PATH: Final = "/api/v1/maintenance"
LONGEST: Final = timedelta(days=7)
PAST: Final = timedelta(days=30)
FUTURE: Final = timedelta(days=400)


class WindowBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a new window; `from` left out is now."""

    sources: list[str] = []
    sites: list[str] = []
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(default=None, name="from")
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)] = msgspec.field(name="to")
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class WindowItem(msgspec.Struct, frozen=True, kw_only=True):
    """A window; alarms of its sources and sites are suppressed meanwhile (DSUPR)."""

    id: str
    sources: list[str]
    sites: list[str]
    starts_at: datetime = msgspec.field(name="from")
    ends_at: datetime = msgspec.field(name="to")
    reason: str
    actor: str
    made_at: datetime
    open: bool


class WindowListing(msgspec.Struct, frozen=True, kw_only=True):
    """Windows of the last thirty days, of now and to come, by their beginning."""

    items: list[WindowItem]


class WindowPath(msgspec.Struct, frozen=True, kw_only=True):
    """A window by its id."""

    id: UUID


class MaintenanceRoutes:
    """Serves `/api/v1/maintenance`."""

    def __init__(self, *, site: SiteFile, desk: MaintenanceDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._operator = site.web.operator
        self._supervisor = site.web.supervisor
        self._sites = frozenset(place.id for place in site.sites)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get(PATH, self.listing, group=GROUP),
            post(PATH, self.add, HTTPStatus.FORBIDDEN, group=GROUP),
            delete(f"{PATH}/{{id}}", self.end, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, group=GROUP),
        ]

    async def listing(self, _request: web.Request) -> WindowListing:
        """Return the windows of the last thirty days, of now and to come."""
        now = self._clock()
        windows = await self._desk.windows(now - PAST, now + FUTURE)
        return WindowListing(items=[_item(one, now) for one in windows])

    @answers(WindowItem, status=HTTPStatus.CREATED)
    async def add(self, request: web.Request, body: WindowBody) -> web.Response:
        """Make a window."""
        self._require_supervisor()
        now = self._clock()
        window = Maintenance(
            id=UUID(int=uuid7().int),
            sources=frozenset(map(SourceId, body.sources)),
            sites=frozenset(map(SiteId, body.sites)),
            starts_at=moment(body.starts_at, "from", now),
            ends_at=moment(body.ends_at, "to", now),
            reason=body.reason.strip(),
            actor=self._operator,
            made_at=now,
        )
        self._check(window, now)
        await self._desk.add(window, origin=origin_of(request))
        return json_response(_item(window, now), status=HTTPStatus.CREATED)

    async def end(self, request: web.Request, path: WindowPath) -> WindowItem:
        """End a window now."""
        self._require_supervisor()
        now = self._clock()
        window = await self._desk.end(path.id, now, actor=self._operator, origin=origin_of(request))
        if window is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no window of this id that is not over")
        return _item(window, now)

    def _check(self, window: Maintenance, now: datetime) -> None:
        wrong = None
        unknown = sorted(window.sites - self._sites)
        if not window.sources and not window.sites:
            wrong = "sources, sites: name at least one camera, sensor or site"
        elif unknown:
            wrong = f"sites: the site file has no {', '.join(unknown)}"
        elif not window.reason:
            wrong = "reason: write why in a few words"
        elif not window.starts_at < window.ends_at <= window.starts_at + LONGEST or window.ends_at <= now:
            wrong = f"from, to: want a window that ends after it begins and after now, of {LONGEST.days} days at most"
        elif window.starts_at > now + FUTURE:
            wrong = f"from: want a beginning within {FUTURE.days} days"
        if wrong is not None:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, wrong)

    def _require_supervisor(self) -> None:
        if not self._supervisor:
            raise ProblemError(HTTPStatus.FORBIDDEN, "only a supervisor may make or end maintenance windows")


def _item(window: Maintenance, now: datetime) -> WindowItem:
    return WindowItem(
        id=str(window.id),
        sources=sorted(window.sources),
        sites=sorted(window.sites),
        starts_at=window.starts_at.astimezone(UTC),
        ends_at=window.ends_at.astimezone(UTC),
        reason=window.reason,
        actor=window.actor,
        made_at=window.made_at.astimezone(UTC),
        open=window.starts_at <= now < window.ends_at,
    )
