"""Names: what the site file calls each site, source and metric."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from configs.site import SiteFile
from events.ids import SiteId, SourceId
from web.rule_facts import RuleFacts

CAMERA_METRICS: Mapping[str, tuple[str, str]] = {
    "pictures_per_s": ("Gambar per detik", "Pictures per second"),
    "people_count": ("Jumlah orang", "People"),
    "coverage": ("Tutupan", "Coverage"),
    "people_density": ("Kepadatan orang", "People per square metre"),
    "left_objects": ("Barang tertinggal", "Objects left behind"),
    "flooded": ("Bagian tergenang", "Flooded share"),
    "water_level": ("Muka air", "Water level"),
    "green_cover": ("Tutupan hijau", "Green cover"),
    "view_kept": ("Pandangan utuh", "View kept"),
    "brightness": ("Kecerahan", "Brightness"),
    "sharpness": ("Ketajaman", "Sharpness"),
}
"""What people call the metrics cameras report: Bahasa Indonesia, English."""


class SourceKind(StrEnum):
    """What kind of thing publishes."""

    CAMERA = "camera"
    SENSOR = "sensor"
    GATEWAY = "gateway"


class SeriesNames(NamedTuple):
    """What a series is called.

    Attributes:
        source_name: Who measures.
        source_kind: What kind of thing that is.
        site: Where it stands, None for gateways.
        site_name: What people call that place.
        metric: What is measured, without its zone.
        zone: Zone of a camera's picture, None without one.
        name: What people call the metric, in Bahasa Indonesia.
        name_en: The same in English.
    """

    source_name: str
    source_kind: SourceKind
    site: SiteId | None
    site_name: str | None
    metric: str
    zone: str | None
    name: str
    name_en: str


class Directory:
    """Looks names up; whoever is not in the site file is called by its identifier."""

    def __init__(self, site: SiteFile) -> None:
        self._sites = {SiteId(place.id): place.name for place in site.sites}
        self._by_office = {
            office: frozenset(SiteId(place.id) for place in site.sites if place.opd == office)
            for office in {place.opd for place in site.sites if place.opd is not None}
        }
        self._sources: dict[SourceId, tuple[SourceKind, str, SiteId]] = {
            SourceId(camera.id): (SourceKind.CAMERA, camera.name, SiteId(camera.site)) for camera in site.cameras
        }
        self._sources |= {
            SourceId(sensor.id): (SourceKind.SENSOR, sensor.name, SiteId(sensor.site)) for sensor in site.sensors
        }
        self._metrics = {
            (SourceId(sensor.id), metric_id): metric.name
            for sensor in site.sensors
            for metric_id, metric in sensor.metrics.items()
        }
        self.rules = RuleFacts(site)
        self._series: dict[tuple[SourceId, str], SeriesNames] = {}

    def sites_of(self, office: str) -> frozenset[SiteId]:
        """Return the sites an office answers for."""
        return self._by_office.get(office, frozenset())

    def site_name(self, site: SiteId) -> str:
        """Return what people call the site."""
        return self._sites.get(site, site)

    def source_kind(self, source: SourceId) -> SourceKind:
        """Tell cameras, sensors and the rest (gateways) apart."""
        known = self._sources.get(source)
        return known[0] if known else SourceKind.GATEWAY

    def source_name(self, source: SourceId) -> str:
        """Return what people call the source."""
        known = self._sources.get(source)
        return known[1] if known else source

    def source_site(self, source: SourceId) -> SiteId | None:
        """Return where the source stands, None for gateways."""
        known = self._sources.get(source)
        return known[2] if known else None

    def metric_names(self, source: SourceId, metric: str) -> tuple[str, str]:
        """Return what people call the metric, in Bahasa Indonesia and in English.

        Args:
            source: Who measures it.
            metric: Metric without its zone.
        """
        given = self._metrics.get((source, metric))
        if given is not None:
            return given, given
        return CAMERA_METRICS.get(metric, (metric, metric))

    def series_names(self, source: SourceId, metric: str) -> SeriesNames:
        """Return everything that a series is called; looked up once, since latest values ask it of all thousands.

        Args:
            source: Who measures.
            metric: What, with a camera's zone after a dot.
        """
        known = self._series.get((source, metric))
        if known is None:
            known = self._series[source, metric] = self._look_up(source, metric)
        return known

    def _look_up(self, source: SourceId, metric: str) -> SeriesNames:
        metric, _, zone = metric.partition(".")
        site = self.source_site(source)
        name, name_en = self.metric_names(source, metric)
        return SeriesNames(
            source_name=self.source_name(source),
            source_kind=self.source_kind(source),
            site=site,
            site_name=None if site is None else self.site_name(site),
            metric=metric,
            zone=zone or None,
            name=name,
            name_en=name_en,
        )

    def metric_words(self) -> Mapping[str, str]:
        """Return what people call each metric wherever it is measured, in Bahasa Indonesia."""
        given = {metric: name for (_, metric), name in reversed(self._metrics.items()) if name is not None}
        return {metric: name for metric, (name, _) in CAMERA_METRICS.items()} | given
