"""Time series as those who read them see them: who makes them, and what was measured, raw or by the bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from events.reading import Quality


class Bucket(StrEnum):
    """How finely readings are told.

    Attributes:
        RAW: Each reading by itself.
        MINUTE: By the minute.
        HOUR: By the hour.
        DAY: By the day of Asia/Jakarta, whatever zone times are shown in.
    """

    RAW = "raw"
    MINUTE = "1m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def length(self) -> timedelta:
        """How long a bucket is; nothing for raw readings."""
        return _LENGTHS[self]


_LENGTHS = {
    Bucket.RAW: timedelta(0),
    Bucket.MINUTE: timedelta(minutes=1),
    Bucket.HOUR: timedelta(hours=1),
    Bucket.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whoever publishes.

    Attributes:
        id: Its name in topics.
        kind: camera, sensor or gateway.
        name: What people call it.
        site: Where it stands.
        site_name: What people call that place.
        kecamatan: Kemendagri code of that place's kecamatan.
        opd: Office that owns it, else the one that answers for the place.
        interval_s: Expected seconds between its messages, None where nothing is expected.
        listed: Whether the site file still names it.
        series: Number of its series.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric of one source, in one zone of its picture where it is a camera.

    Attributes:
        id: Its number.
        source: Who measures.
        source_kind: camera, sensor or gateway; gateway where the source is not known.
        source_name: What people call the source.
        metric: What is measured.
        zone: Part of the picture, None for the whole source.
        unit: UCUM unit of every value.
        site: Where the source stands.
        kecamatan: Kemendagri code of that place's kecamatan.
        opd: Office that owns the source, else the one that answers for the place.
        interval_s: Expected seconds between readings, None where nothing is expected.
    """

    id: int
    source: str
    source_kind: str
    source_name: str
    metric: str
    zone: str | None
    unit: str
    site: str | None
    kecamatan: str | None
    opd: str | None
    interval_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sources or series are wanted; None wants all, several conditions must all hold.

    Attributes:
        sources: Ids of sources.
        metrics: Names of metrics.
        kinds: Kinds of sources.
        sites: Ids of sites.
        kecamatan: Kemendagri codes.
        opds: Ids of offices.
    """

    sources: Sequence[str] | None = None
    metrics: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    sites: Sequence[str] | None = None
    kecamatan: Sequence[str] | None = None
    opds: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which readings of which series are wanted.

    Attributes:
        series: Their numbers, ascending.
        start: First moment, aware.
        end: First moment that is not wanted any more, aware.
        bucket: How finely.
        qualities: Qualities wanted; None for all. Only of raw readings: buckets count usable ones.
        after: Series and moment to begin after, None from the beginning.
    """

    series: Sequence[int]
    start: datetime
    end: datetime
    bucket: Bucket
    qualities: Sequence[Quality] | None = None
    after: tuple[int, datetime] | None = None


class RawRow(NamedTuple):
    """One reading of a series."""

    series: int
    ts: datetime
    value: float
    raw: float
    quality: Quality
    received_at: datetime


class BucketRow(NamedTuple):
    """What a series was in one bucket.

    Attributes:
        series: Its number.
        ts: When the bucket begins.
        total: Readings in it.
        usable: Usable ones among them (ok or late); the figures are of these, None without any.
        mean: Their mean.
        min: The least.
        max: The greatest.
        first: The earliest.
        last: The latest.
        energy_mean: Of levels of sound, the mean of 10^(level/10); else None.
        filled: Whether nothing was measured and the figures were filled in.
    """

    series: int
    ts: datetime
    total: int
    usable: int
    mean: float | None
    min: float | None
    max: float | None
    first: float | None
    last: float | None
    energy_mean: float | None
    filled: bool = False
