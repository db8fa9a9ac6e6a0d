"""How well a camera or sensor served over a period: availability, failures, and how long they took to mend."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.availability import Span, availability, heard_s
from events.liveness import LifeChange, LifeState


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """What a source gave over a period, of the time in which Pantau could tell.

    Attributes:
        share: Share of the judged time in which it was online, 0..1; None where nothing was judged.
        failures: How often it went away.
        repaired: How many of its absences ended within the period.
        repair_s: Mean seconds those took (MTTR); None without any.
        away_s: Seconds it was away in all.
    """

    share: float | None
    failures: int
    repaired: int
    repair_s: float | None
    away_s: float


def service_level(changes: Sequence[LifeChange], listening: Sequence[Span], span: Span) -> ServiceLevel:
    """Judge one source. A failure is a change to `gone`; being late is not one yet.

    Args:
        changes: Its changes in order, with the last one before the span.
        listening: When Pantau listened; an absence lasts only while somebody could have heard.
        span: The period.
    """
    spent = availability(changes, listening, span)
    failures = 0
    repairs_s: list[float] = []
    for place, change in enumerate(changes):
        if change.state is not LifeState.GONE:
            continue
        failures += span[0] <= change.at < span[1]
        following = changes[place + 1] if place + 1 < len(changes) else None
        if following is not None and following.at < span[1]:
            repairs_s.append(heard_s((change.at, following.at), listening))
    return ServiceLevel(
        share=spent.share,
        failures=failures,
        repaired=len(repairs_s),
        repair_s=sum(repairs_s) / len(repairs_s) if repairs_s else None,
        away_s=spent.gone_s,
    )
