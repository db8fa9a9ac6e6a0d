"""Rules on what is measured: their keys, and which readings each of them hears."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from alerts.figure import FigureLimit
from alerts.limit import Arrived, Limit
from alerts.limits import aggregate_limits, rate_limits, stuck_limits, threshold_limits
from alerts.resting import Limits, rest
from alerts.rules import Case, judged_by, sources_of
from alerts.series import series_of
from configs.rules import MetricRule
from configs.site import SiteFile
from events.alarm import AlarmKey
from events.ids import SourceId
from events.judgement import Facts, Memory, RuleState
from events.reading import Quality, Reading

Judging = Limit | FigureLimit

MAKERS: Mapping[str, Callable[..., Judging | None]] = MappingProxyType(
    {
        "threshold": threshold_limits,
        "rate": rate_limits,
        "stuck": stuck_limits,
        "aggregate": aggregate_limits,
    }
)
"""The explicit table: a new kind of rule on what is measured is a function of rule and series, and one line here."""


class MeasuredRules:
    """All rules of a site file on what is measured.

    A rule on `people_count` judges `people_count` and `people_count.{zone}` of every camera, each zone by itself;
    a rule on a sensor's metric judges every sensor that has it. Only readings of quality `ok` are heard, by `stuck`
    rules those of quality `stuck` as well, and by rules that wait for late readings those of quality `late`.
    """

    def __init__(self, site: SiteFile, camera_units: Mapping[str, str]) -> None:
        self._limits: dict[str, dict[SourceId, Limits]] = {}
        self._settling: list[FigureLimit] = []
        sources = list(sources_of(site))
        for rule in site.rules:
            if isinstance(rule, MetricRule):
                for source in judged_by(rule, sources):
                    for series in series_of(rule.metric, source, site, camera_units):
                        limit = MAKERS[rule.kind](rule, series)
                        if limit is not None:
                            self._add(series.full, source.id, limit)

    def _add(self, metric: str, source: SourceId, limit: Judging) -> None:
        self._limits.setdefault(metric, {}).setdefault(source, Limits()).add(limit)
        if isinstance(limit, FigureLimit) and limit.settle:
            self._settling.append(limit)

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every series it judges."""
        for by_source in self._limits.values():
            for series in by_source.values():
                yield from series.keys()

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return the key of every rule that judges one of the readings, or holds some back when a canary came."""
        for limits, _ in self._heard(facts.readings):
            yield from limits.keys()
        if facts.listened_until is not None:
            yield from (limit.key for limit in self._settling)

    def cases(self, facts: Facts, memory: Memory, settled: dict[AlarmKey, RuleState]) -> Iterable[Case]:
        """Lay out the readings by series and rule; limits that readings stay within are judged at once."""
        until = None
        if facts.listened_until is not None:
            until = len(facts.readings) + len(facts.observations), facts.listened_until
        waiting = {} if until is None else {limit.key: limit for limit in self._settling}
        for limits, readings, heard, beyond in rest(self._heard(facts.readings), memory, settled):
            for key in beyond:
                yield Case(key, partial(limits.bounded[key].judge, heard))
            for key, limit in limits.timed.items():
                yield Case(key, partial(limit.judge, heard))
            for key, figure in limits.figures.items():
                waiting.pop(key, None)
                yield Case(key, partial(figure.judge, _of(readings, figure.hears), until=until))
        for key, figure in waiting.items():
            yield Case(key, partial(figure.judge, (), until=until))

    def _heard(self, readings: Sequence[Reading]) -> Iterable[tuple[Limits, list[Arrived]]]:
        """Return the readings of each series that has a limit.

        Runs once for every value of the city: a metric nobody judges costs one look-up.
        """
        ok, judged = Quality.OK, self._limits
        heard: dict[Limits, list[Arrived]] = {}
        for order, reading in enumerate(readings):
            source, metric, _, _, _, _, quality = reading
            by_source = judged.get(metric)
            if by_source is None:
                continue
            limits = by_source.get(source)
            if limits is None or (quality is not ok and quality not in limits.hears):
                continue
            if limits in heard:
                heard[limits].append((order, reading))
            else:
                heard[limits] = [(order, reading)]
        return heard.items()


def _of(readings: list[Arrived], qualities: frozenset[Quality]) -> list[Arrived]:
    if all(reading.quality in qualities for _, reading in readings):
        return readings
    return [arrived for arrived in readings if arrived[1].quality in qualities]
