"""Routes of alarms' journals: notes, who takes care, links, attachments."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from events.errors import ConflictError
from events.journal import Attachment, Entry, EntryKind
from runtime.clock import Clock
from web.asking import whole_body
from web.commands import AlarmPath, CommandHeaders, origin_of
from web.operations import answers, get, post, takes
from web.ports import Journal, Papers
from web.problems import ProblemError
from web.wire import json_response

LARGEST_PAPER: Final = 5 * 2**20
"""Bytes of an attachment: a photograph of a telephone, a scanned page."""

MEDIA_TYPES: Final[Mapping[str, bytes]] = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-",
}
"""What may be attached, and how each begins. Nothing that a browser would run."""

AUDIT_PAGE: Final = 200
GROUP: Final = "Alarms"

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a note."""

    text: Text


class AssignBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of an assignment; `to` null takes it back, left out it is whoever asks."""

    to: Name | msgspec.UnsetType | None = msgspec.UNSET
    text: Annotated[str, msgspec.Meta(max_length=4_000)] = ""


class LinkBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a link to another alarm."""

    alarm: UUID
    text: Annotated[str, msgspec.Meta(max_length=4_000)] = ""


class EntryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a journal; `kind` is note, assign, link or attach."""

    id: int
    alarm: str
    at: datetime
    actor: str
    origin: str
    kind: str
    text: str
    assignee: str | None
    linked: str | None
    url: str | None
    media_type: str | None
    size_bytes: int | None


class JournalListing(msgspec.Struct, frozen=True, kw_only=True):
    """The journal of an alarm, oldest first, and who takes care of it now."""

    assignee: str | None
    items: list[EntryItem]


class AuditItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the account of who changed what; of alarms `detail.origin` says from where."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class AuditListing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the account, newest first; go on with `before` = `next`."""

    items: list[AuditItem]
    next: int | None


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines of the account are wanted."""

    subject: Annotated[str | None, msgspec.Meta(description="Of what, as `subject` says.")] = None
    actor: Annotated[str | None, msgspec.Meta(description="Of whom.")] = None
    before: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None, msgspec.Meta(description="The `next` of a page.")
    ] = None


class NameQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is called."""

    name: Annotated[str, msgspec.Meta(description="What people call the file.")] = ""


class PaperPath(AlarmPath, frozen=True, kw_only=True):
    """A file of an alarm, by the SHA-256 of its bytes."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class JournalRoutes:
    """Serves what people say about alarms."""

    def __init__(self, *, journal: Journal, papers: Papers, operator: str, clock: Clock) -> None:
        self._journal = journal
        self._papers = papers
        self._operator = operator
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        path = "/api/v1/alarms/{id}"
        refusals = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
        return [
            get("/api/v1/audit", self.audit, group=GROUP),
            get(f"{path}/journal", self.listing, group=GROUP),
            post(f"{path}/notes", self.note, *refusals, group=GROUP),
            post(f"{path}/assign", self.assign, *refusals, group=GROUP),
            post(f"{path}/links", self.link, *refusals, group=GROUP),
            post(f"{path}/attachments", self.attach, *refusals, group=GROUP),
            get(f"{path}/attachments/{{sha256}}", self.paper, HTTPStatus.NOT_FOUND, HTTPStatus.GONE, group=GROUP),
        ]

    async def listing(self, _request: web.Request, path: AlarmPath) -> JournalListing:
        """Return the journal of an alarm."""
        alarm = path.id
        entries = await self._journal.entries(alarm)
        assigned = [one.assignee for one in entries if one.kind is EntryKind.ASSIGN and one.alarm == alarm]
        return JournalListing(assignee=assigned[-1] if assigned else None, items=[entry_item(one) for one in entries])

    async def audit(self, _request: web.Request, query: AuditQuery) -> AuditListing:
        """Return who changed what, newest first: `subject`, `actor` choose, `before` goes on where a page ended."""
        lines = await self._journal.audit(
            subject=query.subject,
            actor=query.actor,
            before=query.before,
            limit=AUDIT_PAGE + 1,
        )
        items = [
            AuditItem(
                id=one.id,
                at=one.at.astimezone(UTC),
                actor=one.actor,
                action=one.action,
                subject=one.subject,
                detail=dict(one.detail),
            )
            for one in lines[:AUDIT_PAGE]
        ]
        return AuditListing(items=items, next=items[-1].id if len(lines) > AUDIT_PAGE else None)

    @answers(EntryItem, status=HTTPStatus.CREATED)
    async def note(
        self, request: web.Request, path: AlarmPath, headers: CommandHeaders, body: NoteBody
    ) -> web.Response:
        """Keep a note."""
        return await self._keep(headers, replace(self._entry(request, path, EntryKind.NOTE), text=body.text.strip()))

    @answers(EntryItem, status=HTTPStatus.CREATED)
    async def assign(
        self, request: web.Request, path: AlarmPath, headers: CommandHeaders, body: AssignBody
    ) -> web.Response:
        """Say who takes care of an alarm from now on."""
        to = self._operator if body.to is msgspec.UNSET else body.to
        entry = replace(self._entry(request, path, EntryKind.ASSIGN), text=body.text.strip(), assignee=to)
        return await self._keep(headers, entry)

    @answers(EntryItem, status=HTTPStatus.CREATED)
    async def link(
        self, request: web.Request, path: AlarmPath, headers: CommandHeaders, body: LinkBody
    ) -> web.Response:
        """Say that another alarm belongs to this one."""
        if body.alarm == path.id:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "an alarm cannot be linked to itself")
        entry = replace(self._entry(request, path, EntryKind.LINK), text=body.text.strip(), linked=body.alarm)
        return await self._keep(headers, entry)

    @takes(*MEDIA_TYPES)
    @answers(EntryItem, status=HTTPStatus.CREATED)
    async def attach(
        self, request: web.Request, path: AlarmPath, headers: CommandHeaders, query: NameQuery
    ) -> web.Response:
        """Keep a picture or a PDF with an alarm: the body is the file, `?name=` what it is called."""
        media_type = request.content_type
        if media_type not in MEDIA_TYPES:
            known = ", ".join(MEDIA_TYPES)
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: want one of {known}")
        content = await whole_body(request, LARGEST_PAPER)
        if not content or not content.startswith(MEDIA_TYPES[media_type]):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body is no {media_type}")
        paper = Attachment(sha256=sha256(content).hexdigest(), media_type=media_type, size_bytes=len(content))
        name = query.name.strip()[:200] or f"{paper.sha256[:8]}"
        if not await self._journal.knows(path.id):
            raise ProblemError(HTTPStatus.CONFLICT, "there is no such alarm")  # and so nothing to keep a file for
        # Kept before the journal says so: a line without its paper would be a promise that was not held.
        await self._papers.keep(paper.sha256, content)
        return await self._keep(
            headers, replace(self._entry(request, path, EntryKind.ATTACH), text=name, attachment=paper)
        )

    @answers(media="image/jpeg")
    @answers(media="image/png")
    @answers(media="application/pdf")
    async def paper(self, _request: web.Request, path: PaperPath) -> web.Response:
        """Return an attachment as a file to be saved."""
        wanted = path.sha256
        for one in await self._journal.entries(path.id):
            if one.attachment is not None and one.attachment.sha256 == wanted:
                content = await self._papers.get(wanted)
                if content is None:
                    raise ProblemError(HTTPStatus.GONE, "the file is no longer kept")
                ending = one.attachment.media_type.rpartition("/")[2]
                return web.Response(
                    body=content,
                    content_type=one.attachment.media_type,
                    headers={"Content-Disposition": f'attachment; filename="{wanted[:12]}.{ending}"'},
                )
        raise ProblemError(HTTPStatus.NOT_FOUND, "this alarm has no such attachment")

    def _entry(self, request: web.Request, path: AlarmPath, kind: EntryKind) -> Entry:
        return Entry(
            alarm=path.id,
            at=self._clock(),
            actor=self._operator,
            origin=origin_of(request),
            kind=kind,
        )

    async def _keep(self, headers: CommandHeaders, entry: Entry) -> web.Response:
        try:
            kept = await self._journal.add(entry, command=headers.key)
        except ConflictError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        return json_response(entry_item(kept), status=HTTPStatus.CREATED)


def entry_item(entry: Entry) -> EntryItem:
    """Return an entry as the API shows it."""
    paper = entry.attachment
    return EntryItem(
        id=entry.id,
        alarm=str(entry.alarm),
        at=entry.at.astimezone(UTC),
        actor=entry.actor,
        origin=entry.origin,
        kind=entry.kind,
        text=entry.text,
        assignee=entry.assignee,
        linked=None if entry.linked is None else str(entry.linked),
        url=None if paper is None else f"/api/v1/alarms/{entry.alarm}/attachments/{paper.sha256}",
        media_type=None if paper is None else paper.media_type,
        size_bytes=None if paper is None else paper.size_bytes,
    )
