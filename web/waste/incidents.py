"""Routes of incidents: lists, the life of one, what people do with it, reports and pictures."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from aiohttp import web

from events.errors import ConflictError, LimitError
from events.waste import Incident, IncidentChange, IncidentCommand, IncidentState, PileReport
from runtime.clock import Clock
from web.alarms import REFUSALS
from web.asking import whole_body
from web.commands import CommandHeaders, origin_of
from web.journal import LARGEST_PAPER, MEDIA_TYPES
from web.moments import moment
from web.operations import answers, get, post, takes
from web.ports import Papers, Pictures
from web.problems import ProblemError
from web.tables import CSV, csv_response
from web.waste.geojson import GEOJSON, FeatureCollection, geojson_response
from web.waste.ports import IncidentDesk, IncidentStep
from web.waste.wire import (
    PATH,
    Digest,
    IncidentFileItem,
    IncidentItem,
    IncidentListing,
    Kecamatan,
    PictureItem,
    ReportBody,
    ReportedItem,
    StepBody,
    file_item,
    incident_item,
    picture_url,
)
from web.wire import json_response

GROUP: Final = "Gareng Mesem"

AHEAD: Final = timedelta(minutes=5)
"""How far a reporter's clock may be ahead."""

PHOTOGRAPHS: Final = {media: begin for media, begin in MEDIA_TYPES.items() if media.startswith("image/")}

NO_FILE: Final = (
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""What a body may be told that is no file of the right kind."""

States = Annotated[tuple[IncidentState, ...], msgspec.Meta(min_length=1)]


class IncidentPath(msgspec.Struct, frozen=True, kw_only=True):
    """An incident by its id."""

    id: UUID


class PicturePath(msgspec.Struct, frozen=True, kw_only=True):
    """A picture by the SHA-256 of its bytes."""

    sha256: Digest


class IncidentsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents are wanted, and in which form."""

    state: Annotated[States | None, msgspec.Meta(description="States; default all.")] = None
    kecamatan: Annotated[tuple[Kecamatan, ...] | None, msgspec.Meta(description="Kemendagri codes.")] = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="Most items in a page.")] = 100
    after: Annotated[UUID | None, msgspec.Meta(description="The `next` of an earlier page.")] = None
    format: Annotated[
        Literal["json", "csv", "geojson"], msgspec.Meta(description="csv for a spreadsheet, geojson for a map.")
    ] = "json"


class IncidentRoutes:
    """Serves incidents.

    Args:
        desk: Keeps them.
        steps: What people may do with one, by the word that ends its address.
        papers: Where their pictures lie.
        evidence: Where the cameras' pictures lie.
        operator: In whose name.
        supervisor: Whether that is a supervisor.
        clock: The present.
    """

    def __init__(
        self,
        *,
        desk: IncidentDesk,
        steps: Mapping[str, IncidentStep],
        papers: Papers,
        evidence: Pictures,
        operator: str,
        supervisor: bool,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._steps = steps
        self._papers = papers
        self._evidence = evidence
        self._operator = operator
        self._supervisor = supervisor
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        missing, conflict = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
        return [
            get(f"{PATH}/incidents", self.listing, group=GROUP),
            get(f"{PATH}/incidents/{{id}}", self.one, missing, group=GROUP),
            *(
                post(
                    f"{PATH}/incidents/{{id}}/{word}",
                    partial(self.command, step),
                    missing,
                    conflict,
                    HTTPStatus.FORBIDDEN,
                    group=GROUP,
                )
                for word, step in self._steps.items()
            ),
            post(f"{PATH}/reports", self.report, conflict, group=GROUP),
            post(f"{PATH}/pictures", self.add_picture, *NO_FILE, group=GROUP),
            get(f"{PATH}/pictures/{{sha256}}", self.picture, missing, group=GROUP),
        ]

    @answers(IncidentListing)
    @answers(media=CSV)
    @answers(FeatureCollection, media=GEOJSON)
    async def listing(self, _request: web.Request, query: IncidentsQuery) -> web.Response:
        """Return one page of incidents, newest first."""
        found = await self._desk.page(
            now=self._clock(),
            states=tuple(IncidentState) if query.state is None else query.state,
            kecamatan=query.kecamatan,
            after=query.after,
            limit=query.limit + 1,
        )
        items = [incident_item(record) for record in found[: query.limit]]
        if query.format == "csv":
            return csv_response("timbunan", IncidentItem, items)
        if query.format == "geojson":
            return geojson_response(items)
        more = len(found) > query.limit
        return json_response(IncidentListing(items=items, next=items[-1].id if more else None))

    async def one(self, _request: web.Request, path: IncidentPath) -> IncidentFileItem:
        """Return an incident with its steps and reports."""
        file = await self._desk.file(path.id, self._clock())
        if file is None:
            raise _no_incident()
        return file_item(file)

    async def command(
        self, take: IncidentStep, request: web.Request, path: IncidentPath, headers: CommandHeaders, body: StepBody
    ) -> IncidentFileItem:
        """Take a step in the operator's name; sent again under the same `Idempotency-Key`, it is taken once."""
        now = self._clock()
        if await self._desk.file(path.id, now) is None:
            raise _no_incident()

        def step(incident: Incident) -> IncidentChange:
            if body.expected_version not in {None, incident.version}:
                raise ConflictError(
                    f"the incident has changed: it is at version {incident.version}, "
                    f"not {body.expected_version}; look again before you decide"
                )
            command = IncidentCommand(
                actor=self._operator,
                supervisor=self._supervisor,
                at=now,
                reason=body.reason,
                crew=body.crew,
                evidence=body.evidence,
            )
            return take(incident, command)

        try:
            file = await self._desk.change(path.id, step, command=headers.key, origin=origin_of(request), now=now)
        except tuple(REFUSALS) as error:
            raise ProblemError(REFUSALS[type(error)], str(error)) from error
        return file_item(file)

    @answers(ReportedItem, status=HTTPStatus.CREATED)
    @answers(ReportedItem)
    async def report(self, request: web.Request, body: ReportBody) -> web.Response:
        """Keep a report of a pile: 201 where it is new, 200 where it came before under the same reference."""
        now = self._clock()
        reported_at = moment(body.reported_at, "reported_at", now)
        if reported_at > now + AHEAD:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "reported_at: this lies in the future; check the clock and the offset"
            )
        if (body.lat is None) is not (body.lon is None):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "lat, lon: write both, or neither")
        report = PileReport(
            reference=body.reference,
            channel=body.channel,
            reporter=body.reporter or self._operator,
            text=body.text,
            reported_at=reported_at,
            received_at=now,
            waste_site=body.waste_site,
            kecamatan=body.kecamatan,
            lat=body.lat,
            lon=body.lon,
            link=body.link,
            evidence=body.evidence,
        )
        try:
            file, added, opened = await self._desk.report(report, origin=origin_of(request), actor=self._operator)
        except (ConflictError, LimitError) as error:
            raise ProblemError(REFUSALS[type(error)], str(error)) from error
        return json_response(
            ReportedItem(opened=opened, file=file_item(file)), status=HTTPStatus.CREATED if added else HTTPStatus.OK
        )

    @takes(*PHOTOGRAPHS)
    @answers(PictureItem, status=HTTPStatus.CREATED)
    async def add_picture(self, request: web.Request) -> web.Response:
        """Keep a photograph of before or after: the body is the file; name its `sha256` in a step or a report."""
        media_type = request.content_type
        if media_type not in PHOTOGRAPHS:
            known = ", ".join(PHOTOGRAPHS)
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: want one of {known}")
        content = await whole_body(request, LARGEST_PAPER)
        if not content.startswith(PHOTOGRAPHS[media_type]):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body is no {media_type}")
        digest = sha256(content).hexdigest()
        # Kept before the database says so: a step that names it can rely on it.
        await self._papers.keep(digest, content)
        await self._desk.keep_picture(digest, media_type, len(content), at=self._clock(), actor=self._operator)
        item = PictureItem(sha256=digest, url=picture_url(digest) or "")
        return json_response(item, status=HTTPStatus.CREATED)

    @answers(media="image/jpeg")
    @answers(media="image/png")
    async def picture(self, _request: web.Request, path: PicturePath) -> web.Response:
        """Return a picture of an incident, a camera's or one that somebody added."""
        media_type = await self._desk.picture(path.sha256)
        if media_type is None:
            content = await self._evidence.get(path.sha256)
        else:
            content = await self._papers.get(path.sha256)
        if content is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "gambar menyusul: this picture has not arrived yet")
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return web.Response(body=content, content_type=media_type or "image/jpeg", headers=headers)


def _no_incident() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "there is no incident with this id")
