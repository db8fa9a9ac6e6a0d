"""Rules on what is measured: their keys, and which readings each of them hears."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from alerts.figure import FigureLimit
from alerts.limit import Arrived, Limit
from alerts.limits import aggregate_limits, rate_limits, stuck_limits, threshold_limits
from alerts.rules import Case, judged_by, sources_of
from alerts.series import series_of
from configs.rules import MetricRule
from configs.site import SiteFile
from events.alarm import AlarmKey
from events.ids import SourceId
from events.judgement import Facts
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


ONLY_OK = frozenset({Quality.OK})


class MeasuredRules:
    """All rules of a site file on what is measured.

    A rule on `people_count` judges `people_count` and `people_count.{zone}` of every camera, each zone by itself;
    a rule on a sensor's metric judges every sensor that has it. Only readings of quality `ok` are heard, by `stuck`
    rules those of quality `stuck` as well, and by rules that wait for late readings those of quality `late`.
    """

    def __init__(self, site: SiteFile, camera_units: Mapping[str, str]) -> None:
        self._limits: dict[str, dict[SourceId, tuple[Judging, ...]]] = {}
        self._settling: list[FigureLimit] = []
        self._heard_besides: dict[str, frozenset[Quality]] = {}
        sources = list(sources_of(site))
        for rule in site.rules:
            if isinstance(rule, MetricRule):
                for source in judged_by(rule, sources):
                    for series in series_of(rule.metric, source, site, camera_units):
                        limit = MAKERS[rule.kind](rule, series)
                        if limit is not None:
                            self._add(series.full, source.id, limit)

    def _add(self, metric: str, source: SourceId, limit: Judging) -> None:
        by_source = self._limits.setdefault(metric, {})
        by_source[source] = (*by_source.get(source, ()), limit)
        if isinstance(limit, FigureLimit):
            if limit.settle:
                self._settling.append(limit)
            besides = self._heard_besides.get(metric, ONLY_OK) | limit.hears
            if besides != ONLY_OK:
                self._heard_besides[metric] = besides

    def every_key(self) -> Iterable[AlarmKey]:
        """Return the key of every rule at every series it judges."""
        for by_source in self._limits.values():
            for limits in by_source.values():
                yield from (_key(limit) for limit in limits)

    def keys(self, facts: Facts) -> Iterable[AlarmKey]:
        """Return the key of every rule that judges one of the readings, or holds some back when a canary came."""
        ok, judged, besides = Quality.OK, self._limits, self._heard_besides
        series = {
            (r.metric, r.source)
            for r in facts.readings
            if r.metric in judged and (r.quality is ok or r.quality in besides.get(r.metric, ONLY_OK))
        }
        for metric, source in series:
            yield from map(_key, judged[metric].get(source, ()))
        if facts.listened_until is not None:
            yield from map(_key, self._settling)

    def cases(self, facts: Facts) -> Iterable[Case]:
        """Lay out the readings by series and rule."""
        until = None
        if facts.listened_until is not None:
            until = len(facts.readings) + len(facts.observations), facts.listened_until
        waiting = {} if until is None else {_key(limit): limit for limit in self._settling}
        for limits, readings in self._heard(facts.readings):
            for limit in limits:
                if isinstance(limit, Limit):
                    heard = _of(readings, ONLY_OK) if self._heard_besides else readings
                    yield Case(limit.subject.key, partial(limit.judge, heard))
                else:
                    waiting.pop(_key(limit), None)
                    yield Case(_key(limit), partial(limit.judge, _of(readings, limit.hears), until=until))
        for key, limit in waiting.items():
            yield Case(key, partial(limit.judge, (), until=until))

    def _heard(self, readings: Sequence[Reading]) -> Iterator[tuple[tuple[Judging, ...], list[Arrived]]]:
        """Yield the readings of each series that has a limit.

        Runs once for every value of the city: a metric nobody judges costs one look-up.
        """
        ok, judged, besides = Quality.OK, self._limits, self._heard_besides
        heard: dict[str, defaultdict[SourceId, list[Arrived]]] = {metric: defaultdict(list) for metric in judged}
        for order, reading in enumerate(readings):
            by_source = judged.get(reading.metric)
            if by_source is None or reading.source not in by_source:
                continue
            if reading.quality is ok or reading.quality in besides.get(reading.metric, ONLY_OK):
                heard[reading.metric][reading.source].append((order, reading))
        for metric, of_metric in heard.items():
            for source, arrived in of_metric.items():
                yield judged[metric][source], arrived


def _of(readings: list[Arrived], qualities: frozenset[Quality]) -> list[Arrived]:
    if all(reading.quality in qualities for _, reading in readings):
        return readings
    return [arrived for arrived in readings if arrived[1].quality in qualities]


def _key(limit: Judging) -> AlarmKey:
    return limit.subject.key if isinstance(limit, Limit) else limit.limit.subject.key
