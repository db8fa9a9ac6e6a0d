"""What verdicts say of rules, cameras and hours; and what of them a changed rule would have kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from events.alarm import AlarmKey
from events.truth import JudgedAlarm, Precision, Precisions, Truth

Spans = Mapping[AlarmKey, Sequence[tuple[datetime, datetime | None]]]
"""When each key's rule was met, by the data's own time: from, and until or still."""


def precisions(judged: Iterable[JudgedAlarm], local: tzinfo) -> Precisions:
    """Return how often alarms told the truth, least often first; hours in their order.

    Args:
        judged: Alarms with a verdict.
        local: The city's time.
    """
    rules: defaultdict[str, Counter[Truth]] = defaultdict(Counter)
    sources: defaultdict[str, Counter[Truth]] = defaultdict(Counter)
    hours: defaultdict[str, Counter[Truth]] = defaultdict(Counter)
    whole: Counter[Truth] = Counter()
    for one in judged:
        truth = one.opinion.truth
        whole[truth] += 1
        rules[one.key.rule][truth] += 1
        sources[one.key.source][truth] += 1
        hours[f"{one.raised_at.astimezone(local):%H}"][truth] += 1
    return Precisions(
        whole=_precision("", whole),
        rules=_worst_first(rules),
        sources=_worst_first(sources),
        hours=[_precision(hour, hours[hour]) for hour in sorted(hours)],
    )


def _worst_first(counts: Mapping[str, Counter[Truth]]) -> list[Precision]:
    found = [_precision(name, count) for name, count in counts.items()]
    return sorted(found, key=lambda one: (2.0 if one.share is None else one.share, one.name))


def _precision(name: str, count: Counter[Truth]) -> Precision:
    return Precision(name=name, true=count[Truth.TRUE], false=count[Truth.FALSE], test=count[Truth.TEST])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What of the verdicts on one rule's alarms other rules would have kept.

    Attributes:
        rule: The rule.
        true: Alarms that were judged true.
        true_kept: Of them, those that would still have come.
        false: Alarms that were judged false.
        false_removed: Of them, those that would not have come.
        new: Times it would have fired where there was no alarm with a verdict: nobody knows what they are worth.
    """

    rule: str
    true: int
    true_kept: int
    false: int
    false_removed: int
    new: int


def kept(judged: Iterable[JudgedAlarm], spans: Spans) -> list[Kept]:
    """Compare verdicts with when other rules were met.

    An alarm would still have come when the rule of the same id is met at the same source and zone at some time of it.

    Args:
        judged: Alarms with a verdict.
        spans: When the other rules were met.
    """
    by_rule: defaultdict[str, list[JudgedAlarm]] = defaultdict(list)
    for one in judged:
        if one.opinion.truth is not Truth.TEST:
            by_rule[one.key.rule].append(one)
    return [_kept(rule, of_rule, spans) for rule, of_rule in sorted(by_rule.items())]


def _kept(rule: str, judged: Sequence[JudgedAlarm], spans: Spans) -> Kept:
    comes = {one.opinion.alarm: any(_meet(one, span) for span in spans.get(one.key, ())) for one in judged}
    true = [one for one in judged if one.opinion.truth is Truth.TRUE]
    false = [one for one in judged if one.opinion.truth is Truth.FALSE]
    fired = [(key, span) for key, of_key in spans.items() if key.rule == rule for span in of_key]
    return Kept(
        rule=rule,
        true=len(true),
        true_kept=sum(comes[one.opinion.alarm] for one in true),
        false=len(false),
        false_removed=sum(not comes[one.opinion.alarm] for one in false),
        new=sum(not any(one.key == key and _meet(one, span) for one in judged) for key, span in fired),
    )


def _meet(one: JudgedAlarm, span: tuple[datetime, datetime | None]) -> bool:
    start, end = span
    return (end is None or end >= one.met_at) and (one.cleared_at is None or start <= one.cleared_at)
