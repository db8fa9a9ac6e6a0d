"""The whole site file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from configs.cameras import Camera
from configs.control_room import ControlRoom
from configs.governance import Governance, governance_contradictions
from configs.model import Contradiction, PathBeside, Section, mistaken
from configs.notifications import Notifications
from configs.places import Office, Site
from configs.references import reference_contradictions
from configs.retention import Retention
from configs.rules import Rule
from configs.sensors import Sensor
from configs.services import Broker, Database, Ingest, Vision, Web, alert_contradictions
from configs.warnings import Warnings
from configs.waste import Waste, waste_contradictions


class City(Section):
    """Name and time zone of the city."""

    name: Annotated[str, Field(min_length=1, description="Name shown on every page.", examples=["Kabupaten Rembang"])]
    timezone: Annotated[str, Field(description="IANA name; shown times use it, stored times are UTC.")] = "Asia/Jakarta"
    demo: Annotated[bool, Field(description="True marks every page as a demonstration.")] = False

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ValueError, OSError, LookupError):
            # A machine without a time zone database knows none: then the name cannot be judged here.
            if available_timezones():
                raise mistaken(
                    "this is not the name of a time zone", "write an IANA name such as Asia/Jakarta (WIB)"
                ) from None
        return timezone


class SiteFile(Section):
    """One city: who, where, what is watched, and what becomes an alarm."""

    city: Annotated[City, Field(description="The city itself.", examples=[{"name": "Kabupaten Rembang"}])]
    data_dir: Annotated[
        PathBeside,
        Field(
            validate_default=True,
            description="Folder for the embedded database, pictures, outboxes; path beside the site file.",
        ),
    ] = Path(".pantau")
    broker: Annotated[Broker, Field(description="MQTT broker; left out = the embedded one.")] = Broker()
    database: Annotated[Database, Field(description="Database; left out = the embedded one.")] = Database()
    web: Annotated[Web, Field(description="Pages and API.")] = Web()
    ingest: Annotated[Ingest, Field(description="Size and age of transactions; the canary.")] = Ingest()
    vision: Annotated[Vision, Field(description="Worker processes, reports, snapshots.")] = Vision()
    retention: Annotated[Retention, Field(description="How long each class of data is kept.")] = Retention()
    notifications: Annotated[Notifications | None, Field(description="Messages to people; left out = none.")] = None
    control_room: Annotated[ControlRoom, Field(description="Operators and shifts.")] = ControlRoom()
    warnings: Annotated[
        Warnings | None,
        Field(
            description="Warnings to the public (CAP 1.2); left out = none.", examples=[{"sender": "bpbd@contoh.go.id"}]
        ),
    ] = None
    governance: Annotated[Governance, Field(description="Datasets that offices owe, and a daily digest.")] = (
        Governance()
    )
    waste: Annotated[Waste, Field(description="The waste programme: its sites, bins and targets.")] = Waste()
    offices: Annotated[tuple[Office, ...], Field(description="Offices (OPD).")] = ()
    sites: Annotated[
        tuple[Site, ...],
        Field(
            min_length=1,
            description="Places where cameras and sensors stand; at least one.",
            examples=[
                [
                    {
                        "id": "alun-alun",
                        "name": "Alun-alun",
                        "kecamatan": "33.17.10",
                        "position": {"lat": -6.7206, "lon": 111.3729},
                    }
                ]
            ],
        ),
    ]
    cameras: Annotated[tuple[Camera, ...], Field(description="Cameras.")] = ()
    sensors: Annotated[tuple[Sensor, ...], Field(description="Sensors.")] = ()
    rules: Annotated[tuple[Rule, ...], Field(description="When data becomes an alarm.")] = ()

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together across sections: ids, references, rules nothing can meet."""
        yield from reference_contradictions(values)
        yield from governance_contradictions(values)
        yield from alert_contradictions(values)
        yield from waste_contradictions(values)
