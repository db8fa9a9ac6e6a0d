"""What was stored, read again in the order in which it arrived."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from events.ids import SourceId, ZoneId
from events.liveness import Silence
from events.observation import Observation, Phase
from events.reading import Quality, Reading
from storage.database import connect, translated
from storage.queries import query
from storage.series import join_metric

ROWS = 5_000
"""Rows fetched at a time: the period may be longer than memory."""


class History:
    """Reads history through connections of its own; for one thread."""

    def __init__(self, url: str) -> None:
        self._url = url

    def count(self, metrics: Sequence[str], start: datetime, end: datetime) -> int:
        """Return how many readings of some metrics arrived in a period.

        Raises:
            StorageError: the database is away.
        """
        with connect(self._url, name="history") as connection, translated("history could not be read"):
            row = connection.execute(query("count_arrivals"), _period(metrics, start, end)).fetchone()
        return 0 if row is None else int(row[0])

    def readings(self, metrics: Sequence[str], start: datetime, end: datetime) -> Iterator[tuple[int, Reading]]:
        """Yield readings that arrived in a period with their places, in the order in which rules saw them.

        Args:
            metrics: Metrics wanted, without zones.
            start: Start of the period by Pantau's clock, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        with (
            connect(self._url, name="history") as connection,
            translated("history could not be read"),
            connection.cursor(name="arrivals", row_factory=dict_row) as rows,
        ):
            rows.itersize = ROWS
            rows.execute(query("arrivals"), _period(metrics, start, end))
            for row in rows:
                reading = Reading(
                    source=SourceId(row["source_id"]),
                    metric=join_metric(row["metric"], row["zone"]),
                    ts=row["ts"].astimezone(UTC),
                    received_at=row["received_at"].astimezone(UTC),
                    raw=row["raw"],
                    value=row["value"],
                    quality=Quality(row["name"]),
                )
                yield row["arrival"], reading

    def silences(
        self, sources: Sequence[str], shortest: timedelta, start: datetime, end: datetime
    ) -> Sequence[Silence]:
        """Return when no reading of some sources arrived, in order of source and time.

        Args:
            sources: Sources wanted; of one that never delivered nothing is said.
            shortest: Longer silences only, besides the first and the last of each.
            start: Start of the period by Pantau's clock, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        parameters = {"sources": list(sources), "shortest": shortest, "start": start, "end": end}
        return [
            Silence(SourceId(source), *(None if at is None else at.astimezone(UTC) for at in (begins, ends)))
            for source, begins, ends in self._all("silences_between", parameters)
        ]

    def listening(self, start: datetime, end: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Return when Pantau heard everything without a gap, by each ingest process, in order.

        Raises:
            StorageError: the database is away.
        """
        rows = self._all("listening_between", {"start": start, "end": end})
        return [(since.astimezone(UTC), until.astimezone(UTC)) for since, until in rows]

    def _all(self, name: str, parameters: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
        with connect(self._url, name="history") as connection, translated("history could not be read"):
            return connection.execute(query(name), parameters).fetchall()

    def observations(self, kinds: Sequence[str], start: datetime, end: datetime) -> Iterator[Observation]:
        """Yield the begin and the end of each thing seen in a period, in order of time.

        Only the latest statement of each is kept, so begins carry the last count and score.

        Args:
            kinds: Kinds wanted.
            start: Start of the period, aware.
            end: Its end.

        Raises:
            StorageError: the database is away.
        """
        with (
            connect(self._url, name="history") as connection,
            translated("history could not be read"),
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(query("things_seen"), {"kinds": list(kinds), "start": start, "end": end})
            rows = cursor.fetchall()
        begins = ((row["started_at"], 0, row["id"].int, row) for row in rows)
        ends = ((row["ended_at"], 1, row["id"].int, row) for row in rows if row["ended_at"] is not None)
        for at, ended, number, row in heapq.merge(sorted(begins, key=_order), sorted(ends, key=_order), key=_order):
            yield Observation(
                id=UUID(int=number),
                source=SourceId(row["source_id"]),
                kind=row["kind"],
                phase=Phase.END if ended else Phase.BEGIN,
                at=at.astimezone(UTC),
                started_at=row["started_at"].astimezone(UTC),
                zone=None if row["zone"] is None else ZoneId(row["zone"]),
                count=row["count"],
                score=row["score"],
                evidence=row["evidence"],
                attrs=row["attrs"],
                received_at=at.astimezone(UTC),
            )


def _period(metrics: Sequence[str], start: datetime, end: datetime) -> dict[str, object]:
    return {"metrics": list(metrics), "start": start, "end": end}


def _order(entry: tuple[datetime, int, int, object]) -> tuple[datetime, int, int]:
    return entry[:3]
