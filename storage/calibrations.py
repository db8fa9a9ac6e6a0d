"""Calibrations of series: kept with their dates, and the past computed again when they change."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from events.calibration import Calibration, Made, Recalculation, calibrated, curve_as_json, curve_of_json
from events.ids import SourceId
from events.quantities import Quantity
from events.reading import Quality
from storage.book import Book
from storage.columns import QUALITY_CODES
from storage.database import Connection, Cursor, connect, translated
from storage.dirty import mark_dirty
from storage.queries import query
from storage.series import split_metric

STEP = 5_000
"""Readings computed again in one transaction."""

MARGIN = timedelta(hours=1)
"""How long before a change a message may have come that was stored by older calibrations after it: it may have waited
for the database."""

SHOWN = 20
"""Jobs of a device that are shown, the newest ones."""

SeriesKey = tuple[SourceId, str]

_OK, _OUT = QUALITY_CODES[Quality.OK], QUALITY_CODES[Quality.OUT_OF_RANGE]
_UNFINISHED = "SELECT id FROM recalculation WHERE finished_at IS NULL ORDER BY id"
_UNSETTLED = "SELECT id FROM recalculation WHERE settled_at IS NULL ORDER BY id"
_TO_SETTLE = (
    "SELECT id, source_id, metric, begins_at, ends_at, asked_at FROM recalculation WHERE id = ANY(%s) ORDER BY id"
)
_JOB = (
    "SELECT source_id, metric, begins_at, ends_at, done_until FROM recalculation "
    "WHERE id = %s AND finished_at IS NULL FOR UPDATE"
)


class CalibrationBook(Book):
    """Calibrations of series, and the jobs that compute the past again."""

    name = "calibrations"

    def of(self, source: SourceId) -> list[Made]:
        """Return a device's calibrations by metric, oldest first.

        Raises:
            StorageError: the database is away.
        """
        with translated("the calibrations could not be read"):
            return _made(self._connection.cursor(), source)

    def set(self, key: SeriesKey, calibration: Calibration, now: datetime, note: str | None = None) -> int:
        """Keep a calibration, in place of one of the same date, and return the job that computes the past again.

        Raises:
            StorageError: the database is away.
        """
        with translated("the calibration was not kept"), self._connection.transaction():
            parameters = {
                **self._place(key, calibration.valid_from, now),
                "curve": json.dumps(curve_as_json(calibration.curve)),
                "note": note,
            }
            before = self._before(key, calibration.valid_from)
            self._connection.execute(query("write_calibration"), parameters)
            self._connection.execute(
                "UPDATE device SET calibrated_on = greatest(calibrated_on, %(valid_from)s::date), updated_at = %(now)s "
                "WHERE id = %(source)s",
                parameters,
            )
            detail = {"curve": curve_as_json(calibration.curve), "before": before, "note": note}
            return self._ask("device.calibrate", key, calibration.valid_from, now, detail)

    def remove(self, key: SeriesKey, valid_from: datetime, now: datetime) -> int | None:
        """Forget a calibration; return the job that computes the past again, None where there was no such calibration.

        Raises:
            StorageError: the database is away.
        """
        source, metric = key
        with translated("the calibration was not removed"), self._connection.transaction():
            before = self._before(key, valid_from)
            if before is None:
                return None
            self._connection.execute(
                "DELETE FROM calibration WHERE source_id = %s AND metric = %s AND valid_from = %s",
                [source, metric, valid_from],
            )
            self._connection.execute("UPDATE device SET updated_at = %s WHERE id = %s", [now, source])
            return self._ask("device.uncalibrate", key, valid_from, now, {"before": before})

    def unfinished(self) -> list[int]:
        """Return the jobs that are not done, oldest first.

        Raises:
            StorageError: the database is away.
        """
        return unfinished_recalculations(self._connection)

    def recalculations(self, source: SourceId, *, job: int | None = None) -> list[Recalculation]:
        """Return a device's newest jobs, newest first.

        Args:
            source: Which device.
            job: Only this one.

        Raises:
            StorageError: the database is away.
        """
        with translated("the jobs could not be read"):
            return [
                Recalculation(
                    id=number,
                    metric=metric,
                    begin=begin,
                    end=end,
                    actor=actor,
                    asked_at=asked_at,
                    readings=readings,
                    done_until=done_until,
                    finished_at=finished_at,
                )
                for number, metric, begin, end, actor, asked_at, readings, done_until, finished_at in (
                    self._connection.execute(query("recalculations_of"), {"source": source, "job": job, "limit": SHOWN})
                )
            ]

    def recalculate(
        self,
        job: int,
        limits: Mapping[SeriesKey, Quantity],
        now: Callable[[], datetime],
        *,
        on_step: Callable[[int], None] = lambda _: None,
        wanted: Callable[[], bool] = lambda: True,
        step: int = STEP,
    ) -> int:
        """Compute values again until the job is done; return how many readings were looked at this time.

        Each step is a transaction of its own that also says how far it came. May be broken off at any time.

        Args:
            job: Which.
            limits: What is possible, by series: a value may come into its range, or leave it.
            now: Tells the time.
            on_step: Told how many readings each step looked at.
            wanted: Asked before each step; where it says no, the rest is left for another time.
            step: Readings of one transaction.

        Raises:
            StorageError: the database is away; call again.
        """
        total = 0
        while wanted():
            with translated("a recalculation was broken off; it goes on where it stopped"):
                done = self._step(job, limits, now(), step)
            if done is None:
                break
            total += done
            on_step(done)
        return total

    def _step(self, job: int, limits: Mapping[SeriesKey, Quantity], now: datetime, step: int) -> int | None:
        """Compute one step; None when there is nothing left."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            row = cursor.execute(_JOB, [job]).fetchone()
            if row is None:
                return None
            source, metric, begin, end, done_until = row
            key = SourceId(source), metric
            rows = _rows(cursor, key, begin=begin, end=end, after=done_until, limit=step)
            if rows:
                _rewrite(cursor, key, rows, _timeline(cursor, key), limits.get(key))
            if len(rows) == step:
                cursor.execute(
                    "UPDATE recalculation SET done_until = %s, readings = readings + %s WHERE id = %s",
                    [rows[-1][0], len(rows), job],
                )
                return len(rows)
            finished = cursor.execute(
                "UPDATE recalculation SET readings = readings + %s, finished_at = %s WHERE id = %s RETURNING readings",
                [len(rows), now, job],
            ).fetchone()
            detail = {"metric": metric, "job": job, "readings": finished and finished[0]}
            self._audit("device.recalculated", source, now, detail)
            return len(rows)

    def _before(self, key: SeriesKey, valid_from: datetime) -> object | None:
        row = self._connection.execute(
            "SELECT curve FROM calibration WHERE source_id = %s AND metric = %s AND valid_from = %s FOR UPDATE",
            [*key, valid_from],
        ).fetchone()
        return None if row is None else row[0]

    def _place(self, key: SeriesKey, valid_from: datetime, now: datetime) -> dict[str, object]:
        return {"source": key[0], "metric": key[1], "valid_from": valid_from, "actor": self._actor, "now": now}

    def _ask(
        self, action: str, key: SeriesKey, valid_from: datetime, now: datetime, detail: Mapping[str, object]
    ) -> int:
        row = self._connection.execute(query("ask_recalculation"), self._place(key, valid_from, now)).fetchone()
        job, begin, end = row or (0, valid_from, None)
        told = {
            "metric": key[1],
            "from": begin.isoformat(),
            "until": None if end is None else end.isoformat(),
            "job": job,
            **detail,
        }
        self._audit(action, key[0], now, told)
        return int(job)


def unfinished_recalculations(connection: Connection) -> list[int]:
    """Return the jobs of all devices that are not done, oldest first.

    Raises:
        StorageError: the database is away.
    """
    with translated("the jobs could not be read"):
        return [job for (job,) in connection.execute(_UNFINISHED)]


def read_calibrations(url: str) -> tuple[dict[SeriesKey, tuple[Calibration, ...]], list[int]]:
    """Return every series' calibrations, oldest first, and the jobs that these settle once they are gone by.

    Raises:
        StorageError: the database is away.
    """
    found: dict[SeriesKey, tuple[Calibration, ...]] = {}
    with connect(url, name="calibrations") as connection, translated("the calibrations could not be read"):
        # The jobs first: whatever was asked for by then is in the calibrations.
        unsettled = [job for (job,) in connection.execute(_UNSETTLED)]
        for made in _made(connection.cursor(), None):
            key = made.source, made.metric
            found[key] = (*found.get(key, ()), made.calibration)
    return found, unsettled


def settle_recalculations(url: str, jobs: Sequence[int], limits: Mapping[SeriesKey, Quantity], now: datetime) -> int:
    """Compute again what was stored the old way between a change and its being taken over; return how many readings.

    For the ingest process, once it goes by the new calibrations and before it stores anything by them.

    Args:
        url: Database address.
        jobs: As `read_calibrations` returned them.
        limits: What is possible, by series.
        now: The present time, aware UTC.

    Raises:
        StorageError: the database is away; nothing is settled.
    """
    total = 0
    if not jobs:
        return total
    with connect(url, name="settling") as connection, translated("recalculations could not be settled"):
        with connection.cursor() as cursor:
            for job, source, metric, begin, end, asked_at in cursor.execute(_TO_SETTLE, [list(jobs)]).fetchall():
                key = SourceId(source), metric
                after: datetime | None = None
                while rows := _rows(
                    cursor, key, begin=begin, end=end, after=after, limit=STEP, received=asked_at - MARGIN
                ):
                    _rewrite(cursor, key, rows, _timeline(cursor, key), limits.get(key))
                    after = rows[-1][0]
                    total += len(rows)
                cursor.execute("UPDATE recalculation SET settled_at = %s WHERE id = %s", [now, job])
        connection.commit()
    return total


def _made(cursor: Cursor, source: SourceId | None) -> list[Made]:
    return [
        Made(
            source=SourceId(source_id),
            metric=metric,
            calibration=Calibration(valid_from=valid_from, curve=curve_of_json(curve)),
            note=note,
            actor=actor,
            at=at,
        )
        for source_id, metric, valid_from, curve, note, actor, at in cursor.execute(
            query("calibrations"), {"source": source}
        )
    ]


def _timeline(cursor: Cursor, key: SeriesKey) -> list[Calibration]:
    return [made.calibration for made in _made(cursor, key[0]) if made.metric == key[1]]


def _rows(
    cursor: Cursor,
    key: SeriesKey,
    *,
    begin: datetime,
    end: datetime | None,
    after: datetime | None,
    limit: int,
    received: datetime | None = None,
) -> list[tuple[datetime, float, int]]:
    parameters = {
        "series": _series(cursor, key),
        "begin": begin,
        "end": end,
        "after": after,
        "received": received,
        "limit": limit,
    }
    return cursor.execute(query("readings_to_recalculate"), parameters).fetchall()


def _series(cursor: Cursor, key: SeriesKey) -> int | None:
    """Return a series' number, None before its first reading.

    Asked for by itself: compressed chunks are cut by series, and only a number that is known when the statement is
    planned keeps the others' from being unpacked.
    """
    metric, zone = split_metric(key[1])
    row = cursor.execute(
        "SELECT id FROM series WHERE source_id = %s AND metric = %s AND zone = %s", [key[0], metric, zone]
    ).fetchone()
    return None if row is None else int(row[0])


def _rewrite(
    cursor: Cursor,
    key: SeriesKey,
    rows: Sequence[tuple[datetime, float, int]],
    timeline: Sequence[Calibration],
    limits: Quantity | None,
) -> None:
    """Write values anew; whether they are possible is judged anew too, other qualities stay."""
    series = _series(cursor, key)
    if series is None:
        return
    values = [calibrated(timeline, raw, ts) for ts, raw, _ in rows]
    bounds = Quantity(unit="1") if limits is None else limits
    qualities = [
        (_OK if bounds.minimum <= value <= bounds.maximum else _OUT) if quality in {_OK, _OUT} else quality
        for value, (_, _, quality) in zip(values, rows, strict=True)
    ]
    parameters = {
        "series": series,
        "times": [ts for ts, _, _ in rows],
        "values": values,
        "qualities": qualities,
        "first": rows[0][0],
        "last": rows[-1][0],
    }
    cursor.execute(query("rewrite_values"), parameters)
    mark_dirty(cursor, [(series, rows[0][0], rows[-1][0])])
