"""Routes of time series: readings of one series or of several, raw or by the bucket, in four formats."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
import structlog
from aiohttp import web

from events.errors import StorageError
from events.reading import Quality
from events.series import Bucket, BucketRow, RawRow, Series, Span
from runtime.clock import Clock
from web.directory import Directory
from web.filling import Fill, filled, floor
from web.moments import Moment, moment, zone
from web.operations import answers, get
from web.ports import Catalog, Spans
from web.problems import ProblemError
from web.resolution import AskedBucket, bucket_of
from web.table_csv import CsvWriter
from web.table_json import BucketReadings, JsonWriter, RawReadings
from web.telling import Row, Telling, Writer

log = structlog.get_logger(__name__)

GROUP: Final = "Time series"
USUAL: Final = timedelta(days=1)
MOST_ROWS: Final = 20_000
MOST_SERIES: Final = 100

SEND_TIMEOUT_S: Final = 30.0
"""How long one part may wait for a client that does not read; it holds a connection to the database meanwhile."""

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
ARROW: Final = "application/vnd.apache.arrow.stream"

Cursor = Annotated[str, msgspec.Meta(max_length=40)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_CURSOR: Final = re.compile(r"^([0-9]{1,10})\.([0-9]{1,16})$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class SeriesPath(msgspec.Struct, frozen=True, kw_only=True):
    """A series by its number."""

    id: Number


class ReadingsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which readings are wanted, and how they are told."""

    start: Annotated[Moment | None, msgspec.Meta(description="First moment; default a day before `to`.")] = (
        msgspec.field(name="from", default=None)
    )
    end: Annotated[Moment | None, msgspec.Meta(description="First moment not wanted; default now.")] = msgspec.field(
        name="to", default=None
    )
    bucket: Annotated[
        AskedBucket, msgspec.Meta(description="How finely; auto is the finest with at most `points` a series.")
    ] = "auto"
    fill: Annotated[
        Fill,
        msgspec.Meta(
            description="Buckets in which nothing was measured: left out, empty, the figures before repeated, or "
            "straight lines between; what is filled in is marked."
        ),
    ] = "none"
    format: Annotated[
        Literal["json", "csv", "parquet", "arrow"],
        msgspec.Meta(description="json comes in pages, the others whole."),
    ] = "json"
    tz: Annotated[
        str | None,
        msgspec.Meta(description="IANA zone in which times are shown; default the city's.", examples=["Asia/Jakarta"]),
    ] = None
    quality: Annotated[
        Annotated[tuple[Quality, ...], msgspec.Meta(min_length=1)] | None,
        msgspec.Meta(description="Only raw readings of these qualities; default all."),
    ] = None
    points: Annotated[int, msgspec.Meta(ge=10, le=10_000, description="Points a series that `auto` aims at.")] = 1_000
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS, description="Most items in a page of JSON.")] = 5_000
    after: Annotated[Cursor | None, msgspec.Meta(description="As in `next` of an earlier page.")] = None


class ManyQuery(ReadingsQuery, frozen=True, kw_only=True):
    """Which readings of which series are wanted."""

    series: Annotated[
        tuple[Number, ...], msgspec.Meta(min_length=1, max_length=MOST_SERIES, description="Numbers of series.")
    ]


class ReadingRoutes:
    """Serves readings.

    Args:
        catalog: Which series there are.
        spans: Reads them.
        directory: Names.
        timezone: The city's.
        clock: The present.
    """

    def __init__(self, *, catalog: Catalog, spans: Spans, directory: Directory, timezone: str, clock: Clock) -> None:
        self._catalog = catalog
        self._spans = spans
        self._directory = directory
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._encoders = ThreadPoolExecutor(1, "web-encoder")

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        refuses = HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
        return [
            get("/api/v1/series/{id}/readings", self.one, *refuses, group=GROUP, head=False),
            get("/api/v1/readings", self.many, *refuses, group=GROUP, head=False),
        ]

    async def close(self) -> None:
        """Let the thread that puts rows into their format go."""
        self._encoders.shutdown(wait=False, cancel_futures=True)

    @answers((RawReadings, BucketReadings))
    @answers(media=CSV)
    @answers(media=PARQUET)
    @answers(media=ARROW)
    async def one(self, request: web.Request, path: SeriesPath, query: ReadingsQuery) -> web.StreamResponse:
        """Return readings of one series."""
        return await self._answer(request, query, [path.id])

    @answers((RawReadings, BucketReadings))
    @answers(media=CSV)
    @answers(media=PARQUET)
    @answers(media=ARROW)
    async def many(self, request: web.Request, query: ManyQuery) -> web.StreamResponse:
        """Return readings of several series, by series and time."""
        return await self._answer(request, query, sorted(set(query.series)))

    async def _answer(self, request: web.Request, query: ReadingsQuery, ids: Sequence[int]) -> web.StreamResponse:
        now = self._clock()
        shown = zone(query.tz, self._zone)
        end = moment(query.end, "to", now)
        start = moment(query.start, "from", end - USUAL)
        series = await self._known(ids)
        bucket = bucket_of(
            query.bucket,
            series,
            start,
            end,
            points=query.points,
            raw_only=query.quality is not None,
            no_raw=query.fill != "none",
        )
        if query.fill != "none" and bucket is Bucket.RAW:
            _refuse("fill: raw readings have no gaps to fill; ask for bucket=1m, 1h or 1d")
        telling = Telling(
            series={one.id: one for one in series},
            start=floor(start, bucket),
            end=end,
            bucket=bucket,
            fill=query.fill,
            zone=shown,
            now=now,
        )
        span = Span(
            series=ids,
            start=telling.start,
            end=end,
            bucket=bucket,
            qualities=query.quality,
            after=None if query.after is None else _place(query.after),
        )
        return await self._told(request, query, telling, span)

    async def _told(
        self, request: web.Request, query: ReadingsQuery, telling: Telling, span: Span
    ) -> web.StreamResponse:
        _check_paging(query, telling)
        loop = asyncio.get_running_loop()
        writer: Any = await loop.run_in_executor(self._encoders, self._writer, query.format, telling)
        page = Page(request, query, telling)
        headers = {"Cache-Control": "no-store", "Content-Type": _content_type(writer.media)}
        if query.format != "json":
            headers["Content-Disposition"] = f'attachment; filename="{_file_name(telling)}.{writer.ending}"'
        async with aclosing(self._written(writer, page, self._rows(telling, span))) as parts:
            return await send(request, parts, headers)

    def _rows(
        self, telling: Telling, span: Span
    ) -> AsyncGenerator[list[RawRow], None] | AsyncGenerator[list[BucketRow], None]:
        if telling.bucket is Bucket.RAW:
            return self._spans.raw(span)
        if telling.fill == "none":
            return self._spans.buckets(span)
        # The future is not filled in.
        end = min(telling.end, telling.now)
        return filled(self._spans.buckets(span), span.series, telling.start, end, telling.bucket, telling.fill)

    async def _written(
        self, writer: Writer, page: "Page", rows: AsyncGenerator[list[Any], None]
    ) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        async with aclosing(rows):
            ready = writer.begin()
            async for part in rows:
                ready += await loop.run_in_executor(self._encoders, writer.rows, page.fitting(part))
                if ready:
                    yield ready
                    ready = b""
                if page.is_full:
                    break
        yield ready + await loop.run_in_executor(self._encoders, writer.end, page.following)

    def _writer(self, form: str, telling: Telling) -> Writer:
        if form == "json":
            return JsonWriter(telling, self._directory)
        if form == "csv":
            return CsvWriter(telling)
        from web.table_arrow import ArrowWriter  # noqa: PLC0415 - only who asks pays for it

        return ArrowWriter(telling, parquet=form == "parquet")

    async def _known(self, ids: Sequence[int]) -> Sequence[Series]:
        found = await self._catalog.numbered(ids)
        missing = sorted(set(ids) - {one.id for one in found})
        if missing:
            names = ", ".join(map(str, missing))
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no series {names}; /api/v1/series lists them")
        return found


class Page:
    """How many rows of an answer have been told, and where the next page begins."""

    def __init__(self, request: web.Request, query: ReadingsQuery, telling: Telling) -> None:
        self._request = request
        self._telling = telling
        self._left = query.limit if query.format == "json" and telling.fill == "none" else None
        self._last: Row | None = None
        self.is_full = False

    def fitting(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows that still belong to the page; it is full once one does not."""
        if self._left is None:
            return rows
        taken = rows[: self._left]
        self.is_full = len(rows) > self._left
        self._left -= len(taken)
        self._last = taken[-1] if taken else self._last
        return taken

    @property
    def following(self) -> str | None:
        """Address of the next page: it names everything that could be understood otherwise a moment later."""
        if not self.is_full or self._last is None:
            return None
        place = f"{self._last.series}.{(self._last.ts - _EPOCH) // _MICROSECOND}"
        named = {
            "from": self._telling.start.isoformat(),
            "to": self._telling.end.isoformat(),
            "bucket": self._telling.bucket.value,
            "after": place,
        }
        return str(self._request.rel_url.update_query(named))


async def send(request: web.Request, parts: AsyncGenerator[bytes, None], headers: dict[str, str]) -> web.StreamResponse:
    """Send an answer part by part; what fails before the first part is still told as a problem.

    A client that does not read for half a minute is let go. What fails later ends the connection without the end of the
    answer, so that nobody takes the part for the whole.
    """
    first = await anext(parts, b"")
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    try:
        await _write(response, first)
        async for part in parts:
            await _write(response, part)
    except (StorageError, TimeoutError) as error:
        log.warning("an answer was broken off", path=request.path, error=error)
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        log.debug("a client left before its answer was told", path=request.path)
    return response


async def _write(response: web.StreamResponse, part: bytes) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await response.write(part)


def _check_paging(query: ReadingsQuery, telling: Telling) -> None:
    if query.after is not None and (query.format != "json" or query.fill != "none"):
        _refuse("after: only pages of JSON without fill follow each other; leave it out")
    if query.format != "json" or query.fill == "none":
        return
    rows = len(telling.series) * -(-(telling.end - telling.start) // telling.bucket.length)
    if rows > query.limit:
        _refuse(
            f"fill: this would be {rows} items, more than the limit of {query.limit}; ask for coarser buckets, a "
            f"shorter period, a limit of up to {MOST_ROWS}, or format=csv"
        )


def _refuse(detail: str) -> None:
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _place(text: str) -> tuple[int, datetime]:
    found = _CURSOR.match(text)
    try:
        if found is not None:
            return int(found[1]), _EPOCH + int(found[2]) * _MICROSECOND
    except OverflowError:
        pass
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "after: want the one in `next` of an earlier page, unchanged")


def _content_type(media: str) -> str:
    return f"{media}; charset=utf-8; header=present" if media == CSV else media


def _file_name(telling: Telling) -> str:
    shown = "%Y%m%dT%H%M"
    begin, end = (at.astimezone(telling.zone).strftime(shown) for at in (telling.start, telling.end))
    who = f"seri-{next(iter(telling.series))}" if len(telling.series) == 1 else f"{len(telling.series)}-seri"
    return f"pantau-{who}-{telling.bucket}-{begin}-{end}"
