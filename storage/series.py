"""Numbers of series, learnt once and remembered."""

from collections.abc import Iterable, Mapping, Sequence

from events.ids import SourceId
from events.reading import Reading
from storage.database import Cursor
from storage.queries import query

SeriesName = tuple[SourceId, str]
"""Source and metric as a reading names them: a camera's zone follows the metric's first dot."""

DIMENSIONLESS = "1"
"""UCUM's unit of counts and shares, for metrics nobody gave a unit."""


class SeriesIds:
    """Remembers the number of each series; a series met for the first time is entered.

    What was entered in a transaction that failed must be forgotten with `forget`.

    Args:
        units: UCUM unit of each metric the site file does not list, which are those of cameras.
    """

    def __init__(self, units: Mapping[str, str]) -> None:
        self._units = units
        self._ids: dict[SourceId, dict[str, int]] = {}
        """By source and metric: a message's values find theirs close together, where names in pairs lie anywhere."""

    def of(self, cursor: Cursor, readings: Sequence[Reading]) -> list[int]:
        """Return the series of each reading."""
        try:
            return self._known(readings)
        except KeyError:
            ids = self._ids
            self._learn(cursor, {(r.source, r.metric) for r in readings if r.metric not in ids.get(r.source, ())})
            return self._known(readings)

    def _known(self, readings: Sequence[Reading]) -> list[int]:
        ids = self._ids
        return [ids[reading.source][reading.metric] for reading in readings]

    def forget(self) -> None:
        """Forget everything."""
        self._ids.clear()

    def _learn(self, cursor: Cursor, names: Iterable[SeriesName]) -> None:
        parts = [(source, *split_metric(metric)) for source, metric in names]
        wanted = {
            "sources": [source for source, _, _ in parts],
            "metrics": [metric for _, metric, _ in parts],
            "zones": [zone for _, _, zone in parts],
        }
        # Entering what is there already costs a number of the sequence and nothing else; it happens once a start.
        units = [self._units.get(metric, DIMENSIONLESS) for _, metric, _ in parts]
        cursor.execute(query("series_missing"), {**wanted, "units": units})
        for source, metric, zone, number in cursor.execute(query("series_ids"), wanted):
            self._ids.setdefault(source, {})[join_metric(metric, zone)] = number


def split_metric(name: str) -> tuple[str, str]:
    """Return metric and zone of a name such as `people_count.plaza`; the zone is empty without a dot."""
    metric, _, zone = name.partition(".")
    return metric, zone


def join_metric(metric: str, zone: str) -> str:
    """Return the name of which `split_metric` makes these."""
    return f"{metric}.{zone}" if zone else metric
