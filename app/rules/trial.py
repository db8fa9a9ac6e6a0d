"""A trial of rules on stored history: what would have fired, as a table and as a picture."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from alerts.engine import Engine
from alerts.performance import performance
from alerts.rehearsal import Rehearsal
from app.rules.in_force import with_rules
from app.rules.silences import Silences
from configs.rules import AbsenceRule, AnyRule, CombinationRule, MetricRule, ObservationRule
from configs.site import SiteFile
from events.alarm import AlarmAction, AlarmKey, AlarmRecord
from events.errors import ConfigError
from events.judgement import Facts
from events.observation import Observation
from events.performance import Nuisance
from events.quantities import CAMERA_QUANTITIES
from events.reading import Reading
from storage.history import History
from storage.rule_versions import RuleBook
from storage.telemetry import ARRIVAL_BLOCK

ROW_IN, WIDTH_IN, RESOLUTION_DPI = 0.32, 11.0, 110
COLOUR = "#d55e00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """One time that a rule would have fired, by the data's own time, aware UTC; `end` is None where it still holds."""

    key: AlarmKey
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a trial.

    Attributes:
        start: Start of the period, aware.
        end: Its end.
        readings: Readings judged.
        observations: Things seen that were judged, begins and ends.
        fired: Every time, in order.
        nuisances: What came and went too fast.
        not_judged: Rules that history cannot answer.
    """

    start: datetime
    end: datetime
    readings: int
    observations: int
    fired: Sequence[Fired]
    nuisances: Sequence[Nuisance] = ()
    not_judged: Sequence[str] = field(default_factory=tuple)

    @property
    def days(self) -> float:
        """Length of the period in days."""
        return (self.end - self.start) / timedelta(days=1)

    def by_key(self) -> Iterator[tuple[AlarmKey, list[Fired]]]:
        """Yield what fired by rule, source and zone."""
        for key, group in groupby(sorted(self.fired, key=lambda one: one.key), key=lambda one: one.key):
            yield key, list(group)


def try_rules(
    site: SiteFile, url: str, start: datetime, end: datetime, *, on_progress: Callable[[float], None] = lambda _: None
) -> Trial:
    """Judge stored history by a site's rules.

    Args:
        site: The site with the rules to try.
        url: Database address.
        start: Start of the period, aware.
        end: Its end.
        on_progress: Is told the share done, 0..1; may raise to end the trial.

    Raises:
        ConfigError: The period is empty.
        StorageError: The database is away.
    """
    return _tried(site.rules, [(0, start, site)], url, start, end, on_progress)


def try_rules_of_then(
    site: SiteFile, url: str, start: datetime, end: datetime, *, on_progress: Callable[[float], None] = lambda _: None
) -> Trial:
    """Judge stored history by the versions of rules that were in force, each from where ingest took it up.

    Args and errors as `try_rules`; the site's own rules hold where nothing was ever taken up.
    """
    stages: list[Stage] = []
    with RuleBook(url) as book:
        stages += [(one.arrival, one.at, with_rules(site, book.as_of(one.number))) for one in book.adoptions()]
    stages = stages or [(0, start, site)]
    rules = {rule.id: rule for _, _, city in stages for rule in city.rules}
    return _tried(tuple(rules.values()), stages, url, start, end, on_progress)


Stage = tuple[int, datetime, SiteFile]
"""From which place in the order of arrival, and when, a site's rules judge."""


def _tried(
    rules: Sequence[AnyRule],
    stages: Sequence[Stage],
    url: str,
    start: datetime,
    end: datetime,
    on_progress: Callable[[float], None],
) -> Trial:
    if end <= start:
        raise ConfigError(f"the trial ends before it begins: {start} to {end}; write an earlier --from or a later --to")
    history = History(url)
    metrics = _metrics(rules)
    kinds = sorted({rule.observes for rule in rules if isinstance(rule, ObservationRule)})
    tally = _Tally(on_progress, max(history.count(metrics, start, end), 1))
    rehearsal = Rehearsal(_engine(stages[0][2]))
    silences = Silences((city for _, _, city in stages), history, start, end)
    facts = _facts(
        history.readings(metrics, start, end),
        history.observations(kinds, start, end),
        silences.ticks(),
        rehearsal,
        stages[1:],
        tally,
    )
    records = list(rehearsal.play(facts, until=end))
    return Trial(
        start=start,
        end=end,
        readings=tally.readings,
        observations=tally.observations,
        fired=list(_fired(records)),
        nuisances=performance(records, start=start, end=end).nuisances,
        not_judged=() if silences.runs else _not_judged(rules),
    )


def count_readings(rules: Iterable[AnyRule], url: str, start: datetime, end: datetime) -> int:
    """Return how many readings a trial would judge.

    Raises:
        StorageError: the database is away.
    """
    return History(url).count(_metrics(rules), start, end)


def _metrics(rules: Iterable[AnyRule]) -> list[str]:
    return sorted({rule.metric for rule in rules if isinstance(rule, MetricRule)})


def _engine(site: SiteFile) -> Engine:
    # What is on trial is tried like any other.
    judged = tuple(rule.model_copy(update={"shadow": False}) for rule in site.rules)
    tried = site.model_copy(update={"rules": judged})
    return Engine(tried, camera_units={name: quantity.unit for name, quantity in CAMERA_QUANTITIES.items()})


def _not_judged(rules: Sequence[AnyRule]) -> list[str]:
    """Return the absence rules, and the combinations that wait for one of them."""
    absent = {rule.id for rule in rules if isinstance(rule, AbsenceRule)}
    absent |= {rule.id for rule in rules if isinstance(rule, CombinationRule) and absent & set(rule.all_of)}
    return [rule.id for rule in rules if rule.id in absent]


@dataclass
class _Tally:
    on_progress: Callable[[float], None]
    total: int
    readings: int = 0
    observations: int = 0

    def add(self, facts: Facts) -> None:
        self.readings += len(facts.readings)
        self.observations += len(facts.observations)
        self.on_progress(self.readings / self.total)


def _facts(
    readings: Iterator[tuple[int, Reading]],
    observations: Iterator[Observation],
    ticks: Iterator[tuple[datetime, Facts]],
    rehearsal: Rehearsal,
    later: Sequence[Stage],
    tally: _Tally,
) -> Iterator[tuple[datetime, Facts]]:
    """Yield history as transactions, readings that came together, each thing seen by itself; change rules on the way.

    A block of places is one transaction's, so the rules change between two of them.
    """
    blocks = groupby(readings, key=lambda entry: (entry[1].received_at, (entry[0] - 1) // ARRIVAL_BLOCK))
    arrived = (
        (at, 0, block * ARRIVAL_BLOCK + 1, Facts(readings=[reading for _, reading in group]))
        for (at, block), group in blocks
    )
    seen = ((observation.at, 1, 0, Facts(observations=[observation])) for observation in observations)
    listened = ((at, 2, 0, facts) for at, facts in ticks)
    waiting = list(later)
    for at, kind, place, facts in heapq.merge(arrived, seen, listened, key=lambda entry: entry[:2]):
        while waiting and (waiting[0][1] <= at if kind else waiting[0][0] <= place):
            rehearsal.go_on_with(_engine(waiting.pop(0)[2]))
        yield at, facts
        tally.add(facts)


def _fired(records: Sequence[AlarmRecord]) -> Iterator[Fired]:
    open_: dict[AlarmKey, datetime] = {}
    for record in records:
        alarm = record.change.alarm
        if record.change.action is AlarmAction.RAISE:
            open_[alarm.key] = alarm.met_at
        elif record.change.action is AlarmAction.RETURN:
            yield Fired(key=alarm.key, start=open_.pop(alarm.key), end=alarm.cleared_at)
    for key, start in open_.items():
        yield Fired(key=key, start=start, end=None)


def print_trial(trial: Trial, zone: ZoneInfo, out: Console) -> None:
    """Print the table; times stand in the city's zone."""
    start, end = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (trial.start, trial.end))
    out.print(f"{start} to {end}: {trial.readings} readings and {trial.observations} statements of cameras judged")
    if trial.not_judged:
        out.print(f"Not judged, since nothing says when Pantau listened: {', '.join(trial.not_judged)}")
    if not trial.fired:
        out.print("Nothing would have fired.")
        return
    nuisances = {one.key: one for one in trial.nuisances}
    table = Table("rule", "source", "zone", "fired", "a day", "active in all", "longest", "chatter", "fleeting")
    for key, fired in trial.by_key():
        lengths = [(one.end or trial.end) - one.start for one in fired]
        nuisance = nuisances.get(key)
        table.add_row(
            *key,
            str(len(fired)),
            f"{len(fired) / trial.days:.1f}",
            _length(sum(lengths, timedelta())),
            _length(max(lengths)),
            "" if nuisance is None or not nuisance.chattered else str(nuisance.chattered),
            "" if nuisance is None or not nuisance.fleeting else str(nuisance.fleeting),
        )
    out.print(table)


def draw(trial: Trial, zone: ZoneInfo, output: Path) -> None:
    """Draw a bar for each time that a rule would have fired.

    Raises:
        ConfigError: The file cannot be written.
    """
    # Half a second and 60 MB that only those who draw should pay.
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    rows = list(trial.by_key())
    figure = Figure(figsize=(WIDTH_IN, ROW_IN * max(len(rows), 1) + 1.0), layout="constrained")
    axis = figure.subplots()
    axis.set_ylim(len(rows) or 1, 0)
    axis.set_yticks([row + 0.5 for row in range(len(rows))], [_name(key) for key, _ in rows])
    axis.xaxis_date(tz=zone)
    first, last = _days(trial.start), _days(trial.end)
    least = (last - first) / 400  # never so short that the eye misses it
    for row, (_, fired) in enumerate(rows):
        bars = [(_days(one.start), max(_days(one.end or trial.end) - _days(one.start), least)) for one in fired]
        axis.broken_barh(bars, (row + 0.15, 0.7), color=COLOUR)
    axis.set_xlim(first, last)
    axis.grid(axis="x", alpha=0.25, lw=0.6)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    if not rows:
        axis.text(0.5, 0.5, "nothing would have fired", transform=axis.transAxes, ha="center", color="0.4")
    try:
        figure.savefig(output, dpi=RESOLUTION_DPI)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{output} cannot be written: {error}; name a .png file in a folder of yours") from error


def _days(moment: datetime) -> float:
    """Return days since 1970, which is how matplotlib counts."""
    return moment.timestamp() / 86_400


def _name(key: AlarmKey) -> str:
    return " ".join(part for part in key if part)


def _length(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
