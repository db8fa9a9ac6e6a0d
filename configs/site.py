"""The whole site file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from configs.cameras import Camera
from configs.model import Section
from configs.places import Office, Site
from configs.rules import Rule
from configs.sensors import Sensor
from configs.services import Broker, Database, Ingest, Vision, Web


class City(Section):
    """Name and time zone of the city."""

    name: Annotated[str, Field(min_length=1)]
    timezone: Annotated[str, Field(description="IANA name; shown times use it, stored times are UTC.")] = "Asia/Jakarta"
    demo: Annotated[bool, Field(description="True marks every page as a demonstration.")] = False


class SiteFile(Section):
    """One city: who, where, what is watched, and what becomes an alarm."""

    city: City
    data_dir: Annotated[
        Path, Field(description="Folder for the embedded database, pictures, outboxes; beside the site file.")
    ] = Path(".pantau")
    broker: Broker = Broker()
    database: Database = Database()
    web: Web = Web()
    ingest: Ingest = Ingest()
    vision: Vision = Vision()
    offices: tuple[Office, ...] = ()
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    cameras: tuple[Camera, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        mistakes = [
            *_twice("offices", (office.id for office in self.offices)),
            *_twice("sites", (site.id for site in self.sites)),
            *_twice("cameras and sensors", self._source_ids()),
            *_twice("rules", (rule.id for rule in self.rules)),
            *self._unknown_references(),
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def _source_ids(self) -> list[str]:
        return [camera.id for camera in self.cameras] + [sensor.id for sensor in self.sensors]

    def _unknown_references(self) -> Iterable[str]:
        offices = {office.id for office in self.offices}
        sites = {site.id for site in self.sites}
        sources = set(self._source_ids())
        placed = [(c.id, c.site) for c in self.cameras] + [(s.id, s.site) for s in self.sensors]
        for thing, site in placed:
            if site not in sites:
                yield f"{thing}: site {site!r} is not among sites"
        owned = [(s.id, s.opd) for s in self.sites] + [(s.id, s.opd) for s in self.sensors]
        for thing, office in owned:
            if office is not None and office not in offices:
                yield f"{thing}: opd {office!r} is not among offices"
        for rule in self.rules:
            for source in rule.sources or ():
                if source not in sources:
                    yield f"rule {rule.id}: source {source!r} is neither a camera nor a sensor"


def _twice(where: str, ids: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for identifier in ids:
        if identifier in seen:
            yield f"{where}: id {identifier!r} is used twice"
        seen.add(identifier)
