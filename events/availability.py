"""Which share of a day a source was there, of the time in which Pantau could tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.ids import SourceId
from events.liveness import LifeChange, LifeState

Span = tuple[datetime, datetime]
"""From, to; aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """How long a source was in which state, in seconds, while Pantau listened and the source was watched."""

    online_s: float
    late_s: float
    gone_s: float

    @property
    def share(self) -> float | None:
        """Share of the judged time in which it was online, 0..1; None where nothing was judged."""
        judged_s = self.online_s + self.late_s + self.gone_s
        return self.online_s / judged_s if judged_s > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeHistory:
    """What became of sources within a span of time.

    Attributes:
        changes: Changes of each source in order, with the last one before the span.
        listening: When Pantau listened.
    """

    changes: Mapping[SourceId, Sequence[LifeChange]]
    listening: Sequence[Span]

    def state_of(self, source: SourceId) -> LifeChange | None:
        """Return the latest change of a source, None where it was never heard."""
        changes = self.changes.get(source)
        return changes[-1] if changes else None

    def share(self, source: SourceId, span: Span) -> float | None:
        """Return the share of a span within the history in which a source was online, None where nobody can tell."""
        return availability(self.changes.get(source, ()), self.listening, span).share


def availability(changes: Sequence[LifeChange], listening: Sequence[Span], span: Span) -> Availability:
    """Add up the states of one source within a span of time.

    Args:
        changes: Its changes in order, with the last one before the span.
        listening: When Pantau listened, in order; what overlaps (several ingest processes) counts once.
        span: The time asked about; it ends at the latest when listening does.
    """
    heard = _merged(listening)
    spent = dict.fromkeys(LifeState, 0.0)
    for place, change in enumerate(changes):
        end = changes[place + 1].at if place + 1 < len(changes) else span[1]
        spent[change.state] += _overlap_s((max(change.at, span[0]), min(end, span[1])), heard)
    return Availability(online_s=spent[LifeState.ONLINE], late_s=spent[LifeState.LATE], gone_s=spent[LifeState.GONE])


def heard_s(span: Span, listening: Sequence[Span]) -> float:
    """Return for how many seconds of a span Pantau listened."""
    return _overlap_s(span, _merged(listening))


def day_of(day: date, zone: ZoneInfo) -> Span:
    """Return a day's beginning and end, as the city's clocks show them."""
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _overlap_s(span: Span, spans: Iterable[Span]) -> float:
    begin, end = span
    return sum(max((min(end, to) - max(begin, since)).total_seconds(), 0.0) for since, to in spans)
