"""Keeps the rollups: makes anew what readings changed, in steps that may be broken off at any time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from storage.buckets import DAY, LEVELS, MINUTE, Windows, ceiling, clipped, floor, merged, widened
from storage.database import Connection, Cursor, translated
from storage.editions import detect_edition
from storage.queries import query

SPANS = 5_000
"""Noted spans taken into one step."""

LONGEST = {True: DAY, False: 31 * DAY}
"""Most of a span that one step rolls up: of all series, and of one."""

_SPANS = "SELECT id, series_id, begins_at, ends_at FROM rollup_dirty WHERE id <= %s ORDER BY id LIMIT %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A span of device time whose readings changed.

    Attributes:
        id: Its row in table rollup_dirty.
        series: Whose, None for all.
        begin: First changed time.
        end: Last changed time.
    """

    id: int
    series: int | None
    begin: datetime
    end: datetime

    @property
    def now(self) -> datetime:
        """Where this step's part of it ends."""
        return min(self.end, self.begin + LONGEST[self.series is None])


class Rollups:
    """Makes rollups anew. One at a time: the caller holds the upkeep's lock.

    Args:
        connection: In autocommit mode.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._continuous = detect_edition(connection).has_continuous_aggregates

    def refresh(
        self, *, on_step: Callable[[int], None] = lambda _: None, wanted: Callable[[], bool] = lambda: True
    ) -> int:
        """Work until nothing is left of what is noted by now; return how many notes were done with.

        Args:
            on_step: Told after each step how many notes it was done with.
            wanted: Asked before each step whether to go on.

        Raises:
            StorageError: the database is away; what was not finished stays noted.
        """
        total = 0
        with translated("rollups could not be made; what is left stays noted"):
            if self._continuous:
                self._take_over()
            row = self._connection.execute("SELECT max(id) FROM rollup_dirty").fetchone()
            newest = (row and row[0]) or 0
            while wanted() and (done := self._step(newest)) is not None:
                total += done
                on_step(done)
        return total

    def waiting(self) -> int:
        """Return how many notes wait.

        Raises:
            StorageError: the database is away.
        """
        with translated("the notes could not be counted"):
            row = self._connection.execute("SELECT count(*) FROM rollup_dirty").fetchone()
        return int(row[0]) if row else 0

    def _step(self, newest: int) -> int | None:
        """Do a part of what is noted; None when nothing is."""
        rows = self._connection.execute(_SPANS, [newest, SPANS]).fetchall()
        if not rows:
            return None
        noted = [Noted(id=row[0], series=row[1], begin=row[2], end=row[3]) for row in rows]
        edges = self._edges()
        corrected = self._corrected(edges.get("readings"))
        if self._continuous:
            self._refresh_continuous(noted, edges)
            mine = set(self._ready()) & corrected.keys()
            corrected = {series: shift for series, shift in corrected.items() if series in mine}
        with self._connection.transaction(), self._connection.cursor() as cursor:
            every = list(corrected) if self._continuous else _ids(cursor)
            self._roll_up(cursor, self._windows(cursor, noted, every, corrected, edges), corrected, edges)
            return _strike_off(cursor, noted)

    def _roll_up(
        self,
        cursor: Cursor,
        minutes: Windows,
        corrected: Iterable[int],
        edges: dict[str, datetime | None],
    ) -> None:
        windows = minutes
        for level in LEVELS:
            if level.step > MINUTE:
                windows = widened(windows, level.step, edges.get(level.made_of))
            flat = [(series, *span) for series, spans in windows.items() for span in spans]
            if not flat:
                continue
            parameters = {
                "series": [series for series, _, _ in flat],
                "begins": [begin for _, begin, _ in flat],
                "ends": [end for _, _, end in flat],
                "earliest": min(begin for _, begin, _ in flat),
                "latest": max(end for _, _, end in flat),
                "corrected": list(corrected),
            }
            cursor.execute(query(level.query), parameters)

    def _windows(
        self,
        cursor: Cursor,
        noted: Sequence[Noted],
        every: Sequence[int],
        corrected: dict[int, timedelta],
        edges: dict[str, datetime | None],
    ) -> Windows:
        """Return the minutes that notes concern, in corrected time."""
        joined = _joined(noted, every)
        touched = _touched(cursor, {series: joined[series] for series in joined if series in corrected})
        edge = edges.get("readings")
        return {
            series: clipped(
                touched.get(series, []) if series in corrected else found,
                None if edge is None else ceiling(edge + corrected.get(series, timedelta()), MINUTE),
            )
            for series, found in joined.items()
        }

    def _corrected(self, edge: datetime | None) -> dict[int, timedelta]:
        """Return the series whose times are corrected, with how far a reading may lie before its corrected time."""
        rows = self._connection.execute(query("corrected_series"), {"edge": edge}).fetchall()
        return {series: timedelta(seconds=shift_s or 0) for series, shift_s in rows}

    def _refresh_continuous(self, noted: Sequence[Noted], edges: dict[str, datetime | None]) -> None:
        """Have the database refresh its aggregates; it knows which series within a window changed."""
        windows: Windows = {0: merged((floor(one.begin, MINUTE), floor(one.now, MINUTE) + MINUTE) for one in noted)}
        for level in LEVELS:
            edge = edges.get(level.made_of)
            windows = widened(windows, level.step, edge)
            # A bucket more on either side: the window is cut to whole buckets as if they began at midnight UTC. What
            # has not changed within it costs nothing; below the edge it never reaches.
            around = ((begin - level.step, end + level.step) for begin, end in windows[0])
            for begin, end in clipped(around, None if edge is None else ceiling(edge, level.step)):
                self._connection.execute(
                    sql.SQL("CALL refresh_continuous_aggregate({}, {}::timestamptz, {}::timestamptz)").format(
                        sql.Literal(f"continuous_{level.name}"), sql.Literal(begin), sql.Literal(end)
                    )
                )

    def _edges(self) -> dict[str, datetime | None]:
        return dict(self._connection.execute("SELECT class, dropped_before FROM data_edge").fetchall())

    def _ready(self) -> list[int]:
        return [series for (series,) in self._connection.execute("SELECT series_id FROM rollup_series WHERE ready")]

    def _take_over(self) -> None:
        """Fill the tables for series whose clock was found to be off, and show them from there."""
        edges = self._edges()
        corrected = self._corrected(edges.get("readings"))
        for series in corrected.keys() - set(self._ready()):
            row = self._connection.execute(
                "SELECT min(ts), max(ts) FROM reading WHERE series_id = %s", [series]
            ).fetchone()
            begin, end = row or (None, None)
            while begin is not None and begin <= end:
                part = Noted(id=0, series=series, begin=begin, end=end)
                with self._connection.transaction(), self._connection.cursor() as cursor:
                    windows = self._windows(cursor, [part], [series], corrected, edges)
                    self._roll_up(cursor, windows, corrected, edges)
                begin = part.now + timedelta(microseconds=1)
            self._connection.execute(
                "INSERT INTO rollup_series (series_id, ready) VALUES (%s, true) "
                "ON CONFLICT (series_id) DO UPDATE SET ready = true",
                [series],
            )


def _joined(noted: Sequence[Noted], every: Sequence[int]) -> Windows:
    """Return the minutes that notes concern, by series.

    What concerns all is joined once, not once for each of thousands of series: this runs in the process that ingests.
    """
    for_all = merged(_minutes(one) for one in noted if one.series is None)
    own: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in noted:
        if one.series is not None:
            own.setdefault(one.series, []).append(_minutes(one))
    joined = dict.fromkeys(every, for_all) if for_all else {}
    joined.update({series: merged([*for_all, *own[series]]) for series in every if series in own})
    return joined


def _minutes(noted: Noted) -> tuple[datetime, datetime]:
    return floor(noted.begin, MINUTE), floor(noted.now, MINUTE) + MINUTE


def _touched(cursor: Cursor, spans: Windows) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return the minutes of corrected time that readings within spans of device time belong to."""
    flat = [(series, *span) for series, found in spans.items() for span in found]
    if not flat:
        return {}
    parameters = {
        "series": [series for series, _, _ in flat],
        "begins": [begin for _, begin, _ in flat],
        "ends": [end for _, _, end in flat],
    }
    minutes: dict[int, list[tuple[datetime, datetime]]] = {}
    for series, minute in cursor.execute(query("touched_minutes"), parameters).fetchall():
        minutes.setdefault(series, []).append((minute, minute + MINUTE))
    return {series: merged(found) for series, found in minutes.items()}


def _ids(cursor: Cursor) -> list[int]:
    return [series for (series,) in cursor.execute("SELECT id FROM series ORDER BY id").fetchall()]


def _strike_off(cursor: Cursor, noted: Sequence[Noted]) -> int:
    """Remove the notes that are done with, and keep of the others what is left; return how many were done with."""
    done = [one.id for one in noted if one.now == one.end]
    cursor.execute("DELETE FROM rollup_dirty WHERE id = ANY(%s)", [done])
    left = [(one.now, one.id) for one in noted if one.now < one.end]
    if left:
        cursor.executemany("UPDATE rollup_dirty SET begins_at = %s WHERE id = %s", left)
    return len(done)
