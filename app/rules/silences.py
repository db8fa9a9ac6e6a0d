"""When sources were silent while Pantau heard everything, so that rules on absence can be tried on history.

What is kept of a source's life are its readings: one that only sent status words counts as silent here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from alerts.absence import FIRST_WORD_PATIENCE, Absences
from configs.site import SiteFile
from events.ids import SourceId
from events.judgement import Facts
from events.liveness import SignOfLife, Silence
from storage.history import History

JUST_AFTER = timedelta(milliseconds=1)
"""A silence is too long once it is longer than what is tolerated."""

Runs = Sequence[tuple[datetime, datetime]]
"""When Pantau heard everything: from, until, in order, apart from each other."""


class Silences:
    """Ticks of the absence timer, only where one of them could change something.

    Args:
        sites: The rules tried, one after the other.
        history: What was stored.
        start: Start of the period, aware.
        end: Its end.

    Raises:
        StorageError: the database is away.
    """

    def __init__(self, sites: Iterable[SiteFile], history: History, start: datetime, end: datetime) -> None:
        self._start, self._end = start, end
        self._tolerated: dict[SourceId, set[timedelta]] = defaultdict(set)
        for site in sites:
            for watch in Absences(site).watches:
                self._tolerated[watch.subject.key.source].add(watch.after)
        self.runs: Runs = _joined(history.listening(start, end)) if self._tolerated else ()
        self._of: Mapping[SourceId, Sequence[Silence]] = {}
        if self.runs:
            shortest = min(min(found) for found in self._tolerated.values())
            found: dict[SourceId, list[Silence]] = {source: [] for source in self._tolerated}
            for silence in history.silences(list(self._tolerated), shortest, start, end):
                found[silence.source].append(silence)
            never = {source: [Silence(source, None, None)] for source, told in found.items() if not told}
            self._of = found | never

    def ticks(self) -> Iterator[tuple[datetime, Facts]]:
        """Yield each moment with what was known of everybody's silence then, in order."""
        passed = dict.fromkeys(self._of, 0)
        moments = {moment for told in self._of.values() for silence in told for moment in self._moments(silence)}
        for at in sorted(moments):
            since = next(begin for begin, until in self.runs if begin <= at <= until)
            yield at, Facts(silences=list(self._signs(at, passed)), listened_until=at, listening_since=since)

    def _moments(self, silence: Silence) -> Iterator[datetime]:
        ends = silence.end or self._end
        begins = [] if silence.begin is None else [silence.begin]
        begins += [since for since, _ in self.runs if (silence.begin is None or since > silence.begin) and since < ends]
        wanted = [
            max(begin + after * times + JUST_AFTER, self._start)
            for begin in begins
            for after in self._tolerated[silence.source]
            for times in ((1,) if silence.begin is not None else (FIRST_WORD_PATIENCE,))
        ]
        yield from (at for at in map(self._heard_from, wanted) if at is not None and at < ends)
        over = None if silence.end is None or silence.end < self._start else self._heard_from(silence.end)
        if over is not None:
            yield over

    def _heard_from(self, at: datetime) -> datetime | None:
        """Return the first moment from a time on at which Pantau was listening, None where there is none."""
        return next((max(at, since) for since, until in self.runs if until >= at and max(at, since) < self._end), None)

    def _signs(self, at: datetime, passed: dict[SourceId, int]) -> Iterator[SignOfLife]:
        """Yield each source's last sign of life; `passed` counts its silences that are over: time only runs forward."""
        for source, told in self._of.items():
            number = passed[source]
            while number < len(told) and (end := told[number].end) is not None and end <= at:
                number += 1
            passed[source] = number
            begin = told[number].begin if number < len(told) else at
            if begin is not None:
                yield SignOfLife(source, min(begin, at))  # one that goes on delivering was heard just now


def _joined(runs: Iterable[tuple[datetime, datetime]]) -> Runs:
    """Join runs of several ingest processes where they overlap."""
    joined: list[tuple[datetime, datetime]] = []
    for since, until in runs:
        if joined and since <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        else:
            joined.append((since, until))
    return joined
