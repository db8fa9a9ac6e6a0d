"""A device as the registry knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from events.ids import SourceId


class Origin(StrEnum):
    """Where a device is described."""

    FILE = "file"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device.

    Attributes:
        id: Its id: part of its topics, and the name under which it signs in.
        origin: Where it is described.
        settings: As a sensor section of the site file, without the id.
        gateway: Who publishes for it and signs in instead, None where it does so itself.
        position: (latitude, longitude) in degrees where it is not that of its site.
        installed_on: When it was put up.
        calibrated_on: When it was calibrated last.
        enabled: Whether it may speak.
        secret_hash: Its password as Mosquitto stores it, None before it has one.
        updated_at: When anything of this was changed last, aware UTC.
    """

    id: SourceId
    origin: Origin
    settings: Mapping[str, object]
    gateway: SourceId | None = None
    position: tuple[float, float] | None = None
    installed_on: date | None = None
    calibrated_on: date | None = None
    enabled: bool = True
    secret_hash: str | None = None
    updated_at: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.settings.get("name", self.id))
