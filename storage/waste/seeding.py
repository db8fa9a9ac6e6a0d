"""Writes the site file's waste programme into the database, so that SQL can join it."""

from configs.site import SiteFile
from configs.waste import WasteSite
from storage.database import Connection
from storage.queries import query


def seed_waste(connection: Connection, site: SiteFile) -> None:
    """Write sites, bins and settings; places and offices must be there. What is no longer named stays, unlisted."""
    waste = site.waste
    generation = waste.generation
    with connection.cursor() as cursor:
        cursor.execute(
            query("seed_waste_setting"),
            {
                "demo": site.city.demo,
                "accept_s": waste.targets.accept_min * 60,
                "dispatch_s": waste.targets.dispatch_h * 3600,
                "clear_s": waste.targets.clear_h * 3600,
                "repeat_days": waste.repeat_days,
                "repeat_within_m": waste.repeat_within_m,
                "density_t_m3": waste.density_t_m3,
                "province": waste.province,
                "regency": waste.regency or site.city.name,
                "population": None if generation is None else generation.population,
                "kg_per_person_day": None if generation is None else generation.kg_per_person_day,
                "generation_basis": None if generation is None else generation.basis,
                "composition": None if waste.composition is None else waste.composition.model_dump_json(),
            },
        )
        for table, listed in (("waste_site", waste.sites), ("bin", waste.bins)):
            cursor.execute(query(f"unlist_{table}"), {"ids": [one.id for one in listed]})
        cursor.executemany(query("seed_waste_site"), [_site_row(one, site) for one in waste.sites])
        cursor.executemany(
            query("seed_bin"),
            [one.model_dump(include={"id", "site", "sensor", "metric", "volume_m3", "full_at"}) for one in waste.bins],
        )


def _site_row(one: WasteSite, site: SiteFile) -> dict[str, object]:
    place = next((place for place in site.sites if place.id == one.site), None)
    position = one.position or (None if place is None else place.position)
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.value,
        "site": one.site,
        "kecamatan": one.kecamatan or (None if place is None else place.kecamatan),
        "lat": None if position is None else position.lat,
        "lon": None if position is None else position.lon,
        "opd": one.opd or (None if place is None else place.opd),
        "camera": one.camera,
        "zone": one.zone,
        "weighbridge": one.weighbridge,
        "manager": one.manager,
        "operation": one.operation,
        "capacity_m3": one.capacity_m3,
        "opening_hours": one.opening_hours,
    }
