"""Writes the site file's offices, sites, sources, units and programmes into the database, so that SQL can join them."""

from datetime import datetime

from configs.site import SiteFile
from storage.database import Connection, connect, translated
from storage.governance import seed_governance
from storage.queries import query
from storage.waste.seeding import seed_waste

_UPSERT_OFFICE = """
INSERT INTO opd (id, name, contact) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, contact = excluded.contact
"""

_UPSERT_SITE = """
INSERT INTO site (id, name, kecamatan, lat, lon, opd_id) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, kecamatan = excluded.kecamatan, lat = excluded.lat,
    lon = excluded.lon, opd_id = excluded.opd_id
"""

_UPSERT_SOURCE = """
INSERT INTO source (id, kind, name, site_id, opd_id, interval_s, public, listed)
VALUES (%s, %s, %s, %s, %s, %s, %s, true)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, site_id = excluded.site_id,
    opd_id = excluded.opd_id, interval_s = excluded.interval_s, public = excluded.public,
    since = CASE WHEN source.listed THEN source.since ELSE now() END, listed = true
"""

_UPSERT_SERIES = """
INSERT INTO series (source_id, metric, unit) VALUES (%s, %s, %s)
ON CONFLICT (source_id, metric, zone) DO UPDATE SET unit = excluded.unit
"""


def seed(url: str, site: SiteFile) -> None:
    """Write what the site file names; what it no longer names stays, marked as unlisted.

    Raises:
        StorageError: the database cannot be reached or has not been migrated.
    """
    with connect(url, name="seed") as connection, translated("the site file could not be written to the database"):
        _seed_places(connection, site)
        _seed_sources(connection, site)
        seed_governance(connection, site)
        seed_waste(connection, site)


def seed_devices(url: str, site: SiteFile, now: datetime) -> None:
    """Write the site file's sensors into the registry of devices, where their credentials are kept.

    Raises:
        StorageError: the database cannot be reached or has not been migrated.
    """
    settings = [sensor.model_dump_json(exclude={"id"}, exclude_defaults=True) for sensor in site.sensors]
    parameters = {"ids": [sensor.id for sensor in site.sensors], "settings": settings, "now": now}
    with connect(url, name="seed") as connection, translated("the site file's devices could not be registered"):
        connection.execute(query("seed_devices"), parameters)


def _seed_places(connection: Connection, site: SiteFile) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(_UPSERT_OFFICE, [(o.id, o.name, o.contact) for o in site.offices])
        cursor.executemany(
            _UPSERT_SITE,
            [(s.id, s.name, s.kecamatan, s.position.lat, s.position.lon, s.opd) for s in site.sites],
        )


def _seed_sources(connection: Connection, site: SiteFile) -> None:
    sources: list[tuple[str, str, str, str | None, str | None, float | None, bool]] = [
        *(
            (c.id, "camera", c.name, c.site, None, c.report_interval_s(site.vision.report_s), c.public)
            for c in site.cameras
        ),
        *((s.id, "sensor", s.name, s.site, s.opd, s.interval_s, s.public) for s in site.sensors),
    ]
    if site.cameras:
        sources += [
            (f"vision-{worker}", "gateway", f"vision worker {worker}", None, None, None, False)
            for worker in range(site.vision.workers)
        ]
    units = [(s.id, metric, quantity.unit) for s in site.sensors for metric, quantity in s.metrics.items()]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE source SET listed = false WHERE id <> ALL(%s)", [[source[0] for source in sources]])
        cursor.executemany(_UPSERT_SOURCE, sorted(sources))
        cursor.executemany(_UPSERT_SERIES, sorted(units))
