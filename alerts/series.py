"""The series that a rule on a metric judges: of sensors the metric itself, of cameras it and each zone of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts import titles
from alerts.rules import INTERVALS, WHOLE_SOURCE, Source
from configs.site import SiteFile
from events.ids import ZoneId


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series that rules may judge.

    Attributes:
        source: Whose it is.
        zone: Zone of a camera, empty for the whole source.
        metric: Metric, without zone.
        full: Metric as readings name it: a zone follows a dot.
        name: What people call the metric.
        unit: UCUM unit, None where unknown.
        interval_s: Expected seconds between readings.
    """

    source: Source
    zone: ZoneId
    metric: str
    full: str
    name: str
    unit: str | None
    interval_s: float

    @property
    def gap_s(self) -> float:
        """Longest silence that is no gap."""
        return INTERVALS * self.interval_s


def series_of(metric: str, source: Source, site: SiteFile, camera_units: Mapping[str, str]) -> Iterator[Series]:
    """Yield the series of a metric at a source; none where a sensor does not have it."""
    if source.sensor is not None:
        described = source.sensor.metrics.get(metric)
        if described is not None:
            yield Series(
                source=source,
                zone=WHOLE_SOURCE,
                metric=metric,
                full=metric,
                name=described.name or titles.of_metric(metric),
                unit=described.unit,
                interval_s=source.sensor.interval_s,
            )
        return
    cadence_s = 0.0 if source.camera is None or source.camera.cadence is None else source.camera.cadence
    for zone in (WHOLE_SOURCE, *source.zones):
        yield Series(
            source=source,
            zone=zone,
            metric=metric,
            full=f"{metric}.{zone}" if zone else metric,
            name=titles.of_metric(metric),
            unit=camera_units.get(metric),
            interval_s=max(site.vision.report_s, cadence_s),
        )
