"""Figures of the waste programme, as its views give them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from events.weighing import Channel, Load


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteSite:
    """A site of the programme; `latest` is its newest data, and it reports where that is of the last 24 hours."""

    id: str
    name: str
    kind: str
    kecamatan: str
    lat: float
    lon: float
    opd: str | None
    camera: str | None
    zone: str | None
    manager: str | None
    operation: str | None
    capacity_m3: float | None
    opening_hours: str | None
    equipped: bool
    latest: datetime | None
    reports: bool
    open_piles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How full a bin is and when it will count as full; per cent, cubic metres, hours. See `gareng_mesem.fills`."""

    bin_id: str
    waste_site_id: str
    source_id: str
    volume_m3: float
    full_at: float
    percent: float | None
    measured_at: datetime | None
    emptied_at: datetime | None
    emptyings_24h: int
    minutes_full_24h: int
    points: int
    percent_per_hour: float | None
    slowest_per_hour: float | None
    fastest_per_hour: float | None
    forecast: str
    full_in_h: float | None
    full_earliest_h: float | None
    full_latest_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptying:
    """That a bin was emptied, from how many per cent to how many."""

    bin_id: str
    waste_site_id: str
    emptied_at: datetime
    from_percent: float
    to_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPiles:
    """Open incidents of a kecamatan by their age; '' where nobody said where."""

    kecamatan: str
    open: int
    under_4h: int
    under_24h: int
    under_7d: int
    older: int
    late: int
    oldest_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """Hours from detection to the proven claim, of the incidents closed in some days; kecamatan '' is all of them."""

    kecamatan: str
    closed: int
    median_h: float
    p90_h: float
    mean_h: float
    in_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonnage:
    """What came in at a site on a day; mass was weighed, volume was not, and neither is made of the other."""

    waste_site_id: str
    name: str
    kind: str
    day: date
    loads: int
    tonnes: float
    unweighed_loads: int
    unweighed_m3: float
    tonnes_week_before: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatSpot:
    """A spot with several piles within the days of a repeat spot."""

    spot_id: UUID
    piles: int
    open: int
    first_at: datetime
    latest_at: datetime
    latest_id: UUID
    waste_site_id: str | None
    title: str
    kecamatan: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SipsnYear:
    """A year in SIPSN's columns. Mass is weighed mass in tonnes; what was not weighed stands apart in m3."""

    tahun: int
    provinsi: str | None
    kabupaten_kota: str
    timbulan_harian_ton: float | None
    timbulan_tahunan_ton: float | None
    dasar_timbulan: str | None
    pengurangan_ton: float
    penanganan_ton: float
    daur_ulang_ton: float
    bahan_baku_ton: float
    masuk_tpa_ton: float
    masuk_landfill_ton: float
    tidak_ditimbang_m3: float
    densitas_ton_m3: float
    perkiraan_tidak_ditimbang_ton: float
    sisa_makanan_persen: float | None
    kayu_ranting_daun_persen: float | None
    kertas_karton_persen: float | None
    plastik_persen: float | None
    logam_persen: float | None
    kain_persen: float | None
    lainnya_persen: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SipsnFacility:
    """A facility in a year, in the columns of SIPSN's sheet."""

    tahun: int
    nama: str
    jenis: str
    pengelola: str | None
    sistem_operasional: str | None
    kapasitas_m3: float | None
    sampah_masuk_ton: float
    masuk_landfill_ton: float
    tidak_ditimbang_m3: float
    densitas_ton_m3: float
    jam_buka: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLoad:
    """A load as it is kept.

    Attributes:
        waste_site: Where it came in.
        load: What it is.
        received_at: When Pantau learned of it, aware UTC.
        channel: By which way.
        actor: By whom.
    """

    waste_site: str
    load: Load
    received_at: datetime
    channel: Channel
    actor: str
