"""Sources and series as the API shows them."""

import msgspec

from events.ids import SourceId
from events.series import Series, Source
from web.directory import Directory


class SourceItem(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever publishes; `interval_s` is null where nothing is expected, `kecamatan` a dotted Kemendagri code."""

    id: str
    kind: str
    name: str
    site: str | None
    site_name: str | None
    kecamatan: str | None
    opd: str | None
    interval_s: float | None
    listed: bool
    series: int


class SourceListing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of sources by id; `next` is the address of the following one."""

    items: list[SourceItem]
    next: str | None


class SeriesItem(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one source, in one zone of its picture where it is a camera; every value is in `unit` (UCUM)."""

    id: int
    source_id: str
    source_kind: str
    source_name: str
    metric: str
    zone: str | None
    name: str
    name_en: str
    unit: str
    site: str | None
    kecamatan: str | None
    opd: str | None
    interval_s: float | None


class SeriesListing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of series by number; `next` is the address of the following one."""

    items: list[SeriesItem]
    next: str | None


def source_item(source: Source) -> SourceItem:
    """Return a source as the API shows it."""
    return SourceItem(
        id=source.id,
        kind=source.kind,
        name=source.name,
        site=source.site,
        site_name=source.site_name,
        kecamatan=source.kecamatan,
        opd=source.opd,
        interval_s=source.interval_s,
        listed=source.listed,
        series=source.series,
    )


def series_item(series: Series, directory: Directory) -> SeriesItem:
    """Return a series as the API shows it."""
    name, name_en = directory.metric_names(SourceId(series.source), series.metric)
    return SeriesItem(
        id=series.id,
        source_id=series.source,
        source_kind=series.source_kind,
        source_name=series.source_name,
        metric=series.metric,
        zone=series.zone,
        name=name,
        name_en=name_en,
        unit=series.unit,
        site=series.site,
        kecamatan=series.kecamatan,
        opd=series.opd,
        interval_s=series.interval_s,
    )
