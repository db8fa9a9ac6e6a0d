"""Readings of any range, a few thousand at a time: a range may be longer than memory."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, TypeVar

import psycopg
from psycopg.rows import tuple_row

from events.series import Bucket, BucketRow, RawRow, Span
from storage.columns import QUALITY_CODES
from storage.pool import AsyncConnection, Pooled
from storage.queries import query
from storage.readings import QUALITIES

ROWS = 2_400
"""Rows fetched at a time: with the first fetch, two of them are little more than a page of 5,000 rows."""

FEW = 250
"""Rows of the first fetch: whoever asks for little is answered soon."""

_QUERIES = {
    Bucket.RAW: "span_raw",
    Bucket.MINUTE: "span_1m",
    Bucket.HOUR: "span_1h",
    Bucket.DAY: "span_1d",
}

_INSTANT = timedelta(microseconds=1)

Row = TypeVar("Row")


class SpanStore(Pooled):
    """Reads spans through server-side cursors.

    One answer is one moment of the database (a transaction of isolation level repeatable read), and holds one
    connection until its reader is done. A reader that is cancelled has the running query cancelled in the database.
    """

    async def raw(self, span: Span) -> AsyncGenerator[list[RawRow], None]:
        """Yield readings by series and time.

        Raises:
            StorageError: the database is away, or so busy with other answers that no connection came free.
        """
        async with aclosing(self._parts(span, _reading)) as parts:
            async for part in parts:
                yield part

    async def buckets(self, span: Span) -> AsyncGenerator[list[BucketRow], None]:
        """Yield buckets by series and time; those in which nothing was measured are missing.

        Raises:
            StorageError: as `raw`.
        """
        async with aclosing(self._parts(span, _bucket)) as parts:
            async for part in parts:
                yield part

    async def _parts(self, span: Span, make: Callable[[Iterable[Any]], Row]) -> AsyncGenerator[list[Row], None]:
        codes = None if span.qualities is None else [QUALITY_CODES[quality] for quality in span.qualities]
        async with self._connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for series in span.series:
                start = _begin(span, series)
                if start is None:
                    continue
                asked = {"series": series, "start": start, "end": span.end, "qualities": codes}
                async with aclosing(_fetched(connection, query(_QUERIES[span.bucket]), asked)) as parts:
                    async for rows in parts:
                        yield [make(row) for row in rows]


async def _fetched(
    connection: AsyncConnection, statement: bytes, asked: dict[str, Any]
) -> AsyncGenerator[list[tuple[Any, ...]], None]:
    cursor: psycopg.AsyncServerCursor[tuple[Any, ...]] = connection.cursor("span", row_factory=tuple_row)
    try:
        await cursor.execute(statement, asked, binary=True)
        rows = await cursor.fetchmany(FEW)
        while rows:
            yield rows
            rows = await cursor.fetchmany(ROWS)
    finally:
        # A client that leaves is noticed by the writing first, and cancels its request while this closes.
        await asyncio.shield(cursor.close())


def _begin(span: Span, series: int) -> datetime | None:
    """Return where a series begins, None where an earlier page has told all of it."""
    if span.after is None or series > span.after[0]:
        return span.start
    return max(span.start, span.after[1] + _INSTANT) if series == span.after[0] else None


def _bucket(row: Iterable[Any]) -> BucketRow:
    return BucketRow._make((*row, False))  # half the time of `BucketRow(*row)`


def _reading(row: Iterable[Any]) -> RawRow:
    series, ts, value, raw, quality, received_at = row
    return RawRow(series, ts, value, raw, QUALITIES[quality], received_at)
