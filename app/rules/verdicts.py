"""The town's own verdicts against changed rules: how many true alarms are kept, how many false ones removed."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from alerts.precision import Kept, kept
from app.rules.trial import Trial, try_rules
from configs.rules import AggregateRule, AnyRule, RateRule, StuckRule, ThresholdRule
from configs.site import SiteFile
from events.alarm import AlarmKey
from events.errors import ConfigError
from events.truth import JudgedAlarm
from storage.verdicts import VerdictStore

LEAST_BEFORE = timedelta(hours=1)
"""How long before the first verdict the trial begins at least, so that rules remember what they need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictTrial:
    """What came of it: the trial, and by rule what of the verdicts would have been kept."""

    trial: Trial
    kept: Sequence[Kept]


def read_verdicts(url: str, start: datetime | None, end: datetime | None) -> Sequence[JudgedAlarm]:
    """Return the alarms with a verdict that were raised in a period, oldest first.

    Raises:
        StorageError: the database is away.
    """

    async def read() -> Sequence[JudgedAlarm]:
        async with VerdictStore(url) as verdicts:
            return await verdicts.between(start, end)

    return asyncio.run(read())


def try_verdicts(
    site: SiteFile,
    url: str,
    start: datetime | None,
    end: datetime,
    *,
    on_progress: Callable[[float], None] = lambda _: None,
) -> VerdictTrial:
    """Judge the history around every verdict by a site's rules, and compare.

    Args:
        site: The site with the changed rules.
        url: Database address.
        start: Verdicts on alarms raised from here on; None for all.
        end: Until then.
        on_progress: Is told the share done, 0..1.

    Raises:
        ConfigError: nobody has given a verdict in that time.
        StorageError: the database is away.
    """
    judged = read_verdicts(url, start, end)
    if not judged:
        raise ConfigError("nobody has given a verdict in that time; operators do so beside an alarm on the wall")
    first = min(min(one.met_at, one.raised_at) for one in judged)
    memory = max((timedelta(seconds=_remembers_s(rule)) for rule in site.rules), default=timedelta())
    trial = try_rules(site, url, first - max(memory, LEAST_BEFORE), end, on_progress=on_progress)
    spans: defaultdict[AlarmKey, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for fired in trial.fired:
        if fired.end is None or fired.end >= first:
            spans[fired.key].append((fired.start, fired.end))
    answered = [one for one in judged if one.key.rule not in trial.not_judged]
    return VerdictTrial(trial=trial, kept=kept(answered, spans))


def _remembers_s(rule: AnyRule) -> float:
    held_s = rule.hold_s + rule.settle_s if isinstance(rule, ThresholdRule | RateRule | AggregateRule) else 0.0
    if isinstance(rule, RateRule | AggregateRule):
        return held_s + rule.window_s
    return rule.for_s if isinstance(rule, StuckRule) else held_s


def print_verdicts(found: VerdictTrial, out: Console) -> None:
    """Print how many true alarms are kept, how many false ones removed, by rule."""
    if found.trial.not_judged:
        out.print(f"Not judged, since nothing says when Pantau listened: {', '.join(found.trial.not_judged)}")
    table = Table("rule", "true kept", "false removed", "new, without a verdict")
    for one in found.kept:
        table.add_row(
            one.rule, f"{one.true_kept} of {one.true}", f"{one.false_removed} of {one.false}", str(one.new or "")
        )
    out.print(table)
