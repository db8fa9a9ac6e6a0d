"""Rules on trial beside the rules in use: what both told of, and what only one of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from events.alarm import Alarm, AlarmAction, AlarmKey, AlarmRecord
from events.comparison import Comparison
from events.truth import JudgedAlarm, Truth

Span = tuple[datetime, datetime | None]
"""From, and until or still, by the data's own time."""


def spans_of_alarms(alarms: Iterable[Alarm]) -> Mapping[AlarmKey, Sequence[Span]]:
    """Return when each key was met, of alarms that are over or active."""
    found: defaultdict[AlarmKey, list[Span]] = defaultdict(list)
    for alarm in alarms:
        found[alarm.key].append((alarm.met_at, None if alarm.active else alarm.cleared_at))
    return found


def spans_of_records(records: Iterable[AlarmRecord]) -> Mapping[AlarmKey, Sequence[Span]]:
    """Return when each key was met, of changes in the order of the stream; one alarm may be met several times."""
    found: defaultdict[AlarmKey, list[Span]] = defaultdict(list)
    since: dict[AlarmKey, datetime] = {}
    for record in records:
        alarm = record.change.alarm
        if record.change.action is AlarmAction.RAISE:
            since[alarm.key] = alarm.met_at
        elif record.change.action is AlarmAction.RETURN and alarm.key in since:
            found[alarm.key].append((since.pop(alarm.key), alarm.cleared_at))
    for key, met_at in since.items():
        found[key].append((met_at, None))
    return found


def compare(
    pairs: Mapping[str, str | None],
    trial: Mapping[AlarmKey, Sequence[Span]],
    use: Mapping[AlarmKey, Sequence[Span]],
    judged: Iterable[JudgedAlarm] = (),
) -> list[Comparison]:
    """Compare rules on trial with those in use, in the order of their ids.

    Args:
        pairs: Rules on trial by id, with the rule in use that each may replace.
        trial: When rules on trial were met.
        use: When rules in use were met.
        judged: Alarms with a verdict.
    """
    verdicts = list(judged)
    return [_compared(rule, of, trial, use, verdicts) for rule, of in sorted(pairs.items())]


def _compared(
    rule: str,
    of: str | None,
    trial: Mapping[AlarmKey, Sequence[Span]],
    use: Mapping[AlarmKey, Sequence[Span]],
    judged: Sequence[JudgedAlarm],
) -> Comparison:
    # By source and zone: the rules have different ids.
    tried = {key[1:]: spans for key, spans in trial.items() if key.rule == rule}
    used = {key[1:]: spans for key, spans in use.items() if key.rule == of}
    times = sum(map(len, tried.values()))
    both = sum(_meets(span, used.get(place, ())) for place, spans in tried.items() for span in spans)
    missed = [
        one.opinion.truth
        for one in judged
        if one.key.rule == of and not _meets((one.met_at, one.cleared_at), tried.get(one.key[1:], ()))
    ]
    return Comparison(
        rule=rule,
        of=of,
        times=times,
        both=both,
        only_trial=times - both,
        only_use=sum(not _meets(span, tried.get(place, ())) for place, spans in used.items() for span in spans),
        true_missed=missed.count(Truth.TRUE),
        false_avoided=missed.count(Truth.FALSE),
    )


def _meets(span: Span, others: Iterable[Span]) -> bool:
    start, end = span
    return any(
        (other_end is None or other_end >= start) and (end is None or other_start <= end)
        for other_start, other_end in others
    )
