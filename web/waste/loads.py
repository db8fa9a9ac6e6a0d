"""Routes of loads: what came in over a weighbridge, one by one or as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.errors import ConflictError, LimitError
from events.weighing import FIELDS, Channel, Load, parse_load
from runtime.clock import Clock
from web.alarms import REFUSALS
from web.asking import whole_body
from web.moments import DaysQuery, Moment, days, moment
from web.operations import answers, get, post, takes
from web.problems import ProblemError
from web.tables import CSV, Form, csv_response
from web.waste.incidents import AHEAD, GROUP, NO_FILE
from web.waste.ports import FigureDesk
from web.waste.wire import PATH, LoadItem, Name, load_item
from web.wire import json_response

LARGEST_FILE: Final = 5 * 2**20
MOST_LINES: Final = 20_000
SHOWN_REFUSALS: Final = 100
USUAL_DAYS: Final = 7
LONGEST_DAYS: Final = 400


class LoadBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A load; `gross_kg` and `tare_kg`, or `volume_m3` where it was not weighed.

    Attributes:
        waste_site: Where it came in.
        reference: The weighbridge's number: sent again it counts once.
        weighed_at: When.
        vehicle: Number plate or name.
        gross_kg: Mass of vehicle and load.
        tare_kg: Mass of the empty vehicle.
        volume_m3: Volume.
        handling: landfill, recycling, composting or fuel.
        kecamatan: Where it was collected.
    """

    waste_site: Annotated[str, msgspec.Meta(max_length=63, pattern=r"^[^\x00]+$")]
    reference: Name
    weighed_at: Moment
    vehicle: Name | None = None
    gross_kg: float | None = None
    tare_kg: float | None = None
    volume_m3: float | None = None
    handling: Name | None = None
    kecamatan: Name | None = None


class LoadListing(msgspec.Struct, frozen=True, kw_only=True):
    """Loads, oldest first."""

    items: list[LoadItem]


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file that could not be taken."""

    line: int
    problem: str


class ImportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: how many loads were new, how many known, and which lines were refused (the first 100)."""

    added: int
    known: int
    refused: int
    problems: list[RefusedLine]


class LoadsQuery(DaysQuery, frozen=True, kw_only=True):
    """Which loads are wanted."""

    waste_site: Annotated[str | None, msgspec.Meta(description="Id of a waste site.")] = None
    format: Form = "json"


class LoadRoutes:
    """Serves loads."""

    def __init__(self, *, site: SiteFile, desk: FigureDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._operator = site.web.operator
        self._zone = ZoneInfo(site.city.timezone)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get(f"{PATH}/loads", self.listing, group=GROUP),
            post(f"{PATH}/loads", self.add, HTTPStatus.CONFLICT, group=GROUP),
            post(f"{PATH}/loads/import", self.take_file, *NO_FILE, group=GROUP),
        ]

    @answers(LoadListing)
    @answers(media=CSV)
    async def listing(self, _request: web.Request, query: LoadsQuery) -> web.Response:
        """Return the loads of the days from `first` to `last`, default the last seven."""
        today = self._clock().astimezone(self._zone).date()
        first, last = days(query, today, usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [load_item(one) for one in await self._desk.loads(first, last, query.waste_site)]
        if query.format == "csv":
            return csv_response("muatan", LoadItem, items)
        return json_response(LoadListing(items=items))

    @answers(LoadItem, status=HTTPStatus.CREATED)
    @answers(LoadItem)
    async def add(self, _request: web.Request, body: LoadBody) -> web.Response:
        """Keep a load: 201 where it is new, 200 where it came before under the same reference."""
        said = msgspec.structs.asdict(body)
        site, weighed_at = str(said.pop("waste_site")), moment(said.pop("weighed_at"), "weighed_at", self._clock())
        try:
            load = parse_load(said, weighed_at)
        except LimitError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        if weighed_at > self._clock() + AHEAD:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "weighed_at: this lies in the future; check the clock and the offset"
            )
        (outcome,) = await self._desk.weigh(
            [(site, load)], received_at=self._clock(), channel=Channel.HTTP, actor=self._operator
        )
        if isinstance(outcome, ConflictError | LimitError):
            raise ProblemError(REFUSALS[type(outcome)], str(outcome))
        kept, added = outcome
        return json_response(load_item(kept), status=HTTPStatus.CREATED if added else HTTPStatus.OK)

    @takes(CSV)
    @answers(ImportItem)
    async def take_file(self, request: web.Request) -> web.Response:
        """Keep the loads of a CSV file, one a line; lines that cannot be taken do not keep the others out.

        Columns: waste_site, reference, weighed_at, vehicle, gross_kg, tare_kg, volume_m3, handling, kecamatan; the
        first three must be there. A time without an offset is the city's. Sent again, every load counts once.
        """
        if request.content_type != CSV:
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: want {CSV}")
        content = await whole_body(request, LARGEST_FILE)
        loads, problems = read_loads(content, self._zone, self._clock() + AHEAD)
        outcomes = await self._desk.weigh(
            [(site, load) for _, site, load in loads],
            received_at=self._clock(),
            channel=Channel.CSV,
            actor=self._operator,
        )
        added = known = 0
        for (line, _, _), outcome in zip(loads, outcomes, strict=True):
            if isinstance(outcome, ConflictError | LimitError):
                problems.append(RefusedLine(line=line, problem=str(outcome)))
            elif outcome[1]:
                added += 1
            else:
                known += 1
        problems.sort(key=lambda one: one.line)
        return json_response(
            ImportItem(added=added, known=known, refused=len(problems), problems=problems[:SHOWN_REFUSALS])
        )


def read_loads(
    content: bytes, zone: ZoneInfo, latest: datetime
) -> tuple[list[tuple[int, str, Load]], list[RefusedLine]]:
    """Read a CSV file of loads.

    Args:
        content: The file, UTF-8; commas or semicolons between the columns.
        zone: Of times without an offset.
        latest: No load was weighed after this.

    Returns:
        Line, waste site and load of what was understood; and which lines were not.

    Raises:
        ProblemError: it is no such file at all.
    """
    try:
        text = content.decode("utf-8-sig")
        head = text.partition("\n")[0]
        lines = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
        columns = [name.strip() for name in lines.fieldnames or ()]
        lines.fieldnames = columns
        missing = [name for name in ("waste_site", "reference", "weighed_at") if name not in columns]
        strange = [name for name in columns if name not in {"waste_site", "weighed_at", *FIELDS}]
        if missing or strange or len(set(columns)) < len(columns):
            wanted = ", ".join(("waste_site", "reference", "weighed_at", *FIELDS[1:]))
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the first line must name columns of these: {wanted}")
        rows = [(lines.line_num, row) for row in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body is no CSV in UTF-8: {error}") from error
    if len(rows) > MOST_LINES:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a file has at most {MOST_LINES} lines: send several")
    loads: list[tuple[int, str, Load]] = []
    problems: list[RefusedLine] = []
    for line, row in rows:
        try:
            loads.append((line, *_load(row, zone, latest)))
        except LimitError as error:
            problems.append(RefusedLine(line=line, problem=str(error)))
    return loads, problems


def _load(row: dict[str, str | list[str] | None], zone: ZoneInfo, latest: datetime) -> tuple[str, Load]:
    if None in row:
        raise LimitError("more values than columns")
    said: dict[str, object] = {key: value.strip() if isinstance(value, str) else value for key, value in row.items()}
    site, time = str(said.pop("waste_site") or ""), str(said.pop("weighed_at") or "")
    if not site or not site.isprintable():
        raise LimitError("waste_site: write where it came in")
    try:
        weighed_at = datetime.fromisoformat(time)
        weighed_at = (weighed_at.replace(tzinfo=zone) if weighed_at.tzinfo is None else weighed_at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LimitError("weighed_at: want a time like 2026-11-26T14:05:00+07:00") from None
    if not latest - timedelta(days=36_525) < weighed_at <= latest:
        raise LimitError("weighed_at: this lies in the future, or more than a century back")
    return site, parse_load(said, weighed_at)
